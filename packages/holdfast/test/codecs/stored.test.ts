import { randomBytes } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { compressingCodec } from "../../src/codecs/compressing-codec.ts";
import { encryptingCodec } from "../../src/codecs/encrypting-codec.ts";
import { richCodec } from "../../src/codecs/rich-codec.ts";
import { type Codec, jsonCodec } from "../../src/core/codec.ts";
import { migrate } from "../../src/migrations/runner.ts";
import type { Database } from "../../src/postgres/database.ts";
import { type Store, storeOn } from "../../src/store.ts";
import { testStore } from "../../src/testing/test-store.ts";
import { opened, rejection, sessionOn, sql } from "../database/support.ts";

const keys = { old: randomBytes(32), young: randomBytes(32) };
const before = encryptingCodec({ keys: { old: keys.old }, current: "old" });
const after = encryptingCodec({ keys, current: "young" });

/** Stores on one database, each with a codec of its own. */
async function storesOn(...codecs: readonly Codec[]): Promise<{ database: Database; stores: readonly Store[] }> {
  const database = await opened({ memory: true });
  await migrate(database, "holdfast");
  const staying = { ...database, close: async () => undefined };
  const stores = codecs.map((codec) =>
    storeOn(staying, { schema: "holdfast", codec, coalesce: true, location: "a test store" }),
  );
  return { database, stores };
}

test("rich values come back from every kind of payload", async () => {
  const opening = await testStore({ codec: richCodec });
  onTestFinished(() => opening.close());
  const { store } = opening;
  const value = {
    at: new Date(0),
    big: 2n ** 70n,
    parts: new Map([[1, [undefined, -0, Number.NaN]]]),
    bytes: Uint8Array.of(1),
  };
  await store.executions.create({ id: "e", input: value, state: new Set([value]), idempotencyKey: "k" });
  expect((await store.executions.require("e")).input).toStrictEqual(value);
  expect((await store.executions.create({ idempotencyKey: "k", input: value })).outcome).toBe("replayed");
  await store.components.save({ executionId: "e", component: "c", state: undefined });
  expect(await store.components.require("e", "c")).toHaveProperty("state", undefined);
  await store.jobs.push({ queue: "q", payload: value });
  const [job] = await store.jobs.claim({ queues: ["q"], limit: 1 });
  expect(job?.payload).toStrictEqual(value);
  // As deep as the codec lets it be, each level marked.
  let deep: unknown = 1;
  for (let level = 0; level < 333; level++) deep = new Map([[level, deep]]);
  await store.history.append("e", [{ kind: "deep", payload: deep }]);
  expect((await store.history.last("e"))?.payload).toStrictEqual(deep);
});

test("after a rotation of keys, what was written is read, and repeated requests are known again", async () => {
  const { stores } = await storesOn(before, after, encryptingCodec({ keys: { young: keys.young }, current: "young" }));
  const [first, second, third] = stores as [Store, Store, Store];
  const snapshot = { persistenceId: "p", version: 1n, payload: Uint8Array.of(1, 2, 3) };
  await first.executions.create({ id: "e", input: "secret", idempotencyKey: "k" });
  await first.snapshots.write(snapshot);
  expect((await second.executions.require("e")).input).toBe("secret");
  expect((await second.executions.create({ input: "secret", idempotencyKey: "k" })).outcome).toBe("replayed");
  expect((await second.executions.create({ input: "other", idempotencyKey: "k" })).outcome).toBe("mismatch");
  expect((await second.snapshots.write(snapshot)).outcome).toBe("replayed");
  const other = { ...snapshot, payload: Uint8Array.of(3, 2, 1) };
  expect(await rejection(second.snapshots.write(other))).toMatchObject({
    code: "conflict",
    facts: { field: "payload" },
  });
  expect((await second.snapshots.require("p")).payload).toEqual(snapshot.payload);
  const lost = { code: "corrupt", facts: { key: "old" } };
  expect(await rejection(third.executions.require("e"))).toMatchObject(lost);
  expect(await rejection(third.snapshots.require("p"))).toMatchObject(lost);
  await second.snapshots.write({ ...other, version: 2n, keep: 2 });
  expect((await third.snapshots.require("p")).payload).toEqual(other.payload);
  expect(await rejection(third.snapshots.at("p", 1n))).toMatchObject(lost);
  expect((await second.snapshots.at("p", 1n))?.payload).toEqual(snapshot.payload);
});

test("an encrypted snapshot is read under its own id and version only", async () => {
  const { database, stores } = await storesOn(after);
  const [store] = stores as [Store];
  for (const persistenceId of ["p", "q"]) {
    await store.snapshots.write({ persistenceId, version: 1n, payload: Buffer.from(persistenceId) });
  }
  const session = sessionOn(database);
  await session.run(
    sql("update holdfast.snapshots set payload = (select payload from holdfast.snapshots where persistence_id = 'q')"),
  );
  expect(await rejection(store.snapshots.latest("p"))).toMatchObject({ code: "corrupt", facts: { key: "young" } });
  expect(Buffer.from((await store.snapshots.require("q")).payload).toString()).toBe("q");
  await session.run(sql("update holdfast.snapshots set version = 2"));
  expect(await rejection(store.snapshots.latest("q"))).toMatchObject({ code: "corrupt" });
});

