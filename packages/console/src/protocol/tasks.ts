import type { Moment, Payload, Status, StatusCounts, Strategy, Usage } from "./basics.ts";

/** The type of a task. */
export type TaskType =
  | "basic"
  | "router"
  | "parallel"
  | "collection"
  | "composite"
  | "wait"
  | "signal"
  | "aggregate"
  | "memory";

/** A task in a tree, a list or a timeline, without payloads. */
export interface TaskRow {
  readonly id: string;
  readonly executionId: string;
  /** Its place in creation order. */
  readonly sequence: number;
  readonly version: number;
  readonly parentId: string | null;
  readonly name: string;
  readonly type: TaskType;
  readonly status: Status;
  readonly strategy: Strategy;
  /** The number of this attempt. Each attempt is a task of its own, with the same parent and name. */
  readonly attempt: number;
  readonly component: string | null;
  readonly agent: string | null;
  readonly action: string | null;
  readonly tool: string | null;
  readonly usage: Usage;
  readonly createdAt: Moment;
  readonly updatedAt: Moment;
  readonly startedAt: Moment | null;
  readonly finishedAt: Moment | null;
}

/** A row of the tree: a task, and what is directly below it. */
export interface TaskTreeRow extends TaskRow {
  /** Its children by status, all attempts included; null if it has none. */
  readonly children: { readonly counts: StatusCounts; readonly total: number } | null;
}

/**
 * Where the pages of a level of the tree begin, so that a long list scrolls to any place. Page `n` of `every` tasks begins after
 * `cursors[n - 1]`; the first has no cursor.
 */
export interface TaskIndex {
  readonly total: number;
  readonly every: number;
  readonly cursors: readonly string[];
}

/** One task, whole. */
export interface TaskDetail extends TaskTreeRow {
  readonly input: Payload | null;
  readonly output: Payload | null;
  readonly error: Payload | null;
  /** Its ancestors, from the root of the tree down to its parent; at most 20, the nearest ones. */
  readonly path: readonly { readonly id: string; readonly name: string }[];
  /** All attempts of its name under its parent, this one included, in creation order; at most 100. */
  readonly attempts: readonly TaskRow[];
}

/** An execution over time: a summary of all its tasks, and the bars of a window. */
export interface Timeline {
  /** When its first task started; null if none has. */
  readonly startedAt: Moment | null;
  /** When its last task ended, or now while one runs; null if none has started. */
  readonly endedAt: Moment | null;
  /** The time of this answer. Bars without an end reach here. */
  readonly now: Moment;
  /** The window of the buckets and the bars: the requested one, or the whole. */
  readonly from: Moment;
  readonly to: Moment;
  /** Equal parts of the window, in order. */
  readonly buckets: readonly TimelineBucket[];
  /** How many tasks overlap the window. */
  readonly total: number;
  /** The bars that overlap the window, by start and then by creation, a page of them. */
  readonly bars: readonly TaskRow[];
  /** Continues the bars; null on the last page. */
  readonly next: string | null;
}

/** What happened in a part of a timeline. */
export interface TimelineBucket {
  readonly at: Moment;
  /** How many tasks ran at some time in it. */
  readonly running: number;
  readonly started: number;
  readonly finished: number;
  /** Of those finished, how many failed or timed out. */
  readonly failed: number;
}
