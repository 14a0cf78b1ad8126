import type { QueueSettings } from "holdfast/queues";
import type { Named } from "../bench.ts";

/** A release of Holdfast whose jobs are measured. */
export interface Release extends Named {
  readonly load: () => Promise<HoldfastModule>;
}

/** The API that the job benches call. A release that differs gets an adapter in its `load`. */
export interface HoldfastModule {
  openStore(this: void, options: OpenOptions): Promise<JobStore>;
  startWorker(this: void, store: JobStore, options: WorkerOptions): Promise<{ stop(): Promise<void> }>;
}

interface OpenOptions {
  readonly url: string;
  readonly pooler?: "transaction";
  readonly preparedStatements?: boolean;
}

interface WorkerOptions {
  readonly queues: Readonly<Record<string, () => Promise<unknown>>>;
  readonly concurrency?: number;
  readonly prefetch?: number;
}

/** An open store. */
export interface JobStore {
  readonly jobs: {
    push(job: JobToPush): Promise<unknown>;
    pushMany(jobs: readonly JobToPush[]): Promise<unknown>;
    iterate(filter: { readonly queue: string; readonly limit: number }): AsyncIterable<JobSeen>;
  };
  readonly queues: {
    configure(queue: string, settings: QueueSettings): Promise<void>;
    get(queue: string, options: { readonly countUpTo: number }): Promise<{ readonly counts: JobCounts }>;
    counts(queue: string): Promise<JobCounts>;
  };
  close(): Promise<void>;
}

/** A job as it is pushed. */
export interface JobToPush {
  readonly queue: string;
  readonly payload: unknown;
  readonly group?: string | undefined;
}

/** The jobs of a queue, counted by status. */
export type JobCounts = Readonly<Record<"blocked" | "scheduled" | "ready" | "running" | "succeeded", number>>;

/** A job as it is read. */
export interface JobSeen {
  readonly status: string;
  readonly attempts: number;
  readonly result: unknown;
}

/** The release in this repository. */
export const today: Release = { name: "Holdfast", isOurs: true, load: () => import("holdfast") };
