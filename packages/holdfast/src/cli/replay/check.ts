import type { Store } from "../../index.ts";
import { groupIdOf, type PreparedReplay, taskIdOf } from "./prepare.ts";

/** One kind of task, and the results of its tasks. */
export interface GroupSummary {
  readonly name: string;
  readonly status: string;
  readonly total: number;
  readonly succeeded: number;
}

/** What the store records about a finished replay. */
export interface CheckResult {
  readonly isCorrect: boolean;
  readonly tasks: number;
  readonly succeeded: number;
  /** How often tasks were started: more often than there are tasks if a process was killed. */
  readonly attempts: number;
  /** Starts of a task before a dependency had succeeded. */
  readonly dependenciesViolated: number;
  /** Tasks whose success is recorded more than once. */
  readonly succeededTwice: number;
  readonly completionRate: number;
  readonly groups: readonly GroupSummary[];
}

/** Checks, from stored data alone, that every task succeeded once and after all its dependencies. */
export async function checkReplay(store: Store, replay: PreparedReplay): Promise<CheckResult> {
  const { recording, executionId } = replay;
  const { starts, successes } = await readHistory(store, executionId);
  let attempts = 0;
  let dependenciesViolated = 0;
  for (const task of recording.tasks) {
    const started = starts.get(taskIdOf(executionId, task.id)) ?? [];
    attempts += started.length;
    const parents = task.parents.map((parent) => successes.get(taskIdOf(executionId, parent))?.[0]);
    dependenciesViolated += started.filter((number) =>
      parents.some((parent) => parent === undefined || parent > number),
    ).length;
  }
  const succeededTwice = [...successes.values()].filter((numbers) => numbers.length > 1).length;
  const groups = await summarize(store, replay);
  const succeeded = groups.reduce((sum, group) => sum + group.succeeded, 0);
  const root = await store.tasks.require(executionId);
  const isComplete =
    succeeded === recording.tasks.length && successes.size === recording.tasks.length && root.status === "succeeded";
  return {
    isCorrect: isComplete && dependenciesViolated === 0 && succeededTwice === 0,
    tasks: recording.tasks.length,
    succeeded,
    attempts,
    dependenciesViolated,
    succeededTwice,
    completionRate: succeeded / recording.tasks.length,
    groups,
  };
}

type EntryNumbers = Map<string, number[]>;

/** The numbers of the entries about each task's starts and successes. */
async function readHistory(
  store: Store,
  executionId: string,
): Promise<{ starts: EntryNumbers; successes: EntryNumbers }> {
  const starts: EntryNumbers = new Map();
  const successes: EntryNumbers = new Map();
  for await (const { kind, number, payload } of store.history.iterate(executionId, { limit: 1000 })) {
    const numbers = kind === "task-started" ? starts : successes;
    if (kind !== "task-started" && kind !== "task-succeeded") continue;
    const { taskId } = payload as { readonly taskId: string };
    numbers.set(taskId, [...(numbers.get(taskId) ?? []), number]);
  }
  return { starts, successes };
}

async function summarize(store: Store, { recording, executionId }: PreparedReplay): Promise<readonly GroupSummary[]> {
  const names = [...new Set(recording.tasks.map((task) => task.group))];
  return Promise.all(
    names.map(async (name) => {
      const { total, counts, overall } = await store.tasks.progress(groupIdOf(executionId, name));
      return { name, status: overall, total, succeeded: counts.succeeded };
    }),
  );
}
