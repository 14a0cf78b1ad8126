import type { ClaimedJob, QueueSchemas } from "../jobs/jobs.ts";
import type { Store } from "../store.ts";
import { processing } from "../telemetry/messaging.ts";
import { RunningBatch } from "./batch-context.ts";
import { Gathering, type TakeJobs } from "./gathering.ts";
import type { CheckedBatchHandler } from "./handlers.ts";
import type { Lease } from "./leases.ts";
import { processedJobs } from "./processed.ts";
import type { Reporting } from "./reporting.ts";
import type { Timeouts } from "./timeouts.ts";

type PayloadSchema = NonNullable<QueueSchemas["payload"]>;

/** Options for handling batches. */
export interface BatchesOptions {
  readonly store: Store;
  readonly timeouts: Timeouts;
  readonly reporting: Reporting;
  readonly take: TakeJobs;
  /** A handler receives the job. */
  readonly onBegin: (lease: Lease<ClaimedJob>) => void;
  /** Its handler has succeeded; with `isSettled`, the job has ended too. */
  readonly onDone: (lease: Lease<ClaimedJob>, isSettled: boolean) => void;
  readonly onFailed: (lease: Lease<ClaimedJob>, error: unknown) => void;
  /** The job as its handler gets it; null where its payload does not fit the schema, and the job has failed. */
  readonly fitting: (lease: Lease<ClaimedJob>, schema: PayloadSchema) => Promise<ClaimedJob | null>;
  readonly onError: (error: unknown, job: null) => void;
}

/** A job of a batch as its handler gets it, and its lease. */
interface Member {
  readonly lease: Lease<ClaimedJob>;
  readonly job: ClaimedJob;
}

const asClaimed = (lease: Lease<ClaimedJob>): Member => ({ lease, job: lease.claim });

/** Calls handlers with several jobs of a queue at once. */
export class Batches {
  readonly #options: BatchesOptions;
  readonly #gathering: Gathering;

  constructor(options: BatchesOptions) {
    this.#options = options;
    this.#gathering = new Gathering(options.take);
  }

  /** Gives claimed jobs to batches that wait for more. */
  feed(): void {
    this.#gathering.feed();
  }

  /** Starts no more batches. The jobs of waiting ones are left as they are. */
  stop(): void {
    this.#gathering.stop();
  }

  /** Handles a job together with others of its queue. */
  async work(first: Lease<ClaimedJob>, handling: CheckedBatchHandler): Promise<void> {
    const { onBegin, onDone, onFailed, onError, store, reporting } = this.#options;
    const gathered = await this.#gathering.from(first, handling);
    const held = gathered?.filter((lease) => !lease.isLost) ?? [];
    for (const lease of held) onBegin(lease);
    const { payload, result: schema } = handling.schemas;
    const members = payload === undefined ? held.map(asClaimed) : await this.#fitting(held, payload);
    if (members.length === 0) return;
    const leases = members.map(({ lease }) => lease);
    const batch = new RunningBatch(store, leases, { reporting, schema });
    try {
      await this.#handle(members, handling, batch);
      await this.#flush(leases);
      const unsettled = new Set(batch.unsettled);
      for (const lease of leases) onDone(lease, !unsettled.has(lease));
    } catch (error) {
      onError(error, null);
      await this.#flush(leases);
      for (const lease of leases) onFailed(lease, error);
    }
  }

  /** The jobs whose payloads fit their schema. */
  async #fitting(leases: readonly Lease<ClaimedJob>[], schema: PayloadSchema): Promise<readonly Member[]> {
    const jobs = await Promise.all(leases.map((lease) => this.#options.fitting(lease, schema)));
    return leases.flatMap((lease, i) => {
      const job = jobs[i] ?? null;
      return job === null ? [] : [{ lease, job }];
    });
  }

  async #flush(leases: readonly Lease<ClaimedJob>[]): Promise<void> {
    const { reporting } = this.#options;
    const left = leases.filter(({ claim }) => reporting.has(claim));
    await Promise.all(left.map(({ claim }) => reporting.flush(claim)));
  }

  #handle(members: readonly Member[], { handler, timeoutMs }: CheckedBatchHandler, batch: RunningBatch): unknown {
    const jobs = members.map(({ job }) => job);
    const leases = members.map(({ lease }) => lease);
    const times = jobs.map((job) => job.timeoutMs ?? timeoutMs ?? job.queueTimeoutMs ?? Infinity);
    const shortest = Math.min(...times);
    const handle = (): unknown => {
      const result = handler(jobs, batch);
      return shortest === Infinity
        ? result
        : this.#options.timeouts.limit({ leases, entity: "job", timeoutMs: shortest, result });
    };
    return processing(() => processedJobs(jobs, true), handle);
  }
}
