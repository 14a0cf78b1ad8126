import type { Moment, Status, StatusCounts } from "./basics.ts";

/**
 * The graph of one execution as it runs: the steps of its definition, and its tasks, jobs, waits, timers and child executions. Many of one
 * name are one node. The number of nodes is bounded.
 */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** How many tasks, jobs and so on were left out, the least numerous names first; 0 if the graph is whole. */
  readonly omitted: number;
  /** Changes with every change of the graph that is visible here. */
  readonly revision: string;
}

/** A node: one thing, or all of one name under one parent. */
export interface GraphNode {
  /** Stable while the execution runs. */
  readonly id: string;
  readonly kind: "step" | "task" | "job" | "wait" | "timer" | "execution";
  readonly label: string;
  /** The combined status; null for a step that nothing has come to yet. */
  readonly status: Status | null;
  /** How many things it stands for; 0 for a step that nothing has come to yet. */
  readonly total: number;
  /** By status. */
  readonly counts: StatusCounts;
  readonly startedAt: Moment | null;
  readonly finishedAt: Moment | null;
  /** The node that contains it, for drawing inside; null at the top. */
  readonly parent: string | null;
  /** The id of the one task, job, wait, timer or execution; null for several, and for steps without tasks. */
  readonly ref: string | null;
}

/**
 * An edge. "after": `to` comes after `from`. "starts": `from` has made `to`, a wait or a timer of the step of that name, or a child
 * execution that names the task.
 */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: "after" | "starts";
}
