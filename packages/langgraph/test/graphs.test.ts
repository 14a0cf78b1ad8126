import { Annotation, Command, END, interrupt, MemorySaver, START, StateGraph } from "@langchain/langgraph";
import { type CheckpointTuple, emptyCheckpoint, uuid6 } from "@langchain/langgraph-checkpoint";
import { openStore, type Store } from "holdfast";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { HoldfastSaver } from "../src/index.ts";

const State = Annotation.Root({
  value: Annotation<string>(),
  log: Annotation<string[]>({ reducer: (a, b) => [...a, ...b], default: () => [] }),
});

function thread(id: string): { configurable: { thread_id: string } } {
  return { configurable: { thread_id: id } };
}

/** A graph of three steps. The second step is two nodes side by side. */
function steps(saver: HoldfastSaver | MemorySaver) {
  return new StateGraph(State)
    .addNode("first", ({ value }) => ({ value: `${value}1`, log: ["first"] }))
    .addNode("left", () => ({ log: ["left"] }))
    .addNode("right", () => ({ log: ["right"] }))
    .addNode("last", ({ value }) => ({ value: `${value}2`, log: ["last"] }))
    .addEdge(START, "first")
    .addEdge("first", "left")
    .addEdge("first", "right")
    .addEdge(["left", "right"], "last")
    .addEdge("last", END)
    .compile({ checkpointer: saver });
}

async function collect(tuples: AsyncIterable<CheckpointTuple>): Promise<readonly CheckpointTuple[]> {
  const all: CheckpointTuple[] = [];
  for await (const tuple of tuples) all.push(tuple);
  return all;
}

const meta = { source: "loop", step: 1, parents: {} } as const;

