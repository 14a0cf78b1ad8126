import type { Moment, Payload, Status, Strategy, Usage } from "./basics.ts";

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

/** A task without payloads. */
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

/** One task, whole. */
export interface TaskDetail extends TaskRow {
  readonly input: Payload | null;
  readonly output: Payload | null;
  readonly error: Payload | null;
  /** Its ancestors, from the root of the tree down to its parent; at most 20, the nearest ones. */
  readonly path: readonly { readonly id: string; readonly name: string }[];
  /** All attempts of its name under its parent, this one included, in creation order; at most 100. */
  readonly attempts: readonly TaskRow[];
}
