import type { BlobBackend } from "../core/enums.generated.ts";
import { copyPlain, isPlain } from "../core/fields.ts";
import { didYouMean } from "../core/nearest.ts";
import { type Environment, variable } from "../core/settings/environment.ts";
import { invalidSetting } from "../core/settings/invalid.ts";
import { describeType, flag, type Reader, secret, text } from "../core/settings/readers.ts";
import type { Secret } from "../core/settings/secret.ts";

/** The location of an S3 bucket. Omitted settings come from the variable of that name: `S3_BUCKET`, `S3_ACCESS_KEY_ID` … */
export interface S3Options {
  readonly bucket?: string;
  /** The server's URL, for any S3 that is not Amazon's. */
  readonly endpoint?: string;
  /** Default: us-east-1 with an endpoint; otherwise as the AWS SDK finds it. */
  readonly region?: string;
  /** Both keys, or neither: then the AWS SDK finds them (its variables, its files, the machine's role). */
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  /** Whether the bucket's name goes into the path of URLs instead of the host. Default: true with an endpoint. */
  readonly forcePathStyle?: boolean;
  /** The start of all object names, such as "holdfast/". */
  readonly prefix?: string;
}

/** Where blobs keep their bytes. */
export interface BlobOptions {
  /** "postgres" (the default), a folder, or an S3 bucket. If omitted, `HOLDFAST_BLOBS_FOLDER` or `S3_BUCKET` in the environment decides. */
  readonly backend?: "postgres" | { readonly folder: string } | { readonly s3: S3Options };
}

/** An S3 bucket: checked, complete, and safe to print. */
export interface S3Settings {
  readonly bucket: string;
  readonly endpoint: string | null;
  readonly region: string | null;
  readonly keys: {
    readonly accessKeyId: string;
    readonly secretAccessKey: Secret<string>;
    readonly sessionToken: Secret<string> | null;
  } | null;
  readonly forcePathStyle: boolean;
  readonly prefix: string;
}

/** Where blobs keep their bytes: checked and complete. */
export type BlobSettings =
  | { readonly kind: Extract<BlobBackend, "postgres"> }
  | { readonly kind: Extract<BlobBackend, "folder">; readonly folder: string }
  | { readonly kind: Extract<BlobBackend, "s3">; readonly s3: S3Settings };

/**
 * Decides where blobs keep their bytes, without accessing it.
 *
 * @throws InvalidInputError naming the setting as its author wrote it.
 */
export function resolveBlobs(options: unknown, env: Environment = process.env): BlobSettings {
  const { backend } = fieldsOf(options === undefined ? {} : options, "blobs", ["backend"]);
  if (backend === undefined) return fromEnvironment(env);
  if (backend === "postgres") return { kind: "postgres" };
  const { folder, s3 } = fieldsOf(backend, "blobs.backend", ["folder", "s3"], ' "postgres",');
  if (folder !== undefined && s3 !== undefined) {
    throw invalidSetting("blobs.backend.folder", "and blobs.backend.s3 both say where blobs are: give one of them.");
  }
  if (folder !== undefined) return { kind: "folder", folder: text.field(folder, "blobs.backend.folder") };
  if (s3 !== undefined) return { kind: "s3", s3: resolveS3(s3, env) };
  throw invalidSetting("blobs.backend", 'says nothing: give "postgres", { folder } or { s3 }.');
}

function fromEnvironment(env: Environment): BlobSettings {
  const folder = variable(env, "HOLDFAST_BLOBS_FOLDER");
  const bucket = variable(env, "S3_BUCKET");
  if (folder !== null && bucket !== null) {
    throw invalidSetting("HOLDFAST_BLOBS_FOLDER", "and S3_BUCKET both say where blobs are: unset one of them.");
  }
  if (folder !== null) return { kind: "folder", folder: text.text(folder, "HOLDFAST_BLOBS_FOLDER", "") };
  return bucket === null ? { kind: "postgres" } : { kind: "s3", s3: resolveS3({}, env) };
}

const url: Reader<string> = {
  field: (value, label) => checkUrl(text.field(value, label), label),
  text: (value, label) => checkUrl(value, label),
};

const s3Readers = {
  bucket: text,
  endpoint: url,
  region: text,
  accessKeyId: text,
  secretAccessKey: secret,
  sessionToken: secret,
  forcePathStyle: flag,
  prefix: text,
} as const;

type S3Name = keyof typeof s3Readers;

function resolveS3(options: unknown, env: Environment): S3Settings {
  const fields = fieldsOf(options, "blobs.backend.s3", Object.keys(s3Readers));
  const read = <T>(name: S3Name, reader: Reader<T>): T | null => {
    const label = `blobs.backend.s3.${name}`;
    if (fields[name] !== undefined) return reader.field(fields[name], label);
    const variableName = variableOf(name);
    const value = variable(env, variableName);
    return value === null ? null : reader.text(value, variableName, variableName);
  };
  const bucket = read("bucket", s3Readers.bucket);
  if (bucket === null) throw invalidSetting("blobs.backend.s3.bucket", "is missing: give it, or set S3_BUCKET.");
  const endpoint = read("endpoint", s3Readers.endpoint);
  return {
    bucket,
    endpoint,
    region: read("region", s3Readers.region) ?? (endpoint === null ? null : "us-east-1"),
    keys: keysOf(
      read("accessKeyId", s3Readers.accessKeyId),
      read("secretAccessKey", s3Readers.secretAccessKey),
      read("sessionToken", s3Readers.sessionToken),
    ),
    forcePathStyle: read("forcePathStyle", s3Readers.forcePathStyle) ?? endpoint !== null,
    prefix: read("prefix", s3Readers.prefix) ?? "",
  };
}

function keysOf(
  accessKeyId: string | null,
  secretAccessKey: Secret<string> | null,
  sessionToken: Secret<string> | null,
): S3Settings["keys"] {
  if (accessKeyId !== null && secretAccessKey !== null) return { accessKeyId, secretAccessKey, sessionToken };
  if (accessKeyId === null && secretAccessKey === null && sessionToken === null) return null;
  const missing: S3Name = accessKeyId === null ? "accessKeyId" : "secretAccessKey";
  throw invalidSetting(
    `blobs.backend.s3.${missing}`,
    `is missing where other keys are given: give it (or ${variableOf(missing)}), or none of them.`,
  );
}

/** `accessKeyId` → `S3_ACCESS_KEY_ID`. */
function variableOf(name: S3Name): string {
  return `S3_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** Never quoted in full: an endpoint may hold a password by mistake. */
function checkUrl(value: string, label: string): string {
  const parsed = URL.canParse(value) ? new URL(value) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw invalidSetting(label, "is not a URL of http or https: give one, as https://s3.example.org.");
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw invalidSetting(label, "holds a user or password: give keys as accessKeyId and secretAccessKey.");
  }
  return value;
}

function fieldsOf(
  value: unknown,
  label: string,
  names: readonly string[],
  others = "",
): Readonly<Record<string, unknown>> {
  if (!isPlain(value)) {
    const given = typeof value === "string" ? "a string that is not known" : describeType(value);
    throw invalidSetting(label, `is ${given}: give${others} an object with ${names.join(" or ")}.`);
  }
  const fields: Readonly<Record<string, unknown>> = { ...copyPlain(value, label) };
  for (const name of Object.keys(fields)) {
    if (!names.includes(name)) {
      throw invalidSetting(`${label}.${name}`, `is not a known option: leave it out.${didYouMean(name, names)}`);
    }
  }
  return fields;
}
