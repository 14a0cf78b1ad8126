import { setTimeout as sleep } from "node:timers/promises";
import {
  type ClaimedJob,
  ConflictError,
  type JobContext,
  LeaseLostError,
  startTimerPump,
  startWorker,
  type Store,
} from "../../index.ts";
import type { JobCounts } from "../../queues/index.ts";
import { holdExecution } from "./hold.ts";
import type { PreparedReplay } from "./prepare.ts";
import { Steps } from "./steps.ts";

/** Options of a run. */
interface RunOptions {
  readonly workers: number;
  readonly onProgress: (succeeded: number) => void;
  /** Ends the work early: running tasks are given back, and the signal's reason is thrown. */
  readonly signal: AbortSignal;
}

/** What this process did for the execution. */
export interface RunResult {
  readonly status: string;
  readonly transitions: number;
}

/** Short, so that the work of a killed process resumes within seconds. */
const leaseMs = 5000;
/** How often to read the totals, for the progress bar and for the work of other processes. */
const pollMs = 200;

/**
 * Works on an execution until every task has ended, then completes it.
 *
 * Each task is started by one transition and ended by another, fenced by its job's claim. So a killed process leaves each task either
 * succeeded, with its job done and its dependents free, or ready to run again.
 */
export async function runReplay(
  store: Store,
  replay: PreparedReplay,
  { workers, onProgress, signal }: RunOptions,
): Promise<RunResult> {
  const { executionId, queue, isJoining } = replay;
  const { status: known, finishedAt } = await store.executions.require(executionId);
  if (finishedAt !== null) return { status: known, transitions: 0 };
  const hold = isJoining ? null : await holdExecution(store, executionId, leaseMs);
  const steps = new Steps(replay);
  const failures: unknown[] = [];
  const onError = (error: unknown): void => {
    // Another process took over because this one was too slow: expected, and nothing was written.
    if (!(error instanceof LeaseLostError)) failures.push(error);
  };
  const handler = (job: ClaimedJob, context: JobContext): Promise<void> => steps.run(job, context);
  const worker = await startWorker(store, {
    queues: { [queue]: handler },
    concurrency: workers,
    leaseMs,
    pollMs: 500,
    onError,
  });
  const pump = Number.isFinite(replay.speed)
    ? await startTimerPump(store, {
        handler: (timer, context) => steps.fire(timer, context),
        leaseMs,
        pollMs: 500,
        onError,
      })
    : null;
  try {
    await waitUntilEnded({ store, replay, steps, onProgress, signal, failures });
  } finally {
    await worker.stop({ graceMs: 0 });
    await pump?.stop();
    await hold?.release();
  }
  const { status } = await store.executions.complete(executionId);
  return { status, transitions: steps.transitions };
}

interface WaitOptions extends Pick<RunOptions, "onProgress" | "signal"> {
  readonly store: Store;
  readonly replay: PreparedReplay;
  readonly steps: Steps;
  readonly failures: readonly unknown[];
}

/** @throws the first failure, if it stops the work. */
async function waitUntilEnded(options: WaitOptions): Promise<void> {
  const { store, replay, steps, onProgress, signal, failures } = options;
  const { executionId, recording } = replay;
  for (;;) {
    signal.throwIfAborted();
    const root = await store.tasks.require(executionId);
    if (root.finishedAt !== null) break;
    const counts = await store.queues.counts(replay.queue);
    onProgress(counts.succeeded);
    if (counts.succeeded === recording.tasks.length) break;
    throwIfStuck(counts, failures[0]);
    await Promise.race([
      sleep(pollMs, undefined, { signal }).catch(() => undefined),
      steps.whenFinished(recording.tasks.length - counts.succeeded),
    ]);
  }
  onProgress(recording.tasks.length);
}

/** @throws if a task ended without success, and no other can continue because of it. */
function throwIfStuck(counts: JobCounts, failure: unknown): void {
  const ended = counts.dead + counts.canceled;
  if (ended === 0 || counts.ready + counts.running + counts.scheduled > 0) return;
  if (failure instanceof Error) throw failure;
  throw new ConflictError(
    `Tasks ended dead or canceled (${ended}), and the rest waits for them: start anew with another --id.`,
  );
}
