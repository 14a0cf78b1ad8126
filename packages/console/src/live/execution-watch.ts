import type { Execution, Store } from "holdfast";
import type { TaskSummary } from "holdfast/tasks";
import type { ExecutionChange, LiveEvents } from "../protocol/index.ts";
import { taskRow } from "../rows/executions.ts";

type TasksChange = LiveEvents["tasks"];

/** A transaction that began earlier may commit later: tasks are looked for again for so long. */
const overlapMs = 5000;

/** How long before its first measurement an execution may have been read by the client: a busy server measures late. */
const joinMs = 30_000;

/** The most tasks of one event. */
const tasksMax = 1000;

/** What is known of a watched execution. */
interface Known {
  /** null before the first measurement. */
  readonly version: number | null;
  /** Tasks are looked for that were written from then on. */
  readonly since: Date;
  /** The versions of the tasks that were sent, of those that would be found again. */
  readonly sent: ReadonlyMap<string, number>;
}

/** Follows watched executions: their heads, their progress, and the tasks that were written. */
export class ExecutionWatch {
  readonly #store: Store;
  #known: ReadonlyMap<string, Known> = new Map<string, Known>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** What has changed in these executions since the last call, or lately where one is new here. */
  async measure(
    ids: readonly string[],
    now: Date,
  ): Promise<{
    readonly executions: readonly ExecutionChange[];
    readonly tasks: readonly TasksChange[];
  }> {
    if (ids.length === 0) {
      this.#known = new Map();
      return { executions: [], tasks: [] };
    }
    const heads = await this.#store.executions.getMany(ids, { payloads: false });
    const known = new Map<string, Known>();
    const executions: ExecutionChange[] = [];
    const tasks: TasksChange[] = [];
    for (const head of heads) {
      if (head === null) continue;
      const before = this.#known.get(head.id) ?? beginning(now);
      const change = await this.#tasksOf(head.id, before);
      known.set(head.id, { ...change.known, version: head.version });
      if (change.tasks.items.length > 0) tasks.push(change.tasks);
      if (change.tasks.items.length > 0 || before.version !== head.version) executions.push(await this.#change(head));
    }
    this.#known = known;
    return { executions, tasks };
  }

  async #tasksOf(executionId: string, { version, since, sent }: Known): Promise<{ known: Known; tasks: TasksChange }> {
    const request = { executionId, updatedAfter: since, payloads: false, limit: tasksMax };
    const { items, next } = await this.#store.tasks.list(request);
    const fresh = items.filter((task) => sent.get(task.id) !== task.version);
    const newest = Math.max(since.getTime() + overlapMs, ...items.map((task) => task.updatedAt.getTime()));
    const from = new Date(newest - overlapMs);
    const again = items.filter((task) => task.updatedAt >= from);
    return {
      known: { version, since: from, sent: new Map(again.map((task) => [task.id, task.version])) },
      tasks: { executionId, items: fresh.map((task: TaskSummary) => taskRow(task)), isComplete: next === null },
    };
  }

  async #change(head: Execution): Promise<ExecutionChange> {
    const { total, counts } = await this.#store.tasks.progressOfExecution(head.id);
    const { id, version, status, updatedAt } = head;
    return { id, version, status, updatedAt: updatedAt.toISOString(), total, counts };
  }
}

/** A client that begins to watch has read the execution a little before. */
function beginning(now: Date): Known {
  return { version: null, since: new Date(now.getTime() - joinMs), sent: new Map() };
}
