import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { type ContentBackend, openBlobBackend, resolveBlobs } from "../../src/blobs/blobs.ts";

/** A backend on a server that gives these answers one after the other, the last of them for ever, and what it was asked. */
async function answering(
  ...answers: readonly string[]
): Promise<{ readonly backend: ContentBackend; readonly asked: readonly URLSearchParams[] }> {
  const asked: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    request.resume();
    const answer = answers[Math.min(asked.length, answers.length - 1)];
    asked.push(new URL(request.url ?? "", "http://s3").searchParams);
    response.writeHead(200, { "content-type": "application/xml" }).end(answer);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const s3 = { endpoint, bucket: "bucket", prefix: "p/", accessKeyId: "id", secretAccessKey: "secret" };
  const backend = (await openBlobBackend(resolveBlobs({ backend: { s3 } }, {}))) as ContentBackend;
  onTestFinished(() => {
    backend.close();
    server.closeAllConnections();
    server.close();
  });
  return { backend, asked };
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
