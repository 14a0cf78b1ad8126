import type { Moment, Status, StatusCounts } from "./basics.ts";
import type { Sample } from "./overview.ts";
import type { TaskRow } from "./tasks.ts";

/**
 * What a live connection watches, a repeated parameter `topic`: at most 20. `execution:ID` and `job:ID` watch one record.
 */
export type Topic =
  | "overview"
  | "executions"
  | "jobs"
  | "queues"
  | "timers"
  | "schedules"
  | `execution:${string}`
  | `job:${string}`;

/**
 * The events of a live connection, by the name of the server-sent event; the data is JSON. The stream begins with `hello`, or with the
 * events missed since `Last-Event-ID`.
 */
export interface LiveEvents {
  /** The stream has begun. After a reconnect that could not be resumed, `isResumed` is false: read everything again. */
  readonly hello: { readonly at: Moment; readonly isResumed: boolean };
  /** To `overview`: a new sample. */
  readonly sample: Sample;
  /** Something that these topics show has changed, or may have: read it again. At most about two a second. */
  readonly changed: { readonly topics: readonly Topic[] };
  /** To `execution:ID`: how far it is. Sent when it changes. */
  readonly execution: ExecutionChange;
  /**
   * To `execution:ID`: tasks that were written, in creation order, at most 1,000. A task may come again unchanged. After a burst of more,
   * `isComplete` is false: read those on the screen again.
   */
  readonly tasks: { readonly executionId: string; readonly items: readonly TaskRow[]; readonly isComplete: boolean };
}

/** The state of a watched execution. */
export interface ExecutionChange {
  readonly id: string;
  readonly version: number;
  readonly status: Status;
  readonly updatedAt: Moment;
  readonly total: number;
  readonly counts: StatusCounts;
}
