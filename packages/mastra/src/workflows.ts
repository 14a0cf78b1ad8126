import {
  createEmptyWorkflowSnapshot,
  matchesExpectedWorkflowStatus,
  mergeWorkflowStepResult,
  normalizePerPage,
  type PruneOptions,
  type PruneResult,
  type RetentionTablesDescriptor,
  type StorageListWorkflowRunsInput,
  type TableRetentionPolicy,
  type UpdateWorkflowStateOptions,
  type WorkflowRun,
  type WorkflowRuns,
  WorkflowsStorage,
} from "@mastra/core/storage";
import type { WorkflowRunState } from "@mastra/core/workflows";
import type { Store, Transaction } from "holdfast";
import { DuplicateError, NotFoundError } from "holdfast/errors";
import type { Execution } from "holdfast/executions";
import { sliceOf } from "./document.ts";
import { prune, type RemoveBefore, tablesOf } from "./retention.ts";
import {
  create,
  idOf,
  listOf,
  lockedSnapshot,
  readRuns,
  recordOf,
  removeRunsBefore,
  type RunKey,
  type RunRecord,
  type StoredRun,
  write,
} from "./runs.ts";
import { labelOf, momentOf, plain } from "./text.ts";

type AnyStepResult = Parameters<WorkflowsStorage["updateWorkflowResults"]>[0]["result"];

/** The most runs that one read has, and the most ids that one page has. */
const runsAtOnce = 100;
const pageMax = 1000;

/** The runs of Mastra's workflows in a Holdfast store, or in one of its transactions. A run is an execution, a step a component of it. */
export class HoldfastWorkflows extends WorkflowsStorage {
  static override readonly retentionTables: RetentionTablesDescriptor = tablesOf({ workflowSnapshot: "updatedAt" });
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

  /** Removes the runs that nobody has written for so long, whatever their status. */
  override async prune(policies: Record<string, TableRetentionPolicy>, options?: PruneOptions): Promise<PruneResult[]> {
    const workflowSnapshot: RemoveBefore = async (before, limit) => removeRunsBefore(this.#place, before, limit);
    return prune("workflows", { workflowSnapshot }, HoldfastWorkflows.retentionTables, { policies, options });
  }

  override async updateWorkflowResults({
    stepId,
    result,
    requestContext,
    ...key
  }: Parameters<WorkflowsStorage["updateWorkflowResults"]>[0]): Promise<Record<string, AnyStepResult>> {
    const context = await this.#change(key, async (tx, { execution, record }) => {
      const snapshot = await lockedSnapshot(tx, execution.id, record);
      const merged = mergeWorkflowStepResult({ snapshot, stepId, result, requestContext });
      await write(tx, execution, { ...record, updatedAt: new Date().toISOString() }, snapshot);
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
      const snapshot = { ...(await lockedSnapshot(tx, execution.id, record)), ...state };
      await write(tx, execution, { ...record, updatedAt: new Date().toISOString() }, snapshot);
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
      await write(tx, execution, next, snapshot);
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
      await this.#place.transaction(async (tx) => create(tx, record, snapshot));
    } catch (error) {
      // Another process was first.
      if (!(error instanceof DuplicateError)) throw error;
      await this.persistWorkflowSnapshot({ ...key, snapshot, ...(resourceId && { resourceId }) });
    }
  }

  override async loadWorkflowSnapshot(key: RunKey): Promise<WorkflowRunState | null> {
    const [run] = await readRuns(this.#place, [idOf(key)]);
    return run?.snapshot ?? null;
  }

  override async listWorkflowRuns(args: StorageListWorkflowRunsInput = {}): Promise<WorkflowRuns> {
    const { perPage, page } = args;
    const isPaged = perPage !== undefined && page !== undefined;
    const limit = normalizePerPage(isPaged ? perPage : false, Number.MAX_SAFE_INTEGER);
    const { offset } = sliceOf(page ?? 0, isPaged ? limit : 0);
    const { filter, query } = listOf(args);
    const total = await this.#place.executions.count({ labels: filter });
    const end = Math.min(total, offset + limit);
    const ids: string[] = [];
    if (offset < end) {
      for await (const { id } of this.#place.executions.iterate({ ...query, limit: Math.min(end, pageMax) })) {
        ids.push(id);
        if (ids.length === end) break;
      }
    }
    const runs: WorkflowRun[] = [];
    for (let at = offset; at < ids.length; at += runsAtOnce) {
      runs.push(...(await readRuns(this.#place, ids.slice(at, at + runsAtOnce))).map(toRun));
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
    const order = { orderBy: { label: "run by createdAt" }, order: "desc" } as const;
    const { items } = await this.#place.executions.list({ labels, ...order, payloads: false, limit: 1 });
    const [run] = items[0] ? await readRuns(this.#place, [items[0].id]) : [];
    return run ? toRun(run) : null;
  }

  override async deleteWorkflowRunById(key: RunKey): Promise<void> {
    await this.#place.executions.remove(idOf(key));
  }

  /** Changes a run, and nobody else meanwhile. Returns null if there is none. A run that goes on after its end may be locked in vain. */
  async #change<T>(
    key: RunKey,
    change: (tx: Transaction, run: { execution: Execution; record: RunRecord }) => Promise<T>,
  ): Promise<T | null> {
    const id = idOf(key);
    for (;;) {
      const changed = await this.#place.transaction(async (tx) => {
        if ((await tx.executions.get(id)) === null) return { answer: null };
        const execution = await locked(tx, id);
        return execution && { answer: await change(tx, { execution, record: recordOf(execution) }) };
      });
      if (changed) return changed.answer;
    }
  }
}

/** The execution, locked; null if it was removed while others held it. */
async function locked({ executions }: Transaction, id: string): Promise<Execution | null> {
  try {
    return await executions.lock(id);
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}

function toRun({ record, snapshot }: StoredRun): WorkflowRun {
  return {
    workflowName: record.workflowName,
    runId: record.runId,
    snapshot,
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.updatedAt),
    ...(record.resourceId !== null && { resourceId: record.resourceId }),
  };
}
