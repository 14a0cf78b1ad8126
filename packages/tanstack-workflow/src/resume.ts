import type { RunState } from "@tanstack/workflow-core";
import {
  type AppendEventsArgs,
  type AppendEventsResult,
  type DeliverApprovalResult,
  type DeliverSignalResult,
  defineWorkflowRuntime,
  type ReleaseRunLeaseArgs,
  type SaveRunStateArgs,
  type StoredWorkflowEvent,
  type WorkflowRegistrationMap,
  type WorkflowRuntimeRunResult,
} from "@tanstack/workflow-runtime";
import { newId, type Store } from "holdfast";
import { InvalidInputError } from "holdfast/errors";
import type { LostRun } from "./lost-runs.ts";
import type { Delivery } from "./record.ts";
import { HoldfastWorkflowStore } from "./store.ts";
import { checkLimit } from "./text.ts";

/** Which lost runs to resume, and how. */
export interface ResumeOptions {
  /** The workflows of the runtime. Runs of others are left to other processes. */
  readonly workflows: WorkflowRegistrationMap;
  /** The moment of the engine's clock: the present by default. */
  readonly now?: number | undefined;
  /** The most runs to resume: 25 by default, as in a sweep. */
  readonly limit?: number | undefined;
  /** The owner of the leases: one of its own for each call by default. */
  readonly leaseOwner?: string | undefined;
  /** How long one run may take: 30 seconds by default, as in the runtime. */
  readonly leaseMs?: number | undefined;
}

/** What the engine takes for the signal that a resumed run waits for. It never gets into the log. */
const resumption = "@holdfast/tanstack-workflow resumption";

/**
 * Drives on the runs whose process was lost, one after the other, the longest lost first. Their lease has expired, or nobody drives them
 * since a delivery. Steps that the log has do not run again.
 *
 * The engine never extends a lease. So a run counts as lost if its process drives it longer than `leaseMs` without a pause.
 */
export async function resumeLostRuns(
  store: Store,
  options: ResumeOptions,
): Promise<readonly WorkflowRuntimeRunResult[]> {
  const { workflows, limit = 25, leaseOwner = `resume:${newId()}`, leaseMs = 30_000 } = checked(options);
  const names = Object.keys(workflows);
  const results: WorkflowRuntimeRunResult[] = [];
  // One at a time, so that no lease expires while its run waits for the runs before it.
  for (let left = checkLimit(limit); left > 0; left--) {
    const now = options.now ?? Date.now();
    const claim = { now, limit: 1, leaseOwner, leaseMs, workflows: names };
    const [lost] = await new HoldfastWorkflowStore(store).claimLostRuns(claim);
    if (!lost) break;
    results.push(await resume(store, lost, { workflows, now, leaseOwner, leaseMs }));
  }
  return results;
}

const optionNames: Readonly<Record<keyof ResumeOptions, true>> = {
  workflows: true,
  now: true,
  limit: true,
  leaseOwner: true,
  leaseMs: true,
};

function checked(options: ResumeOptions): ResumeOptions {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(optionNames, name));
  if (unknown !== undefined) {
    const names = Object.keys(optionNames).join(", ");
    throw new InvalidInputError(`options.${unknown} is unknown: use ${names}.`, { facts: { field: unknown } });
  }
  const workflows: unknown = options.workflows;
  if (typeof workflows === "object" && workflows !== null) return options;
  throw new InvalidInputError("options.workflows must have the workflows of the runtime.", {
    facts: { field: "workflows" },
  });
}

interface Driving {
  readonly workflows: WorkflowRegistrationMap;
  readonly now: number;
  readonly leaseOwner: string;
  readonly leaseMs: number;
}

async function resume(
  store: Store,
  lost: LostRun,
  { workflows, ...lease }: Driving,
): Promise<WorkflowRuntimeRunResult> {
  const { runId, workflowId, input } = lost.run;
  const runs = new HoldfastWorkflowStore(store);
  const delivery = lost.delivery && isLogged(lost.delivery, await runs.readEvents({ runId })) ? null : lost.delivery;
  const runtime = defineWorkflowRuntime({ workflows, store: new LostRunStore(store, lost, delivery) });
  if ((await runs.loadRunState(runId)) === undefined) return runtime.startRun({ workflowId, runId, input, ...lease });
  if (delivery && "approval" in delivery) return runtime.deliverApproval({ runId, ...delivery, ...lease });
  const signal = delivery?.signal ?? { name: resumption, signalId: newId(), payload: undefined };
  return runtime.deliverSignal({ runId, ...signal, ...lease });
}

/** Whether a log has what was delivered. The engine would log an approval twice. */
function isLogged(delivery: Delivery, events: readonly StoredWorkflowEvent[]): boolean {
  return events.some(({ event }) => {
    if ("approval" in delivery) {
      return event.type === "APPROVAL_RESOLVED" && event.approvalId === delivery.approval.approvalId;
    }
    return event.type === "SIGNAL_RESOLVED" && event.signalId === delivery.signal.signalId;
  });
}

/**
 * The store as the engine sees it while it drives a lost run on. The engine resumes a run with a delivery only. So this store accepts the
 * lost delivery again. Without one, it says that the run waits for the resumption, and keeps that out of the log.
 */
class LostRunStore extends HoldfastWorkflowStore {
  readonly #lost: LostRun;
  readonly #delivery: Delivery | null;
  #isResumed = false;

  constructor(store: Store, lost: LostRun, delivery: Delivery | null) {
    super(store);
    this.#lost = lost;
    this.#delivery = delivery;
  }

  override deliverSignal(): Promise<DeliverSignalResult> {
    return Promise.resolve({ kind: "delivered", run: this.#lost.run });
  }

  override deliverApproval(): Promise<DeliverApprovalResult> {
    return Promise.resolve({ kind: "delivered", run: this.#lost.run });
  }

  override async loadRunState(runId: string): Promise<RunState | undefined> {
    const state = await super.loadRunState(runId);
    if (!state || this.#delivery || this.#isResumed) return state;
    return { ...state, waitingFor: { signalName: resumption } };
  }

  /** The engine saves the run once it has taken the delivery. */
  override async saveRunState(args: SaveRunStateArgs): Promise<void> {
    this.#isResumed = true;
    await super.saveRunState(args);
  }

  override async appendEvents(args: AppendEventsArgs): Promise<AppendEventsResult> {
    const { expectedNextIndex, events } = args;
    const isResumption = events.some((event) => event.type === "SIGNAL_RESOLVED" && event.name === resumption);
    return isResumption ? { nextIndex: expectedNextIndex } : super.appendEvents(args);
  }

  /** Keeps the lease of a run that this process cannot drive: when it has expired, another process may try. */
  override async releaseRunLease(args: ReleaseRunLeaseArgs): Promise<void> {
    if ((await this.loadRun(args.runId))?.status !== "running") await super.releaseRunLease(args);
  }
}
