import { afterAll, beforeAll, expect, test } from "vitest";
import { type ClaimedJob, openStore, startWorker, type Store, type WorkerOptions } from "../../src/index.ts";
import type { BatchHandlerOptions } from "../../src/worker/index.ts";
import { describeOnEach } from "../support/databases.ts";
import { until, withResolvers } from "../support/waiting.ts";
import { newQueue } from "../support/work-on.ts";

describeOnEach("a handler of batches", (database) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
  });
  afterAll(() => store.close());

  /** Starts a worker on a queue in which so many jobs wait, each with its number for a payload. */
  async function workOnBatches(count: number, batch: BatchHandlerOptions, options: Partial<WorkerOptions> = {}) {
    const name = newQueue();
    const inputs = Array.from({ length: count }, (_, payload) => ({
      id: `${name}/${payload}`,
      queue: name,
      payload,
      maxAttempts: 1,
    }));
    if (count > 0) await store.jobs.pushMany(inputs);
    const worker = await startWorker(store, {
      queues: { [name]: batch },
      pollMs: 60_000,
      onError: () => undefined,
      ...options,
    });
    return { name, worker };
  }

  const ended = async (name: string): Promise<number> => {
    const { succeeded, dead } = await store.queues.counts(name);
    return succeeded + dead;
  };

  test("gets as many jobs as there are, at most its size, and completes them all by returning", async () => {
    const sizes: number[] = [];
    const { name, worker } = await workOnBatches(
      25,
      {
        batchSize: 10,
        handler: async (jobs) => {
          sizes.push(jobs.length);
          return "for nobody";
        },
      },
      { concurrency: 1, prefetch: 0 },
    );
    await until(async () => (await ended(name)) === 25);
    await worker.stop();
    expect(sizes.every((size) => size <= 10)).toBe(true);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(25);
    expect(sizes[0]).toBe(10);
    expect((await store.jobs.require(`${name}/0`)).result).toBeUndefined();
  });

  test("ends jobs one by one, and what is left fails where it throws", async () => {
    const { name, worker } = await workOnBatches(5, {
      batchSize: 5,
      handler: async (jobs, context) => {
        const [a, b, c] = jobs as [ClaimedJob, ClaimedJob, ClaimedJob];
        await context.complete(a, "mine");
        await context.fail(b, new RangeError("not this"), { final: true });
        await context.release(c, { delayMs: 3_600_000 });
        throw new TypeError("the rest");
      },
    });
    await until(async () => (await ended(name)) === 4);
    await worker.stop();
    const jobs = await store.jobs.getMany([0, 1, 2, 3, 4].map((n) => `${name}/${n}`));
    expect(jobs).toMatchObject([
      { status: "succeeded", result: "mine" },
      { status: "dead", error: { message: "not this" } },
      { status: "scheduled", attempts: 0 },
      { status: "dead", error: { message: "the rest" } },
      { status: "dead", error: { message: "the rest" } },
    ]);
  });

  test("waits a moment for a full batch, and no longer", async () => {
    const sizes: number[] = [];
    const { name, worker } = await workOnBatches(
      1,
      { batchSize: 3, batchWaitMs: 60_000, handler: async (jobs) => sizes.push(jobs.length) },
      { concurrency: 1 },
    );
    await until(async () => (await store.queues.counts(name)).running === 1);
    await store.jobs.push({ queue: name });
    await store.jobs.push({ queue: name });
    await until(async () => (await ended(name)) === 3);
    await worker.stop();
    expect(sizes).toEqual([3]);
    const short = await workOnBatches(2, {
      batchSize: 3,
      batchWaitMs: 20,
      handler: async (jobs) => sizes.push(jobs.length),
    });
    await until(async () => (await ended(short.name)) === 2);
    await short.worker.stop();
    expect(sizes).toEqual([3, 2]);
  });

  test("gives back what waits for others where the worker stops", async () => {
    let calls = 0;
    const { name, worker } = await workOnBatches(2, {
      batchSize: 3,
      batchWaitMs: 60_000,
      handler: async () => ++calls,
    });
    await until(async () => (await store.queues.counts(name)).running === 2);
    await worker.stop();
    expect(await store.queues.counts(name)).toMatchObject({ ready: 2, running: 0 });
    expect(calls).toBe(0);
  });

  test("is told of each job that is lost, and of the batch when all are", async () => {
    const started = withResolvers();
    const aborted: string[] = [];
    const { name, worker } = await workOnBatches(2, {
      batchSize: 2,
      handler: async (jobs, context) => {
        context.signal.addEventListener("abort", () => aborted.push("batch"));
        for (const job of jobs) context.signalOf(job).addEventListener("abort", () => aborted.push(job.id));
        started.resolve();
        await until(() => aborted.includes("batch"));
        expect(() => context.signalOf({ ...(jobs[0] as ClaimedJob), id: "of another" })).toThrow("of this batch");
      },
    });
    await started.promise;
    await store.jobs.cancel(`${name}/1`);
    await until(() => aborted.length === 1);
    await store.jobs.cancel(`${name}/0`);
    await until(() => aborted.length === 3);
    await worker.stop();
    expect(aborted[0]).toBe(`${name}/1`);
    expect(aborted.toSorted()).toEqual([`${name}/0`, `${name}/1`, "batch"].toSorted());
  });

  test("that takes too long fails the jobs that it has not ended, and is told by the signals", async () => {
    const hintOutcome: unknown[] = [];
    const { name, worker } = await workOnBatches(
      3,
      {
        batchSize: 3,
        // Long enough for the first call on a busy machine.
        timeoutMs: 1500,
        handler: async (jobs, context) => {
          const aborted = new Promise((resolve) => context.signal.addEventListener("abort", resolve));
          await context.complete(jobs[0] as ClaimedJob, "in time");
          await aborted;
          hintOutcome.push(await context.complete(jobs[1] as ClaimedJob).catch((error: unknown) => error));
        },
      },
      { onError: (error, work) => hintOutcome.push([error, work]) },
    );
    await until(async () => (await ended(name)) === 3 && hintOutcome.length === 2);
    await worker.stop();
    expect(await store.queues.counts(name)).toMatchObject({ succeeded: 1, dead: 2 });
    expect(hintOutcome).toContainEqual([expect.objectContaining({ code: "timed_out" }), null]);
    expect(hintOutcome).toContainEqual(expect.objectContaining({ code: "lease_lost" }));
    expect((await store.jobs.require(`${name}/1`)).error).toMatchObject({ code: "timed_out" });
  });

  test("keeps the claims of its jobs while it runs, and calls the hooks of each", async () => {
    const heard: unknown[] = [];
    const mayEnd = withResolvers();
    const { name, worker } = await workOnBatches(
      20,
      {
        batchSize: 20,
        handler: async (jobs, context) => {
          await context.fail(jobs[0] as ClaimedJob, "no", { final: true });
          await mayEnd.promise;
        },
      },
      {
        leaseMs: 6000,
        onCompleted: ({ payload }) => heard.push(payload),
        onDead: ({ payload }, error) => heard.push([payload, error]),
      },
    );
    await until(() => heard.length === 1);
    const [heldUntil] = [(await store.jobs.require(`${name}/1`)).leaseUntil];
    await until(async () => Number((await store.jobs.require(`${name}/1`)).leaseUntil) > Number(heldUntil));
    mayEnd.resolve();
    await until(() => heard.length === 20);
    await worker.stop();
    expect(await store.queues.counts(name)).toMatchObject({ succeeded: 19, dead: 1 });
    expect(heard[0]).toEqual([0, "no"]);
  });

  test("is refused where its size is none", async () => {
    const handler = async (): Promise<void> => undefined;
    const refused = (field: string, queue: object): Promise<unknown> =>
      expect(startWorker(store, { queues: { q: queue as never } })).rejects.toMatchObject({ facts: { field } });
    await refused("queues.q.batchSize", { handler, batchSize: 0 });
    await refused("queues.q.batchSize", { handler, batchSize: 501 });
    await refused("queues.q.batchWaitMs", { handler, batchWaitMs: 1 });
    await refused("queues.q.batchWaitMs", { handler, batchSize: 1, batchWaitMs: -1 });
  });
});
