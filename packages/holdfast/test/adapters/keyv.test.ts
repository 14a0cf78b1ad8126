import keyvTestSuite, { keyvIteratorTests } from "@keyv/test-suite";
import KeyvModule, { Keyv } from "keyv";
import * as vitest from "vitest";
import { HoldfastKeyv } from "../../src/adapters/keyv.ts";
import { testStore } from "../../src/testing/index.ts";

const { afterAll, describe, expect, test } = vitest;
const opened = await testStore();
const { store, clock } = opened;
afterAll(() => opened.close());

describe("Keyv's own suite", () => {
  const adapter = (): HoldfastKeyv => new HoldfastKeyv(store);
  keyvTestSuite(vitest, KeyvModule, adapter);
  keyvIteratorTests(vitest, KeyvModule, adapter);
});

/** A Keyv with a prefix of its own, which throws what its adapter throws. */
function keyvOn(prefix: string, namespace?: string): Keyv {
  const keyv = new Keyv({
    store: new HoldfastKeyv(store, { prefix }),
    throwOnErrors: true,
    ...(namespace && { namespace }),
  });
  keyv.on("error", () => undefined);
  return keyv;
}

describe("the adapter for Keyv", () => {
  test("entries are the store's own, under its prefix", async () => {
    const keyv = keyvOn("cache", "ns");
    await keyv.set("k", { a: "\ud800\0" });
    const { value } = await store.kv.require("cache", "ns:k");
    expect(JSON.parse(new TextDecoder().decode(value ?? undefined))).toMatchObject({ value: { a: "\ud800\0" } });
    expect(await keyv.get("k")).toEqual({ a: "\ud800\0" });
    await keyv.disconnect();
    expect(await store.kv.has("cache", "ns:k")).toBe(true);
  });

  test("namespaces are apart, one that continues another's name too", async () => {
    const [one, two] = [keyvOn("apart", "a"), keyvOn("apart", "ab")];
    await Promise.all([one.set("k", 1), two.set("k", 2)]);
    await one.clear();
    expect([await one.get("k"), await two.get("k")]).toEqual([undefined, 2]);
    const entries: unknown[] = [];
    for await (const entry of two.iterator?.(undefined) ?? []) entries.push(entry);
    expect(entries).toEqual([["k", 2]]);
  });

  test("many are written, found and removed at once, the last of a key winning", async () => {
    const keyv = keyvOn("many");
    await keyv.setMany([1, 2, 3].map((value) => ({ key: `k${value % 2}`, value })));
    expect(await keyv.get(["k0", "k1", "k2"])).toEqual([2, 3, undefined]);
    expect(await keyv.hasMany(["k0", "k2"])).toEqual([true, false]);
    expect(await keyv.delete(["k0", "k0", "k2"])).toBe(true);
    const thousands = Array.from({ length: 2500 }, (_, i) => ({ key: String(i), value: i }));
    await keyv.setMany(thousands);
    expect(await store.kv.count("many")).toBe(2501);
  });

  test("an entry ends by the database's clock as by the process's", async () => {
    const keyv = keyvOn("ttl");
    await keyv.set("short", 1, 600_000.5);
    await keyv.set("past", 1, -1);
    await keyv.set("ages", 1, 1e15);
    await keyv.set("ever", 1, 0);
    expect(await keyv.get(["short", "past", "ages", "ever"])).toEqual([1, undefined, 1, 1]);
    await clock.advance(600_001);
    expect(await keyv.get(["short", "ages", "ever"])).toEqual([undefined, 1, 1]);
    await clock.reset();
  });

  test("what the store refuses is an error that says so", async () => {
    const keyv = keyvOn("refused");
    await expect(keyv.set("k".repeat(1025), 1)).rejects.toMatchObject({
      code: "invalid_input",
      facts: { field: "key" },
    });
    const raw = new HoldfastKeyv(store);
    await expect(raw.set("k", { value: 1 })).rejects.toMatchObject({ facts: { field: "value" } });
  });

  test("an option of another name is refused", () => {
    const options = { prefx: "mine" } as { prefix?: string };
    expect(() => new HoldfastKeyv(store, options)).toThrow("prefx is not known in options, which may have: prefix.");
  });

  test("on a transaction it writes what the transaction commits", async () => {
    const rolledBack = store.transaction(async (tx) => {
      const keyv = new Keyv({ store: new HoldfastKeyv(tx, { prefix: "tx" }) });
      await keyv.set("k", 1);
      expect(await keyv.get("k")).toBe(1);
      throw new Error("no");
    });
    await expect(rolledBack).rejects.toThrow("no");
    expect(await store.kv.has("tx", "k")).toBe(false);
  });
});
