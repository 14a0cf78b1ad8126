import { type Claim, type ClaimedJob, type JobHandler, startWorker, type Store, type Worker } from "holdfast";
import { expectSame, found } from "../rows.ts";

const queue = "workflows";
const leaseMs = 600_000;

/** A claimed workflow. */
export interface Run {
  readonly id: string;
  /** What made it claimable: its start, the end of its sleep, or its event. */
  readonly cameFrom: CameFrom;
  readonly claim: Claim;
}

type CameFrom = "start" | "sleep" | "event";

/** What an engine does on Holdfast. The workflow benches use nothing else, so a new API changes `engineOf` only. */
export interface Engine {
  /** Creates a workflow that can be claimed at once. */
  readonly start: (id: string) => Promise<unknown>;
  /** Takes any workflow that is ready to go on; undefined if there is none. */
  readonly claim: () => Promise<Run | undefined>;
  /** Starts a worker that runs up to `concurrency` handlers at once. */
  readonly work: (concurrency: number, handler: Handler) => Promise<{ stop(): Promise<void> }>;
  /** Records a completed step, and keeps the claim. */
  readonly record: (run: Run, step: string) => Promise<unknown>;
  readonly end: (run: Run) => Promise<unknown>;
  readonly recordAndEnd: (run: Run, step: string) => Promise<unknown>;
  /** Gives up the claim; the workflow can be claimed again after `ms`. */
  readonly sleep: (run: Run, ms: number) => Promise<unknown>;
  /** Records a completed step and gives up the claim; the workflow can be claimed again when the event arrives. */
  readonly recordAndWait: (run: Run, step: string, key: string) => Promise<unknown>;
  /** Sends an event that a workflow waits for. */
  readonly send: (key: string) => Promise<unknown>;
  /** Throws unless exactly so many workflows succeeded, each with so many steps, and no work is left. */
  readonly check: (workflows: number, stepsEach: number) => Promise<void>;
}

/** A worker's handler. It must end its workflow; `onError` gets what it throws. */
export interface Handler {
  readonly handle: (run: Run) => Promise<void>;
  readonly onError: (cause: unknown) => void;
}

const done = { done: true };

/** An engine on today's API: a workflow is an execution, and each claim of it is a job. */
export function engineOf(store: Store): Engine {
  const { executions, jobs, tasks } = store;
  return {
    start: (id) => executions.start({ id, input: { id }, jobs: [resuming("start")] }),
    claim: async () => {
      const [job] = await jobs.claim({ queues: [queue], limit: 1, leaseMs });
      return job && toRun(job);
    },
    record: ({ id, claim }, step) => executions.transition(id, { holding: [claim], tasks: [taskOf(id, step)] }),
    end: ({ id, claim }) => executions.transition(id, { complete: [{ claim }], ...ended }),
    recordAndEnd: ({ id, claim }, step) =>
      executions.transition(id, { complete: [{ claim }], ...ended, tasks: [taskOf(id, step)] }),
    sleep: ({ id, claim }, ms) =>
      executions.transition(id, {
        complete: [{ claim }],
        status: "waiting",
        jobs: [{ ...resuming("sleep"), delayMs: ms }],
      }),
    recordAndWait: ({ id, claim }, step, key) =>
      executions.transition(id, {
        complete: [{ claim }],
        status: "waiting",
        tasks: [taskOf(id, step)],
        waits: [{ key, step: "event" }],
      }),
    send: (key) =>
      store.transaction(async (within) => {
        const delivery = await within.correlations.deliver({ key, payload: done });
        const [wait] = delivery.outcome === "delivered" ? delivery.waits : [];
        if (wait === undefined) throw new Error(`The event was ${delivery.outcome}, not delivered.`);
        await within.jobs.push({ ...resuming("event"), executionId: wait.executionId });
      }),
    work: (concurrency, handler) => workOn(store, concurrency, handler),
    check: async (workflows, stepsEach) => {
      expectSame(await executions.count({ status: "succeeded" }), workflows, "workflows that succeeded");
      expectSame(await tasks.count({ status: "succeeded" }), workflows * stepsEach, "steps that succeeded");
      const { ready, running, scheduled } = await jobs.count({ queue });
      expectSame(ready + running + scheduled, 0, "jobs left");
    },
  };
}

function workOn(store: Store, concurrency: number, { handle, onError }: Handler): Promise<Worker> {
  const work: JobHandler = async (job, context) => {
    await handle(toRun(job));
    // The handler's last call has completed the job.
    context.acknowledged();
  };
  return startWorker(store, { concurrency, queues: { [queue]: work }, onError });
}

function toRun(job: ClaimedJob): Run {
  const { cameFrom } = job.payload as { readonly cameFrom: CameFrom };
  return { id: found(job.executionId, "The job's execution"), cameFrom, claim: job };
}

const ended = { status: "succeeded", output: done } as const;

function resuming(cameFrom: CameFrom): { readonly queue: string; readonly payload: { readonly cameFrom: CameFrom } } {
  return { queue, payload: { cameFrom } };
}

function taskOf(executionId: string, name: string) {
  return { id: `${executionId}-${name}`, name, status: "succeeded", output: done } as const;
}
