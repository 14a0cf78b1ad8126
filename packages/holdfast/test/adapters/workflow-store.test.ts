import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { workflowStore, type WorkflowStore } from "../../src/adapters/store.ts";
import { InvalidInputError, openStore, type Store } from "../../src/index.ts";
import { describeOnEach } from "../support/databases.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function keysOf(flows: WorkflowStore, prefix: string): Promise<readonly string[]> {
  const keys: string[] = [];
  await flows.list(prefix, (key) => keys.push(key) > 0);
  return keys;
}

describeOnEach("the workflow engine's store", (database) => {
  let store: Store;
  let flows: WorkflowStore;
  beforeAll(async () => {
    const options = await database.prepared();
    // One connection, so that whatever held one while the caller's code runs would hang.
    store = await openStore("url" in options ? { ...options, poolMax: 1 } : options);
    flows = workflowStore(store);
  });
  afterAll(() => store.close());

  test("tells apart null, no bytes and nothing", async () => {
    await flows.set("values", "null", null);
    await flows.set("values", "empty", new Uint8Array());
    expect(await flows.get("values", "null")).toBeNull();
    expect(await flows.get("values", "empty")).toEqual(new Uint8Array());
    expect(await flows.get("values", "nothing")).toBeUndefined();
    expect(await keysOf(flows, "values")).toEqual(["empty", "null"]);
  });

  test("keeps what was given, whatever becomes of the caller's bytes", async () => {
    const given = new Uint8Array([1, 2, 3]);
    const setting = flows.set("copies", "a", given);
    given.fill(9);
    await setting;
    const got = await flows.get("copies", "a");
    expect(got).toEqual(new Uint8Array([1, 2, 3]));
    got?.fill(9);
    expect(await flows.get("copies", "a")).toEqual(new Uint8Array([1, 2, 3]));
  });

  test("never cuts a key: 1,024 bytes are kept, and one more is refused", async () => {
    const longest = "é".repeat(512);
    await flows.set("long", `${longest.slice(0, -1)}a`, bytes("a"));
    await flows.set("long", longest, bytes("é"));
    expect(await flows.get("long", longest)).toEqual(bytes("é"));
    for (const call of [
      () => flows.get("long", `${longest}x`),
      () => flows.set("long", `${longest}x`, null),
      () => flows.remove("long", `${longest}x`),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: "invalid_input", facts: { field: "key" } });
    }
  });

  test("keeps every pair of prefix and key apart", async () => {
    const pairs = [
      ["a|b", "c"],
      ["a", "b|c"],
      ["a", ""],
      ["", "a"],
      ["a ", "c"],
      ["a%", "c"],
    ] as const;
    for (const [prefix, key] of pairs) await flows.set(prefix, key, bytes(JSON.stringify([prefix, key])));
    for (const [prefix, key] of pairs) {
      expect(await flows.get(prefix, key)).toEqual(bytes(JSON.stringify([prefix, key])));
    }
    expect(await keysOf(flows, "a")).toEqual(["", "b|c"]);
    expect(await keysOf(flows, "a%")).toEqual(["c"]);
  });

  test("lists in byte order, whatever the collation", async () => {
    const keys = ["B", "a", "z", "é", "\uFFFD", "😀"];
    for (const key of keys.toReversed()) await flows.set("order", key, null);
    expect(await keysOf(flows, "order")).toEqual(keys);
    expect(await keysOf(flows, "no such prefix")).toEqual([]);
  });

  describe("list", () => {
    const keys = Array.from({ length: 250 }, (_, i) => String(i).padStart(3, "0"));
    beforeAll(() => store.kv.setMany(keys.map((key) => ({ prefix: "many", key, value: bytes(key) }))));

    test("meets every key once, over pages, and may call the store in between", async () => {
      const seen: string[] = [];
      await flows.list("many", async (key) => {
        seen.push(new TextDecoder().decode((await flows.get("many", key)) ?? undefined));
        await flows.set("seen", key, null);
        return true;
      });
      expect(seen).toEqual(keys);
      expect(await keysOf(flows, "seen")).toEqual(keys);
    });

    test("ends when the iterator answers false, at once or later", async () => {
      const seen: string[] = [];
      await flows.list("many", (key) => seen.push(key) < 120);
      await flows.list("many", (key) => Promise.resolve(seen.push(key) < 0));
      expect(seen).toEqual([...keys.slice(0, 120), "000"]);
    });

    test("goes on when the iterator answers nothing", async () => {
      const seen: string[] = [];
      await flows.list("many", ((key: string) => void seen.push(key)) as never);
      expect(seen).toEqual(keys);
    });

    test("rejects with what the iterator throws, and the store goes on", async () => {
      const list = flows.list("many", () => {
        throw new Error("enough");
      });
      await expect(list).rejects.toThrow("enough");
      expect(await flows.get("many", "000")).toEqual(bytes("000"));
    });

    test("refuses what is no function before it asks the database", async () => {
      const list = flows.list("many", "key" as never);
      await expect(list).rejects.toThrow(InvalidInputError);
      await expect(list).rejects.toMatchObject({ facts: { field: "iterator" } });
    });
  });

  test("removes what is there, and does not mind what is not", async () => {
    await flows.set("removed", "a", bytes("a"));
    await flows.remove("removed", "a");
    await flows.remove("removed", "a");
    expect(await flows.get("removed", "a")).toBeUndefined();
  });

  test("sets at once end with one of the values", async () => {
    const values = Array.from({ length: 50 }, (_, i) => bytes(String(i)));
    await Promise.all(values.map((value) => flows.set("race", "a", value)));
    expect(values).toContainEqual(await flows.get("race", "a"));
  });

  test("takes a transaction, and is undone with it", async () => {
    await flows.set("undone", "a", bytes("before"));
    const work = store.transaction(async (tx) => {
      const inside = workflowStore(tx);
      await inside.set("undone", "a", bytes("inside"));
      await inside.set("undone", "b", null);
      expect(await keysOf(inside, "undone")).toEqual(["a", "b"]);
      throw new Error("undo");
    });
    await expect(work).rejects.toThrow("undo");
    expect(await flows.get("undone", "a")).toEqual(bytes("before"));
    expect(await keysOf(flows, "undone")).toEqual(["a"]);
  });
});
