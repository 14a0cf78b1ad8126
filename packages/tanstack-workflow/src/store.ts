import type { DeleteReason, RunState } from "@tanstack/workflow-core";
import type * as Runtime from "@tanstack/workflow-runtime";
import type { Store, Transaction } from "holdfast";
import { abandoned, settled } from "./ends.ts";
import { appendEvents, readEvents, toStoredEvent } from "./events.ts";
import { isFree, leaseOf } from "./leases.ts";
import { listRuns } from "./lists.ts";
import { claimLostRuns, type ClaimLostRunsArgs, claimStaleRuns, type LostRun } from "./lost-runs.ts";
import {
  awaitsApproval,
  awaitsSignal,
  changed,
  cleared,
  type Delivery,
  isOver,
  pauseOf,
  recordOf,
  type RunChange,
  type RunRecord,
  runOf,
} from "./record.ts";
import { type ChangeOptions, changeRun, createRun, findRun, type RunChanger } from "./runs.ts";
import { claimDueBuckets, markStarted, upsertSchedule } from "./schedules.ts";
import { type EventListener, subscribeTo } from "./subscription.ts";
import { checkMoment, escaped, idOf } from "./text.ts";
import { claimDueTimers, putTimer, removeTimer, removeTimers } from "./timers.ts";

type Run = Runtime.WorkflowExecution;

type Awaits = (run: Run) => boolean;

/**
 * The execution store of TanStack Workflow on an open store. A run is an execution, its log the history, and its lease and pause are
 * in the execution's state. Times are the engine's: each call brings its `now`.
 *
 * On a transaction, runs and signals commit together with the caller's other writes.
 */
export class HoldfastWorkflowStore implements Runtime.WorkflowExecutionStore {
  readonly #place: Store | Transaction;

  constructor(place: Store | Transaction) {
    this.#place = place;
  }

