import assert from "node:assert/strict";
import type { Status } from "holdfast";
import type { Strategy } from "holdfast/tasks";
import type { ContractCase } from "../case.ts";

type Counts = Readonly<Record<Status, number>>;

/** The status that children give their parent, in the plainest words: the oracle that the database is compared with. */
function overallStatus(strategy: Strategy, counts: Counts): Status {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (counts.pending === total) return "pending";
  if (counts.canceled === total) return "canceled";
  if (strategy === "race" && counts.succeeded > 0) return "succeeded";
  if (strategy === "fail_fast") {
    if (counts.failed > 0) return "failed";
    if (counts.timed_out > 0) return "timed_out";
  }
  if (counts.pending + counts.running + counts.waiting + counts.paused > 0) return "running";
  if (strategy === "best_effort" && counts.succeeded > 0) return "succeeded";
  if (counts.failed > 0) return "failed";
  if (counts.timed_out > 0) return "timed_out";
  return counts.canceled > 0 ? "canceled" : "succeeded";
}

/** Statuses whose counts decide; waiting and paused count as running, and take its place in every third combination. */
const deciding = ["pending", "running", "succeeded", "failed", "timed_out", "canceled"] as const;

const none: Counts = {
  pending: 0,
  running: 0,
  waiting: 0,
  paused: 0,
  succeeded: 0,
  failed: 0,
  timed_out: 0,
  canceled: 0,
};

const statuses = Object.keys(none) as readonly Status[];
const strategies = Object.keys({
  wait_all: true,
  fail_fast: true,
  best_effort: true,
  race: true,
} satisfies Readonly<Record<Strategy, true>>) as readonly Strategy[];

function combination(index: number): Counts {
  const counts: Record<Status, number> = { ...none };
  const active = (["running", "waiting", "paused"] as const)[index % 3] ?? "running";
  for (const [place, status] of deciding.entries()) {
    counts[status === "running" ? active : status] = Math.floor(index / 3 ** place) % 3;
  }
  return counts;
}

interface Attempt {
  readonly executionId: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly attempt: number;
  readonly status: Status;
}

/** Whether one task is an attempt, and the other a later one, of the same work. */
function isFormer(task: Attempt, other: Attempt): boolean {
  const isSame = task.executionId === other.executionId && task.parentId === other.parentId && task.name === other.name;
  return isSame && task.attempt < other.attempt;
}

function countsOf(tasks: readonly Attempt[]): Counts {
  const counts: Record<Status, number> = { ...none };
  for (const { status } of tasks) counts[status] += 1;
  return counts;
}

