import { expect, test } from "vitest";
import { orderTasks } from "./graph.ts";
import type { WorkflowTask } from "./wfformat.ts";

/** Tasks in this order, each with the tasks it waits for. */
function tasksOf(parents: Readonly<Record<string, readonly string[]>>): readonly WorkflowTask[] {
  const ids = Object.keys(parents);
  const children = new Map(ids.map((id) => [id, new Array<string>()]));
  for (const id of ids) for (const parent of parents[id] ?? []) children.get(parent)?.push(id);
  return ids.map((id) => taskOf(id, parents[id] ?? [], children.get(id) ?? []));
}

function taskOf(id: string, parents: readonly string[], children: readonly string[]): WorkflowTask {
  return { id, name: id, parents, children, inputFiles: [], outputFiles: [] };
}

test("every task comes after those it waits for, and else as in the file", () => {
  const tasks = tasksOf({ d: ["b", "c"], c: ["a"], b: ["a"], a: [], z: [] });
  const ordered = orderTasks(tasks).map(({ index, parents, depth }) => [tasks[index]?.id, depth, ...parents]);
  expect(ordered).toEqual([
    ["a", 0],
    ["z", 0],
    ["c", 1, "a"],
    ["b", 1, "a"],
    ["d", 2, "b", "c"],
  ]);
});

test("a link that is listed twice is one link", () => {
  const ordered = orderTasks([taskOf("a", [], ["b", "b"]), taskOf("b", ["a", "a"], [])]);
  expect(ordered.map(({ parents }) => parents)).toEqual([[], ["a"]]);
});

test("links to unknown tasks are named", () => {
  expect(() => orderTasks([taskOf("a", [], []), taskOf("b", ["x"], [])])).toThrow(
    'workflow.specification.tasks[1].parents[0] is "x", which is no task: add the task or remove the link',
  );
  expect(() => orderTasks([taskOf("a", [], ["y"])])).toThrow(
    'workflow.specification.tasks[0].children[0] is "y", which is no task',
  );
});

test("a link that one end does not list is named, whichever end it is", () => {
  expect(() => orderTasks([taskOf("a", [], ["b"]), taskOf("b", [], [])])).toThrow(
    'workflow.specification.tasks[1].parents of "b" lacks "a", whose children (workflow.specification.tasks[0]) list "b"',
  );
  expect(() => orderTasks([taskOf("a", [], []), taskOf("b", ["a"], [])])).toThrow(
    'workflow.specification.tasks[0].children of "a" lacks "b", whose parents (workflow.specification.tasks[1]) list "a"',
  );
});

test("a cycle is told in the order its tasks would run", () => {
  const behind = { late: ["c"], start: [], a: ["c", "start"], b: ["a"], c: ["b"] };
  expect(() => orderTasks(tasksOf(behind))).toThrow('"a" → "b" → "c" → "a": remove one of these links');
  expect(() => orderTasks(tasksOf({ a: ["a"] }))).toThrow('"a" → "a"');
});

test("of a long cycle the first tasks are told", () => {
  const ids = Array.from({ length: 100_000 }, (_, i) => `t${i}`);
  const tasks = tasksOf(Object.fromEntries(ids.map((id, i) => [id, [ids.at(i - 1) ?? ""]])));
  expect(() => orderTasks(tasks)).toThrow('"t6" → "t7" → 99992 more → "t0": remove one of these links');
});

test("a chain of 200,000 tasks and a star of as many are ordered", { timeout: 30_000 }, () => {
  const ids = Array.from({ length: 200_000 }, (_, i) => `t${i}`);
  const chain = orderTasks(tasksOf(Object.fromEntries(ids.map((id, i) => [id, ids.slice(i + 1, i + 2)]))));
  expect(chain[0]?.index).toBe(199_999);
  expect(chain.at(-1)).toMatchObject({ index: 0, depth: 199_999 });

  const star = orderTasks(tasksOf(Object.fromEntries(ids.map((id, i) => [id, i === 0 ? ids.slice(1) : []]))));
  expect(star.at(-1)?.parents).toHaveLength(199_999);
});
