import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { resolveBlobs } from "./settings.ts";

const keys = { accessKeyId: "an-id", secretAccessKey: "a-secret" };
const variables = {
  S3_BUCKET: "from-env",
  S3_ENDPOINT: "http://env:9000",
  S3_REGION: "eu-1",
  S3_ACCESS_KEY_ID: "env-id",
  S3_SECRET_ACCESS_KEY: "env-secret",
  S3_SESSION_TOKEN: "env-token",
  S3_FORCE_PATH_STYLE: "no",
  S3_PREFIX: "env/",
};

describe("where blobs keep their bytes", () => {
  test("is PostgreSQL unless something else is said", () => {
    expect(resolveBlobs(undefined, {})).toEqual({ kind: "postgres" });
    expect(resolveBlobs({}, {})).toEqual({ kind: "postgres" });
    expect(resolveBlobs({ backend: "postgres" }, variables)).toEqual({ kind: "postgres" });
    expect(resolveBlobs({ backend: { folder: "/blobs" } }, variables)).toEqual({ kind: "folder", folder: "/blobs" });
    expect(resolveBlobs(undefined, { HOLDFAST_BLOBS_FOLDER: "/env", S3_BUCKET: "" })).toEqual({
      kind: "folder",
      folder: "/env",
    });
  });

  test("is a bucket that the environment describes, and options outrank it one by one", () => {
    const found = resolveBlobs(undefined, variables);
    expect(found).toMatchObject({
      kind: "s3",
      s3: { bucket: "from-env", endpoint: "http://env:9000", region: "eu-1", forcePathStyle: false, prefix: "env/" },
    });
    expect(found.kind === "s3" && found.s3.keys?.secretAccessKey.reveal()).toBe("env-secret");
    expect(resolveBlobs({ backend: { s3: { bucket: "own", forcePathStyle: true } } }, variables)).toMatchObject({
      s3: { bucket: "own", endpoint: "http://env:9000", forcePathStyle: true, keys: { accessKeyId: "env-id" } },
    });
  });

  test("leaves Amazon's own defaults alone, and has others for other servers", () => {
    const amazon = { bucket: "b", endpoint: null, region: null, keys: null, forcePathStyle: false, prefix: "" };
    expect(resolveBlobs({ backend: { s3: { bucket: "b" } } }, {})).toEqual({ kind: "s3", s3: amazon });
    const endpoint = "https://s3.example.org";
    expect(resolveBlobs({ backend: { s3: { bucket: "b", endpoint } } }, {})).toEqual({
      kind: "s3",
      s3: { ...amazon, endpoint, region: "us-east-1", forcePathStyle: true },
    });
  });

  test("never shows a secret", () => {
    const found = resolveBlobs({ backend: { s3: { bucket: "b", ...keys, sessionToken: "a-token" } } }, {});
    for (const shown of [inspect(found, { depth: 9, showHidden: true }), JSON.stringify(found)]) {
      expect(shown).not.toMatch(/a-secret|a-token/);
    }
  });

  const s3 = (options: object): object => ({ backend: { s3: { bucket: "b", ...options } } });
  test.for<[field: string, options: unknown, env?: Readonly<Record<string, string>>]>([
    ["blobs", null],
    ["blobs", "postgres"],
    ["blobs", []],
    ["blobs.backends", { backends: "postgres" }],
    ["blobs.backend", { backend: null }],
    ["blobs.backend", { backend: "s3" }],
    ["blobs.backend", { backend: {} }],
    ["blobs.backend.s4", { backend: { s4: {} } }],
    ["blobs.backend.folder", { backend: { folder: "" } }],
    ["blobs.backend.folder", { backend: { folder: 5 } }],
    ["blobs.backend.folder", { backend: { folder: "x", s3: { bucket: "b" } } }],
    ["HOLDFAST_BLOBS_FOLDER", {}, { HOLDFAST_BLOBS_FOLDER: "x", S3_BUCKET: "b" }],
    ["blobs.backend.s3", { backend: { s3: null } }],
    ["blobs.backend.s3.bucket", { backend: { s3: {} } }],
    ["blobs.backend.s3.bucket", s3({ bucket: "" })],
    ["blobs.backend.s3.accessKey", s3({ accessKey: "x" })],
    ["blobs.backend.s3.endpoint", s3({ endpoint: "example.org:9000" })],
    ["blobs.backend.s3.endpoint", s3({ endpoint: "ftp://example.org" })],
    ["blobs.backend.s3.endpoint", s3({ endpoint: "http://user:a-secret@example.org" })],
    ["S3_ENDPOINT", {}, { S3_BUCKET: "b", S3_ENDPOINT: "a-secret" }],
    ["blobs.backend.s3.region", s3({ region: 5 })],
    ["blobs.backend.s3.secretAccessKey", s3({ accessKeyId: "x" })],
    ["blobs.backend.s3.accessKeyId", s3({ secretAccessKey: "a-secret" })],
    ["blobs.backend.s3.accessKeyId", s3({ sessionToken: "a-secret" })],
    ["blobs.backend.s3.secretAccessKey", s3({ accessKeyId: "x", secretAccessKey: { a: "a-secret" } })],
    ["blobs.backend.s3.forcePathStyle", s3({ forcePathStyle: "yes" })],
    ["S3_FORCE_PATH_STYLE", {}, { S3_BUCKET: "b", S3_FORCE_PATH_STYLE: "maybe" }],
  ])("is refused by the name of %s", ([field, options, env = {}]) => {
    let refused: unknown;
    try {
      resolveBlobs(options, env);
    } catch (error) {
      refused = error;
    }
    expect(refused).toMatchObject({ code: "invalid_input", facts: { field } });
    expect(inspect(refused, { depth: 9 })).not.toContain("a-secret");
  });
});
