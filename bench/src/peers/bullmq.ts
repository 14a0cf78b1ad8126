import { createPostgresBackend, type PostgresPoolConfig, Queue, Worker } from "bullmq";
import type { Contender, Place, Size } from "../bench.ts";
import { draining, inPortions, until } from "../drain.ts";
import { idleWorker } from "../idle-worker.ts";
import { type Load, underLoad } from "../load.ts";
import { expectSame } from "../rows.ts";
import { peerPoolMax } from "./hand-written.ts";

const name = "noop";

function connectionTo({ url }: Place): PostgresPoolConfig {
  return { connectionString: url, max: peerPoolMax, migrate: true };
}

async function openQueue(place: Place) {
  const queue = new Queue(name, { connection: connectionTo(place) }, createPostgresBackend);
  await queue.waitUntilReady();
  return queue;
}

/** Adds one job a call. */
export function bullmqAdd(load: Load): Contender {
  return underLoad({ name: "BullMQ on PostgreSQL", isOurs: false }, load, async (place) => {
    const queue = await openQueue(place);
    return {
      call: (i) => queue.add("noop", { i }),
      check: async (calls) => expectSame(await queue.getWaitingCount(), calls, "waiting jobs"),
      close: () => queue.close(),
    };
  });
}

/** Adds many jobs a call. */
export function bullmqAddBulk(load: Load, jobsPerCall: number): Contender {
  return underLoad(
    { name: "BullMQ on PostgreSQL", isOurs: false },
    { ...load, operationsPerCall: jobsPerCall },
    async (place) => {
      const queue = await openQueue(place);
      return {
        call: () => queue.addBulk(jobsOf(jobsPerCall)),
        check: async (calls) => expectSame(await queue.getWaitingCount(), calls * jobsPerCall, "waiting jobs"),
        close: () => queue.close(),
      };
    },
  );
}

/** Empties a queue. */
export function bullmqDrain(jobs: number, concurrency: number): Contender {
  return draining({ name: `BullMQ on PostgreSQL, ${concurrency} at once`, isOurs: false }, jobs, async (place) => {
    const queue = await openQueue(place);
    await inPortions(jobs, (count) => queue.addBulk(jobsOf(count)));
    let worker: { close(): Promise<void> } | undefined;
    return {
      drain: async (onJob, allHandled) => {
        worker = new Worker(
          name,
          async () => onJob(),
          { connection: connectionTo(place), concurrency },
          createPostgresBackend,
        );
        await allHandled;
        await until(async () => (await queue.getCompletedCount()) === jobs);
      },
      check: async () => expectSame(await queue.getCompletedCount(), jobs, "completed jobs"),
      close: async () => {
        await worker?.close();
        await queue.close();
      },
    };
  });
}

function jobsOf(count: number): { readonly name: string; readonly data: { readonly i: number } }[] {
  return Array.from({ length: count }, (_, i) => ({ name: "noop", data: { i } }));
}

/** Waits for jobs. */
export function bullmqIdle(size: Size): Contender {
  return idleWorker({ name: "BullMQ on PostgreSQL", isOurs: false }, size, async (place, onJob) => {
    const queue = await openQueue(place);
    const worker = new Worker(name, async () => onJob(), { connection: connectionTo(place) }, createPostgresBackend);
    await worker.waitUntilReady();
    return {
      push: (i) => queue.add("noop", { i }),
      close: async () => {
        await worker.close();
        await queue.close();
      },
    };
  });
}
