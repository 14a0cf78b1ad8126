import { type ClaimedJob, type JobContext, LeaseLostError, type Store } from "../../index.ts";
import type { ClaimedTimer } from "../../timers/index.ts";
import type { TimerContext } from "../../worker/index.ts";
import type { PreparedReplay } from "./prepare.ts";

/** The payload of a replay's job. */
interface StepPayload {
  readonly taskId: string;
  readonly runtimeMs: number;
}

/** A job's claim in a timer's payload. Any process may end the task when the timer fires, because the claim authorizes it. */
interface TimerPayload extends StepPayload {
  readonly jobId: string;
  readonly token: number;
}

/** The two transitions of every task: it starts, and it ends, with the recorded time in between. */
export class Steps {
  readonly #replay: PreparedReplay;
  /** Handlers that wait for their timer, by timer id. */
  readonly #waiting = new Map<string, () => void>();
  #finished = 0;
  #awaited = Number.POSITIVE_INFINITY;
  #onAwaited = (): void => undefined;
  #transitions = 0;

  constructor(replay: PreparedReplay) {
    this.#replay = replay;
  }

  /** How many transitions this process made. */
  get transitions(): number {
    return this.#transitions;
  }

  /** Resolves when this process has finished `count` more tasks than now; a later call replaces an earlier one. */
  whenFinished(count: number): Promise<void> {
    this.#awaited = this.#finished + count;
    return new Promise((resolve) => {
      this.#onAwaited = resolve;
    });
  }

  /** The handler of a job. */
  async run(job: ClaimedJob, context: JobContext): Promise<void> {
    const step = readStep(job.payload);
    const waitMs = Number.isFinite(this.#replay.speed) ? step.runtimeMs / this.#replay.speed : 0;
    if (waitMs > 0) {
      await this.#startWithTimer(job, context, { ...step, waitMs });
      return;
    }
    await this.#start(job, context, { ...step, timers: [] });
    await context.complete(resultOf(step), { step: endOf(step) });
    this.#finish();
  }

  /** The handler of a timer: ends the task whose time is over, whichever process started it. */
  async fire(timer: ClaimedTimer, context: TimerContext): Promise<void> {
    const { jobId, token, ...step } = readTimer(timer.payload);
    const complete = [{ claim: { id: jobId, token }, result: resultOf(step) }];
    try {
      await context.acknowledge({ step: { ...endOf(step), complete } });
      this.#finish();
    } catch (error) {
      // The job was started again after its process was lost: the new start has its own timer, and this one is spent.
      if (!(error instanceof LeaseLostError)) throw error;
    }
    this.#waiting.get(timer.id)?.();
  }

  async #startWithTimer(
    job: ClaimedJob,
    context: JobContext,
    { waitMs, ...step }: StepPayload & { readonly waitMs: number },
  ): Promise<void> {
    const timerId = `${job.id}@${job.token}`;
    const fired = new Promise<void>((resolve) => {
      this.#waiting.set(timerId, resolve);
      // Ended by another process, or lost to one: the claim is over, and so is the wait.
      context.signal.addEventListener("abort", () => resolve());
    });
    const payload: TimerPayload = { ...step, jobId: job.id, token: job.token };
    const timer = { id: timerId, step: step.taskId, afterMs: Math.ceil(waitMs), payload };
    await this.#start(job, context, { ...step, timers: [timer] });
    await fired;
    this.#waiting.delete(timerId);
  }

  async #start(
    { attempts }: ClaimedJob,
    context: JobContext,
    { taskId, timers }: StepPayload & Required<Pick<Step, "timers">>,
  ): Promise<void> {
    await context.transition({
      taskStatuses: [{ id: taskId, status: "running" }],
      components: [{ component: taskId, state: { phase: "running", attempt: attempts } }],
      timers,
      history: [{ kind: "task-started", payload: { taskId, attempt: attempts } }],
    });
    this.#transitions++;
  }

  #finish(): void {
    this.#transitions++;
    this.#finished++;
    if (this.#finished >= this.#awaited) this.#onAwaited();
  }
}

type Step = Parameters<Store["executions"]["transition"]>[1];

function resultOf({ runtimeMs }: StepPayload): { readonly runtimeMs: number } {
  return { runtimeMs };
}

function endOf({ taskId, runtimeMs }: StepPayload): Step {
  return {
    taskStatuses: [{ id: taskId, status: "succeeded", output: { runtimeMs } }],
    components: [{ component: taskId, state: { phase: "done" } }],
    history: [{ kind: "task-succeeded", payload: { taskId } }],
  };
}

function readStep(payload: unknown): StepPayload {
  return payload as StepPayload;
}

function readTimer(payload: unknown): TimerPayload {
  return payload as TimerPayload;
}
