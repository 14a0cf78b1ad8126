import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore, type Store } from "../../src/index.ts";
import type { TransitionInput } from "../../src/transition/transition.ts";
import { describeOnEach } from "../support/databases.ts";
import { comparable, outcomeOf } from "./outcomes.ts";

// A lone step that records or ends a task, changes or ends its execution, or appends to history, has a statement of its own. Each step runs alone, and twice beside another.

describeOnEach("a step by itself comes to the same as one of a batch", (fresh) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await fresh.prepared());
  });
  afterAll(() => store.close());

  const history = [{ kind: "a", payload: { n: 1 } }, { kind: "b" }];
  const end = { status: "succeeded", output: { n: 2 } } as const;
  const steps: readonly (readonly [string, (token: number, id: string) => TransitionInput])[] = [
    ["a task", (token) => ({ require: { token }, tasks: [{ name: "x", status: "succeeded", output: 1 }] })],
    ["the end", (token) => ({ require: { token }, end })],
    ["the last task and the end", (token) => ({ require: { token }, tasks: [{ name: "x" }], end })],
    ["the end of all", (token) => ({ require: { token }, end, state: null, labels: { a: 9 }, usage: { tokens: 1 } })],
    ["a holder, a version and a status", () => ({ require: { holder: "h", version: 1, status: "pending" }, end })],
    ["a change", (token) => ({ require: { token }, status: "running", state: { s: 1 }, labels: { b: 1 } })],
    ["a change, as a whole", () => ({ require: { status: "pending" }, status: "running", returning: "record" })],
    ["the end, as a whole", (token) => ({ require: { token }, end, returning: "record", history, entriesAfter: 1 })],
    ["a task and entries", (token) => ({ require: { token }, tasks: [{ name: "x" }], history, expectedNext: 2 })],
    ["a task's end and entries", (_, id) => ({ endTasks: [{ id: `${id} task`, status: "failed" }], history })],
    ["a task's end", (_, id) => ({ endTasks: [{ id: `${id} task`, status: "failed", error: 1 }], entriesAfter: 0 })],
    ["first entries", () => ({ history, expectedNext: 1, entriesAfter: 0 })],
    ["first entries of a task", () => ({ tasks: [{ name: "x" }], history })],
    ["first entries of a change", () => ({ status: "running", history, returning: "record" })],
    ["first entries of an end", (token) => ({ require: { token }, end, history, entriesAfter: 0 })],
    ["first entries with another number", () => ({ history, expectedNext: 2 })],
    ["a change and entries", (token) => ({ require: { token }, status: "running", history, entriesAfter: 0 })],
    ["the last task, entries and the end", () => ({ tasks: [{ name: "x" }], history, end, entriesAfter: 0 })],
    ["entries", () => ({ history, entriesAfter: 2 })],
    ["entries of a version", () => ({ require: { version: 1 }, history, expectedNext: 2 })],
    ["a task and a read", () => ({ tasks: [{ name: "x" }], entriesAfter: 0 })],
    ["another number", () => ({ history, expectedNext: 7 })],
    ["a task and another number", () => ({ tasks: [{ name: "x" }], history, expectedNext: 1 })],
    ["the end and another number", () => ({ end, history, expectedNext: 1 })],
    ["a change and another number", () => ({ state: 1, history, expectedNext: 3 })],
    ["no task's end", () => ({ endTasks: [{ id: "none", status: "failed" }], history })],
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
      await store.tasks.save({ id: `${id} task`, executionId: id, name: "given" });
      if (!name.startsWith("first")) await store.history.append(id, [{ kind: "former" }]);
      const [claimed] = await store.executions.claim({ queues: [id], limit: 1, holder: "h" });
      return step(claimed?.token ?? 0, id);
    });
    const inputs = await Promise.all(outcomes);
    const take = (id: string, i: number) => outcomeOf(store.executions.transition(id, inputs[i] ?? {}));
    const told = [await take(alone, 0), ...(await Promise.all(beside.map((id, i) => take(id, i + 1))))];
    for (const id of [alone, ...beside]) {
      const { items: jobs } = await store.jobs.list({ executionId: id });
      const { items: timers } = await store.timers.list({ executionId: id });
      const lease = (await store.executions.leaseOf(id)) === null ? "free" : "held";
      const { items: tasks } = await store.tasks.list({ executionId: id });
      const { items: entries } = await store.history.read(id);
      const log = entries.map(({ number, kind, payload }) => `${number} ${kind} ${JSON.stringify(payload)}`);
      const made = tasks.map((task) => [task.name, task.status, task.version, task.error]);
      const statuses = [...jobs, ...timers].map(({ status }) => status);
      left.push(comparable({ result: [await store.executions.get(id), statuses, lease, made, log] }, id));
    }
    expect(left).toEqual(left.map(() => left[0]));
    const anonymous = told.map((one, i) =>
      comparable(one, [alone, ...beside][i] ?? "").replaceAll(/"(?:token|position)":\d+|"id":"[-0-9a-f]{36}"/g, ""),
    );
    expect(anonymous).toEqual(anonymous.map(() => anonymous[0]));
  });

  const late: readonly (readonly [string, TransitionInput])[] = [
    ["the end", { end }],
    ["entries", { history }],
    ["labels", { labels: { a: 1 } }],
    ["labels and entries", { labels: { a: 1 }, history }],
    ["a state", { state: 1 }],
    ["a task", { tasks: [{ name: "x" }], history }],
  ];
  test.each(late)("%s of an execution that has ended", async (name, step) => {
    const ids = ["alone", "first", "second"].map((id) => `${name} ended ${id}`);
    await store.executions.saveMany(ids.map((id) => ({ id, status: "failed" })));
    const take = (id: string) => outcomeOf(store.executions.transition(id, step));
    const [alone = "", ...beside] = ids;
    const told = [await take(alone), ...(await Promise.all(beside.map(take)))];
    const outcomes = told.map((one, i) => comparable(one, ids[i] ?? ""));
    expect(outcomes).toEqual(outcomes.map(() => outcomes[0]));
  });
});
