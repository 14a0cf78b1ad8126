import assert from "node:assert/strict";
import type { Store } from "holdfast";
import type { ContractCase } from "../case.ts";
import { assertNothingLeft } from "./blobs-uploads.ts";

/** The field that a call is refused for, and the call. */
type WrongCall = readonly [field: string, call: () => unknown];

/** What a caller without types may give. */
const any = (value: unknown): never => value as never;

function wrongUploads({ blobs }: Store): readonly WrongCall[] {
  const upload = (options: unknown) => () => blobs.upload("b", "x", any(options));
  const locked = new ReadableStream();
  locked.getReader();
  return [
    ["key", () => blobs.upload("", "x")],
    ["key", () => blobs.upload("k".repeat(1025), "x")],
    ["key", () => blobs.upload("é".repeat(513), "x")],
    ["key", () => blobs.upload("a\0", "x")],
    ["key", () => blobs.upload("\ud800", "x")],
    ["key", () => blobs.upload(any(null), "x")],
    ["source", () => blobs.upload("b", any(null))],
    ["source", () => blobs.upload("b", any(5))],
    ["source", () => blobs.upload("b", any({}))],
    ["source", () => blobs.upload("b", any(locked))],
    ["source", () => blobs.upload("b", "\udc00")],
    ["source", () => blobs.upload("b", any(["text"]))],
    ["source", () => blobs.upload("b", any([null]))],
    ["options", upload(null)],
    ["options", upload("text/plain")],
    ["contentType", upload({ contentType: "" })],
    ["contentType", upload({ contentType: "text" })],
    ["contentType", upload({ contentType: "text/plain\r\nset-cookie: a" })],
    ["contentType", upload({ contentType: `text/${"x".repeat(251)}` })],
    ["contentType", upload({ contentType: 5 })],
    ["expiresAt", upload({ expiresAt: new Date(Number.NaN) })],
    ["expiresAt", upload({ expiresAt: new Date(), ttlMs: 1 })],
    ["ttlMs", upload({ ttlMs: 0 })],
    ["ttlMs", upload({ ttlMs: 10 * 366 * 24 * 3600 * 1000 + 1 })],
    ["size", upload({ size: -1 })],
    ["size", upload({ size: 5 * 1024 ** 4 + 1 })],
    ["sha256", upload({ sha256: "abc" })],
    ["sha256", upload({ sha256: "g".repeat(64) })],
    ["ifAbsent", upload({ ifAbsent: 1 })],
    ["signal", upload({ signal: {} })],
    ["metadata.a", upload({ metadata: { a: Number.NaN } })],
    ["options", () => blobs.uploadByContent("x", any(null))],
  ];
}

function wrongReads({ blobs }: Store): readonly WrongCall[] {
  return [
    ["key", () => blobs.download("")],
    ["options", () => blobs.download("b", any(null))],
    ["range", () => blobs.download("b", { range: any(null) })],
    ["range.start", () => blobs.download("b", { range: { start: -1 } })],
    ["range.end", () => blobs.download("b", { range: { start: 2, end: 1 } })],
    ["range.end", () => blobs.download("b", { range: { end: 1.5 } })],
    ["options", () => blobs.bytes("b", any(null))],
    ["maxBytes", () => blobs.text("b", { maxBytes: -1 })],
    ["key", () => blobs.stat(any(undefined))],
    ["request", () => blobs.list(any(null))],
    ["prefix", () => blobs.list({ prefix: "\0" })],
    ["limit", () => blobs.list({ limit: 0 })],
    ["limit", () => blobs.list({ limit: 1001 })],
    ["keys", () => blobs.removeMany(any("b"))],
    ["keys[1]", () => blobs.removeMany(["b", "b"])],
    ["keys[0]", () => blobs.removeMany([""])],
    ["options", () => blobs.presign("b", any(undefined))],
    ["ttlMs", () => blobs.presign("b", { ttlMs: 999 })],
    ["ttlMs", () => blobs.presign("b", { ttlMs: 7 * 24 * 3600 * 1000 + 1 })],
    ["options", () => blobs.sweep(any(null))],
    ["olderThanMs", () => blobs.sweep({ olderThanMs: -1 })],
    ["limit", () => blobs.sweep({ limit: 1001 })],
    ["blob", async () => blobs.ref("")],
    ["blob", async () => blobs.ref(any(null))],
    ["blob.sha256", async () => blobs.ref({ key: "b", sha256: "x" })],
    ["ref", () => blobs.resolve(any("b"))],
    ["options", () => blobs.spill(1, any(null))],
    ["aboveBytes", () => blobs.spill(1, any({}))],
    ["value", () => blobs.spill(undefined, { aboveBytes: 1 })],
  ];
}

/** What is refused. */
export const blobsInputCases: readonly ContractCase[] = [
  {
    name: "whatever is wrong is refused by its name, and leaves nothing",
    async run({ store }) {
      for (const [i, [field, call]] of [...wrongUploads(store), ...wrongReads(store)].entries()) {
        const calling = (async () => call())();
        await assert.rejects(calling, (error: { code: string; facts: { field: string } }) => {
          assert.deepEqual([error.code, error.facts?.field], ["invalid_input", field], `call ${i}`);
          return true;
        });
      }
      assert.deepEqual((await store.blobs.list()).items, []);
      await assertNothingLeft(store);
    },
  },
  {
    name: "limits are taken at their edges",
    async run({ store: { blobs } }) {
      await blobs.upload("k".repeat(1024), "x", {
        contentType: `text/${"x".repeat(250)}`,
        ttlMs: 10 * 366 * 24 * 3600 * 1000,
      });
      await blobs.upload("b", "", { ttlMs: 1, size: 0 });
      await blobs.sweep({ limit: 1 });
      await blobs.sweep({ limit: 1000, olderThanMs: 10 * 366 * 24 * 3600 * 1000 });
      assert.ok((await blobs.list({ limit: 1000 })).items.length >= 1);
    },
  },
];
