import type { WorkflowRunState } from "@mastra/core/workflows";
import { newId, openStore, type Store } from "holdfast";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { HoldfastMemory, HoldfastWorkflows } from "../src/index.ts";

const odd = 'a"\u0000\ud800é';

const now = new Date();

const thread = { id: "t", resourceId: "r", title: odd, createdAt: now, updatedAt: now, metadata: {} };

const content = { format: 2 as const, parts: [{ type: "text" as const, text: odd }] };

const message = { id: "m", threadId: "t", resourceId: "r", role: "user" as const, createdAt: now, content };

const snapshotOf = (runId: string, given: object): WorkflowRunState =>
  ({ runId, context: { input: {} }, value: {}, activePaths: [], suspendedPaths: {}, timestamp: 1, ...given }) as never;

describeOnEach("The executions of a store that Mastra uses", (database) => {
  let store: Store;
  let runs: HoldfastWorkflows;
  let memory: HoldfastMemory;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
    runs = new HoldfastWorkflows(store);
    memory = new HoldfastMemory(store);
  });
  afterAll(() => store.close());

  test("are its runs, each with its own status, and nothing else", async () => {
    const before = await store.executions.countBy("status");
    await memory.saveThread({ thread });
    await memory.saveMessages({ messages: [message] });
    expect(await store.executions.countBy("status")).toEqual(before);
    const key = { workflowName: "shown", runId: newId() };
    const shown: unknown[] = [];
    const list = ["pending", "running", "suspended", "running", "paused", "failed", "running", "success", "canceled"];
    for (const status of list) {
      const given = { status, context: { one: status }, ...(status === "failed" && { error: { message: odd } }) };
      await runs.persistWorkflowSnapshot({ ...key, snapshot: snapshotOf(key.runId, given) });
      const [execution] = (await store.executions.list({ labels: { workflow: "shown" } })).items;
      shown.push([execution?.status, (await runs.loadWorkflowSnapshot(key))?.status, execution?.error]);
    }
    expect(shown).toEqual([
      ["pending", "pending", undefined],
      ["running", "running", undefined],
      ["waiting", "suspended", undefined],
      ["running", "running", undefined],
      ["paused", "paused", undefined],
      ["failed", "failed", { message: odd }],
      ["running", "running", undefined],
      ["succeeded", "success", undefined],
      ["canceled", "canceled", undefined],
    ]);
  });

  test("take no step from a run that goes on after its end, however many do at once", async () => {
    const key = { workflowName: "again", runId: newId() };
    await runs.persistWorkflowSnapshot({ ...key, snapshot: snapshotOf(key.runId, { status: "failed" }) });
    const ids = Array.from({ length: 8 }, (_, i) => `step ${i}`);
    const result = { status: "success", output: {} } as never;
    await Promise.all(ids.map((stepId) => runs.updateWorkflowResults({ ...key, stepId, result, requestContext: {} })));
    const snapshot = await runs.loadWorkflowSnapshot(key);
    expect(Object.keys(snapshot?.context ?? {}).toSorted()).toEqual(["input", ...ids]);
  });
});
