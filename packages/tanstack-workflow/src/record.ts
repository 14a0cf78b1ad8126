import type { ApprovalResult, RunState, SignalDelivery } from "@tanstack/workflow-core";
import type { MarkRunPausedArgs, WorkflowExecution, WorkflowLease } from "@tanstack/workflow-runtime";
import type { Execution, TransitionInput } from "holdfast/executions";
import { engine, labelChanges, type LabeledRun } from "./labels.ts";
import { checkMoment, escaped } from "./text.ts";

/** What a run waits for. The engine has it in its code, but not in its published types. */
export interface Awaited {
  readonly type?: string;
  readonly signalName?: string;
  readonly stepId?: string;
  readonly approvalId?: string;
}

/** What a pause sets, and a delivery or an end clears. */
const pauseNames = ["awaiting", "waitingFor", "pendingApproval", "wakeAt"] as const;

type PauseName = (typeof pauseNames)[number];

/** Fields of a run that changed since its state was saved. A pause that was cleared is null, because JSON has no undefined. */
export type RunChange = Partial<Omit<WorkflowExecution, PauseName | "lease">> & {
  readonly [Name in PauseName]?: WorkflowExecution[Name] | null;
};

/** What was delivered to a run. */
export type Delivery = { readonly signal: SignalDelivery } | { readonly approval: ApprovalResult };

/** What the state of an execution holds of its run. */
export interface RunRecord {
  /** What the engine saved last; null if it saved nothing yet. */
  readonly saved: RunState | null;
  readonly change: RunChange;
  readonly lease: WorkflowLease | null;
  /** The moments of its timers, by signal id. */
  readonly timers: Readonly<Record<string, number>>;
  /** What was delivered since the engine saved the run. Until it saves again, the log may not have it. */
  readonly delivery?: Delivery | null;
}

/** A change that clears a pause. */
export const cleared: RunChange = Object.fromEntries(pauseNames.map((name) => [name, null]));

/** The record of an execution; null if another engine's. */
export function recordOf({ labels, state }: Pick<Execution, "labels" | "state">): RunRecord | null {
  // The state was written by this engine, as the label says.
  return labels["engine"] === engine ? (state as RunRecord) : null;
}

/** The run of a record, as the engine knows it. */
export function runOf({ saved, change, lease }: RunRecord): WorkflowExecution {
  const run: Record<string, unknown> = { ...(saved && fromState(saved)), ...change };
  for (const name of pauseNames) if (run[name] === null) run[name] = undefined;
  if (lease) run["lease"] = lease;
  // The first record of a run has all its fields, and so has a saved state.
  return run as unknown as WorkflowExecution;
}

function fromState(state: RunState): Record<string, unknown> {
  const { waitingFor } = state;
  const wakeAt = waitingFor?.signalName === "__timer" ? waitingFor.deadline : undefined;
  return { ...state, wakeAt };
}

/** Whether a run has ended, in the engine's words. */
export function isOver({ status }: Pick<WorkflowExecution, "status">): boolean {
  return status === "finished" || status === "errored" || status === "aborted";
}

/** How long a delivery may wait for a process to claim its run, before that process counts as lost. The engine claims at once. */
const claimMs = 30_000;

/** What the labels say of a run, by which it is found. */
export function labeledRun(record: RunRecord): LabeledRun {
  const { workflowId, status, updatedAt } = runOf(record);
  const isAwaited = status === "queued" && Boolean(record.delivery);
  const leasedUntil = status === "running" || isOver({ status }) ? record.lease?.expiresAt : undefined;
  const lostAt = isAwaited ? updatedAt + claimMs : (leasedUntil ?? null);
  return { workflow: escaped(workflowId, "workflowId"), status, updatedAt, lostAt };
}

/** What a changed record changes of its execution. */
export function stepOf(
  { labels }: Pick<Execution, "labels">,
  record: RunRecord,
): Pick<TransitionInput, "state" | "status" | "labels"> {
  const run = labeledRun(record);
  const { status } = run;
  return { state: record, labels: labelChanges(labels, run), ...(status in statuses && { status: statuses[status] }) };
}

/** An execution runs until its log is complete, which comes after the engine has saved the end. */
const statuses: { readonly [Status in string]?: "running" | "waiting" | "paused" } = {
  queued: "paused",
  running: "running",
  paused: "waiting",
};

/** Whether a run waits for this signal. */
export function awaitsSignal(run: WorkflowExecution, { name, stepId }: { name: string; stepId?: string }): boolean {
  const matches = (awaited: Awaited | undefined): boolean =>
    awaited?.signalName === name && (stepId === undefined || awaited.stepId === undefined || awaited.stepId === stepId);
  return matches(run.waitingFor) || awaitablesOf(run).some((each) => each.type === "signal" && matches(each));
}

/** Whether a run waits for this approval. */
export function awaitsApproval(run: WorkflowExecution, approvalId: string): boolean {
  return (
    run.pendingApproval?.approvalId === approvalId ||
    awaitablesOf(run).some((each) => each.type === "approval" && each.approvalId === approvalId)
  );
}

function awaitablesOf({ awaiting }: WorkflowExecution): readonly Awaited[] {
  const list: unknown = awaiting;
  return Array.isArray(list) ? (list as readonly Awaited[]) : [];
}

/** A record with a change of its run. */
export function changed(record: RunRecord, change: RunChange): RunRecord {
  if (change.updatedAt !== undefined) checkMoment(change.updatedAt, "now");
  return { ...record, change: { ...record.change, ...change } };
}

/** The parts of a pause that are given. */
export function pauseOf(pause: Partial<Pick<MarkRunPausedArgs, PauseName>>): RunChange {
  return Object.fromEntries(pauseNames.flatMap((name) => (pause[name] === undefined ? [] : [[name, pause[name]]])));
}
