import { type ClaimedExecution, type ExecutionHandler, startWorker, type Store, type Worker } from "holdfast";
import type { ExecutionStep } from "holdfast/worker";
import { expectSame } from "../rows.ts";

const queue = "workflows";
const leaseMs = 600_000;

/** A claimed workflow. */
export interface Run {
  readonly id: string;
  /** What made it claimable: its start, the end of its sleep, or its event. */
  readonly cameFrom: CameFrom;
  /** Makes a step under the claim. */
  readonly transition: (step: ExecutionStep) => Promise<unknown>;
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
  /** Throws unless exactly `workflows` workflows succeeded, each with `steps` steps, and no work is left. */
  readonly check: (workflows: number, stepsEach: number) => Promise<void>;
}

/** A worker's handler. It must end its workflow; `onError` gets what it throws. */
export interface Handler {
  readonly handle: (run: Run) => Promise<void>;
  readonly onError: (cause: unknown) => void;
}

const done = { done: true };

/** An engine whose workflow is an execution, claimed as one. */
export function engineOf(store: Store): Engine {
  const { executions, tasks } = store;
  return {
    start: (id) => executions.create({ id, queue, input: { id } }),
    claim: async () => {
      const [execution] = await executions.claim({ queues: [queue], limit: 1, leaseMs });
      if (execution === undefined) return undefined;
      const { id, token } = execution;
      return toRun(execution, (step) => executions.transition(id, { ...step, require: { token } }));
    },
    record: ({ id, transition }, step) => transition({ tasks: [taskOf(id, step)] }),
    end: ({ transition }) => transition({ end: ended }),
    recordAndEnd: ({ id, transition }, step) => transition({ tasks: [taskOf(id, step)], end: ended }),
    sleep: ({ transition }, ms) => transition({ park: { afterMs: ms } }),
    recordAndWait: ({ id, transition }, step, key) =>
      transition({ tasks: [taskOf(id, step)], park: { waits: [{ key }] } }),
    send: async (key) => {
      const { outcome } = await store.correlations.deliver({ key, payload: done });
      if (outcome !== "delivered") throw new Error(`The event was ${outcome}, not delivered.`);
    },
    work: (concurrency, handler) => workOn(store, concurrency, handler),
    check: async (workflows, stepsEach) => {
      expectSame(await executions.count({ status: "succeeded" }), workflows, "workflows that succeeded");
      expectSame(await tasks.count({ status: "succeeded" }), workflows * stepsEach, "steps that succeeded");
      expectSame(await executions.count(), workflows, "workflows");
    },
  };
}

function workOn(store: Store, concurrency: number, { handle, onError }: Handler): Promise<Worker> {
  const work: ExecutionHandler = (execution, { transition }) => handle(toRun(execution, transition));
  return startWorker(store, { concurrency, executions: { [queue]: work }, onError });
}

function toRun({ id, wake }: ClaimedExecution, transition: Run["transition"]): Run {
  if (wake === null) return { id, cameFrom: "start", transition };
  return { id, cameFrom: wake.by === "event" ? "event" : "sleep", transition };
}

const ended = { status: "succeeded", output: done } as const;

function taskOf(executionId: string, name: string) {
  return { id: `${executionId}-${name}`, name, status: "succeeded", output: done } as const;
}
