import { newId, type Store, type Transaction } from "holdfast";
import type { End, ExecutionCreation, NewExecution, TaskEnd, TransitionInput } from "holdfast/executions";
import {
  type Backend,
  DEFAULT_NAMESPACE_ID,
  DEFAULT_RUN_IDEMPOTENCY_PERIOD_MS,
  type StepAttempt,
  toWorkflowRunCounts,
  type WorkflowRun,
} from "openworkflow/internal";
import { certain, orFail } from "./failures.ts";
import { pageOf, toPage } from "./pages.ts";
import type { AttemptInput, Params, Returned, RunInput } from "./records.ts";
import { deadlineOf, runStatusOf, statusesOf, toAttempt, toRun } from "./records.ts";
import { deadlineError, earlierOf, outcomeOf } from "./retries.ts";

/** The options of a backend. */
export interface HoldfastBackendOptions {
  /** Separates the runs of several users of one store: "default" if it is left out. */
  readonly namespaceId?: string;
}

/** The worker that must hold a run: until another claims it, even if the lease has expired, as the engine has it. */
const heldBy = (workerId: string) => ({ holder: workerId, expired: "allowed" }) as const;

/**
 * The backend of OpenWorkflow on an open store. A run is an execution in the queue of its namespace, and its claim the lease of that
 * execution. An attempt of a step is a task, and a signal an event.
 *
 * On a transaction, it starts and cancels runs and sends signals together with the caller's other writes.
 */
export class HoldfastBackend implements Backend {
  readonly #store: Store | Transaction;
  readonly #namespaceId: string;

  constructor(store: Store | Transaction, { namespaceId = DEFAULT_NAMESPACE_ID }: HoldfastBackendOptions = {}) {
    this.#store = store;
    this.#namespaceId = namespaceId;
  }

