import { createHash } from "node:crypto";
import { getSnapshotMemoryInfo, type StorageListWorkflowRunsInput } from "@mastra/core/storage";
import type { WorkflowRunState, WorkflowRunStatus } from "@mastra/core/workflows";
import type { Status, Store, Transaction } from "holdfast";
import type { ComponentState } from "holdfast/components";
import type { Execution, ExecutionQuery, LabelChanges, LabelFilter, Labels } from "holdfast/executions";
import type { Page } from "holdfast/lists";
import type { Read } from "holdfast/transactions";
import { orderOf, pathLabels, runLabels, sortLabels } from "./labels.ts";
import { escaped, labelOf, momentOf, plain } from "./text.ts";

type Nouns = Pick<Transaction, "executions" | "components">;

/** A run, read as a whole. */
export interface StoredRun {
  readonly record: RunRecord;
  readonly snapshot: WorkflowRunState;
}

/** The labels that lists of runs filter by. */
const filterNames: ReadonlySet<string> = new Set(["workflow", "run", "status", "resource", "thread"]);

/** The most parts of a run that one read has. */
const partsMax = 1000;

/** What the state of an execution holds of its run: the snapshot without its parts. */
export interface RunRecord {
  readonly workflowName: string;
  readonly runId: string;
  readonly resourceId: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly rest: Omit<WorkflowRunState, "context" | "serializedStepGraph">;
  /** The digest of each part, by component, in the order of the steps. A part is written again only if it changes. */
  readonly parts: Readonly<Record<string, string>>;
}

/** A run of Mastra's. */
export interface RunKey {
  readonly workflowName: string;
  readonly runId: string;
}

const graphPart = "graph";

const stepPart = (stepId: string): string => `step ${escaped(stepId, "stepId")}`;

/** The id of the execution that a run is. */
export function idOf({ workflowName, runId }: RunKey): string {
  return `mastra run ${escaped(workflowName, "workflowName")}" ${escaped(runId, "runId")}`;
}

/** The record of a run. */
export function recordOf({ state }: Pick<Execution, "state">): RunRecord {
  // What `write` wrote.
  return state as RunRecord;
}

/** Reads runs by the ids of their executions, in one round trip and one snapshot. Those that do not exist are left out. */
export async function readRuns(place: Store | Transaction, ids: readonly string[]): Promise<readonly StoredRun[]> {
  const [executions, ...pages] = await place.read([
    (nouns) => nouns.executions.getMany(ids),
    ...ids.map(
      (id): Read<Page<ComponentState>> =>
        (nouns) =>
          nouns.components.list(id, { limit: partsMax }),
    ),
  ]);
  const runs: StoredRun[] = [];
  for (const [i, execution] of executions.entries()) {
    if (execution === null) continue;
    const { items, next } = pages[i] ?? { items: [], next: null };
    // A run of more steps than a page has is read again, as a whole.
    const parts = next === null ? items : await allParts(place, execution.id);
    const record = recordOf(execution);
    runs.push({ record, snapshot: snapshotOf(record, parts) });
  }
  return runs;
}

async function allParts({ components }: Nouns, id: string): Promise<readonly ComponentState[]> {
  const parts: ComponentState[] = [];
  for await (const part of components.iterate(id, { limit: partsMax })) parts.push(part);
  return parts;
}

/** Removes at most `limit` runs that were last written before a time. Returns how many it removed. */
export async function removeRunsBefore({ executions }: Nouns, before: number, limit: number): Promise<number> {
  const label = "run by updatedAt";
  const query = { labels: { [label]: { lt: before } }, orderBy: { label }, payloads: false } as const;
  const { items } = await executions.list({ ...query, limit: Math.min(limit, 1000) });
  const removed = await Promise.all(items.map(({ id }) => executions.remove(id)));
  return removed.filter(Boolean).length;
}

/** The snapshot of a run whose execution the transaction has locked. */
export async function lockedSnapshot(tx: Transaction, id: string, record: RunRecord): Promise<WorkflowRunState> {
  return snapshotOf(record, await allParts(tx, id));
}

function snapshotOf({ rest, parts }: RunRecord, states: readonly ComponentState[]): WorkflowRunState {
  const stored = new Map(states.map(({ component, state }) => [component, state]));
  const { [graphPart]: _graph, ...steps } = parts;
  const context = Object.fromEntries(
    Object.keys(steps).map((part) => [JSON.parse(`"${part.slice("step ".length)}"`) as string, stored.get(part)]),
  );
  const graph = graphPart in parts ? { serializedStepGraph: stored.get(graphPart) } : {};
  // Its parts, as they were written.
  return { ...rest, context, ...graph } as WorkflowRunState;
}

