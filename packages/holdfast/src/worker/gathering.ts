import type { ClaimedJob } from "../jobs/jobs.ts";
import type { Lease } from "./leases.ts";

/** Takes up to a number of a queue's claimed jobs that wait for a handler. */
export type TakeJobs = (queue: string, count: number) => readonly Lease<ClaimedJob>[];

interface Batch {
  readonly queue: string;
  readonly size: number;
  readonly leases: Lease<ClaimedJob>[];
  /** Ends its wait. */
  readonly endWait: () => void;
}

/** Batches that are not full, and wait a moment for more jobs. */
export class Gathering {
  readonly #take: TakeJobs;
  readonly #waiting = new Set<Batch>();
  #isStopped = false;

  constructor(take: TakeJobs) {
    this.#take = take;
  }

  /** The first job with others of its queue, as many as available; waits for missing ones. Null if the worker stops. */
  async from(
    first: Lease<ClaimedJob>,
    { batchSize: size, batchWaitMs: waitMs }: { readonly batchSize: number; readonly batchWaitMs: number },
  ): Promise<readonly Lease<ClaimedJob>[] | null> {
    const { queue } = first.claim;
    const leases = [first, ...this.#take(queue, size - 1)];
    if (leases.length < size && waitMs > 0) await this.#wait({ queue, size, leases }, waitMs);
    return this.#isStopped ? null : leases;
  }

  /** Gives claimed jobs to the batches that wait for them. */
  feed(): void {
    for (const batch of this.#waiting) {
      const { leases, queue, size, endWait } = batch;
      leases.push(...this.#take(queue, size - leases.length));
      if (leases.length === size) endWait();
    }
  }

  /** Starts no more batches. */
  stop(): void {
    this.#isStopped = true;
    for (const { endWait } of this.#waiting) endWait();
  }

  #wait(batch: Omit<Batch, "endWait">, waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => waiting.endWait(), waitMs);
      const waiting: Batch = {
        ...batch,
        endWait: () => {
          clearTimeout(timer);
          this.#waiting.delete(waiting);
          resolve();
        },
      };
      this.#waiting.add(waiting);
    });
  }
}
