import { emptyCheckpoint, uuid6 } from "@langchain/langgraph-checkpoint";
import { openStore, type Store } from "holdfast";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { HoldfastSaver, HoldfastStore } from "../src/index.ts";

const meta = { source: "loop", step: 1, parents: {} } as const;

function thread(id: string): { configurable: { thread_id: string } } {
  return { configurable: { thread_id: id } };
}

describeOnEach("the statements of a call", (database) => {
  let store: Store;
  let saver: HoldfastSaver;
  let sent: string[] = [];

  beforeAll(async () => {
    store = await openStore({ ...(await database.prepared()), onStatement: ({ statement }) => sent.push(statement) });
    saver = new HoldfastSaver(store);
  });
  afterAll(() => store.close());
  beforeEach(() => {
    sent = [];
  });

  /** The nouns' statements of some work. */
  const during = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
    sent = [];
    await work();
    return sent.filter((name) => /^(checkpoints|kv)\//.test(name));
  };
  const put = (config: object, values: Record<string, unknown>) =>
    saver.put(
      config,
      { ...emptyCheckpoint(), id: uuid6(1), channel_values: values, channel_versions: { a: "1", b: "1" } },
      meta,
      Object.fromEntries(Object.keys(values).map((name) => [name, "1"])),
    );

  test("of the saver are few, however many values a checkpoint has", async () => {
    const config = await put(thread("one"), { a: 1, b: 2 });
    expect(await during(() => put(config, { a: 3 }))).toEqual(["checkpoints/writeCheckpointAlone"]);
    expect(
      await during(() =>
        saver.putWrites(
          config,
          [
            ["a", 1],
            ["b", 2],
          ],
          "task",
        ),
      ),
    ).toEqual(["checkpoints/addPendingWritesAlone"]);
    expect(await during(() => saver.getTuple(config))).toEqual(["checkpoints/readCheckpoint"]);
    expect(await during(() => saver.getTuple(thread("one")))).toEqual(["checkpoints/readCheckpoint"]);
  });

  test("of a list across threads are two a page, newest first", async () => {
    const ids: unknown[] = [];
    for (let i = 0; i < 8; i++) ids.push((await put(thread(`list ${i}`), { a: i })).configurable?.["checkpoint_id"]);
    const found: unknown[] = [];
    const statements = await during(async () => {
      for await (const { checkpoint } of saver.list({}, { limit: 8 })) found.push(checkpoint.id);
    });
    expect(found).toEqual(ids.toReversed());
    expect(statements).toEqual(["checkpoints/listCheckpoints desc", "checkpoints/readCheckpoints"]);
  });

  test("of a walk over eight checkpoints of a delta channel are three", async () => {
    let config = await put(thread("delta"), { a: [0] });
    for (let step = 1; step <= 8; step++) {
      await saver.putWrites(config, [["a", [step]]], `task ${step}`);
      config = await saver.put(config, { ...emptyCheckpoint(), id: uuid6(1) }, meta, {});
    }
    const statements = await during(async () => {
      const { a } = await saver.getDeltaChannelHistory({ config: thread("delta"), channels: ["a"] });
      expect(a?.writes).toHaveLength(8);
    });
    expect(statements).toEqual([
      "checkpoints/readCheckpoint",
      "checkpoints/listAncestors",
      "checkpoints/readCheckpoints",
    ]);
  });

  test("of a search that equality and ranges decide are one, and read nothing that is skipped over", async () => {
    const items = new HoldfastStore(store);
    await items.batch(
      Array.from({ length: 300 }, (_, i) => ({ namespace: ["n"], key: `k${i}`, value: { kind: `kind ${i % 30}`, i } })),
    );
    const found: unknown[] = [];
    const statements = await during(async () => {
      found.push(...(await items.search(["n"], { filter: { kind: "kind 7", i: { $gte: 100 } }, limit: 5 })));
    });
    expect(found).toHaveLength(5);
    expect(statements).toEqual(["kv/searchEntries"]);
  });
});
