import { createHash } from "node:crypto";
import {
  createEmptyWorkflowSnapshot,
  getSnapshotMemoryInfo,
  matchesExpectedWorkflowStatus,
  mergeWorkflowStepResult,
  normalizePerPage,
  type StorageListWorkflowRunsInput,
  type UpdateWorkflowStateOptions,
  type WorkflowRun,
  type WorkflowRuns,
  WorkflowsStorage,
} from "@mastra/core/storage";
import type { WorkflowRunState } from "@mastra/core/workflows";
import type { Store, Transaction } from "holdfast";
import { DuplicateError } from "holdfast/errors";
import type { Execution, LabelFilter } from "holdfast/executions";
import { sliceOf } from "./documents.ts";
import { escaped, labelOf, momentOf, plain } from "./text.ts";

type Nouns = Pick<Transaction, "executions" | "components">;

type AnyStepResult = Parameters<WorkflowsStorage["updateWorkflowResults"]>[0]["result"];

/** What the state of an execution holds of its run: the snapshot without its parts. */
interface RunRecord {
  readonly workflowName: string;
  readonly runId: string;
  readonly resourceId: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly rest: Omit<WorkflowRunState, "context" | "serializedStepGraph">;
  /** The digest of each part, by component, in the order of the steps. A part is written again only if it changes. */
  readonly parts: Readonly<Record<string, string>>;
}

interface RunKey {
  readonly workflowName: string;
  readonly runId: string;
}

const graphPart = "graph";

const stepPart = (stepId: string): string => `step ${escaped(stepId, "stepId")}`;

/** The runs of Mastra's workflows in a Holdfast store, or in one of its transactions. A run is an execution, a step a component of it. */
export class HoldfastWorkflows extends WorkflowsStorage {
  readonly #place: Store | Transaction;

  constructor(place: Store | Transaction) {
    super();
    this.#place = place;
  }

  /** Updates of one run wait for each other, also in different processes. */
  override supportsConcurrentUpdates(): boolean {
    return true;
  }

  override async dangerouslyClearAll(): Promise<void> {
    const runs = this.#place.executions.iterate({ labels: { mastra: "run" }, payloads: false, limit: 1000 });
    for await (const { id } of runs) await this.#place.executions.remove(id);
  }

  override async updateWorkflowResults({
    stepId,
    result,
    requestContext,
    ...key
  }: Parameters<WorkflowsStorage["updateWorkflowResults"]>[0]): Promise<Record<string, AnyStepResult>> {
    const context = await this.#change(key, async (tx, { execution, record }) => {
      const snapshot = await snapshotOf(tx, execution.id, record);
      const merged = mergeWorkflowStepResult({ snapshot, stepId, result, requestContext });
      await write(tx, execution.id, { ...record, updatedAt: new Date().toISOString() }, snapshot);
      return merged;
    });
    return context ?? {};
  }

  override async updateWorkflowState({
    opts,
    ...key
  }: RunKey & { opts: UpdateWorkflowStateOptions }): Promise<WorkflowRunState | undefined> {
    const { expectedStatus, ...state } = opts;
    const updated = await this.#change(key, async (tx, { execution, record }) => {
      if (!matchesExpectedWorkflowStatus(record.rest.status, expectedStatus)) return null;
      const snapshot = { ...(await snapshotOf(tx, execution.id, record)), ...state };
      await write(tx, execution.id, { ...record, updatedAt: new Date().toISOString() }, snapshot);
      return plain(snapshot);
    });
    return updated ?? undefined;
  }

  override async persistWorkflowSnapshot({
    snapshot,
    resourceId,
    createdAt,
    updatedAt,
    ...key
  }: Parameters<WorkflowsStorage["persistWorkflowSnapshot"]>[0]): Promise<void> {
    const now = new Date();
    const written = momentOf(updatedAt, "updatedAt") ?? now;
    const isChanged = await this.#change(key, async (tx, { execution, record }) => {
      const next = {
        ...record,
        resourceId: resourceId ?? record.resourceId,
        createdAt: momentOf(createdAt, "createdAt")?.toISOString() ?? record.createdAt,
        updatedAt: written.toISOString(),
      };
      await write(tx, execution.id, next, snapshot);
      return true;
    });
    if (isChanged) return;
    const first = momentOf(createdAt, "createdAt") ?? now;
    const record = {
      ...key,
      resourceId: resourceId ?? null,
      createdAt: first.toISOString(),
      updatedAt: written.toISOString(),
      rest: createEmptyWorkflowSnapshot(key.runId),
      parts: {},
    };
    try {
      await this.#place.transaction(async (tx) => {
        await tx.executions.create({ id: idOf(key), status: "running" });
        await write(tx, idOf(key), record, snapshot);
      });
    } catch (error) {
      // Another process was first.
      if (!(error instanceof DuplicateError)) throw error;
      await this.persistWorkflowSnapshot({ ...key, snapshot, ...(resourceId && { resourceId }) });
    }
  }

  override async loadWorkflowSnapshot(key: RunKey): Promise<WorkflowRunState | null> {
    const execution = await this.#place.executions.get(idOf(key));
    return execution && snapshotOf(this.#place, execution.id, recordOf(execution));
  }

  override async listWorkflowRuns(args: StorageListWorkflowRunsInput = {}): Promise<WorkflowRuns> {
    const { perPage, page } = args;
    const isPaged = perPage !== undefined && page !== undefined;
    const limit = normalizePerPage(isPaged ? perPage : false, Number.MAX_SAFE_INTEGER);
    const { offset } = sliceOf(page ?? 0, isPaged ? limit : 0);
    const labels = filterOf(args);
    const total = await this.#place.executions.count({ labels });
    const runs: WorkflowRun[] = [];
    const query = { labels, orderBy: { label: "createdAt" }, order: "desc", limit: 100 } as const;
    let skipped = 0;
    for await (const execution of this.#place.executions.iterate(query)) {
      if (runs.length >= limit) break;
      if (skipped++ >= offset) runs.push(await this.#toRun(execution));
    }
    return { runs, total };
  }

  override async getWorkflowRunById({
    runId,
    workflowName,
  }: {
    runId: string;
    workflowName?: string;
  }): Promise<WorkflowRun | null> {
    const of = workflowName === undefined ? {} : { workflow: labelOf(workflowName) };
    const labels = { mastra: "run", run: labelOf(runId), ...of };
    const query = { labels, orderBy: { label: "createdAt" }, order: "desc", limit: 1 } as const;
    const { items } = await this.#place.executions.list(query);
    return items[0] ? this.#toRun(items[0]) : null;
  }

  override async deleteWorkflowRunById(key: RunKey): Promise<void> {
    await this.#place.executions.remove(idOf(key));
  }

  /** Changes a run, and nobody else meanwhile. Returns null if there is none. */
  async #change<T>(
    key: RunKey,
    change: (tx: Transaction, run: { execution: Execution; record: RunRecord }) => Promise<T>,
  ): Promise<T | null> {
    return this.#place.transaction(async (tx) => {
      if ((await tx.executions.get(idOf(key))) === null) return null;
      const execution = await tx.executions.lock(idOf(key));
      return change(tx, { execution, record: recordOf(execution) });
    });
  }

  async #toRun(execution: Execution): Promise<WorkflowRun> {
    const record = recordOf(execution);
    return {
      workflowName: record.workflowName,
      runId: record.runId,
      snapshot: await snapshotOf(this.#place, execution.id, record),
      createdAt: new Date(record.createdAt),
      updatedAt: new Date(record.updatedAt),
      ...(record.resourceId !== null && { resourceId: record.resourceId }),
    };
  }
}