  /** @throws DuplicateError if an execution that is no run of this engine has the id. */
  async createRun({ now, ...args }: Runtime.CreateRunArgs): Promise<Runtime.CreateRunResult> {
    checkMoment(now, "now");
    const change: RunChange = { ...args, status: "queued", createdAt: now, updatedAt: now };
    const record: RunRecord = { saved: null, change, lease: null, timers: {} };
    if (await createRun(this.#place, args.runId, record)) return { kind: "created", run: runOf(record) };
    const run = await this.loadRun(args.runId);
    return run ? { kind: "existing", run } : this.createRun({ now, ...args });
  }

  async loadRun(runId: string): Promise<Run | undefined> {
    const found = await findRun(this.#place, runId);
    return found ? runOf(found.record) : undefined;
  }

  async loadExecution(runId: string): Promise<Runtime.LoadedExecution | undefined> {
    const id = idOf(runId);
    const [execution, page] = await this.#place.read([
      ({ executions }) => executions.get(id),
      ({ history }) => history.read(id, { limit: 1000 }),
    ]);
    const record = execution && recordOf(execution);
    if (!record) return undefined;
    const rest = page.next === null ? [] : await readEvents(this.#place, runId, page.items.length);
    return { run: runOf(record), events: [...page.items.map((entry) => toStoredEvent(runId, entry)), ...rest] };
  }

  getRunTimeline(runId: string): Promise<Runtime.RunTimeline | undefined> {
    return this.loadExecution(runId);
  }

  async loadRunState(runId: string): Promise<RunState | undefined> {
    return (await findRun(this.#place, runId))?.record.saved ?? undefined;
  }

  /** @throws ConflictError if the run has ended and its log is complete. */
  async saveRunState({ state }: Runtime.SaveRunStateArgs): Promise<void> {
    checkMoment(state.updatedAt, "state.updatedAt");
    const first: RunRecord = { saved: state, change: {}, lease: null, timers: {} };
    const isSaved = await changeRun(this.#place, state.runId, async (found, nouns) => {
      // What was delivered is in the log, once the engine saves again.
      return settled(found, nouns, { ...found.record, saved: state, change: {}, delivery: null });
    });
    if (isSaved !== null) return;
    // The first thing known of a run, or of one that was removed.
    const { status } = state;
    const started = status === "running" ? { status } : {};
    if (!(await createRun(this.#place, state.runId, first, started))) await this.saveRunState({ state });
  }

  async deleteRun(runId: string, _reason: DeleteReason): Promise<void> {
    await this.#place.transaction(async (tx) => {
      const found = await findRun(tx, runId);
      if (found === null) return;
      await removeTimers(tx, found.id, found.record);
      await tx.executions.remove(found.id);
    });
  }

  appendEvents(args: Runtime.AppendEventsArgs): Promise<Runtime.AppendEventsResult> {
    return appendEvents(this.#place, args);
  }

  readEvents({ runId, fromIndex }: Runtime.ReadEventsArgs): Promise<readonly Runtime.StoredWorkflowEvent[]> {
    return readEvents(this.#place, runId, fromIndex);
  }

  /** Events of other processes come too. An error of the listener is dropped, as the engine does it. Not available in a transaction. */
  subscribeEvents(runId: string, fromIndex: number, onEvent: EventListener): () => void {
    return subscribeTo(this.#place, runId, fromIndex, onEvent);
  }

  async claimRun(args: Runtime.ClaimRunArgs): Promise<Runtime.ClaimRunResult> {
    const claimed = await this.#change<Runtime.ClaimRunResult>(args.runId, async (found, nouns) => {
      const run = runOf(found.record);
      if (!isFree(found.record.lease, args)) return { answer: { kind: "not-claimable", run } };
      // Its process may have been killed between the end of the run and the end of its log.
      if (isOver(run)) return { ...(await abandoned(found, nouns)), answer: { kind: "not-claimable", run } };
      const record = { ...changed(found.record, { status: "running", updatedAt: args.now }), lease: leaseOf(args) };
      return { record, answer: { kind: "claimed", run: runOf(record) } };
    });
    return claimed ?? { kind: "not-found" };
  }

  async heartbeatRunLease(args: Runtime.HeartbeatRunLeaseArgs): Promise<void> {
    await this.#change(args.runId, ({ record }) => {
      if (record.lease?.owner !== args.leaseOwner) return { answer: undefined };
      return { record: { ...changed(record, { updatedAt: args.now }), lease: leaseOf(args) }, answer: undefined };
    });
  }

  async releaseRunLease({ runId, leaseOwner }: Runtime.ReleaseRunLeaseArgs): Promise<void> {
    await this.#change(runId, async (found, nouns) => {
      const { record } = found;
      if (record.lease?.owner !== leaseOwner) return { answer: undefined };
      // The last event should be in the log by now. If the engine could not append it, nobody else will.
      if (isOver(runOf(record))) return { ...(await abandoned(found, nouns)), answer: undefined };
      return { record: { ...record, lease: null }, answer: undefined };
    });
  }

  async markRunPaused({ runId, now, ...pause }: Runtime.MarkRunPausedArgs): Promise<void> {
    await this.#mark(runId, { status: "paused", ...cleared, ...pauseOf(pause), updatedAt: now });
  }

  async markRunFinished({ runId, output, now }: Runtime.MarkRunFinishedArgs): Promise<void> {
    await this.#mark(runId, { status: "finished", ...cleared, output, updatedAt: now });
  }

  async markRunErrored({ runId, error, now }: Runtime.MarkRunErroredArgs): Promise<void> {
    await this.#mark(runId, { status: "errored", ...cleared, error, updatedAt: now });
  }

  /** Does nothing if the run does not exist. */
  async scheduleTimer({ now, ...timer }: Runtime.ScheduleTimerArgs): Promise<void> {
    await this.#change(
      timer.runId,
      async ({ id, record }, nouns) => {
        const next = await putTimer(nouns, id, record, timer);
        return { record: changed(next, { wakeAt: timer.wakeAt, updatedAt: now }), answer: undefined };
      },
      { isWide: true },
    );
  }