  async createWorkflowRun({ availableAt, deadlineAt, ...given }: Params<"createWorkflowRun">): Promise<WorkflowRun> {
    // Callers of earlier releases of the engine leave the parent out.
    const params = Object.assign({ parentStepAttemptNamespaceId: null, parentStepAttemptId: null }, given);
    const { workflowName, idempotencyKey, parentStepAttemptId } = params;
    const parent = parentStepAttemptId === null ? null : await this.#store.tasks.require(parentStepAttemptId);
    const input: RunInput = {
      deadlineAt: deadlineAt?.toISOString() ?? null,
      ...params,
      namespaceId: this.#namespaceId,
    };
    const runAt = earlierOf(availableAt, deadlineAt);
    const creation = {
      queue: this.#namespaceId,
      maxAttempts: 2 ** 31 - 1,
      labels: { workflow: workflowName },
      input,
      ...(runAt !== null && { runAt }),
      ...(parent !== null && { parentId: parent.executionId, parentTaskId: parent.id }),
    };
    const key = idempotencyKey === null ? null : [this.#namespaceId, workflowName, idempotencyKey];
    const { outcome, execution } = await this.#createOnce(creation, key);
    if (outcome !== "created") return this.#require(execution.id);
    return toRun(execution, { availableAt: availableAt ?? execution.createdAt, holder: null });
  }

  async getWorkflowRun({ workflowRunId: id }: Params<"getWorkflowRun">): Promise<WorkflowRun | null> {
    const [execution, [availability]] = await this.#store.read([
      ({ executions }) => executions.get(id),
      ({ executions }) => executions.availabilityOf([id]),
    ]);
    const run = execution && toRun(execution, availability);
    return run?.namespaceId === this.#namespaceId ? run : null;
  }

  async listWorkflowRuns({ status, workflowName, ...page }: Params<"listWorkflowRuns">): Returned<"listWorkflowRuns"> {
    const labels = workflowName !== undefined && { labels: { workflow: workflowName } };
    const filter = { queue: this.#namespaceId, ...labels, ...(status !== undefined && { status: statusesOf(status) }) };
    const listed = await this.#store.executions.list({ ...filter, ...pageOf(page, "desc") });
    const availability = await this.#store.executions.availabilityOf(listed.items.map(({ id }) => id));
    return toPage(
      listed,
      page,
      listed.items.map((execution, i) => toRun(execution, availability[i])),
    );
  }

  async countWorkflowRuns(): Returned<"countWorkflowRuns"> {
    const counted = await this.#store.executions.countBy("status", { queue: this.#namespaceId });
    return toWorkflowRunCounts(counted.map(({ value, count }) => ({ status: runStatusOf(value), count })));
  }

  async claimWorkflowRun(params: Params<"claimWorkflowRun">): Promise<WorkflowRun | null> {
    const { workerId: holder, leaseDurationMs: leaseMs } = params;
    const [execution] = await this.#store.executions.claim({
      queues: [this.#namespaceId],
      limit: 1,
      leaseMs,
      holder,
      // New runs come before those of lost workers.
      expired: "last",
      change: { status: "running", usage: { attempts: 1 } },
    });
    if (execution === undefined) return null;
    const { leaseUntil } = execution;
    const deadlineAt = deadlineOf(execution);
    // By the database's clock, which gave the lease.
    if (deadlineAt === null || leaseUntil.getTime() - leaseMs < deadlineAt.getTime()) {
      return toRun(execution, { availableAt: leaseUntil, holder });
    }
    await this.#end(execution.id, holder, { status: "failed", error: deadlineError });
    return this.claimWorkflowRun(params);
  }

  async extendWorkflowRunLease(params: Params<"extendWorkflowRunLease">): Promise<WorkflowRun> {
    const { workflowRunId: id, workerId: holder, leaseDurationMs: leaseMs } = params;
    const [leaseUntil] = await this.#store.executions.heartbeat([{ id, holder }], { leaseMs, expired: "allowed" });
    if (!leaseUntil) throw new Error("Failed to extend lease for workflow run");
    return this.#require(id);
  }

  async sleepWorkflowRun({
    workflowRunId: id,
    workerId,
    availableAt,
  }: Params<"sleepWorkflowRun">): Promise<WorkflowRun> {
    const execution = await this.#store.executions.get(id);
    const until = earlierOf(availableAt, execution && deadlineOf(execution));
    return orFail("sleep workflow run", this.#park(id, workerId, { status: "waiting" }, until));
  }

  async completeWorkflowRun({ workflowRunId, workerId, output }: Params<"completeWorkflowRun">): Promise<WorkflowRun> {
    const ended = this.#end(workflowRunId, workerId, { status: "succeeded", output });
    return orFail("mark workflow run completed", ended);
  }

  async failWorkflowRun({ workflowRunId: id, workerId, ...params }: Params<"failWorkflowRun">): Promise<WorkflowRun> {
    let { attempts, deadlineAt } = params;
    if (attempts === undefined || deadlineAt === undefined) ({ attempts, deadlineAt } = await this.#require(id));
    const outcome = outcomeOf(params.retryPolicy, { error: params.error, attempts, deadlineAt });
    const failed =
      "availableAt" in outcome
        ? this.#park(id, workerId, { status: "paused", error: params.error }, outcome.availableAt)
        : this.#end(id, workerId, { status: "failed", error: outcome.error });
    return orFail("mark workflow run failed", failed);
  }

  async rescheduleWorkflowRunAfterFailedStepAttempt(
    params: Params<"rescheduleWorkflowRunAfterFailedStepAttempt">,
  ): Promise<WorkflowRun> {
    const { workflowRunId: id, workerId, error, availableAt } = params;
    const parked = this.#park(id, workerId, { status: "paused", error }, availableAt);
    return orFail("reschedule workflow run after failed step attempt", parked);
  }

  async cancelWorkflowRun({ workflowRunId: id }: Params<"cancelWorkflowRun">): Promise<WorkflowRun> {
    await this.#require(id);
    await this.#store.executions.cancel(id);
    const run = await this.#require(id);
    if (run.status === "canceled") return run;
    throw new Error(`Cannot cancel workflow run ${id} with status ${run.status}`);
  }

  async createStepAttempt(params: Params<"createStepAttempt">): Promise<StepAttempt> {
    const { workflowRunId, workerId, stepName: name, kind, config, context } = params;
    const input: AttemptInput = { namespaceId: this.#namespaceId, kind, config, context };
    const task = { name, status: "running", input } as const;
    const step = context?.kind === "signal-wait" ? this.#waiting(task, context.signal) : { tasks: [task] };
    const { tasks } = await orFail("create step attempt", this.#step(workflowRunId, workerId, step));
    return toAttempt({ input, ...certain(tasks[0]) });
  }

  async getStepAttempt({ stepAttemptId }: Params<"getStepAttempt">): Promise<StepAttempt | null> {
    const task = await this.#store.tasks.get(stepAttemptId);
    const attempt = task && toAttempt(task);
    return attempt?.namespaceId === this.#namespaceId ? attempt : null;
  }

  async listStepAttempts({ workflowRunId, ...page }: Params<"listStepAttempts">): Returned<"listStepAttempts"> {
    const listed = await this.#store.tasks.list({ executionId: workflowRunId, ...pageOf(page, "asc") });
    return toPage(listed, page, listed.items.map(toAttempt));
  }

  async completeStepAttempt(given: Params<"completeStepAttempt">): Promise<StepAttempt> {
    const { stepAttemptId: id, output, ...params } = given;
    return orFail("mark step attempt completed", this.#endStep(params, { id, status: "succeeded", output }));
  }

  async failStepAttempt({ stepAttemptId: id, error, ...params }: Params<"failStepAttempt">): Promise<StepAttempt> {
    return orFail("mark step attempt failed", this.#endStep(params, { id, status: "failed", error }));
  }

  async setStepAttemptChildWorkflowRun(params: Params<"setStepAttemptChildWorkflowRun">): Promise<StepAttempt> {
    const { workflowRunId, workerId, stepAttemptId: id, childWorkflowRunId: component } = params;
    const operation = "set step attempt child workflow run";
    const task = await orFail(operation, this.#store.tasks.require(id));
    if (task.status !== "running") throw new Error(`Failed to ${operation}`);
    const linked = { id, name: task.name, component, expectedVersion: task.version };
    await orFail(operation, this.#step(workflowRunId, workerId, { tasks: [linked] }));
    return toAttempt({ ...task, component });
  }

  async sendSignal({ signal, data, idempotencyKey }: Params<"sendSignal">): Returned<"sendSignal"> {
    return this.#store.transaction(async (tx) => {
      const delivery = { key: this.#keyOf(signal), payload: data, to: "all", keep: false } as const;
      const dedupe = idempotencyKey === null ? {} : { dedupeId: idempotencyKey };
      const outcome = await tx.correlations.deliver({ ...delivery, ...dedupe });
      const first = outcome.outcome === "duplicate" ? outcome.first : outcome;
      const waits = first.outcome === "delivered" ? first.waits : [];
      const workflowRunIds = [...new Set(waits.map(({ executionId }) => executionId))].toSorted();
      if (outcome.outcome === "delivered") await Promise.all(workflowRunIds.map((id) => tx.executions.wake(id)));
      return { workflowRunIds };
    });
  }

  async getSignalDelivery({ stepAttemptId }: Params<"getSignalDelivery">): Returned<"getSignalDelivery"> {
    const wait = await this.#store.correlations.get(stepAttemptId);
    return wait?.delivery ? ((wait.delivery.payload ?? null) as StepAttempt["output"]) : undefined;
  }

  /** Does nothing: the store is the caller's to close. */
  async stop(): Promise<void> {
    await Promise.resolve();
  }

  /**
   * Creates an execution, unless its key names one. The engine counts the time of a key by the client's clock, the store by the
   * database's. Where they differ, the older execution's id tells the next use of the key from this one.
   */
  async #createOnce(creation: NewExecution, key: readonly string[] | null): Promise<ExecutionCreation> {
    if (key === null) return this.#store.executions.create(creation);
    const idempotencyMs = DEFAULT_RUN_IDEMPOTENCY_PERIOD_MS;
    const once = { ...creation, idempotencyKey: JSON.stringify(key), idempotencyMs };
    const created = await this.#store.executions.create(once);
    const isOver = created.execution.createdAt.getTime() < Date.now() - idempotencyMs;
    return created.outcome !== "created" && isOver
      ? this.#createOnce(creation, [...key, created.execution.id])
      : created;
  }

  async #step(id: string, workerId: string, step: TransitionInput) {
    return this.#store.executions.transition(id, { require: heldBy(workerId), ...step });
  }

  #waiting(task: { readonly name: string; readonly status: "running"; readonly input: unknown }, signal: string) {
    const id = newId();
    return { tasks: [{ id, ...task }], waits: [{ id, key: this.#keyOf(signal), step: id }] };
  }

  async #park(
    id: string,
    workerId: string,
    change: Pick<TransitionInput, "status" | "error">,
    until: Date,
  ): Promise<WorkflowRun> {
    const step = { ...change, park: { until, children: "any" }, returning: "record" } as const;
    const { record, parked } = await this.#step(id, workerId, step);
    const run = certain(record);
    return toRun(run, { availableAt: parked === "ready" ? run.updatedAt : until, holder: null });
  }

  async #end(id: string, workerId: string, end: End): Promise<WorkflowRun> {
    const { record } = await this.#step(id, workerId, { end, returning: "record" });
    return toRun(certain(record));
  }

  async #endStep({ workflowRunId, workerId }: { workflowRunId: string; workerId: string }, end: TaskEnd) {
    const { endedTasks } = await this.#step(workflowRunId, workerId, { endTasks: [end] });
    return toAttempt(certain(endedTasks[0]));
  }

  async #require(workflowRunId: string): Promise<WorkflowRun> {
    const run = await this.getWorkflowRun({ workflowRunId });
    if (run === null) throw new Error(`Workflow run ${workflowRunId} does not exist`);
    return run;
  }

  #keyOf(signal: string): string {
    return JSON.stringify([this.#namespaceId, signal]);
  }
}
