import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ClaimedJob, openStore, startWorker, type Store } from "../../src/index.ts";
import { describeOnEach, describeOnServers } from "../support/databases.ts";
import { until, withResolvers } from "../support/waiting.ts";
import { workOn } from "../support/work-on.ts";

describeOnEach("a worker", (database) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
  });
  afterAll(() => store.close());

  test("runs each job once, and keeps what its handler returns", async () => {
    const seen: unknown[] = [];
    const { name, worker } = await workOn(store, async (job) => {
      seen.push(job.payload);
      return { double: Number(job.payload) * 2 };
    });
    await store.jobs.pushMany(Array.from({ length: 300 }, (_, i) => ({ id: `${name}/${i}`, queue: name, payload: i })));
    await until(async () => (await store.queues.counts(name)).succeeded === 300);
    await worker.stop();
    expect(new Set(seen).size).toBe(300);
    expect(seen).toHaveLength(300);
    expect((await store.jobs.require(`${name}/21`)).result).toEqual({ double: 42 });
  });

  test("never runs more handlers at once than its concurrency", async () => {
    let running = 0;
    let most = 0;
    const { name, worker } = await workOn(
      store,
      async () => {
        most = Math.max(most, ++running);
        await sleep(5);
        running--;
      },
      { concurrency: 4 },
    );
    await store.jobs.pushMany(Array.from({ length: 40 }, () => ({ queue: name })));
    await until(async () => (await store.queues.counts(name)).succeeded === 40);
    await worker.stop();
    expect(most).toBe(4);
  });

  test("tries a job again after its handler threw, and ends it dead when its attempts are spent", async () => {
    const errors: unknown[] = [];
    const { name, worker } = await workOn(
      store,
      async (job) => {
        throw new RangeError(`attempt ${job.attempts}`);
      },
      { onError: (error) => errors.push(error), pollMs: 20 },
    );
    const { id } = await store.jobs.push({ queue: name, maxAttempts: 3, backoff: { initialMs: 1, maxMs: 1 } });
    await until(async () => (await store.jobs.require(id)).status === "dead");
    await worker.stop();
    expect(errors.map(String)).toEqual(["RangeError: attempt 1", "RangeError: attempt 2", "RangeError: attempt 3"]);
    expect((await store.jobs.require(id)).error).toMatchObject({ name: "RangeError", message: "attempt 3" });
  });

  test("is woken by a push, long before it polls", async () => {
    const started = withResolvers<ClaimedJob>();
    const { name, worker } = await workOn(store, async (job) => started.resolve(job));
    await sleep(50);
    const pushedAt = performance.now();
    const { id } = await store.jobs.push({ queue: name });
    expect((await started.promise).id).toBe(id);
    expect(performance.now() - pushedAt).toBeLessThan(50_000);
    await worker.stop();
  });

  test("runs a job pushed for later when its moment comes", async () => {
    const started = withResolvers<ClaimedJob>();
    const { name, worker } = await workOn(store, async (job) => started.resolve(job));
    await store.jobs.push({ queue: name, delayMs: 80 });
    const job = await started.promise;
    expect(Date.now()).toBeGreaterThanOrEqual(job.runAt.getTime() - 1);
    await worker.stop();
  });

  test("asks when the next job is due only where a claim has just found none", async () => {
    const calls: string[] = [];
    const { jobs } = store;
    const claim: Store["jobs"]["claim"] = async (request) => {
      const claimed = await jobs.claim(request);
      calls.push(claimed.length > 0 ? "claim" : "claim of none");
      return claimed;
    };
    const next: Store["jobs"]["next"] = async (queues) => {
      calls.push("next");
      return jobs.next(queues);
    };
    let handled = 0;
    const queues = { asking: async () => void handled++ };
    const worker = await startWorker({ ...store, jobs: { ...jobs, claim, next } }, { queues, pollMs: 60_000 });
    for (let i = 0; i < 5; i++) {
      await jobs.push({ queue: "asking" });
      await until(() => handled > i);
    }
    await until(() => calls.lastIndexOf("next") > calls.lastIndexOf("claim"));
    await worker.stop();
    expect(calls.filter((each, i) => each === "next" && calls[i - 1] !== "claim of none")).toEqual([]);
  });

  test("keeps the lease of a handler that takes longer than it", async () => {
    // The handler outlasts its first lease where a heartbeat has renewed it.
    const { name, worker } = await workOn(
      store,
      async (job) => until(async () => Number((await store.jobs.require(job.id)).leaseUntil) > Number(job.leaseUntil)),
      { leaseMs: 6000 },
    );
    const { id } = await store.jobs.push({ queue: name });
    await until(async () => (await store.jobs.require(id)).status === "succeeded");
    expect((await store.jobs.require(id)).attempts).toBe(1);
    await worker.stop();
  });

  test("aborts a handler whose claim is lost, and does not acknowledge its job", async () => {
    const started = withResolvers();
    const aborted = withResolvers();
    const { name, worker } = await workOn(
      store,
      (_, { signal: lost }) => {
        started.resolve();
        return new Promise((resolve) => {
          lost.addEventListener("abort", () => {
            aborted.resolve();
            resolve("too late");
          });
        });
      },
      { leaseMs: 3_600_000 },
    );
    const { id } = await store.jobs.push({ queue: name });
    await started.promise;
    await store.jobs.cancel(id);
    await aborted.promise;
    await worker.stop();
    expect(await store.jobs.require(id)).toMatchObject({ status: "canceled", result: undefined });
  });

  test("stops gracefully: running handlers end, what has not begun is given back without an attempt spent", async () => {
    const started = withResolvers();
    const finish = withResolvers();
    const { name, worker } = await workOn(
      store,
      async () => {
        started.resolve();
        await finish.promise;
      },
      { concurrency: 1, prefetch: 5 },
    );
    await store.jobs.pushMany(Array.from({ length: 4 }, () => ({ queue: name })));
    await started.promise;
    const stopped = worker.stop();
    finish.resolve();
    await stopped;
    const { items } = await store.jobs.list({ queue: name });
    expect(items.filter((job) => job.status === "ready").map((job) => job.attempts)).toEqual([0, 0, 0]);
    expect(items.filter((job) => job.status === "succeeded").map((job) => job.attempts)).toEqual([1]);
  });

  test("gives back what still runs when the time of grace is over", async () => {
    const started = withResolvers();
    const { name, worker } = await workOn(store, (_, context) => {
      started.resolve();
      return new Promise((resolve) => context.signal.addEventListener("abort", resolve));
    });
    const { id } = await store.jobs.push({ queue: name });
    await started.promise;
    await worker.stop({ graceMs: 20 });
    expect(await store.jobs.require(id)).toMatchObject({ status: "ready", attempts: 0 });
  });
});

