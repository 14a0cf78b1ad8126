import { checkFunction } from "../core/input.ts";
import type { ClaimedJob } from "../jobs/jobs.ts";
import type { Store } from "../store.ts";

/** Hooks that report on a worker's jobs after the commit. Errors in a hook go to `onError`. */
export interface JobHooks {
  /** A job succeeded. */
  readonly onCompleted?: ((job: ClaimedJob, result: unknown) => unknown) | undefined;
  /** An attempt failed, and the job is retried at `next.runAt`. */
  readonly onFailed?: ((job: ClaimedJob, error: unknown, next: { readonly runAt: Date }) => unknown) | undefined;
  /** A job died: its attempts are spent, or the failure was final. */
  readonly onDead?: ((job: ClaimedJob, error: unknown) => unknown) | undefined;
}

/** Checks the hooks; null if there are none. */
export function checkHooks({ onCompleted, onFailed, onDead }: JobHooks): JobHooks | null {
  for (const [name, hook] of Object.entries({ onCompleted, onFailed, onDead })) {
    if (hook !== undefined) checkFunction(hook, name);
  }
  return (onCompleted ?? onFailed ?? onDead) ? { onCompleted, onFailed, onDead } : null;
}

/** Calls a worker's hooks on the store's events about its handlers' jobs, whichever call ended them. */
export class Hooks {
  readonly #jobs = new Map<string, ClaimedJob>();
  readonly #onError: (error: unknown, job: ClaimedJob) => void;
  readonly #stops: readonly (() => void)[];

  constructor(
    store: Pick<Store, "on">,
    { onCompleted, onFailed, onDead }: JobHooks,
    onError: (error: unknown, job: ClaimedJob) => void,
  ) {
    this.#onError = onError;
    this.#stops = [
      store.on("job.completed", (event) => this.#call(event, (job) => onCompleted?.(job, event.result))),
      store.on("job.failed", (event) =>
        this.#call(event, (job) => onFailed?.(job, event.error, { runAt: event.runAt })),
      ),
      store.on("job.dead", (event) => this.#call(event, (job) => onDead?.(job, event.error))),
    ];
  }

  /** A handler has the job from now on. */
  begin(job: ClaimedJob): void {
    this.#jobs.set(job.id, job);
  }

  /** The job's claim is finished. */
  end(job: ClaimedJob): void {
    if (this.#jobs.get(job.id) === job) this.#jobs.delete(job.id);
  }

  /** Calls no more hooks. */
  stop(): void {
    for (const stop of this.#stops) stop();
  }

  #call(
    { id, token }: { readonly id: string; readonly token: number | null },
    hook: (job: ClaimedJob) => unknown,
  ): void {
    const job = this.#jobs.get(id);
    // Another holder of the job ended it.
    if (job?.token !== token || job === undefined) return;
    void Promise.resolve(job)
      .then(hook)
      .catch((error: unknown) => this.#onError(error, job));
  }
}
