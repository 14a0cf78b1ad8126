import { testStore, type TestStore } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { read } from "../support/calls.ts";
import { openConsole } from "../support/filled-console.ts";

describe("the graph of an execution", () => {
  let opened: TestStore;
  beforeAll(async () => {
    opened = await testStore();
  });
  afterAll(() => opened.close());

  test("leads from steps to their waits and timers, whether they have tasks or not", async () => {
    const { store } = opened;
    const steps = [
      { id: "charge", after: [] },
      { id: "approve", after: ["charge"] },
    ];
    await store.definitions.publish({ name: "order", document: { steps }, status: "active" });
    await store.executions.create({ id: "e", definition: { name: "order", version: "active" } });
    await store.tasks.save({ executionId: "e", name: "charge", status: "running" });
    const { id: timer } = await store.timers.schedule({ executionId: "e", step: "charge", afterMs: 60_000 });
    const wait = await store.correlations.wait({ executionId: "e", step: "approve", key: "k" });
    await store.timers.schedule({ executionId: "e", step: "unknown", afterMs: 60_000 });
    const { nodes, edges } = await read(openConsole(store), "/api/execution/graph", { id: "e" });
    const charge = nodes.find(({ label, kind }) => label === "charge" && kind === "task")?.id;
    expect(edges).toEqual([
      { from: charge, to: "step:approve", kind: "after" },
      { from: "step:approve", to: nodes.find(({ kind }) => kind === "wait")?.id, kind: "starts" },
      { from: charge, to: `timer:${timer}`, kind: "starts" },
    ]);
    expect(wait).toBeDefined();
    expect(nodes.filter(({ kind }) => kind === "timer")).toHaveLength(2);
  });

  test("leads from tasks to the child executions that they started", async () => {
    const { store } = opened;
    await store.executions.create({ id: "parent" });
    const root = await store.tasks.save({ executionId: "parent", name: "fan-out", type: "parallel" });
    const [left] = await store.tasks.createChildren(root.id, [{ name: "left" }, { name: "right" }]);
    await store.executions.createMany([
      { id: "by-left", parentId: "parent", parentTaskId: left?.id },
      { id: "by-root", parentId: "parent", parentTaskId: root.id },
      { id: "by-unknown", parentId: "parent", parentTaskId: "none" },
      { id: "by-nobody", parentId: "parent" },
    ]);
    const { nodes, edges } = await read(openConsole(store), "/api/execution/graph", { id: "parent" });
    const nodeOf = (label: string): string | undefined => nodes.find((node) => node.label === label)?.id;
    expect(nodes.filter(({ kind }) => kind === "execution")).toHaveLength(4);
    expect(edges).toEqual([
      { from: nodeOf("left"), to: "execution:by-left", kind: "starts" },
      { from: nodeOf("fan-out"), to: "execution:by-root", kind: "starts" },
    ]);
  });

  test("lists child executions with the names of the tasks that started them", async () => {
    const { store } = opened;
    await store.executions.create({ id: "lister" });
    const task = await store.tasks.save({ executionId: "lister", name: "charge" });
    await store.executions.createMany([
      { id: "charged", parentId: "lister", parentTaskId: task.id },
      { id: "stray", parentId: "lister", parentTaskId: "unrecorded" },
      { id: "alone", parentId: "lister" },
    ]);
    const { items } = await read(openConsole(store), "/api/execution/children", { id: "lister" });
    expect(items.map(({ id, parentTaskId, parentTaskName }) => [id, parentTaskId, parentTaskName])).toEqual([
      ["alone", null, null],
      ["stray", "unrecorded", null],
      ["charged", task.id, "charge"],
    ]);
    const started = { parentTaskId: task.id };
    const own = await read(openConsole(store), "/api/execution/children", { id: "lister", ...started });
    expect(own.items.map(({ id }) => id)).toEqual(["charged"]);
    expect((await read(openConsole(store), "/api/executions", started)).items.map(({ id }) => id)).toEqual(["charged"]);
    expect((await read(openConsole(store), "/api/executions/counts", started)).counts.pending).toBe(1);
  });

  test("links the jobs of an execution without tasks, and puts them where their queues are steps", async () => {
    const { store } = opened;
    const steps = [
      { id: "fetch", after: [] },
      { id: "notify", after: ["fetch"] },
    ];
    await store.definitions.publish({ name: "import", document: { steps }, status: "active" });
    await store.executions.create({ id: "jobs", definition: { name: "import", version: "active" } });
    await store.jobs.pushMany([
      { id: "a", queue: "fetch", executionId: "jobs" },
      { id: "b", queue: "parse", executionId: "jobs", after: ["a"] },
      { id: "c", queue: "parse", executionId: "jobs", after: ["a"] },
    ]);
    const { nodes, edges } = await read(openConsole(store), "/api/execution/graph", { id: "jobs" });
    expect(nodes.map(({ id, total }) => [id, total])).toEqual([
      ["jobs:fetch", 1],
      ["jobs:parse", 2],
      ["step:notify", 0],
    ]);
    expect(edges).toEqual([
      { from: "jobs:fetch", to: "step:notify", kind: "after" },
      { from: "jobs:fetch", to: "jobs:parse", kind: "after" },
    ]);
  });
});
