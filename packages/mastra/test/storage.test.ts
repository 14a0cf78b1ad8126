import { InMemoryStore, type MastraCompositeStore, type WorkflowsStorage } from "@mastra/core/storage";
import type { WorkflowRunState } from "@mastra/core/workflows";
import { newId, openStore, type Store } from "holdfast";
import { InvalidInputError } from "holdfast/errors";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { HoldfastStorage } from "../src/index.ts";

const odd = 'a"\u0000\ud800é';

const at = (second: number) => new Date(1_700_000_000_000 + second * 1000);

const snapshotOf = (runId: string, given: object = {}): WorkflowRunState =>
  ({
    runId,
    status: "running",
    context: { input: { text: odd } },
    value: {},
    activePaths: [],
    activeStepsPath: {},
    suspendedPaths: {},
    resumeLabels: {},
    waitingPaths: {},
    serializedStepGraph: [{ type: "step", step: { id: "one" } }],
    timestamp: 1,
    ...given,
  }) as unknown as WorkflowRunState;

const message = (id: string, second: number, given: object = {}) => ({
  id,
  threadId: "t1",
  resourceId: "r1",
  role: "user" as const,
  createdAt: at(second),
  content: { format: 2 as const, parts: [{ type: "text" as const, text: `${id}${odd}` }] },
  ...given,
});

const thread = (id: string, second: number, given: object = {}) => {
  return { id, resourceId: "r1", title: id, createdAt: at(second), updatedAt: at(second), metadata: {}, ...given };
};

/** The domain of a storage, which it has. */
async function domain<Name extends "memory" | "workflows" | "scores">(storage: MastraCompositeStore, name: Name) {
  const found = await storage.getStore(name);
  if (!found) throw new Error(`No ${name}.`);
  return found;
}

