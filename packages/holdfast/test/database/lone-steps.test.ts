import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore, type Store } from "../../src/index.ts";
import type { TransitionInput } from "../../src/transition/transition.ts";
import { describeOnEach } from "../support/databases.ts";
import { comparable, outcomeOf } from "./outcomes.ts";

// A lone step that records a task, ends its execution, or both, has a statement of its own. Each step runs alone, and twice beside another.

describeOnEach("a step by itself comes to the same as one of a batch", (fresh) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await fresh.prepared());
  });
  afterAll(() => store.close());

  const end = { status: "succeeded", output: { n: 2 } } as const;
  const steps: readonly (readonly [string, (token: number) => TransitionInput])[] = [
    ["a task", (token) => ({ require: { token }, tasks: [{ name: "x", status: "succeeded", output: 1 }] })],
    ["the end", (token) => ({ require: { token }, end })],
    ["the last task and the end", (token) => ({ require: { token }, tasks: [{ name: "x" }], end })],
    ["the end of all", (token) => ({ require: { token }, end, state: null, labels: { a: 9 }, usage: { tokens: 1 } })],
    ["a holder, a version and a status", () => ({ require: { holder: "h", version: 1, status: "pending" }, end })],
    ["no lease", () => ({ require: { token: 0 }, tasks: [{ name: "x" }], end })],
    ["another holder", () => ({ require: { holder: "i" }, tasks: [{ name: "x" }] })],
    ["another version", (token) => ({ require: { token, version: 7 }, end })],
    ["another status", (token) => ({ require: { token, status: "waiting" }, tasks: [{ name: "x" }] })],
  ];
  test.each(steps)("%s", async (name, step) => {
    const [alone = "", ...beside] = ["alone", "first", "second"].map((id) => `${name} ${id}`);
    const left: string[] = [];
    const outcomes = [alone, ...beside].map(async (id) => {
      await store.executions.create({ id, queue: id, labels: { a: 1 } });
      await store.timers.schedule({ executionId: id, step: "s", afterMs: 1000 });
      await store.jobs.push({ executionId: id, queue: "of steps" });
      const [claimed] = await store.executions.claim({ queues: [id], limit: 1, holder: "h" });
      return step(claimed?.token ?? 0);
    });
    const inputs = await Promise.all(outcomes);
    const take = (id: string, i: number) => outcomeOf(store.executions.transition(id, inputs[i] ?? {}));
    const told = [await take(alone, 0), ...(await Promise.all(beside.map((id, i) => take(id, i + 1))))];
    for (const id of [alone, ...beside]) {
      const { items: jobs } = await store.jobs.list({ executionId: id });
      const { items: timers } = await store.timers.list({ executionId: id });
      const lease = (await store.executions.leaseOf(id)) === null ? "free" : "held";
      const statuses = [...jobs, ...timers].map(({ status }) => status);
      left.push(comparable({ result: [await store.executions.get(id), statuses, lease] }, id));
    }
    expect(new Set(left).size).toBe(1);
    const anonymous = told.map((one, i) =>
      comparable(one, [alone, ...beside][i] ?? "").replaceAll(/"token":\d+|"id":"[-0-9a-f]{36}"/g, ""),
    );
    expect(new Set(anonymous).size).toBe(1);
  });

  test("the end of an execution that has ended", async () => {
    const ids = ["alone", "first", "second"].map((id) => `ended ${id}`);
    await store.executions.saveMany(ids.map((id) => ({ id, status: "failed" })));
    const take = (id: string) => outcomeOf(store.executions.transition(id, { end }));
    const [alone = "", ...beside] = ids;
    const told = [await take(alone), ...(await Promise.all(beside.map(take)))];
    expect(new Set(told.map((one, i) => comparable(one, ids[i] ?? ""))).size).toBe(1);
  });
});
