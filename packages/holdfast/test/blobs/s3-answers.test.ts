import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { type ContentBackend, openBlobBackend, resolveBlobs, type S3Options } from "../../src/blobs/blobs.ts";
import { MissingContentError } from "../../src/blobs/content-backend.ts";
import { openStore } from "../../src/index.ts";

/** The settings of a server that answers so. */
async function serving(answer: RequestListener): Promise<S3Options> {
  const server = createServer(answer);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint, bucket: "bucket", prefix: "p/", accessKeyId: "id", secretAccessKey: "secret" };
}

/** A backend on a server that answers so. */
async function servedBy(answer: RequestListener): Promise<ContentBackend> {
  const s3 = await serving(answer);
  const backend = (await openBlobBackend(resolveBlobs({ backend: { s3 } }, {}))) as ContentBackend;
  onTestFinished(() => backend.close());
  return backend;
}

/** A backend on a server that gives these answers one after the other, the last of them for ever, and what it was asked. */
async function answering(
  ...answers: readonly string[]
): Promise<{ readonly backend: ContentBackend; readonly asked: readonly URLSearchParams[] }> {
  const asked: URLSearchParams[] = [];
  const backend = await servedBy((request, response) => {
    request.resume();
    const answer = answers[Math.min(asked.length, answers.length - 1)];
    asked.push(new URL(request.url ?? "", "http://s3").searchParams);
    response.writeHead(200, { "content-type": "application/xml" }).end(answer);
  });
  return { backend, asked };
}

/** A backend on a server with one content that sends a part of it by `send`, and the requested starts. */
async function holding(
  content: Buffer,
  send: (response: ServerResponse, part: Buffer) => void,
  signal?: AbortSignal,
): Promise<{ readonly bytes: AsyncIterable<Uint8Array>; readonly starts: readonly number[] }> {
  const starts: number[] = [];
  const backend = await servedBy((request, response) => {
    const [, start = "", last = ""] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    starts.push(Number(start));
    const part = content.subarray(Number(start), Number(last) + 1);
    response.writeHead(206, { "content-length": part.length });
    send(response, part);
  });
  return { bytes: backend.read("s/a", { start: 0, end: content.length, signal }), starts };
}

function objects(names: readonly string[], next: string | null): string {
  const contents = names.map((name) => `<Contents><Key>p/${name}</Key></Contents>`).join("");
  const more = next === null ? "" : `<NextContinuationToken>${next}</NextContinuationToken>`;
  return `<ListBucketResult><IsTruncated>${next !== null}</IsTruncated>${more}${contents}</ListBucketResult>`;
}

function uploads(names: readonly string[], next: string | null): string {
  const listed = names.map((name) => `<Upload><Key>p/${name}</Key><UploadId>of ${name}</UploadId></Upload>`).join("");
  const marker =
    next === null ? "" : `<NextKeyMarker>p/${next}</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker>`;
  return `<ListMultipartUploadsResult><IsTruncated>${next !== null}</IsTruncated>${marker}${listed}</ListMultipartUploadsResult>`;
}

const errors = (...codes: readonly string[]): string =>
  `<DeleteResult>${codes.map((code) => `<Error><Key>k</Key><Code>${code}</Code><Message>m</Message></Error>`).join("")}</DeleteResult>`;

test("a page that is short or empty does not end a list while the server says that there is more", async () => {
  const { backend, asked } = await answering(objects(["s/a"], "1"), objects([], "2"), objects(["s/b", "s/c"], "3"));
  expect(await backend.inventory?.list("s", { after: "s/0", limit: 2 })).toEqual(["s/a", "s/b"]);
  expect(asked.map((query) => query.get("continuation-token"))).toEqual([null, "1", "2"]);
  expect(asked[0]?.get("start-after")).toBe("p/s/0");
});

test("a list ends where the server says for ever that there is more, and gives nothing", async () => {
  const { backend } = await answering(objects([], "1"));
  expect(await backend.inventory?.list("s", { after: "", limit: 2 })).toEqual([]);
  const stuck = await answering(uploads([], "s/a"));
  expect(await stuck.backend.inventory?.listUnfinished("s", { after: "", limit: 2 })).toEqual([]);
});

test("unfinished uploads are listed page by page", async () => {
  const { backend, asked } = await answering(uploads(["s/a"], "s/a"), uploads([], "s/b"), uploads(["s/c"], null));
  expect(await backend.inventory?.listUnfinished("s", { after: "s/0", limit: 1000 })).toEqual([
    { id: "s/a", upload: "of s/a" },
    { id: "s/c", upload: "of s/c" },
  ]);
  expect(asked.map((query) => query.get("key-marker"))).toEqual(["p/s/0", "p/s/a", "p/s/b"]);
});

test("objects that a server says are gone already count as removed, and other failures do not", async () => {
  const { backend } = await answering(
    errors("NoSuchKey"),
    errors("NoSuchKey", "InternalError"),
    errors("AccessDenied"),
  );
  await backend.remove(["s/a"]);
  const failed = { code: "unavailable", facts: { bucket: "bucket", reason: "InternalError" } };
  await expect(backend.remove(["s/a", "s/b"])).rejects.toMatchObject(failed);
  await expect(backend.remove(["s/a"])).rejects.toMatchObject({ code: "invalid_input" });
});