describeOnEach("Mastra's storage", (database) => {
  let store: Store;
  let storage: HoldfastStorage;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
    storage = new HoldfastStorage(store);
  });
  afterAll(() => store.close());

  /** What each of the two stores answers to the same calls: ours, and Mastra's own in memory. */
  async function both(calls: (tested: MastraCompositeStore) => Promise<unknown>): Promise<[unknown, unknown]> {
    const oracle = new InMemoryStore();
    return [JSON.parse(JSON.stringify(await calls(storage))), JSON.parse(JSON.stringify(await calls(oracle)))];
  }

  test("keeps the memory as Mastra's own store in memory does", async () => {
    const [ours, theirs] = await both(async (tested) => {
      const memory = await domain(tested, "memory");
      for (const [i, id] of ["t1", "t2", "t3"].entries()) {
        const metadata = { odd, even: i % 2 === 0, deep: { b: 1, a: [i] } };
        await memory.saveThread({ thread: thread(id, i, { metadata, resourceId: i === 2 ? "r2" : "r1" }) });
      }
      const messages = Array.from({ length: 6 }, (_, i) => message(`m${i}`, i));
      await memory.saveMessages({ messages: [...messages, message("other", 9, { threadId: "t2", resourceId: "r2" })] });
      await memory.updateMessages({ messages: [{ id: "m1", content: { metadata: { mark: odd } } as never }] });
      await memory.deleteMessages(["m5", "missing"]);
      const ids = async (asked: ReturnType<typeof memory.listMessages>) => {
        const { messages: found, ...page } = await asked;
        return { ...page, ids: found.map(({ id }) => id) };
      };
      const threads = async (args: Parameters<typeof memory.listThreads>[0]) => {
        const { threads: found, ...page } = await memory.listThreads(args);
        return { ...page, ids: found.map(({ id }) => id) };
      };
      const byCreation = { field: "createdAt", direction: "DESC" } as const;
      return [
        await ids(memory.listMessages({ threadId: "t1" })),
        await ids(memory.listMessages({ threadId: "t1", perPage: 2, page: 1 })),
        await ids(memory.listMessages({ threadId: "t1", perPage: 2, orderBy: byCreation })),
        await ids(memory.listMessages({ threadId: ["t1", "t2"], perPage: false })),
        await ids(memory.listMessages({ threadId: "t1", resourceId: "other" })),
        await ids(memory.listMessages({ threadId: "t1", filter: { dateRange: { start: at(1), end: at(3) } } })),
        await ids(
          memory.listMessages({
            threadId: "t1",
            filter: { dateRange: { start: at(1), end: at(3), startExclusive: true, endExclusive: true } },
          }),
        ),
        await ids(memory.listMessages({ threadId: "t1", filter: { metadata: { mark: odd } } })),
        await ids(
          memory.listMessages({
            threadId: "t1",
            perPage: 0,
            include: [{ id: "m3", withPreviousMessages: 1, withNextMessages: 1 }],
          }),
        ),
        (await memory.listMessages({ threadId: "t1", perPage: 1 })).messages.map(({ content }) => content),
        (await memory.listMessagesById({ messageIds: ["m2", "none"] })).messages.map(({ id }) => id),
        await threads({ orderBy: byCreation }),
        await threads({ filter: { resourceId: "r1" }, orderBy: byCreation, perPage: 1 }),
        await threads({ filter: { metadata: { odd, even: true } }, orderBy: byCreation }),
        await threads({ filter: { metadata: { deep: { a: [1], b: 1 } } } }),
        (await memory.getThreadById({ threadId: "t1" }))?.metadata,
        await memory.getThreadById({ threadId: "t1", resourceId: "r2" }),
        (await memory.updateThread({ id: "t3", title: odd, metadata: { more: 1 } })).metadata,
        (await memory.getThreadById({ threadId: "t3" }))?.title,
        (await memory.saveResource({ resource: { id: odd, workingMemory: odd, createdAt: at(1), updatedAt: at(1) } }))
          .id,
        (await memory.updateResource({ resourceId: odd, metadata: { a: 1 } })).workingMemory,
        (await memory.getResourceById({ resourceId: odd }))?.metadata,
        (await memory.patchThread({ id: "t3", metadata: { patched: odd } })).title,
        (await memory.updateThreadMetadata({ id: "t3", update: ({ metadata }) => ({ seen: metadata?.["more"] }) }))
          ?.metadata,
        await memory.updateThreadMetadata({ id: "t3", resourceId: "r1", update: () => ({ no: 1 }) }),
        (await memory.updateThreadResourceId({ threadId: "t2", resourceId: "moved" })).resourceId,
        await ids(memory.listMessagesByResourceId({ resourceId: "moved" })),
        await ids(memory.listMessages({ threadId: "t2", resourceId: "r2" })),
        Object.keys((await memory.copyThread({ sourceThreadId: "t1", newThreadId: "copy" })).messageIdMap ?? {}),
        (await memory.listMessages({ threadId: "copy" })).messages.map(({ content }) => content),
        await memory.deleteThread({ threadId: "t1" }),
        await ids(memory.listMessages({ threadId: "t1" })),
        await memory.getThreadById({ threadId: "t1" }),
      ];
    });
    expect(ours).toEqual(theirs);
  });

  test("keeps runs of workflows as Mastra's own store in memory does", async () => {
    const [ours, theirs] = await both(async (tested) => {
      const runs: WorkflowsStorage = await domain(tested, "workflows");
      for (const [i, status] of ["running", "suspended", "success", "suspended"].entries()) {
        const runId = `${i}${odd}`;
        const snapshot = snapshotOf(runId, { status });
        const key = { workflowName: i === 3 ? "other" : odd, runId, resourceId: i === 0 ? odd : "r" };
        await runs.persistWorkflowSnapshot({ ...key, snapshot, createdAt: at(i), updatedAt: at(i) });
      }
      const key = { workflowName: odd, runId: `0${odd}` };
      const list = async (args: Parameters<typeof runs.listWorkflowRuns>[0]) => {
        const { runs: found, total } = await runs.listWorkflowRuns(args);
        return { total, ids: found.map(({ runId }) => runId) };
      };
      const result = (text: string) => ({ status: "success", output: { text }, startedAt: 1, endedAt: 2 }) as never;
      return [
        await runs.updateWorkflowResults({ ...key, stepId: odd, result: result(odd), requestContext: { a: odd } }),
        await runs.updateWorkflowResults({ ...key, stepId: "two", result: result("2"), requestContext: { b: 1 } }),
        await runs.updateWorkflowState({ ...key, opts: { status: "waiting", expectedStatus: ["running"] } }),
        (await runs.updateWorkflowState({ ...key, opts: { status: "success", expectedStatus: "running" } })) ?? "no",
        await runs.loadWorkflowSnapshot(key),
        await runs.loadWorkflowSnapshot({ ...key, runId: "none" }),
        await list({}),
        await list({ workflowName: odd }),
        await list({ status: "suspended" }),
        await list({ status: "suspended", workflowName: odd, resourceId: "r" }),
        await list({ fromDate: at(1), toDate: at(2) }),
        await list({ perPage: 2, page: 1 }),
        (await runs.getWorkflowRunById({ runId: `3${odd}` }))?.workflowName,
        await runs.getWorkflowRunById({ runId: `3${odd}`, workflowName: odd }),
        await runs.deleteWorkflowRunById(key),
        await runs.loadWorkflowSnapshot(key),
        await runs.updateWorkflowResults({ ...key, stepId: "x", result: result("x"), requestContext: {} }),
      ];
    });
    expect(ours).toEqual(theirs);
  });

  test("keeps scores as Mastra's own store in memory does", async () => {
    const score = (id: string, second: number, given: object) =>
      ({
        id,
        scorerId: "s",
        runId: "run",
        entityId: "e",
        entityType: "AGENT",
        source: "LIVE",
        score: 0.5,
        reason: odd,
        createdAt: at(second),
        ...given,
      }) as never;
    const [ours, theirs] = await both(async (tested) => {
      const scores = await domain(tested, "scores");
      await scores.saveScore(score("1", 1, {}));
      await scores.saveScore(score("2", 2, { entityId: odd, traceId: odd, spanId: "x" }));
      await scores.saveScore(score("3", 3, { scorerId: "other", runId: odd, source: "TEST" }));
      const pagination = { page: 0, perPage: 1 };
      const lists = [
        await scores.listScoresByScorerId({ scorerId: "s", pagination }),
        await scores.listScoresByScorerId({ scorerId: "s", source: "TEST", pagination }),
        await scores.listScoresByRunId({ runId: odd, pagination }),
        await scores.listScoresByEntityId({ entityId: odd, entityType: "AGENT", pagination }),
        await scores.listScoresBySpan({ traceId: odd, spanId: "x", pagination: { page: 0, perPage: false } }),
      ];
      const of = lists.map(({ scores: found, ...page }) => [page, found.map(({ id, reason }) => [id, reason])]);
      return [...of, (await scores.getScoreById({ id: "2" }))?.traceId, await scores.getScoreById({ id: "none" })];
    });
    expect(ours).toEqual(theirs);
  });

  test("writes the step that changed, and none of the others", async () => {
    const runs = await domain(storage, "workflows");
    const key = { workflowName: "steps", runId: newId() };
    const step = (text: string) => ({ status: "success", output: { text } });
    const steps = { input: {}, one: step("1"), two: step("2") };
    await runs.persistWorkflowSnapshot({ ...key, snapshot: snapshotOf(key.runId, { context: steps }) });
    const [execution] = (await store.executions.list({ labels: { workflow: "steps" } })).items;
    const versions = async () => {
      const { items } = await store.components.list(execution?.id ?? "");
      return Object.fromEntries(items.map(({ component, version }) => [component, version]));
    };
    expect(await versions()).toEqual({ graph: 1, "step input": 1, "step one": 1, "step two": 1 });
    const next = { ...steps, two: step("changed"), three: step("3") };
    await runs.persistWorkflowSnapshot({ ...key, snapshot: snapshotOf(key.runId, { context: next }) });
    await runs.updateWorkflowResults({ ...key, stepId: "three", result: step("4") as never, requestContext: {} });
    const expected = { graph: 1, "step input": 1, "step one": 1, "step two": 2, "step three": 2 };
    expect(await versions()).toEqual(expected);
  });

  test("loses no step of many that end at once", async () => {
    const runs = await domain(storage, "workflows");
    const key = { workflowName: "parallel", runId: newId() };
    await runs.persistWorkflowSnapshot({ ...key, snapshot: snapshotOf(key.runId) });
    const ids = Array.from({ length: 8 }, (_, i) => `step ${i}`);
    const result = { status: "success", output: {} } as never;
    await Promise.all(ids.map((stepId) => runs.updateWorkflowResults({ ...key, stepId, result, requestContext: {} })));
    const snapshot = await runs.loadWorkflowSnapshot(key);
    expect(Object.keys(snapshot?.context ?? {}).toSorted()).toEqual(["input", ...ids]);
  });

  test("commits with the caller's own rows, or not at all", async () => {
    const table = `orders_${newId().replaceAll("-", "")}`;
    const saved = store.transaction(async (tx) => {
      await tx.query(`create table ${table} (id text)`);
      const memory = await domain(new HoldfastStorage(tx), "memory");
      await memory.saveThread({ thread: thread("rolled back", 1) });
      throw new Error("no");
    });
    await expect(saved).rejects.toThrow("no");
    const memory = await domain(storage, "memory");
    expect(await memory.getThreadById({ threadId: "rolled back" })).toBeNull();
  });

  test("refuses bad input before it asks the database, naming the field", async () => {
    const memory = await domain(storage, "memory");
    const runs = await domain(storage, "workflows");
    await expect(memory.saveThread({ thread: thread("", 1) })).rejects.toBeInstanceOf(InvalidInputError);
    await expect(memory.listMessages({ threadId: " " })).rejects.toThrow("threadId must be a non-empty string");
    await expect(memory.listMessages({ threadId: "t", page: -1 })).rejects.toThrow("page must be >= 0");
    const late = new Date(Number.NaN);
    await expect(runs.listWorkflowRuns({ fromDate: late })).rejects.toMatchObject({ facts: { field: "fromDate" } });
    await expect(memory.updateThread({ id: "none", metadata: {} })).rejects.toMatchObject({ code: "not_found" });
    await expect(memory.copyThread({ sourceThreadId: "none" })).rejects.toMatchObject({ code: "not_found" });
  });
});