  claimDueTimers(args: Runtime.ClaimDueTimersArgs): Promise<readonly Runtime.TimerWakeup[]> {
    return claimDueTimers(this.#place, args);
  }

  async deliverSignal<P = unknown>(args: Runtime.DeliverSignalArgs<P>): Promise<Runtime.DeliverSignalResult> {
    const { runId, delivery, now } = args;
    const awaits: Awaits = (run) => awaitsSignal(run, delivery);
    return this.#deliver(runId, { deliveryId: delivery.signalId, delivery: { signal: delivery }, awaits, now });
  }

  async deliverApproval(args: Runtime.DeliverApprovalArgs): Promise<Runtime.DeliverApprovalResult> {
    const { runId, approval, now } = args;
    const { approvalId } = approval;
    const awaits: Awaits = (run) => awaitsApproval(run, approvalId);
    return this.#deliver(runId, { deliveryId: `approval:${approvalId}`, delivery: { approval }, awaits, now });
  }

  async upsertSchedule(args: Runtime.UpsertScheduleArgs): Promise<void> {
    await upsertSchedule(this.#place, args);
  }

  claimDueScheduleBuckets(args: Runtime.ClaimDueScheduleBucketsArgs): Promise<readonly Runtime.ScheduleBucket[]> {
    return claimDueBuckets(this.#place, args);
  }

  async markScheduleBucketStarted(args: Runtime.MarkScheduleBucketStartedArgs): Promise<void> {
    await markStarted(this.#place, args);
  }

  /** The longest expired first. */
  claimStaleRuns(args: Runtime.ClaimStaleRunsArgs): Promise<readonly Runtime.RunClaim[]> {
    return claimStaleRuns(this.#place, args);
  }

  /** Like `claimStaleRuns`, and also runs that nobody drives since a delivery. `resumeLostRuns` drives what this claims. */
  claimLostRuns(args: ClaimLostRunsArgs): Promise<readonly LostRun[]> {
    return claimLostRuns(this.#place, args);
  }

  /** The last updated first. The cursor is the number of runs to skip. */
  listRuns(args: Runtime.ListRunsArgs): Promise<readonly Runtime.RunSummary[]> {
    return listRuns(this.#place, args);
  }

  async #deliver(
    runId: string,
    { deliveryId, delivery, awaits, now }: { deliveryId: string; delivery: Delivery; awaits: Awaits; now: number },
  ): Promise<Runtime.DeliverSignalResult> {
    const component = `delivery ${escaped(deliveryId, "signalId")}`;
    const delivered = await this.#change<Runtime.DeliverSignalResult>(
      runId,
      async ({ id, execution, record }, nouns) => {
        const run = runOf(record);
        if (await nouns.components.get(id, component)) return { answer: { kind: "duplicate", run } };
        if (execution.finishedAt !== null || !awaits(run)) return { answer: { kind: "not-waiting", run } };
        const rest = await removeTimer(nouns, id, record, deliveryId);
        const next = { ...changed(rest, { ...cleared, status: "queued", updatedAt: now }), delivery };
        const components = [{ component, state: now }];
        return { record: next, with: { components }, answer: { kind: "delivered", run: runOf(next) } };
      },
      { isWide: true },
    );
    return delivered ?? { kind: "not-found" };
  }

  /** Gives a run a status of the engine's, and its lease back. */
  async #mark(runId: string, change: RunChange): Promise<void> {
    await this.#change(runId, (found, nouns) => {
      return settled(found, nouns, { ...changed(found.record, change), lease: null, delivery: null });
    });
  }

  async #change<T>(runId: string, change: RunChanger<T>, options?: ChangeOptions): Promise<T | null> {
    return changeRun<T>(this.#place, runId, change, options);
  }
}