test("compression comes and goes, and a plain payload is refused or accepted where all is encrypted", async () => {
  const lenient = encryptingCodec({ keys, current: "young", acceptPlain: true });
  const { stores } = await storesOn(jsonCodec, compressingCodec({ algorithm: "brotli" }), after, lenient);
  const [plain, compressing, strict, accepting] = stores as [Store, Store, Store, Store];
  const payload = Buffer.alloc(100_000, "abc");
  await compressing.snapshots.write({ persistenceId: "p", version: 1n, payload });
  for (const store of [plain, compressing, accepting]) {
    expect(Buffer.compare((await store.snapshots.require("p")).payload, payload)).toBe(0);
  }
  expect((await plain.snapshots.write({ persistenceId: "p", version: 1n, payload })).outcome).toBe("replayed");
  expect(await rejection(strict.snapshots.latest("p"))).toMatchObject({
    code: "corrupt",
    facts: { isEncrypted: false },
  });
  await strict.snapshots.write({ persistenceId: "p", version: 2n, payload });
  const unread = { code: "corrupt", facts: { encoding: "aes-256-gcm:young" } };
  expect(await rejection(plain.snapshots.latest("p"))).toMatchObject(unread);
});

test("a codec of bytes that fails is a CorruptError, and one without its methods is refused", async () => {
  const bytes = {
    encode: (value: Uint8Array) => ({ bytes: value, encoding: "" }),
    decode: () => {
      throw new RangeError("no");
    },
    digests: () => ["same"],
  };
  const { stores } = await storesOn({ ...jsonCodec, bytes });
  const [store] = stores as [Store];
  await store.snapshots.write({ persistenceId: "p", version: 1n, payload: Uint8Array.of(1) });
  expect(await rejection(store.snapshots.latest("p"))).toMatchObject({ code: "corrupt", facts: { bytes: 1 } });
});

test("a store without the codec that wrote a payload never goes on with what that codec wrote", async () => {
  const rich = { at: new Date(0) };
  const { stores } = await storesOn(
    jsonCodec,
    richCodec,
    after,
    encryptingCodec({ keys, current: "old", inner: richCodec }),
  );
  const [plain, marked, secret, both] = stores as [Store, Store, Store, Store];
  await secret.executions.create({ id: "secret", input: "text" });
  await marked.executions.create({ id: "marked", input: [{ deep: rich }] });
  await both.executions.create({ id: "both", input: rich });
  for (const [store, id, codec] of [
    [plain, "secret", "encryptingCodec"],
    [marked, "secret", "encryptingCodec"],
    [plain, "both", "encryptingCodec"],
    [plain, "marked", "richCodec"],
    // Decrypted, and read by the plain codec inside.
    [secret, "both", "richCodec"],
  ] as const) {
    const refused = { code: "corrupt", facts: { codec } };
    expect(await rejection(store.executions.require(id)), `${codec} ${id}`).toMatchObject(refused);
  }
});

test("what looks like another codec's mark is kept as it is", async () => {
  const values = [
    "~aes-256-gcm.k.x",
    ["~aes-256-gcm.k.x"],
    { "~date": "1" },
    [{ a: [{ "~": 1, b: 2 }] }],
    'a brace {"~date": in a text',
    '{"~',
    '\\{"~',
  ];
  const { stores } = await storesOn(jsonCodec, richCodec, encryptingCodec({ keys, current: "old", acceptPlain: true }));
  for (const [i, store] of stores.entries()) {
    for (const [k, value] of values.entries()) {
      const { execution } = await store.executions.create({ id: `${i} ${k}`, input: value });
      expect((await store.executions.require(execution.id)).input).toEqual(value);
    }
  }
  // Where plain payloads are accepted, a plain one that looks encrypted is plain.
  const [, , accepting] = stores as [Store, Store, Store];
  expect((await accepting.executions.require("0 0")).input).toBe("~aes-256-gcm.k.x");
  expect((await accepting.executions.require("1 0")).input).toBe("~aes-256-gcm.k.x");
});

test("bytes of a snapshot that were changed in the database are refused, under every codec, former versions too", async () => {
  const codecs = [jsonCodec, compressingCodec({ fromBytes: 0 }), after];
  const { database, stores } = await storesOn(...codecs);
  const session = sessionOn(database);
  for (const [i, store] of stores.entries()) {
    const payload = new Uint8Array(3000).fill(i);
    await store.snapshots.write({ persistenceId: `p${i}`, version: 1n, payload, keep: 2 });
    await store.snapshots.write({ persistenceId: `p${i}`, version: 2n, payload, keep: 2 });
    expect((await store.snapshots.at(`p${i}`, 1n))?.payload).toEqual(payload);
    expect((await store.snapshots.require(`p${i}`)).payload).toEqual(payload);
  }
  await session.run(sql("update holdfast.snapshots set payload = set_byte(payload, 20, 255 - get_byte(payload, 20))"));
  await session.run(
    sql("update holdfast.snapshot_versions set payload = set_byte(payload, 20, 255 - get_byte(payload, 20))"),
  );
  for (const [i, store] of stores.entries()) {
    for (const read of [
      async () => store.snapshots.latest(`p${i}`),
      async () => store.snapshots.latestMany([`p${i}`]),
      async () => store.snapshots.at(`p${i}`, 1n),
    ]) {
      expect(await rejection(read())).toMatchObject({ code: "corrupt" });
    }
  }
  // Moved to another version, the bytes are as they were written, and are refused all the same.
  await stores[0]?.snapshots.write({ persistenceId: "moved", version: 1n, payload: Uint8Array.of(1) });
  await session.run(sql("update holdfast.snapshots set version = 7 where persistence_id = 'moved'"));
  expect(await rejection((stores[0] as Store).snapshots.latest("moved"))).toMatchObject({ code: "corrupt" });
});
