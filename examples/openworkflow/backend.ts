// OpenWorkflow's `Backend` on Holdfast's public API: a run is an execution, an attempt of a step is a task, a signal is an event.
// Statements are static and payloads plain, so there is nothing to serialise or to batch here: each method is a call or two.
import { type ClaimedExecution, newId, type Store } from "holdfast";
import type { TaskSummary } from "holdfast/tasks";
import {
  type Attempt,
  type AttemptInput,
  type Backend,
  msOf,
  pageOf,
  type Params,
  type Run,
  type RunInput,
  statuses,
  toAttempt,
  toPage,
  toRun,
} from "./records.ts";

/** A run that a worker of this process holds. */
interface Held {
  readonly workerId: string;
  readonly execution: ClaimedExecution;
  readonly run: Run;
  isRunning: boolean;
}

export class HoldfastBackend implements Backend {
  readonly #store: Store;
  readonly #namespaceId: string;
  readonly #held = new Map<string, Held>();

  constructor(store: Store, namespaceId = "default") {
    this.#store = store;
    this.#namespaceId = namespaceId;
  }

  async createWorkflowRun({ availableAt, deadlineAt, ...params }: Params<"createWorkflowRun">): Promise<Run> {
    const { workflowName, idempotencyKey, parentStepAttemptId } = params;
    const parent = parentStepAttemptId === null ? null : await this.#store.tasks.require(parentStepAttemptId);
    const input: RunInput = { ...params, deadlineAt: deadlineAt?.toISOString() ?? null };
    const { execution } = await this.#store.executions.create({
      queue: this.#namespaceId,
      maxAttempts: 2 ** 31 - 1,
      labels: { namespace: this.#namespaceId, workflow: workflowName },
      input,
      ...(availableAt !== null && { runAt: availableAt }),
      ...(parent !== null && { parentId: parent.executionId }),
      ...(idempotencyKey !== null && {
        idempotencyKey: JSON.stringify([this.#namespaceId, workflowName, idempotencyKey]),
        idempotencyMs: 24 * 60 * 60 * 1000,
      }),
    });
    return toRun(this.#namespaceId, execution, null, availableAt);
  }

  async getWorkflowRun({ workflowRunId: id }: Params<"getWorkflowRun">): Promise<Run | null> {
    const [execution, lease] = await this.#store.read([
      ({ executions }) => executions.get(id),
      ({ executions }) => executions.leaseOf(id),
    ]);
    return execution === null ? null : toRun(this.#namespaceId, execution, lease);
  }

  async listWorkflowRuns({ status, workflowName, ...page }: Params<"listWorkflowRuns">) {
    const labels = { namespace: this.#namespaceId, ...(workflowName !== undefined && { workflow: workflowName }) };
    const filter = { labels, ...(status !== undefined && { status: statuses[status] }) };
    const listed = await this.#store.executions.list({ ...filter, ...pageOf(page, "desc") });
    return toPage(listed, page, (execution) => toRun(this.#namespaceId, execution, null));
  }

  async countWorkflowRuns() {
    const counted = await this.#store.executions.countBy("status", { labels: { namespace: this.#namespaceId } });
    const count = (status: keyof typeof statuses): number =>
      counted.reduce((sum, each) => sum + (statuses[status].some((own) => own === each.value) ? each.count : 0), 0);
    const [pending, running, completed] = [count("pending"), count("running"), count("completed")];
    return { pending, running, completed, failed: count("failed"), canceled: count("canceled") };
  }

  async claimWorkflowRun({ workerId, leaseDurationMs }: Params<"claimWorkflowRun">): Promise<Run | null> {
    const request = { queues: [this.#namespaceId], limit: 1, leaseMs: leaseDurationMs, holder: workerId };
    const [execution] = await this.#store.executions.claim(request);
    if (execution === undefined) return null;
    const { id, status, attempts, leaseUntil } = execution;
    const known = toRun(this.#namespaceId, execution, { holder: workerId, leaseUntil });
    const run = { ...known, attempts: known.attempts + attempts };
    this.#held.set(id, { workerId, execution, run, isRunning: status === "running" });
    // By the database's clock, which gave the lease.
    const isLate = run.deadlineAt !== null && leaseUntil.getTime() - leaseDurationMs >= run.deadlineAt.getTime();
    if (!isLate) return run;
    await this.#end(id, workerId, { status: "failed", error: { message: "Workflow run deadline exceeded" } });
    return this.claimWorkflowRun({ workerId, leaseDurationMs });
  }

  async extendWorkflowRunLease({
    workflowRunId,
    workerId,
    leaseDurationMs,
  }: Params<"extendWorkflowRunLease">): Promise<Run> {
    const { execution, run } = this.#heldBy(workflowRunId, workerId);
    const [leaseUntil] = await this.#store.executions.heartbeat([execution], { leaseMs: leaseDurationMs });
    if (!leaseUntil) throw new Error(`Worker ${workerId} has lost workflow run ${workflowRunId}`);
    return { ...run, availableAt: leaseUntil };
  }

  async sleepWorkflowRun({ workflowRunId, workerId, availableAt }: Params<"sleepWorkflowRun">): Promise<Run> {
    return this.#park(workflowRunId, workerId, { status: "waiting" }, availableAt);
  }

  async completeWorkflowRun({ workflowRunId, workerId, output }: Params<"completeWorkflowRun">): Promise<Run> {
    return this.#end(workflowRunId, workerId, { status: "succeeded", output });
  }

  async failWorkflowRun({ workflowRunId, workerId, error, retryPolicy, ...params }: Params<"failWorkflowRun">) {
    const { run } = this.#heldBy(workflowRunId, workerId);
    const { attempts = run.attempts, deadlineAt = run.deadlineAt } = params;
    const { initialInterval, backoffCoefficient, maximumInterval, maximumAttempts } = retryPolicy;
    const delayMs = Math.min(msOf(initialInterval) * backoffCoefficient ** (attempts - 1), msOf(maximumInterval));
    const availableAt = new Date(Date.now() + delayMs);
    const isLast = maximumAttempts > 0 && attempts >= maximumAttempts;
    if (isLast || (deadlineAt !== null && availableAt >= deadlineAt)) {
      return this.#end(workflowRunId, workerId, { status: "failed", error });
    }
    return this.#park(workflowRunId, workerId, { status: "paused", error }, availableAt);
  }

  async rescheduleWorkflowRunAfterFailedStepAttempt({
    workflowRunId,
    workerId,
    error,
    availableAt,
  }: Params<"rescheduleWorkflowRunAfterFailedStepAttempt">): Promise<Run> {
    return this.#park(workflowRunId, workerId, { status: "paused", error }, availableAt);
  }

  async cancelWorkflowRun({ workflowRunId }: Params<"cancelWorkflowRun">): Promise<Run> {
    const { parentId } = await this.#store.executions.require(workflowRunId);
    const isCanceled = await this.#store.transaction(async (tx) => {
      const [canceled] = await Promise.all([
        tx.executions.cancel(workflowRunId),
        parentId && tx.executions.wake(parentId),
      ]);
      return canceled;
    });
    const run = await this.#require(workflowRunId);
    if (isCanceled || run.status === "canceled") return run;
    throw new Error(`Cannot cancel workflow run ${workflowRunId} with status ${run.status}`);
  }

  async createStepAttempt({ workflowRunId, workerId, stepName, ...given }: Params<"createStepAttempt">) {
    const held = this.#heldBy(workflowRunId, workerId);
    const { kind, config, context } = given;
    const id = newId();
    const input: AttemptInput = { kind, config, context };
    const { tasks } = await this.#store.executions.transition(workflowRunId, {
      require: { token: held.execution.token },
      ...(!held.isRunning && { status: "running" }),
      tasks: [{ id, name: stepName, status: "running", input }],
      ...(context?.kind === "signal-wait" && { waits: [{ id, key: this.#keyOf(context.signal), step: id }] }),
    });
    held.isRunning = true;
    return toAttempt(this.#namespaceId, { ...(tasks[0] as TaskSummary), input });
  }

  async getStepAttempt({ stepAttemptId }: Params<"getStepAttempt">): Promise<Attempt | null> {
    const task = await this.#store.tasks.get(stepAttemptId);
    return task && toAttempt(this.#namespaceId, task);
  }

  async listStepAttempts({ workflowRunId, ...page }: Params<"listStepAttempts">) {
    const listed = await this.#store.tasks.list({ executionId: workflowRunId, ...pageOf(page, "asc") });
    return toPage(listed, page, (task) => toAttempt(this.#namespaceId, task));
  }

  async completeStepAttempt({ stepAttemptId, output, ...held }: Params<"completeStepAttempt">): Promise<Attempt> {
    return this.#settleStep(held, { id: stepAttemptId, status: "succeeded", output });
  }

  async failStepAttempt({ stepAttemptId, error, ...held }: Params<"failStepAttempt">): Promise<Attempt> {
    return this.#settleStep(held, { id: stepAttemptId, status: "failed", error });
  }

  async setStepAttemptChildWorkflowRun(params: Params<"setStepAttemptChildWorkflowRun">): Promise<Attempt> {
    const { workflowRunId, workerId, stepAttemptId: id, childWorkflowRunId } = params;
    const { token } = this.#heldBy(workflowRunId, workerId).execution;
    const task = await this.#store.tasks.require(id);
    const changed = { id, name: task.name, component: childWorkflowRunId };
    await this.#store.executions.transition(workflowRunId, { require: { token }, tasks: [changed] });
    return toAttempt(this.#namespaceId, { ...task, component: childWorkflowRunId });
  }

  async sendSignal({ signal, data, idempotencyKey }: Params<"sendSignal">) {
    return this.#store.transaction(async (tx) => {
      const delivery = { key: this.#keyOf(signal), payload: data, to: "all", keep: false } as const;
      const dedupe = idempotencyKey === null ? {} : { dedupeId: idempotencyKey };
      const outcome = await tx.correlations.deliver({ ...delivery, ...dedupe });
      const first = outcome.outcome === "duplicate" ? outcome.first : outcome;
      const waits = first.outcome === "delivered" ? first.waits : [];
      const workflowRunIds = [...new Set(waits.map(({ executionId }) => executionId))].toSorted();
      await Promise.all(workflowRunIds.map((id) => tx.executions.wake(id)));
      return { workflowRunIds };
    });
  }

  async getSignalDelivery({ stepAttemptId }: Params<"getSignalDelivery">): ReturnType<Backend["getSignalDelivery"]> {
    const wait = await this.#store.correlations.get(stepAttemptId);
    return wait?.delivery ? ((wait.delivery.payload ?? null) as Attempt["output"]) : undefined;
  }

  /** The store stays open: it is the caller's. */
  async stop(): Promise<void> {
    this.#held.clear();
  }

  /** Claims are by token here, and by the worker's name there. */
  #heldBy(id: string, workerId: string): Held {
    const held = this.#held.get(id);
    if (held?.workerId === workerId) return held;
    throw new Error(`Worker ${workerId} does not hold workflow run ${id}`);
  }

  async #park(id: string, workerId: string, change: { status: "waiting" | "paused"; error?: unknown }, at: Date) {
    const { execution, run } = this.#heldBy(id, workerId);
    const until = run.deadlineAt !== null && run.deadlineAt < at ? run.deadlineAt : at;
    // Attempts begin anew with each park here, and go on there.
    const step = { ...change, usage: { attempts: execution.attempts }, park: { until } };
    const { execution: head } = await this.#store.executions.transition(id, {
      require: { token: execution.token },
      ...step,
    });
    this.#held.delete(id);
    const error = change.error === undefined ? {} : { error: change.error };
    return toRun(this.#namespaceId, { ...execution, ...head, ...error }, null, until);
  }

  async #end(id: string, workerId: string, end: { status: "succeeded" | "failed"; output?: unknown; error?: unknown }) {
    const { execution } = this.#heldBy(id, workerId);
    const { token, attempts, parentId } = execution;
    const step = { require: { token }, usage: { attempts }, end };
    const { execution: head } = await (parentId === null
      ? this.#store.executions.transition(id, step)
      : this.#store.transaction(async (tx) => {
          const [ended] = await Promise.all([tx.executions.transition(id, step), tx.executions.wake(parentId)]);
          return ended;
        }));
    this.#held.delete(id);
    return toRun(this.#namespaceId, { ...execution, ...head, ...end }, null);
  }

  async #settleStep(
    { workflowRunId, workerId }: { readonly workflowRunId: string; readonly workerId: string },
    task: {
      readonly id: string;
      readonly status: "succeeded" | "failed";
      readonly output?: unknown;
      readonly error?: unknown;
    },
  ): Promise<Attempt> {
    const { token } = this.#heldBy(workflowRunId, workerId).execution;
    await this.#store.executions.transition(workflowRunId, {
      require: { token },
      taskStatuses: [task],
      cancelWaits: [task.id],
    });
    return toAttempt(this.#namespaceId, await this.#store.tasks.require(task.id));
  }

  async #require(id: string): Promise<Run> {
    const run = await this.getWorkflowRun({ workflowRunId: id });
    if (run === null) throw new Error(`Workflow run ${id} does not exist`);
    return run;
  }

  #keyOf(signal: string): string {
    return `${this.#namespaceId}/${signal}`;
  }
}
