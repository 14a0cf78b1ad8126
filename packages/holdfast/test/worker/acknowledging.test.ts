import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { type JobHandler, openStore, startWorker, type Store, type WorkerOptions } from "../../src/index.ts";
import { describeOnEach } from "../support/databases.ts";
import { until, withResolvers } from "../support/waiting.ts";

describeOnEach("a worker whose acknowledgements take their time", (database) => {
  let store: Store;
  let queue = 0;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
  });
  afterAll(() => store.close());

  /** Starts a worker on a queue of its own, which completes jobs only when it may. */
  async function work(handler: JobHandler, options: Partial<WorkerOptions> = {}) {
    const name = `q${++queue}`;
    const mayComplete = withResolvers();
    const batches: (readonly number[])[] = [];
    let heartbeats = 0;
    const { jobs } = store;
    const slow: Store = {
      ...store,
      jobs: {
        ...jobs,
        completeMany: async (completions) => {
          batches.push(completions.map(({ claim }) => claim.token));
          await mayComplete.promise;
          return jobs.completeMany(completions);
        },
        complete: async (claim, completion) => {
          await mayComplete.promise;
          return jobs.complete(claim, completion);
        },
        heartbeat: (claims, lease) => {
          heartbeats += claims.length;
          return jobs.heartbeat(claims, lease);
        },
      },
    };
    const worker = await startWorker(slow, { queues: { [name]: handler }, pollMs: 60_000, ...options });
    const count = async () => (await store.queues.counts(name)).succeeded;
    return { name, worker, mayComplete, count, batches, heartbeats: () => heartbeats };
  }

  test("runs the next handler when one has ended, not when that is acknowledged", async () => {
    let ended = 0;
    const { name, worker, mayComplete, count } = await work(async () => ++ended, { concurrency: 1, prefetch: 0 });
    await store.jobs.pushMany(Array.from({ length: 3 }, () => ({ queue: name })));
    await until(() => ended === 3);
    expect(await count()).toBe(0);
    mayComplete.resolve();
    await worker.stop();
    expect(await count()).toBe(3);
  });

  test("stops only when what has ended is acknowledged", async () => {
    const ended = withResolvers();
    const { name, worker, mayComplete, count } = await work(async () => ended.resolve());
    await store.jobs.push({ queue: name });
    await ended.promise;
    let isStopped = false;
    const stopped = worker.stop().then(() => (isStopped = true));
    await count();
    expect(isStopped).toBe(false);
    mayComplete.resolve();
    await stopped;
    expect(await count()).toBe(1);
  });

  test("gives back what is not acknowledged when the time of grace is over", async () => {
    const ended = withResolvers();
    const { name, worker } = await work(async () => ended.resolve());
    const { id } = await store.jobs.push({ queue: name });
    await ended.promise;
    await worker.stop({ graceMs: 20 });
    expect(await store.jobs.require(id)).toMatchObject({ status: "ready", attempts: 0 });
  });

  test("keeps the leases of what has ended until it is acknowledged", async () => {
    let ended = 0;
    const { name, worker, mayComplete, heartbeats } = await work(async () => ++ended, { leaseMs: 2000 });
    const { id } = await store.jobs.push({ queue: name });
    await until(() => ended === 1);
    await until(() => heartbeats() >= 4);
    mayComplete.resolve();
    await worker.stop();
    expect(await store.jobs.require(id)).toMatchObject({ status: "succeeded", attempts: 1 });
  });

  test("begins no more when a thousand wait to be acknowledged", async () => {
    let ended = 0;
    const { name, worker, mayComplete, count } = await work(async () => ++ended, { concurrency: 10 });
    await store.jobs.pushMany(Array.from({ length: 1500 }, () => ({ queue: name })));
    await until(() => ended >= 1000);
    await until(async () => (await store.queues.counts(name)).running > 1010);
    expect(ended).toBeLessThanOrEqual(1010);
    mayComplete.resolve();
    await until(async () => (await count()) === 1500);
    await worker.stop();
    expect(ended).toBe(1500);
  });

  test("sends a second batch beside the first when many wait, with all that is under one token", async () => {
    // So that no batch counts as held up.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    let ended = 0;
    const { name, worker, mayComplete, count, batches } = await work(async () => ++ended, { prefetch: 2000 });
    await store.jobs.pushMany(Array.from({ length: 1200 }, () => ({ queue: name })));
    await until(() => ended >= 1000 && batches.length === 2);
    const [first = [], second = []] = batches;
    expect(second.length).toBeGreaterThanOrEqual(200);
    mayComplete.resolve();
    await until(async () => (await count()) === 1200);
    const others = new Set([...first, ...batches.slice(2).flat()]);
    expect(new Set(second.filter((token) => others.has(token))).size).toBeLessThanOrEqual(1);
    await worker.stop();
  });
});
