import { expect, test } from "vitest";
import type { Plan } from "../../src/core/plan.ts";
import type { Write } from "../../src/core/write.ts";
import { Coalescer } from "../../src/session/coalescer.ts";
import type { RunPlan } from "../../src/session/run-plan.ts";
import { withResolvers } from "../support/waiting.ts";
import { type Input, partsOf } from "./coalescer.ts";

/** A write whose plan is one statement. The statement names its kind and counts its calls. */
function writeOf(name: string, more: Partial<Write<Input, number>> = {}): Write<Input, number> {
  return {
    name,
    keys: ({ key }) => [key],
    plan: (inputs) => ({
      statements: [
        { statement: { name, text: "select", prepared: true, readsOnly: false }, values: [String(inputs.length)] },
      ],
      read: () => inputs.map(({ n }) => n),
    }),
    ...more,
  };
}

/** A coalescer with the statements that it has sent. Every flight waits until the test releases all of them. */
function several() {
  const sent: string[] = [];
  const { promise: answered, resolve: answer } = withResolvers();
  const run: RunPlan = async <T>(plan: Plan<T>, { onSend }: Parameters<RunPlan>[1] = {}) => {
    onSend?.();
    sent.push(plan.statements.map(({ statement, values }) => `${statement.name} ${String(values[0])}`).join(", "));
    await answered;
    return plan.read([]);
  };
  const coalescer = new Coalescer(partsOf(run));
  const call = (write: Write<Input, number>, count: number): readonly Promise<number>[] =>
    Array.from({ length: count }, (_, n) => coalescer.call(write, { key: `${write.name} ${n}`, n }));
  return { sent, answer, call, coalescer };
}

const [kv, jobs, timers] = [writeOf("kv.set"), writeOf("jobs.push"), writeOf("timers.cancel")];

test("kinds travel in the order of locks, whatever the order of the calls", async () => {
  const { sent, answer, call } = several();
  const calls = [...call(kv, 2), ...call(timers, 1), ...call(jobs, 3)];
  answer();
  expect(await Promise.all(calls)).toEqual([0, 1, 0, 0, 1, 2]);
  expect(sent).toEqual(["jobs.push 3, timers.cancel 1, kv.set 2"]);
});

test("enough calls for two connections leave as two flights, of different kinds", async () => {
  const { sent, answer, call } = several();
  const calls = [...call(kv, 20), ...call(timers, 5), ...call(jobs, 15)];
  await new Promise(setImmediate);
  expect(sent).toEqual(["jobs.push 15, timers.cancel 5", "kv.set 20"]);
  answer();
  await Promise.all(calls);
});

test("calls of one kind follow each other, and so do few calls of others", async () => {
  const { sent, answer, call } = several();
  const calls = [...call(kv, 40)];
  await new Promise(setImmediate);
  calls.push(...call(writeOf("kv.set", { keys: ({ key }) => [`later ${key}`] }), 40), ...call(jobs, 15));
  await new Promise(setImmediate);
  expect(sent).toEqual(["kv.set 40"]);
  calls.push(...call(timers, 1));
  await new Promise(setImmediate);
  expect(sent).toEqual(["kv.set 40", "jobs.push 15, timers.cancel 1"]);
  answer();
  await Promise.all(calls);
  expect(sent.at(-1)).toBe("kv.set 40");
});

test("a kind that is apart neither waits for the others nor travels with them", async () => {
  const { sent, answer, call } = several();
  const calls = [...call(kv, 2)];
  await new Promise(setImmediate);
  calls.push(...call(writeOf("kv.get", { isApart: true, keys: () => [] }), 3));
  await new Promise(setImmediate);
  expect(sent).toEqual(["kv.set 2", "kv.get 3"]);
  answer();
  await Promise.all(calls);
});

test("calls whose plan cannot be made fail by themselves", async () => {
  const { sent, answer, call } = several();
  const broken = writeOf("tasks.save", {
    plan: () => {
      throw new TypeError("no plan");
    },
  });
  const [bad, ...good] = [...call(broken, 1), ...call(kv, 1), ...call(jobs, 1)];
  answer();
  await expect(bad).rejects.toThrow("no plan");
  expect(await Promise.all(good)).toEqual([0, 0]);
  expect(sent).toEqual(["jobs.push 1, kv.set 1"]);
});

