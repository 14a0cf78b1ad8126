import { expect, test } from "vitest";
import { countsOf, forestOf, type Task } from "./forest.ts";
import { visibleRows } from "./visible-rows.ts";

function task(id: string, parentId: string | null, rest: Partial<Task> = {}): Task {
  const times = { startedAt: null, finishedAt: null };
  return {
    id,
    parentId,
    name: id,
    type: "basic",
    status: "pending",
    attempt: 1,
    sequence: 0,
    version: 1,
    doer: null,
    ...times,
    ...rest,
  };
}

const tasks = [
  task("root", null, { sequence: 1, status: "running", startedAt: 5 }),
  task("b", "root", { sequence: 3, status: "failed", startedAt: 20, finishedAt: 40 }),
  task("a", "root", { sequence: 2, status: "succeeded", startedAt: 10, finishedAt: 30 }),
  task("a1", "a", { sequence: 4, status: "succeeded", startedAt: 11, finishedAt: 50, doer: "mailer" }),
];

const all = { chosen: new Map<string, boolean>(), others: true };
const none = { text: "", statuses: [] };

test("a forest sums up what is below each task", () => {
  const forest = forestOf(tasks);
  const [root] = forest.roots;
  expect(root).toMatchObject({ size: 3, from: 5, to: null });
  expect(root && countsOf(root)).toMatchObject({ succeeded: 2, failed: 1, running: 0 });
  expect(forest.byId.get("a")).toMatchObject({ size: 1, from: 10, to: 50, depth: 1 });
  expect([forest.from, forest.to]).toEqual([5, null]);
});

test("children come in creation order, and those of closed tasks are left out", () => {
  const forest = forestOf(tasks);
  const ids = (opening: Parameters<typeof visibleRows>[1]): readonly string[] =>
    visibleRows(forest, opening, none).map((tree) => tree.task.id);
  expect(ids(all)).toEqual(["root", "a", "a1", "b"]);
  expect(ids({ chosen: new Map([["a", false]]), others: true })).toEqual(["root", "a", "b"]);
  expect(ids({ chosen: new Map(), others: false })).toEqual(["root"]);
});

test("a filter keeps the tasks that pass it, with those above them", () => {
  const forest = forestOf(tasks);
  const ids = (filter: Parameters<typeof visibleRows>[2]): readonly string[] =>
    visibleRows(forest, { chosen: new Map(), others: false }, filter).map((tree) => tree.task.id);
  expect(ids({ text: "MAIL", statuses: [] })).toEqual(["root", "a", "a1"]);
  expect(ids({ text: "", statuses: ["failed"] })).toEqual(["root", "b"]);
  expect(ids({ text: "mail", statuses: ["failed"] })).toEqual([]);
});

test("a task whose parent is unknown is a root, and a chain of 100,000 does not overflow the stack", () => {
  expect(forestOf([task("orphan", "gone")]).roots.map(({ task: { id } }) => id)).toEqual(["orphan"]);
  const chain = Array.from({ length: 100_000 }, (_, i) => task(`t${i}`, i === 0 ? null : `t${i - 1}`, { sequence: i }));
  const forest = forestOf(chain);
  expect(forest.roots[0]?.size).toBe(99_999);
  expect(visibleRows(forest, all, none)).toHaveLength(100_000);
});
