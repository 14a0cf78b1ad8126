import { createHash } from "node:crypto";
import type { WorkflowExecutionStatus } from "@tanstack/workflow-runtime";
import type { LabelChanges, Labels } from "holdfast/executions";

/** Marks the executions of this engine. */
export const engine = "tanstack-workflow";

/** What a list of runs filters by. */
export interface RunFilter {
  readonly workflow?: string | undefined;
  readonly status?: WorkflowExecutionStatus | undefined;
}

/** What the labels of a run say. */
export interface LabeledRun {
  readonly workflow: string;
  readonly status: WorkflowExecutionStatus;
  readonly updatedAt: number;
  /** From when on its process counts as lost; null if no process drives it. */
  readonly lostAt: number | null;
}

/** The label of the runs that a process drives: from when on it counts as lost. Its order finds the longest lost first. */
export const lostAtLabel: string = `${engine} lost at`;

/** The most bytes of a label's name that an order may name. */
const nameBytesMax = 255;

/** Orders runs by their last change. */
const orderPrefix = `${engine} by updatedAt`;

/**
 * The label whose order lists the runs with a filter. Its name holds the filter, and its value is the last change, so that a list reads its
 * own part of the index.
 */
export function orderLabel({ workflow, status }: RunFilter): string {
  if (workflow === undefined && status === undefined) return orderPrefix;
  const name = `${orderPrefix} of ${JSON.stringify([workflow ?? null, status ?? null])}`;
  if (Buffer.byteLength(name) <= nameBytesMax) return name;
  return `${orderPrefix} of sha256 ${createHash("sha256").update(name).digest("hex")}`;
}

/** The labels of a run. */
export function labelsOf({ workflow, status, updatedAt, lostAt }: LabeledRun): Labels {
  const filters: readonly RunFilter[] = [{}, { workflow }, { status }, { workflow, status }];
  return {
    engine,
    workflow,
    status,
    ...Object.fromEntries(filters.map((filter) => [orderLabel(filter), updatedAt])),
    ...(lostAt !== null && { [lostAtLabel]: lostAt }),
  };
}

/** What changes the labels of a run: those of its former status go. */
export function labelChanges(before: Labels, run: LabeledRun): LabelChanges {
  const next = labelsOf(run);
  const gone = Object.keys(before).filter((name) => name.startsWith(engine) && !(name in next));
  return { ...Object.fromEntries(gone.map((name) => [name, null])), ...next };
}
