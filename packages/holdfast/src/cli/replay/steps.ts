import { type ClaimedJob, type ClaimedTimer, type JobContext, LeaseLostError, type Store } from "../../index.ts";
import type { PreparedReplay } from "./prepare.ts";

/** What a job of a replay carries. */
interface StepPayload {
  readonly taskId: string;
  readonly runtimeMs: number;
}

/** A job's claim as a timer carries it: any process may end the task when the timer fires, for the claim is its right to do so. */
interface TimerPayload extends StepPayload {
  readonly jobId: string;
  readonly token: number;
}

/** The two transitions of every task: it starts, and it ends, with the recorded time in between. */
export class Steps {
  readonly #store: Store;
  readonly #replay: PreparedReplay;
  /** Handlers that wait for their timer, by timer id. */
  readonly #waiting = new Map<string, () => void>();
  #finished = 0;
  #awaited = Number.POSITIVE_INFINITY;
  #onAwaited = (): void => undefined;
  #transitions = 0;

  constructor(store: Store, replay: PreparedReplay) {
    this.#store = store;
    this.#replay = replay;
  }

  /** How many transitions this process made. */
  get transitions(): number {
    return this.#transitions;
  }

  /** Resolves when this process has finished `count` more tasks than now; a later call takes the place of an earlier one. */
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
      await this.#startWithTimer(job, step, { waitMs, signal: context.signal });
    } else {
      await this.#start(job, step, []);
      await this.#finish({ id: job.id, token: job.token }, step, []);
    }
    context.acknowledged();
  }

  /** The handler of a timer: ends the task whose time is over, whichever process started it. */
  async fire(timer: ClaimedTimer, context: { acknowledged(): void }): Promise<void> {
    const { taskId, runtimeMs, jobId, token } = readTimer(timer.payload);
    try {
      await this.#finish({ id: jobId, token }, { taskId, runtimeMs }, [{ id: timer.id, token: timer.token }]);
      context.acknowledged();
    } catch (error) {
      // The job was started anew after its process was lost: the new start has a timer of its own, and this one is spent.
      if (!(error instanceof LeaseLostError)) throw error;
    }
    this.#waiting.get(timer.id)?.();
  }

  async #startWithTimer(
    job: ClaimedJob,
    step: StepPayload,
    { waitMs, signal }: { waitMs: number; signal: AbortSignal },
  ): Promise<void> {
    const timerId = `${job.id}@${job.token}`;
    const fired = new Promise<void>((resolve) => {
      this.#waiting.set(timerId, resolve);
      // Ended by another process, or lost to one: the claim is over, and so is the wait.
      signal.addEventListener("abort", () => resolve());
    });
    const payload: TimerPayload = { ...step, jobId: job.id, token: job.token };
    await this.#start(job, step, [{ id: timerId, step: step.taskId, afterMs: Math.ceil(waitMs), payload }]);
    await fired;
    this.#waiting.delete(timerId);
  }

  async #start(job: ClaimedJob, step: StepPayload, timers: Transition["timers"] & object): Promise<void> {
    await this.#transition({
      holding: [{ id: job.id, token: job.token }],
      taskStatuses: [{ id: step.taskId, status: "running" }],
      components: [{ component: step.taskId, state: { phase: "running", attempt: job.attempts } }],
      timers,
      history: [{ kind: "task-started", payload: { taskId: step.taskId, attempt: job.attempts } }],
    });
  }

  async #finish(
    claim: { id: string; token: number },
    step: StepPayload,
    acknowledge: Transition["acknowledge"] & object,
  ): Promise<void> {
    await this.#transition({
      complete: [{ claim, result: { runtimeMs: step.runtimeMs } }],
      taskStatuses: [{ id: step.taskId, status: "succeeded", output: { runtimeMs: step.runtimeMs } }],
      components: [{ component: step.taskId, state: { phase: "done" } }],
      acknowledge,
      history: [{ kind: "task-succeeded", payload: { taskId: step.taskId } }],
    });
    this.#finished++;
    if (this.#finished >= this.#awaited) this.#onAwaited();
  }

  async #transition(transition: Transition): Promise<void> {
    await this.#store.executions.transition(this.#replay.executionId, transition);
    this.#transitions++;
  }
}

type Transition = Parameters<Store["executions"]["transition"]>[1];

function readStep(payload: unknown): StepPayload {
  return payload as StepPayload;
}

function readTimer(payload: unknown): TimerPayload {
  return payload as TimerPayload;
}