/** The status of the execution of a run, for each status of Mastra's. */
const statuses: Readonly<Record<WorkflowRunStatus, Status>> = {
  pending: "pending",
  running: "running",
  waiting: "waiting",
  suspended: "waiting",
  paused: "paused",
  success: "succeeded",
  bailed: "succeeded",
  skipped: "succeeded",
  failed: "failed",
  tripwire: "failed",
  canceled: "canceled",
};

const endedStatuses: ReadonlySet<Status> = new Set(["succeeded", "failed", "timed_out", "canceled"]);

/** Creates a run. */
export async function create({ executions }: Nouns, record: RunRecord, given: WorkflowRunState): Promise<void> {
  const status = given.status === "pending" ? "pending" : "running";
  const { execution } = await executions.create({ id: idOf(record), status });
  await write({ executions }, execution, record, given);
}

/**
 * Writes what a snapshot changes of a run: the steps that differ from the stored ones, and the rest. Mastra may continue a run that has
 * ended, whose execution is frozen: another one takes its place.
 */
export async function write(
  { executions }: Pick<Nouns, "executions">,
  { id, status, labels: stored }: Pick<Execution, "id" | "status" | "labels">,
  record: RunRecord,
  given: WorkflowRunState,
): Promise<void> {
  if (endedStatuses.has(status)) {
    await executions.remove(id);
    const { execution } = await executions.create({ id, status: "running", labels: stored });
    return write({ executions }, execution, { ...record, parts: {} }, given);
  }
  const { context, serializedStepGraph, ...rest } = plain(given);
  const values = new Map<string, unknown>(
    Object.entries(context as Record<string, unknown>).map(([stepId, result]) => [stepPart(stepId), result]),
  );
  if (serializedStepGraph !== undefined) values.set(graphPart, serializedStepGraph);
  const parts: Record<string, string> = {};
  const changed: { component: string; state: unknown }[] = [];
  for (const [component, state] of values) {
    const digest = createHash("sha256").update(JSON.stringify(state)).digest("base64");
    parts[component] = digest;
    if (record.parts[component] !== digest) changed.push({ component, state });
  }
  const after: RunRecord = { ...record, rest, parts };
  const next = statuses[given.status] ?? "running";
  await executions.transition(id, {
    // No execution becomes pending again.
    ...(next !== "pending" && { status: next }),
    ...(next === "failed" && rest.error !== undefined && { error: rest.error }),
    state: after,
    labels: changesOf(stored, labelsOf(after, given)),
    components: changed,
  });
}

/** The labels of a run: what lists filter by, and for each such filter its place in the order of creation. */
function labelsOf(record: RunRecord, snapshot: WorkflowRunState): Labels {
  const threadId = getSnapshotMemoryInfo(snapshot)?.threadId;
  const labels = {
    workflow: labelOf(record.workflowName),
    run: labelOf(record.runId),
    status: labelOf(snapshot.status),
    ...(record.resourceId !== null && { resource: labelOf(record.resourceId) }),
    ...(threadId !== undefined && { thread: labelOf(threadId) }),
  };
  const createdAt = Date.parse(record.createdAt);
  const updatedAt = Date.parse(record.updatedAt);
  return {
    ...runLabels,
    ...labels,
    ...sortLabels({ createdAt, updatedAt }),
    ...pathLabels(labels, { createdAt }),
  };
}

/** Labels in place of stored ones. Those of others stay. */
function changesOf(stored: Labels, labels: Labels): LabelChanges {
  const isOurs = (name: string) => filterNames.has(name) || name.startsWith("run by ");
  const gone = Object.keys(stored).filter((name) => isOurs(name) && labels[name] === undefined);
  return { ...Object.fromEntries(gone.map((name) => [name, null])), ...labels };
}

/** A list of runs: the filter of its total, and the query of its pages. */
export function listOf(args: StorageListWorkflowRunsInput): { filter: LabelFilter; query: ExecutionQuery } {
  const { workflowName, resourceId, threadId, status, fromDate, toDate } = args;
  const from = momentOf(fromDate, "fromDate")?.getTime();
  const to = momentOf(toDate, "toDate")?.getTime();
  const range = { ...(from !== undefined && { gte: from }), ...(to !== undefined && { lte: to }) };
  const isRange = from !== undefined || to !== undefined;
  const labels = {
    ...(workflowName && { workflow: labelOf(workflowName) }),
    ...(resourceId && { resource: labelOf(resourceId) }),
    ...(threadId && { thread: labelOf(threadId) }),
    ...(status && { status: labelOf(status) }),
  };
  const { label, rest } = orderOf("createdAt", labels);
  return {
    filter: { ...runLabels, ...labels, ...(isRange && sortLabels({ createdAt: range })) },
    query: {
      labels: { ...rest, ...(isRange && { [label]: range }) },
      orderBy: { label },
      order: "desc",
      payloads: false,
    },
  };
}
