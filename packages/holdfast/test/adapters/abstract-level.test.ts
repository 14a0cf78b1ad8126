import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { HoldfastLevel } from "../../src/adapters/abstract-level.ts";
import { testStore } from "../../src/testing/index.ts";
import { shortLived } from "../support/short-lived.ts";

const SUITE = fileURLToPath(new URL("level-suite.ts", import.meta.url));

const opened = await testStore();
const { store } = opened;
afterAll(() => opened.close());

/** A level database of its own, whose keys are bytes. */
function levelOn(prefix: string): HoldfastLevel<Uint8Array> {
  return new HoldfastLevel<Uint8Array>(store, { prefix, keyEncoding: "view" });
}

/** Thousands of cases, in a process of their own: half a minute on a busy machine. */
const suiteTimeoutMs = 240_000;

describe("abstract-level's own suite", () => {
  test("every case passes", { timeout: suiteTimeoutMs }, async () => {
    const child = spawn(process.execPath, [...shortLived, "--import", "tsx", SUITE], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
    const failed = output.split("\n").filter((line) => line.startsWith("not ok"));
    expect([failed, code]).toEqual([[], 0]);
    const passed = Number(/^# pass +(\d+)$/m.exec(output)?.[1]);
    expect(passed).toBeGreaterThan(4000);
  });
});

describe("the adapter for abstract-level", () => {
  test("every byte sequence is a key of its own, in the order of the bytes", async () => {
    const level = levelOn("bytes");
    const some = [0, 1, 2, 127, 128, 255];
    const keys = [[], ...some.map((a) => [a]), ...some.flatMap((a) => some.map((b) => [a, b]))].map((each) =>
      Uint8Array.from(each),
    );
    await level.batch(keys.toReversed().map((key) => ({ type: "put", key, value: key.join(".") })));
    const ordered = keys.toSorted((a, b) => Buffer.compare(a, b));
    expect(await level.keys().all()).toEqual(ordered);
    expect(await level.values({ reverse: true }).all()).toEqual(ordered.toReversed().map((key) => key.join(".")));
    expect(await level.getMany(keys)).toEqual(keys.map((key) => key.join(".")));
  });

  test("a key has up to 1,024 bytes of ASCII, and 512 of any", async () => {
    const level = levelOn("longest");
    const longest = [new Uint8Array(1024).fill(97), new Uint8Array(512).fill(255), new Uint8Array(512)];
    for (const key of longest) await level.put(key, "v");
    expect(await level.hasMany(longest)).toEqual([true, true, true]);
    for (const key of longest) {
      const tooLong = level.put(Uint8Array.from([...key, 98]), "v");
      await expect(tooLong).rejects.toMatchObject({ code: "invalid_input", facts: { field: "key" } });
    }
  });

  test("ASCII keys are the store's own keys", async () => {
    const level = new HoldfastLevel(store, { prefix: "plain", valueEncoding: "json" });
    await level.put("users/1", "Ada");
    expect(new TextDecoder().decode((await store.kv.require("plain", "users/1")).value ?? undefined)).toBe('"Ada"');
  });

  test("a batch of thousands is one transaction, and its last word on a key counts", async () => {
    const level = levelOn("batch");
    const puts = Array.from({ length: 12_000 }, (_, i) => ({
      type: "put" as const,
      key: Uint8Array.of(i >> 8, i),
      value: "v",
    }));
    await level.batch(puts);
    expect(await store.kv.count("batch")).toBe(12_000);
    const refused = level.batch([
      { type: "del", key: Uint8Array.of(0, 0) },
      { type: "put", key: new Uint8Array(2000), value: "" },
    ]);
    await expect(refused).rejects.toMatchObject({ code: "invalid_input" });
    expect(await level.has(Uint8Array.of(0, 0))).toBe(true);
    const key = Uint8Array.of(1);
    await level.batch([
      { type: "put", key, value: "a" },
      { type: "del", key },
      { type: "put", key, value: "b" },
    ]);
    expect(await level.get(key)).toBe("b");
    await level.batch([
      ...puts.map(({ key: each }) => ({ type: "del" as const, key: each })),
      { type: "put", key, value: "c" },
    ]);
    expect(await level.keys().all()).toEqual([key]);
    await level.clear();
    expect(await store.kv.count("batch")).toBe(0);
  });

  test("a clear from the end takes so many, however many pages they are", async () => {
    const level = levelOn("clear");
    await level.batch(
      Array.from({ length: 1500 }, (_, i) => ({ type: "put", key: Uint8Array.of(i >> 8, i), value: "v" })),
    );
    await level.clear({ reverse: true, limit: 1400 });
    expect([await store.kv.count("clear"), await level.has(Uint8Array.of(0, 99))]).toEqual([100, true]);
    expect(await level.has(Uint8Array.of(0, 100))).toBe(false);
  });

  test("on a transaction it writes what the transaction commits", async () => {
    await store.transaction(async (tx) => {
      const level = new HoldfastLevel(tx, { prefix: "tx" });
      await level.batch([
        { type: "put", key: "a", value: "1" },
        { type: "del", key: "b" },
      ]);
      expect(await level.get("a")).toBe("1");
    });
    expect(await store.kv.has("tx", "a")).toBe(true);
  });
});