test("rows of one kind that cannot be read fail its own callers only", async () => {
  const { answer, call } = several();
  const unreadable = writeOf("tasks.save", {
    plan: () => ({
      statements: [],
      read: () => {
        throw new TypeError("not a row");
      },
    }),
  });
  const [bad, good] = [...call(unreadable, 1), ...call(kv, 1)];
  answer();
  await expect(bad).rejects.toThrow("not a row");
  expect(await good).toBe(0);
});

test("a call waits for the next flight if its locks would overlap those of another kind", async () => {
  const { sent, answer, call } = several();
  const step = writeOf("executions.transition", { locks: () => ["executions", "tasks"] });
  const history = writeOf("history.append");
  const [tasks, other] = [writeOf("tasks.save"), writeOf("tasks.setStatus")];
  const calls = [...call(history, 1), ...call(step, 1), ...call(tasks, 1), ...call(jobs, 1), ...call(other, 1)];
  answer();
  await Promise.all(calls);
  expect(sent).toEqual(["executions.transition 1, history.append 1", "jobs.push 1, tasks.save 1", "tasks.setStatus 1"]);
});

test("a call that locks more than others of its kind waits while those may go", async () => {
  const { sent, answer, call } = several();
  const step = writeOf("executions.transition", {
    locks: ({ n }) => (n === 0 ? ["executions"] : ["executions", "tasks"]),
  });
  const calls = [...call(writeOf("tasks.save"), 1), ...call(step, 2)];
  answer();
  await Promise.all(calls);
  expect(sent).toEqual(["executions.transition 1, tasks.save 1", "executions.transition 1"]);
});

test("a call that locks nothing joins every flight, before the others", async () => {
  const { sent, answer, call } = several();
  const calls = [
    ...call(writeOf("executions.transition"), 1),
    ...call(writeOf("executions.create", { locks: () => [] }), 2),
  ];
  answer();
  await Promise.all(calls);
  expect(sent).toEqual(["executions.create 2, executions.transition 1"]);
});

/** A write whose fast path gives these results. */
function withFastPath(name: string, gives: readonly number[]): Write<Input, number> {
  const fastPath = (input: Input): Plan<readonly number[]> => ({
    statements: [
      { statement: { name: `${name} fast`, text: "select", prepared: true, readsOnly: false }, values: [input.key] },
    ],
    read: () => gives,
  });
  return writeOf(name, { fastPath });
}

test("a kind with one call in its flight takes its fast path, and flies again where that does nothing", async () => {
  const { sent, answer, call } = several();
  const calls = [
    ...call(withFastPath("jobs.push", [7]), 1),
    ...call(withFastPath("timers.cancel", []), 1),
    ...call(withFastPath("history.append", []), 1),
    ...call(withFastPath("kv.set", [8]), 2),
  ];
  answer();
  expect(await Promise.all(calls)).toEqual([7, 0, 0, 0, 1]);
  expect(sent).toEqual([
    "jobs.push fast jobs.push 0, timers.cancel fast timers.cancel 0, history.append fast history.append 0, kv.set 2",
    "timers.cancel 1, history.append 1",
  ]);
});

test("the fast path is tried once, also where one kind is left", async () => {
  const { sent, answer, call } = several();
  const calls = [...call(withFastPath("jobs.push", [7]), 1), ...call(withFastPath("timers.cancel", []), 1)];
  answer();
  expect(await Promise.all(calls)).toEqual([7, 0]);
  expect(sent).toEqual(["jobs.push fast jobs.push 0, timers.cancel fast timers.cancel 0", "timers.cancel 1"]);
});

test("an urgent call may leave with what is about to leave", async () => {
  const { answer, call, coalescer } = several();
  expect(coalescer.isAboutToSend).toBe(false);
  const calls = [...call(kv, 1)];
  expect(coalescer.isAboutToSend).toBe(true);
  await Promise.resolve();
  expect(coalescer.isAboutToSend).toBe(false);
  calls.push(...call(jobs, 1));
  expect(coalescer.isAboutToSend).toBe(false);
  answer();
  await Promise.all(calls);
});