/** Progress: counts, rates and the overall status. */
export const tasksProgressCases: readonly ContractCase[] = [
  {
    name: "the overall status is right for every strategy and every combination of none, one or two children a status",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const combinations = Array.from({ length: 3 ** deciding.length }, (_, i) => combination(i));
      const tasks = combinations.flatMap((counts, i) => [
        { id: `p${i}`, executionId: "e", name: "p", type: "parallel" as const },
        ...statuses.flatMap((status) =>
          Array.from({ length: counts[status] }, (_, k) => ({
            executionId: "e",
            name: `${status}${k}`,
            parentId: `p${i}`,
            status,
          })),
        ),
      ]);
      await store.tasks.saveMany(tasks);
      for (const strategy of strategies) {
        await store.tasks.saveMany(
          combinations.map((_, i) => ({ id: `p${i}`, executionId: "e", name: "p", strategy })),
        );
        const progress = await Promise.all(combinations.map((_, i) => store.tasks.progress(`p${i}`)));
        for (const [i, counts] of combinations.entries()) {
          assert.deepEqual(progress[i]?.counts, counts);
          assert.equal(progress[i]?.overall, overallStatus(strategy, counts), `${strategy} ${JSON.stringify(counts)}`);
        }
      }
    },
  },
  {
    name: "progress counts waiting and paused as running, and gives the rates of what ended",
    async run({ store }) {
      await store.executions.create({ id: "e", strategy: "best_effort" });
      await store.tasks.save({ id: "p", executionId: "e", name: "p" });
      const empty = await store.tasks.progress("p");
      assert.deepEqual([empty.total, empty.completionRate, empty.failureRate, empty.overall], [0, 0, 0, "pending"]);
      await store.tasks.createChildren(
        "p",
        statuses.map((status) => ({ name: status, status })),
      );
      const { counts, ...rest } = await store.tasks.progress("p");
      assert.ok(Object.values(counts).every((count) => count === 1));
      assert.deepEqual(rest, {
        total: 8,
        running: 3,
        terminal: 4,
        completionRate: 1 / 8,
        failureRate: 2 / 8,
        overall: "running",
      });
      await assert.rejects(store.tasks.progress("x"), { code: "not_found" });
      await assert.rejects(store.tasks.progressOfExecution("x"), { code: "not_found" });
    },
  },
  {
    name: "progress of an execution counts tasks of every depth, and takes its status from the roots",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      assert.equal((await store.tasks.progressOfExecution("e")).overall, "pending");
      await store.tasks.save({ id: "p", executionId: "e", name: "p", strategy: "best_effort", status: "succeeded" });
      await store.tasks.createChildren("p", [
        { name: "a", status: "failed" },
        { name: "b", status: "succeeded" },
      ]);
      const progress = await store.tasks.progressOfExecution("e");
      assert.deepEqual([progress.total, progress.counts.failed, progress.overall], [3, 1, "succeeded"]);
    },
  },
  {
    name: "of several attempts the newest counts",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.tasks.save({ id: "p", executionId: "e", name: "p" });
      await store.tasks.createChildren("p", [
        { name: "a", attempt: 2, status: "succeeded" },
        { name: "a", attempt: 1, status: "failed" },
        { name: "b", status: "succeeded" },
        { name: "b", status: "succeeded" },
      ]);
      const progress = await store.tasks.progress("p");
      assert.deepEqual([progress.total, progress.completionRate, progress.overall], [3, 1, "succeeded"]);
      assert.equal((await store.tasks.progressOfExecution("e")).total, 4);
      assert.deepEqual(
        (await store.tasks.propagate("p")).map((task) => task.status),
        ["succeeded"],
      );
    },
  },
  {
    name: "of several attempts under one parent and name only the newest count, among children and among roots",
    async run({ store }) {
      await store.executions.createMany(["e", "other"].map((id) => ({ id })));
      const parents = ["e", "other"].map((executionId) => ({
        id: `${executionId}-p`,
        executionId,
        parentId: null,
        name: "p",
        attempt: 2,
        status: "pending" as const,
      }));
      const others = Array.from({ length: 300 }, (_, i) => {
        const executionId = i % 5 === 0 ? "other" : "e";
        return {
          id: `t${i}`,
          executionId,
          parentId: i % 2 === 0 ? null : `${executionId}-p`,
          name: `${"pab"[i % 3]}${i % 13}`.slice(0, 1 + (i % 7)),
          attempt: 1 + (((i * i) % 17) % 4),
          status: deciding[i % deciding.length] ?? "pending",
        };
      });
      const tasks = [...parents, ...others];
      await store.tasks.saveMany(tasks);
      const newest = tasks.filter((task) => !tasks.some((other) => isFormer(task, other)));
      for (const { id, executionId } of parents) {
        const counted = newest.filter((task) => task.executionId === executionId);
        const { counts, overall } = await store.tasks.progressOfExecution(executionId);
        assert.deepEqual(counts, countsOf(counted));
        assert.equal(overall, overallStatus("wait_all", countsOf(counted.filter((task) => task.parentId === null))));
        const below = countsOf(counted.filter((task) => task.parentId === id));
        assert.deepEqual((await store.tasks.progress(id)).counts, below);
      }
    },
  },
  {
    name: "progress inside a transaction sees what the transaction wrote",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.tasks.save({ id: "p", executionId: "e", name: "p" });
      await store.transaction(async (tx) => {
        await tx.tasks.createChildren("p", [{ id: "c", name: "c" }]);
        await tx.tasks.setStatus("c", "succeeded");
        assert.equal((await tx.tasks.progress("p")).completionRate, 1);
      });
    },
  },
];
