import { createConsole } from "@holdfast/console";
import type { ParametersOf, RoutePath } from "@holdfast/console/protocol";
import { newId, openStore, type Store } from "holdfast";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeOnServers } from "../../../holdfast/test/support/databases.ts";
import { read } from "../support/calls.ts";

const executionCount = 1_000_000;
const taskCount = 100_000;

/** The most statements that one page may take, whatever the size of the store. The overview takes most, together with its sample. */
const statementsMax = 30;

describeOnServers("a console of a million executions, with 100,000 tasks in one", (database) => {
  let store: Store;
  let sent = 0;

  beforeAll(async () => {
    store = await openStore({ ...(await database.prepared()), onStatement: () => (sent += 1) });
    await store.definitions.publish({ name: "order", document: {}, status: "active" });
    const definition = { name: "order", version: 1 } as const;
    const size = 10_000;
    for (let first = 0; first < executionCount; first += size) {
      const batch = Array.from({ length: size }, (_, i) => ({
        id: `e-${first + i}`,
        definition,
        status: (first + i) % 10 === 0 ? ("failed" as const) : ("running" as const),
        labels: { tenant: `tenant-${i % 100}` },
      }));
      await store.executions.saveMany(batch);
    }
    await fillTasks(store);
  }, 1_800_000);
  afterAll(() => store.close());

  const measured = async <P extends RoutePath>(path: P, parameters: ParametersOf<P>): Promise<unknown> => {
    const console = createConsole(store, { authorize: () => true });
    const before = sent;
    const startedAt = performance.now();
    const answer = await read(console, path, parameters);
    const statements = sent - before;
    process.stdout.write(`${path}: ${statements} statements, ${Math.round(performance.now() - startedAt)} ms\n`);
    expect(statements).toBeGreaterThan(0);
    expect(statements).toBeLessThanOrEqual(statementsMax);
    await console.close();
    return answer;
  };

  test("each page of executions takes few statements", async () => {
    const first = (await measured("/api/executions", { limit: 100 })) as {
      readonly items: readonly unknown[];
      readonly next: string;
    };
    expect(first.items).toHaveLength(100);
    await measured("/api/executions", { limit: 100, after: first.next });
    await measured("/api/executions", {
      limit: 100,
      status: ["failed"],
      definition: "order",
      label: ["tenant=tenant-7"],
    });
    expect(await measured("/api/executions/counts", {})).toMatchObject({ counts: { failed: executionCount / 10 } });
    await measured("/api/overview", {});
    await measured("/api/execution", { id: "e-500000" });
  });

  test("each page of the tasks takes few statements", async () => {
    const id = "e-1";
    await measured("/api/execution/tasks/all", { id, limit: 5000 });
    expect(await measured("/api/execution/graph", { id })).toMatchObject({ nodes: expect.any(Array), omitted: 0 });
    await measured("/api/execution", { id });
    await measured("/api/task", { id: "root" });
  });
});

async function fillTasks(store: Store): Promise<void> {
  const executionId = "e-1";
  await store.tasks.save({ id: "root", executionId, name: "root", type: "collection" });
  for (let first = 0; first < taskCount; first += 10_000) {
    const tasks = Array.from({ length: 10_000 }, (_, i) => ({
      id: newId(),
      name: `item-${first + i}`,
      status: i % 50 === 0 ? ("failed" as const) : ("succeeded" as const),
    }));
    await store.tasks.createChildren("root", tasks);
  }
}