describeOnServers("workers of several stores", (database) => {
  test("a push through one store wakes a worker of another", async () => {
    const [here, there] = [await openStore(await database.prepared()), await openStore(await database.options())];
    const started = withResolvers();
    const worker = await startWorker(there, { queues: { far: async () => started.resolve() }, pollMs: 60_000 });
    const { id } = await here.jobs.push({ queue: "far" });
    await started.promise;
    await until(async () => (await here.jobs.require(id)).status === "succeeded");
    expect((await there.jobs.require(id)).attempts).toBe(1);
    await worker.stop();
    await Promise.all([here.close(), there.close()]);
  });

  test("several workers share a queue, and no job runs twice", async () => {
    const stores = await Promise.all([1, 2, 3].map(async () => openStore(await database.prepared())));
    const seen: string[] = [];
    const handler = async (job: ClaimedJob): Promise<void> => void seen.push(job.id);
    const workers = await Promise.all(
      stores.map((store) => startWorker(store, { queues: { shared: handler }, concurrency: 5 })),
    );
    const [first] = stores;
    await first?.jobs.pushMany(Array.from({ length: 1000 }, () => ({ queue: "shared" })));
    await until(async () => (await first?.queues.counts("shared"))?.succeeded === 1000);
    await Promise.all(workers.map((worker) => worker.stop()));
    await Promise.all(stores.map((store) => store.close()));
    expect(new Set(seen).size).toBe(1000);
    expect(seen).toHaveLength(1000);
  });
});
