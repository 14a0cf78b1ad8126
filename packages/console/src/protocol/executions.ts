import type { Moment, Payload, Status, StatusCounts, Strategy, Usage } from "./basics.ts";

/** An execution in a list, without payloads. */
export interface ExecutionRow {
  readonly id: string;
  readonly version: number;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly definition: { readonly name: string; readonly version: number } | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly idempotencyKey: string | null;
  readonly labels: Readonly<Record<string, string | number | boolean>>;
  readonly usage: Usage;
  readonly createdAt: Moment;
  readonly updatedAt: Moment;
  readonly startedAt: Moment | null;
  readonly finishedAt: Moment | null;
}

/** A child execution in the list of its parent's. */
export interface ChildRow extends ExecutionRow {
  /** The name of the task that started it; null if it names none, or one that is not recorded. */
  readonly parentTaskName: string | null;
}

/**
 * The parameters of the list and the counts of executions. Times are ISO 8601. Lists are in creation order, newest first by default, or
 * in the order of a label's values (`orderBy`).
 */
export interface ExecutionFilter {
  /** The name of the definition. */
  readonly definition?: string | undefined;
  /** Only together with `definition`. */
  readonly version?: number | undefined;
  /** Repeated for several. */
  readonly status?: readonly Status[] | undefined;
  readonly parentId?: string | undefined;
  /** Started by this task of their parent. */
  readonly parentTaskId?: string | undefined;
  readonly createdAfter?: Moment | undefined;
  readonly createdBefore?: Moment | undefined;
  /**
   * A condition on a label, repeated for several: `name=value`, or `name>=value`, `name<value` and so on for ranges. JSON numbers, `true`
   * and `false` are such; text that looks like one goes in double quotes.
   */
  readonly label?: readonly string[] | undefined;
  readonly isLeased?: boolean | undefined;
  /** Executions that wait for an event with this key. */
  readonly correlationKey?: string | undefined;
}

/** The answer of the counts of executions. Each count stops at `countUpTo`, and then stands for "at least"; null counts all. */
export interface ExecutionCounts {
  readonly counts: StatusCounts;
  readonly countUpTo: number | null;
}

/** One execution, whole. */
export interface ExecutionDetail extends ExecutionRow {
  readonly input: Payload | null;
  readonly state: Payload | null;
  readonly output: Payload | null;
  readonly error: Payload | null;
  /** The holder of its lease; null if nobody holds it now. */
  readonly lease: { readonly holder: string | null; readonly token: number; readonly leaseUntil: Moment } | null;
  readonly progress: Progress;
  /** The number of entries of its history. */
  readonly historyCount: number;
  /** The number of its child executions. */
  readonly childCount: number;
  /** The keys of blobs that its payloads refer to. */
  readonly blobKeys: readonly string[];
}

/** The progress of a set of tasks. */
export interface Progress {
  readonly counts: StatusCounts;
  readonly total: number;
  /** Running, waiting and paused together. */
  readonly running: number;
  /** Ended, in any way. */
  readonly terminal: number;
  /** From 0 to 1. */
  readonly completionRate: number;
  /** From 0 to 1. */
  readonly failureRate: number;
  /** Their combined status, by the strategy of their parent or execution. */
  readonly overall: Status;
}

/** One stored version of a payload of an execution. The page compares any two, by their `payload` paths. */
export interface PayloadVersion {
  /** Where it is stored. */
  readonly source: "input" | "state" | "output" | "error" | "component" | "snapshot";
  /** The component; null for other sources. */
  readonly component: string | null;
  /** The version of the execution, the component state or the snapshot; snapshots have 64-bit versions, so it is text. */
  readonly version: string;
  readonly at: Moment;
  /** The path below the console that answers it as a {@link Payload}. */
  readonly path: string;
}

/** A component's state. */
export interface ComponentRow {
  readonly component: string;
  readonly version: number;
  readonly createdAt: Moment;
  readonly updatedAt: Moment;
  readonly state: Payload;
}

/** One entry of an execution's history. */
export interface HistoryRow {
  readonly number: number;
  readonly position: number;
  readonly kind: string;
  readonly recordedAt: Moment;
  readonly payload: Payload | null;
}
