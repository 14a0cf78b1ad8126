import { Readable } from "node:stream";
import { Refusal } from "../answers/failures.ts";
import { readQuery, text } from "../answers/parameters.ts";
import { findPayload } from "./payload.ts";
import type { Asked } from "./route.ts";

/** Answers a whole payload as an attachment of plain text, whatever it contains. */
export async function downloadPayload(query: URLSearchParams, { limited, show, settings }: Asked): Promise<Response> {
  const { payload, place } = await findPayload(query, limited);
  const whole = show.whole(payload, place);
  if (whole === null) throw new Refusal("forbidden", "The payload is withheld: the redaction hook failed on it.");
  if (whole.size > settings.downloadBytes) {
    throw new Refusal(
      "too_large",
      `The payload has ${whole.size} bytes, above the console's limit: raise downloadBytes.`,
    );
  }
  return attachment(whole.text, "text/plain; charset=utf-8", `${place.of}.txt`);
}

/** Answers the bytes of a blob as an attachment without a type. */
export async function downloadBlob(
  query: URLSearchParams,
  { store, settings }: Asked,
  signal: AbortSignal,
): Promise<Response> {
  const { key } = readQuery({ key: text }, query);
  if (settings.redact !== null) {
    throw new Refusal("forbidden", "Blobs are not downloadable here, because payloads are redacted.");
  }
  const { blob, body } = await store.blobs.download(key, { signal });
  if (blob.size > settings.downloadBytes) {
    body.destroy();
    throw new Refusal("too_large", `The blob has ${blob.size} bytes, above the console's limit: raise downloadBytes.`);
  }
  const answer = attachment(Readable.toWeb(body) as ReadableStream, "application/octet-stream", nameOf(key));
  answer.headers.set("content-length", String(blob.size));
  return answer;
}

function attachment(body: string | ReadableStream, type: string, name: string): Response {
  return new Response(body, {
    headers: {
      "content-type": type,
      "content-disposition": `attachment; filename="${name}"`,
      // Even if a browser showed it, nothing in it would run.
      "content-security-policy": "default-src 'none'; sandbox",
    },
  });
}

/** The last part of a key, with plain characters only. */
function nameOf(key: string): string {
  const name = key
    .split("/")
    .at(-1)
    ?.replaceAll(/[^\w.-]+/g, "_")
    .slice(-100);
  return name === undefined || name === "" ? "blob" : name;
}