test("a content is asked for once, and again only from where a connection broke", async () => {
  const content = randomBytes(100_000);
  const whole = await holding(content, (response, part) => response.end(part));
  expect(await buffer(whole.bytes)).toEqual(content);
  expect(whole.starts).toEqual([0]);
  const broken = await holding(content, (response, part) => {
    response.write(part.subarray(0, 40_000), () => response.destroy());
  });
  expect(await buffer(broken.bytes)).toEqual(content);
  expect(broken.starts).toEqual([0, 40_000, 80_000]);
});

test("a connection that breaks before it gave a byte, and an answer without any, are errors", async () => {
  const content = randomBytes(10);
  const silent = await holding(content, (response) => {
    response.flushHeaders();
    setImmediate(() => response.destroy());
  });
  await expect(buffer(silent.bytes)).rejects.toMatchObject({ code: "unavailable", retryable: true });
  const backend = await servedBy((_, response) => response.writeHead(206, { "content-length": 0 }).end());
  await expect(buffer(backend.read("s/a", { start: 0, end: 1 }))).rejects.toBeInstanceOf(MissingContentError);
});

test("no connection waits for long for a reader who takes its time, and it reads on where it was", async () => {
  const content = randomBytes(32 * 1024 * 1024);
  const responses: ServerResponse[] = [];
  const { bytes, starts } = await holding(content, (response, part) => {
    responses.push(response.end(part));
  });
  const reader = bytes[Symbol.asyncIterator]();
  const pieces = [((await reader.next()) as IteratorYieldResult<Uint8Array>).value];
  await once(responses[0] as ServerResponse, "close");
  for (let next = await reader.next(); !next.done; next = await reader.next()) pieces.push(next.value);
  expect(Buffer.concat(pieces).equals(content)).toBe(true);
  expect(starts).toEqual([0, expect.toSatisfy((start: number) => start > 4 * 1024 * 1024)]);
});

test("a server that cuts each answer short is not asked again at once", async () => {
  const content = randomBytes(400);
  const startedAt = performance.now();
  const { bytes, starts } = await holding(content, (response, part) => {
    response.write(part.subarray(0, 100), () => response.destroy());
  });
  expect(await buffer(bytes)).toEqual(content);
  expect(starts).toEqual([0, 100, 200, 300]);
  expect(performance.now() - startedAt).toBeGreaterThan(250);
});

test("an aborted read lets go of its connection, and asks for nothing more", async () => {
  const content = randomBytes(1000);
  const responses: ServerResponse[] = [];
  const controller = new AbortController();
  // The rest never comes.
  const send = (response: ServerResponse, part: Buffer): void => {
    responses.push(response);
    response.write(part.subarray(0, 10));
  };
  const { bytes, starts } = await holding(content, send, controller.signal);
  const reader = bytes[Symbol.asyncIterator]();
  expect((await reader.next()).value).toHaveLength(10);
  const closed = once(responses[0] as ServerResponse, "close");
  const rest = reader.next();
  controller.abort();
  await expect(rest).rejects.toMatchObject({ name: "AbortError" });
  await closed;
  expect(starts).toEqual([0]);
});

test("an aborted download ends at once, and the read of a small blob in its time, also while the server is silent", async () => {
  const content = randomBytes(1000);
  const closed: Promise<unknown>[] = [];
  const s3 = await serving((request, response) => {
    if (request.method === "PUT") {
      request.resume().once("end", () => response.end());
      return;
    }
    closed.push(once(response, "close"));
    // The rest never comes.
    response.writeHead(206, { "content-length": content.length }).write(content.subarray(0, 10));
  });
  const store = await openStore({ memory: true, blobs: { backend: { s3 } } });
  onTestFinished(() => store.close());
  await store.blobs.upload("b", content);
  const controller = new AbortController();
  const { body } = await store.blobs.download("b", { signal: controller.signal });
  const reader = body[Symbol.asyncIterator]();
  expect((await reader.next()).value).toHaveLength(10);
  const rest = reader.next();
  setTimeout(() => controller.abort(), 20);
  await expect(rest).rejects.toMatchObject({ name: "AbortError" });
  const limited = store.with({ timeoutMs: 200 }).blobs;
  for (const read of [limited.bytes("b"), limited.text("b"), limited.unspill({ $blob: "b", spilled: true })]) {
    await expect(read).rejects.toMatchObject({ code: "unavailable", facts: { timeoutMs: 200 } });
  }
  await Promise.all(closed);
  expect(closed).toHaveLength(4);
});

test("any number of downloads may be under way at once, and nothing else waits for them", async () => {
  const content = Buffer.alloc(1000);
  const backend = await servedBy((request, response) => {
    if (request.method === "POST") response.end(errors());
    // The rest never comes.
    else response.writeHead(206, { "content-length": content.length }).write(content.subarray(0, 10));
  });
  const readers = Array.from({ length: 60 }, () =>
    backend.read("s/a", { start: 0, end: content.length })[Symbol.asyncIterator](),
  );
  const first = await Promise.all(readers.map((reader) => reader.next()));
  expect(first).toEqual(readers.map(() => ({ done: false, value: content.subarray(0, 10) })));
  await backend.remove(["s/b"]);
  for (const reader of readers) await reader.return?.();
});
