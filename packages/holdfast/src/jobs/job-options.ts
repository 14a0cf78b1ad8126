import type { DependencyPolicy, RunningPolicy } from "../core/enums.generated.ts";

/** How long a failed job waits for its next attempt: `initialMs` after the first, doubled after each, at most `maxMs`. */
export interface Backoff {
  readonly initialMs: number;
  readonly maxMs: number;
}

/** How a job is pushed, besides its queue and its payload. */
export interface JobOptions {
  /** The caller's own id. Pushing an existing id changes nothing, so that a push can be repeated safely. */
  readonly id?: string | undefined;
  /** Lower comes first; 0 by default. */
  readonly priority?: number | undefined;
  /** The earliest time to run; not together with `delayMs`. */
  readonly runAt?: Date | undefined;
  /** The delay in milliseconds, by the database's clock. */
  readonly delayMs?: number | undefined;
  /** How many claims it may have before it dies; 25 by default. */
  readonly maxAttempts?: number | undefined;
  /** `initialMs` is 1 s by default; `maxMs` is 1 h, or `initialMs` if that is longer. */
  readonly backoff?: Partial<Backoff> | undefined;
  /** The time limit of a handler, after which a worker fails the attempt. By default the worker's limit, or else the queue's. */
  readonly timeoutMs?: number | undefined;
  /**
   * The job's group, such as a tenant: the groups of a queue take turns, however many jobs each has. Give all jobs of a queue a group, or
   * none; those without come first.
   */
  readonly group?: string | undefined;
  /** Capabilities that a claimer needs; at most 20 names, 1,000 bytes together. */
  readonly requires?: readonly string[] | undefined;
  /** A key that at most one unfinished job of a queue holds. */
  readonly uniqueKey?: string | undefined;
  /**
   * What to do if a waiting job holds the key. "keep" (the default) keeps that one. "replace" gives it this payload, priority, timeout
   * and time, and restores its attempts.
   */
  readonly onConflict?: "keep" | "replace" | undefined;
  /**
   * What to do if the job that holds the key is running. "keep" keeps that job. "beside" makes a new job, which takes the key. "after"
   * also makes one, which runs once the other job has ended in any way: one more run, however many pushes follow. The default is "keep",
   * and "beside" for a push that replaces or debounces.
   */
  readonly onRunning?: RunningPolicy | undefined;
  /**
   * With a unique key: waits until there was no other push of the key for this long, then runs once with the last payload. Each push
   * replaces the waiting job, as `onConflict: "replace"` does.
   */
  readonly debounceMs?: number | undefined;
  /** The longest wait from the first push of a debounced job, however many follow. */
  readonly debounceMaxMs?: number | undefined;
  /** With a unique key: the job keeps its key for this long from its push, also after its end. So a period has one job at most. */
  readonly throttleMs?: number | undefined;
  /** The job's execution; removing it removes the job. */
  readonly executionId?: string | undefined;
  /**
   * Whether the execution fails if the job dies, in the same transaction and with the job's error. The rest of the execution is canceled,
   * and a parked parent wakes. False by default.
   */
  readonly failsExecution?: boolean | undefined;
  /** Ids of jobs that must end first, in the store or in the same call. */
  readonly after?: readonly string[] | undefined;
  /** What to do when one of `after` dies or is canceled: cancel this job (the default), or count it as ended like any other. */
  readonly onDependencyFailure?: DependencyPolicy | undefined;
}
