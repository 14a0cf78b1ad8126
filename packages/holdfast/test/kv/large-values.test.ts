import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore, type Store } from "../../src/index.ts";
import { describeOnEach, type FreshDatabase } from "../support/databases.ts";

const mebibyte = 1024 * 1024;
const valueBytesMax = 16 * mebibyte;

// Megabytes take seconds, and no server of another version carries them in another way.
describeOnEach("large values", keepsLargeValues, (name) => name !== "postgres-15");

function keepsLargeValues(database: FreshDatabase): void {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
  });
  afterAll(() => store.close());

  test("a value of 16 MiB is kept, and an append cannot make it longer", async () => {
    const largest = new Uint8Array(valueBytesMax).fill(7);
    await store.kv.set({ prefix: "largest", key: "k", value: largest });
    const more = store.kv.append({ prefix: "largest", key: "k", value: Uint8Array.of(1) });
    await expect(more).rejects.toMatchObject({ code: "invalid_input", facts: { field: "value" } });
    const { value } = await store.kv.require("largest", "k");
    expect(Buffer.compare(value ?? Buffer.of(), largest)).toBe(0);
    await store.kv.remove("largest", "k");
  });

  test("a batch has values of any size together, all of them or none", async () => {
    const large = new Uint8Array(6 * mebibyte);
    const inputs = ["a", "b", "c"].map((key) => ({ prefix: "batch", key, value: large }));
    const refused = store.kv.setMany([...inputs, { prefix: "batch", key: "d", value: null, expectedVersion: 1 }]);
    await expect(refused).rejects.toMatchObject({ code: "conflict" });
    expect(await store.kv.count("batch")).toBe(0);
    const heads = await store.kv.setMany(inputs);
    expect([heads.map(({ key }) => key), await store.kv.count("batch")]).toEqual([["a", "b", "c"], 3]);
  });

  test("however many are asked for at once, all come, and pages end early", async () => {
    const keys = ["a", "b", "c", "d"];
    const large = (i: number): Uint8Array => new Uint8Array(6 * mebibyte).fill(i);
    await Promise.all(keys.map((key, i) => store.kv.set({ prefix: "p", key, value: large(i) })));
    const asked = ["a", "b", "absent", "c", "d"].map((key) => ({ prefix: "p", key }));
    const many = await store.kv.getMany(asked);
    const together = await Promise.all(asked.map(({ prefix, key }) => store.kv.get(prefix, key)));
    for (const entries of [many, together]) {
      expect(entries.map((entry) => entry?.value?.at(-1))).toEqual([0, 1, undefined, 2, 3]);
    }
    const first = await store.kv.list("p");
    const second = await store.kv.scan("p", { after: JSON.stringify(["p", first.next]) });
    expect([first.items.length, first.next, second.items.length, second.next]).toEqual([3, "c", 1, null]);
  });
}