function idOf({ workflowName, runId }: RunKey): string {
  return `mastra run ${escaped(workflowName, "workflowName")}" ${escaped(runId, "runId")}`;
}

function recordOf({ state }: Pick<Execution, "state">): RunRecord {
  // What `write` wrote.
  return state as RunRecord;
}

/** Reads the parts of a snapshot, and puts it together. */
async function snapshotOf({ components }: Nouns, id: string, { rest, parts }: RunRecord): Promise<WorkflowRunState> {
  const stored = new Map<string, unknown>();
  for await (const { component, state } of components.iterate(id, { limit: 1000 })) stored.set(component, state);
  const { [graphPart]: _graph, ...steps } = parts;
  const context = Object.fromEntries(
    Object.keys(steps).map((part) => [JSON.parse(`"${part.slice("step ".length)}"`) as string, stored.get(part)]),
  );
  const graph = graphPart in parts ? { serializedStepGraph: stored.get(graphPart) } : {};
  // Its parts, as they were written.
  return { ...rest, context, ...graph } as WorkflowRunState;
}

/** Writes what a snapshot changes of a run: the steps that differ from the stored ones, and the rest. */
async function write({ executions }: Nouns, id: string, before: RunRecord, given: WorkflowRunState): Promise<void> {
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
    if (before.parts[component] !== digest) changed.push({ component, state });
  }
  const record: RunRecord = { ...before, rest, parts };
  await executions.transition(id, { state: record, labels: labelsOf(record, given), components: changed });
}

function labelsOf(record: RunRecord, snapshot: WorkflowRunState) {
  const threadId = getSnapshotMemoryInfo(snapshot)?.threadId;
  return {
    mastra: "run",
    workflow: labelOf(record.workflowName),
    run: labelOf(record.runId),
    status: labelOf(snapshot.status),
    resource: record.resourceId === null ? null : labelOf(record.resourceId),
    thread: threadId === undefined ? null : labelOf(threadId),
    createdAt: Date.parse(record.createdAt),
  };
}

function filterOf(args: StorageListWorkflowRunsInput): LabelFilter {
  const { workflowName, resourceId, threadId, status, fromDate, toDate } = args;
  const from = momentOf(fromDate, "fromDate")?.getTime();
  const to = momentOf(toDate, "toDate")?.getTime();
  const range = { ...(from !== undefined && { gte: from }), ...(to !== undefined && { lte: to }) };
  return {
    mastra: "run",
    ...(workflowName && { workflow: labelOf(workflowName) }),
    ...(resourceId && { resource: labelOf(resourceId) }),
    ...(threadId && { thread: labelOf(threadId) }),
    ...(status && { status: labelOf(status) }),
    ...((from !== undefined || to !== undefined) && { createdAt: range }),
  };
}