describeOnEach("a graph", (database) => {
  let store: Store;
  let saver: HoldfastSaver;

  beforeAll(async () => {
    store = await openStore(await database.prepared());
    saver = new HoldfastSaver(store);
  });
  afterAll(() => store.close());

  test("runs as on LangGraph's own saver, with the same history", async () => {
    const run = async (graph: ReturnType<typeof steps>): Promise<unknown> => {
      const result = await graph.invoke({ value: "a" }, thread("history"));
      const history = [];
      for await (const { values, next, metadata, tasks } of graph.getStateHistory(thread("history"))) {
        history.push([values, next, metadata?.source, metadata?.step, tasks.map(({ name }) => name)]);
      }
      return { result, history };
    };
    expect(await run(steps(saver))).toEqual(await run(steps(new MemorySaver())));
  });

  test("stops at an interrupt, and goes on from it in another process's saver", async () => {
    const graph = (checkpointer: HoldfastSaver) =>
      new StateGraph(State)
        .addNode("ask", () => ({ value: interrupt<string, string>("which?"), log: ["asked"] }))
        .addEdge(START, "ask")
        .addEdge("ask", END)
        .compile({ checkpointer });
    expect(await graph(saver).invoke({ value: "" }, thread("interrupt"))).toMatchObject({
      __interrupt__: [{ value: "which?" }],
    });
    const resumed = await graph(new HoldfastSaver(store)).invoke(new Command({ resume: "this" }), thread("interrupt"));
    expect(resumed).toEqual({ value: "this", log: ["asked"] });
  });

  test("goes back and branches off, and no branch reads another's values", async () => {
    const graph = steps(saver);
    await graph.invoke({ value: "a" }, thread("fork"));
    const states = [];
    for await (const state of graph.getStateHistory(thread("fork"))) states.push(state);
    const before = states.find(({ next }) => next.includes("left"));
    if (!before) throw new Error("the graph has a state before its second step");
    const branches = await Promise.all(
      ["x", "y", "z"].map((value) => graph.updateState(before.config, { value }, "first")),
    );
    for (const [i, branch] of branches.entries()) {
      const value = "xyz"[i];
      expect((await graph.getState(branch)).values).toMatchObject({ value });
      expect(await graph.invoke(null, branch)).toMatchObject({
        value: `${value}2`,
        log: ["first", "left", "right", "last"],
      });
    }
    expect((await graph.getState(before.config)).values).toMatchObject({ value: "a1" });
    // Two branches with one version, as another program may have written them.
    const put = async (parent: object, value: string, version: string) =>
      saver.put(
        parent,
        { ...emptyCheckpoint(), id: uuid6(1), channel_values: { c: value }, channel_versions: { c: version } },
        meta,
        { c: version },
      );
    const root = await put(thread("raw"), "root", "1");
    const forks = [await put(root, "left", "2"), await put(root, "right", "2")];
    const values = await Promise.all(
      forks.map(async (fork) => (await saver.getTuple(fork))?.checkpoint.channel_values),
    );
    expect(values).toEqual([{ c: "left" }, { c: "right" }]);
  });

  test("keeps the state of a subgraph in a namespace of its own", async () => {
    const inner = new StateGraph(State)
      .addNode("ask", () => ({ value: interrupt<string, string>("inner?") }))
      .addEdge(START, "ask")
      .addEdge("ask", END)
      .compile();
    const graph = new StateGraph(State)
      .addNode("inner", inner)
      .addEdge(START, "inner")
      .addEdge("inner", END)
      .compile({ checkpointer: saver });
    await graph.invoke({ value: "a" }, thread("subgraph"));
    const state = await graph.getState(thread("subgraph"), { subgraphs: true });
    expect(state.tasks[0]?.state).toMatchObject({ values: { value: "a" } });
    const namespaces = new Set(
      (await store.checkpoints.list({ thread: "subgraph" })).items.map((each) => each.namespace),
    );
    expect(namespaces.size).toBe(2);
    expect(await graph.invoke(new Command({ resume: "b" }), thread("subgraph"))).toMatchObject({ value: "b" });
  });

  test("commits with the application's own rows, or not at all", async () => {
    const attempt = store.transaction(async (tx) => {
      await tx.query("create table shipments (id text)");
      await steps(new HoldfastSaver(tx)).invoke({ value: "a" }, thread("transaction"));
      expect(await new HoldfastSaver(tx).getTuple(thread("transaction"))).toBeDefined();
      throw new Error("no");
    });
    await expect(attempt).rejects.toThrow(/^no$/);
    expect(await saver.getTuple(thread("transaction"))).toBeUndefined();
    const result = await store.transaction((tx) =>
      steps(new HoldfastSaver(tx)).invoke({ value: "a" }, thread("transaction")),
    );
    expect((await steps(saver).getState(thread("transaction"))).values).toEqual(result);
  });

  test("keeps every string, in values, names and metadata, and finds it by a filter", async () => {
    const nasty = '\0 \ud800 "quoted\\" \u2028 ✓';
    const checkpoint = {
      ...emptyCheckpoint(),
      id: uuid6(1),
      channel_values: { [nasty]: nasty },
      channel_versions: { [nasty]: "1" },
    };
    const metadata = { ...meta, tags: { [nasty]: [nasty] }, name: nasty, none: null, zero: -0 };
    const place = { configurable: { thread_id: nasty, checkpoint_ns: nasty } };
    const config = await saver.put(place, checkpoint, metadata, { [nasty]: "1" });
    await saver.putWrites(config, [[nasty, nasty]], nasty, nasty);
    const [found, ...others] = await collect(
      saver.list({}, { filter: { name: nasty, tags: { [nasty]: [nasty] }, none: null } }),
    );
    expect(others).toEqual([]);
    expect(found).toEqual({
      config,
      checkpoint,
      metadata: { ...metadata, zero: 0 },
      pendingWrites: [[nasty, nasty, nasty]],
    });
    expect(await collect(saver.list({}, { filter: { name: "\\u0000" } }))).toEqual([]);
    await saver.deleteThread(nasty);
    expect(await saver.getTuple(config)).toBeUndefined();
  });

  test("is pruned, copied and removed by its runs", async () => {
    const graph = steps(saver);
    const result = await graph.invoke({ value: "a" }, thread("pruned"));
    await saver.copyThread("pruned", "copied");
    await expect(saver.copyThread("pruned", "copied")).rejects.toMatchObject({ code: "duplicate" });
    await saver.prune(["pruned"]);
    expect(await collect(saver.list(thread("pruned")))).toHaveLength(1);
    expect((await graph.getState(thread("pruned"))).values).toEqual(result);
    expect((await collect(saver.list(thread("copied")))).length).toBeGreaterThan(3);
    expect(await graph.invoke({ value: "b" }, thread("copied"))).toMatchObject({ value: "b12" });
    await saver.prune(["copied"], { strategy: "delete" });
    expect(await saver.getTuple(thread("copied"))).toBeUndefined();

    const put = async (run_id: string) =>
      saver.put(thread("runs"), { ...emptyCheckpoint(), id: uuid6(1) }, { ...meta, run_id } as typeof meta, {});
    const [kept] = [await put("run-1"), await put("run-2"), await put("run-3")];
    expect(await saver.deleteForRuns(["run-2", "run-3"])).toBe(2);
    expect((await collect(saver.list(thread("runs")))).map(({ config }) => config)).toEqual([kept]);
  });

  test("keeps the ancestors that its delta channels need, and reads them over many pages", async () => {
    let config = await saver.put(
      thread("delta"),
      { ...emptyCheckpoint(), id: uuid6(1), channel_values: { d: [0] }, channel_versions: { d: "1" } },
      meta,
      { d: "1" },
    );
    for (let step = 1; step <= 70; step++) {
      await saver.putWrites(
        config,
        [
          ["d", [step]],
          ["other", 1],
        ],
        `task ${step}`,
      );
      const counters = { counters_since_delta_snapshot: { d: [step, step] as [number, number] } };
      config = await saver.put(config, { ...emptyCheckpoint(), id: uuid6(1) }, { ...meta, ...counters }, {});
    }
    await saver.prune(["delta"]);
    const { d, none } = await saver.getDeltaChannelHistory({ config: thread("delta"), channels: ["d", "none"] });
    expect(d?.seed).toEqual([0]);
    expect(d?.writes.map(([, , value]) => value)).toEqual(Array.from({ length: 70 }, (_, i) => [i + 1]));
    expect(none).toEqual({ writes: [] });
  });

  test("refuses a configuration without a thread or a checkpoint, by the name of what is missing", async () => {
    await expect(saver.put({}, emptyCheckpoint(), meta, {})).rejects.toMatchObject({
      code: "invalid_input",
      facts: { field: "config.configurable.thread_id" },
    });
    await expect(saver.putWrites(thread("t"), [], "task")).rejects.toMatchObject({
      facts: { field: "config.configurable.checkpoint_id" },
    });
  });
});
