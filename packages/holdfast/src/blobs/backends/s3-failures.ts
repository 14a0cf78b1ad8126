import { HoldfastError, InvalidInputError, UnavailableError } from "../../core/errors.ts";
import { MissingContentError } from "../content-backend.ts";
import type { S3Settings } from "../settings.ts";

/** The fields of an SDK error. */
interface S3Failure extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Failures caused by the caller's settings: which one, and what to do. */
const refusals: Readonly<Record<string, readonly [field: keyof S3Settings, advice: string]>> = {
  NoSuchBucket: ["bucket", "there is no such bucket: create it, or correct blobs.backend.s3.bucket or S3_BUCKET"],
  InvalidBucketName: ["bucket", "no bucket can have that name: correct blobs.backend.s3.bucket or S3_BUCKET"],
  InvalidAccessKeyId: ["keys", "the access key id is not known there: correct accessKeyId or S3_ACCESS_KEY_ID"],
  SignatureDoesNotMatch: ["keys", "the secret key is wrong: correct secretAccessKey or S3_SECRET_ACCESS_KEY"],
  AccessDenied: ["keys", "the keys do not give access to it: allow them to list, read, write and delete there"],
  ExpiredToken: ["keys", "the keys have expired: get new ones"],
  InvalidToken: ["keys", "the session token is not valid: correct sessionToken or S3_SESSION_TOKEN"],
  CredentialsProviderError: [
    "keys",
    "no keys were found: give accessKeyId and secretAccessKey, or set AWS's own variables",
  ],
  AuthorizationHeaderMalformed: ["region", "it is in another region: correct blobs.backend.s3.region or S3_REGION"],
  PermanentRedirect: ["region", "it is in another region: correct blobs.backend.s3.region or S3_REGION"],
  RequestTimeTooSkewed: ["keys", "this machine's clock is too far off: set it right"],
};

/** Whether S3 reports that the object (or range, or multipart upload) does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && ["NoSuchKey", "NotFound", "InvalidRange", "NoSuchUpload"].includes(error.name);
}

/** Converts an SDK error to Holdfast's. Errors of neither the SDK nor the network pass unchanged. */
export function explainS3(settings: S3Settings, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof HoldfastError || error instanceof MissingContentError) return error;
  const failure: S3Failure = error;
  const place = `The S3 bucket ${settings.bucket}${settings.endpoint === null ? "" : ` at ${settings.endpoint}`}`;
  const [field, advice] = refusals[failure.name] ?? regionMissing(failure) ?? [];
  const status = failure.$metadata?.httpStatusCode;
  // Not the SDK's own error, which holds the request with its signature.
  const cause = Object.assign(new Error(failure.message), { name: failure.name, status });
  if (field !== undefined) {
    return new InvalidInputError(`${place} cannot be used: ${advice}.`, {
      cause,
      facts: { field: `blobs.backend.s3.${field}`, bucket: settings.bucket, reason: failure.name },
    });
  }
  if (status === undefined && failure.code === undefined && !/Timeout|Networking|Abort/.test(failure.name)) {
    return error;
  }
  const reason = failure.code ?? failure.name;
  return new UnavailableError(
    `${place} did not serve the request (${reason}${status === undefined ? "" : `, status ${status}`}): check that it runs and that its address is right.`,
    { cause, facts: { bucket: settings.bucket, reason }, retryable: status === undefined || status >= 500 },
  );
}

/** The SDK reports this before any request, in an error without its own name. */
function regionMissing({ message }: Error): readonly [field: keyof S3Settings, advice: string] | null {
  if (!/region is missing/i.test(message)) return null;
  return ["region", "no region is known: give region or S3_REGION"];
}
