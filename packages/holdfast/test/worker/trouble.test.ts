import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type ClaimedJob,
  type JobHandler,
  openStore,
  startTimerPump,
  startWorker,
  type Store,
} from "../../src/index.ts";
import { describeOnEach } from "../support/databases.ts";
import { until, withResolvers } from "../support/waiting.ts";
import { newQueue, workOn } from "../support/work-on.ts";

describeOnEach("a worker in trouble", (database) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
  });
  afterAll(() => store.close());

  test("fails a job whose result cannot be stored, and whatever its handler throws", async () => {
    const thrown: unknown[] = [
      Object.create(null),
      {
        message: {
          toString(): string {
            throw new Error("no");
          },
        },
      },
    ];
    const { name, worker } = await workOn(store, async (job) => {
      if (job.payload === "result") return 10n;
      throw thrown[Number(job.payload)];
    });
    const ids = await store.jobs.pushMany(
      ["result", 0, 1].map((payload) => ({ queue: name, payload, maxAttempts: 1 })),
    );
    await until(async () => (await store.queues.counts(name)).dead === ids.length);
    await worker.stop();
    const { items } = await store.jobs.list({ queue: name });
    expect(items.map((job) => job.error)).toContainEqual(expect.objectContaining({ name: "InvalidInputError" }));
  });

  test("goes on when the user's onError or a listener of hints throws", async () => {
    const stopListening = await store.onHint(() => {
      throw new Error("of a listener");
    });
    const { name, worker } = await workOn(
      store,
      async (job) => {
        if (job.attempts === 1) throw new Error("first");
        return "second";
      },
      {
        onError: () => {
          throw new Error("of onError");
        },
      },
    );
    const { id } = await store.jobs.push({ queue: name, backoff: { initialMs: 1, maxMs: 1 } });
    await until(async () => (await store.jobs.require(id)).status === "succeeded");
    await stopListening();
    await worker.stop();
    expect((await store.jobs.require(id)).result).toBe("second");
  });

  test("aborts its handlers when their lease has run out, though no heartbeat can say so", async () => {
    const away: Store = { ...store, jobs: { ...store.jobs, heartbeat: () => new Promise(() => undefined) } };
    const started = withResolvers<ClaimedJob>();
    const aborted = withResolvers();
    const name = newQueue();
    const handler: JobHandler = (job, context) => {
      started.resolve(job);
      return new Promise((resolve) => {
        context.signal.addEventListener("abort", () => {
          aborted.resolve();
          resolve("too late");
        });
      });
    };
    const worker = await startWorker(away, { queues: { [name]: handler }, leaseMs: 3000, pollMs: 60_000 });
    await store.jobs.push({ queue: name, maxAttempts: 1 });
    await started.promise;
    await aborted.promise;
    expect((await store.queues.counts(name)).succeeded).toBe(0);
    // Its heartbeat never answers, so stopping would wait for it.
    void worker.stop();
  });

  test("refuses what is no option, and what is missing", async () => {
    const handler = async (): Promise<void> => undefined;
    const start = (options: object): Promise<unknown> => startWorker(store, options);
    await expect(start({})).rejects.toMatchObject({ code: "invalid_input", facts: { field: "queues" } });
    const many = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`q${i}`, handler]));
    await expect(start({ queues: many })).rejects.toMatchObject({ facts: { field: "queues" } });
    await expect(start({ queues: { q: handler }, concurency: 3 })).rejects.toMatchObject({
      facts: { field: "concurency" },
    });
    await expect(start({ queues: { q: handler }, onError: "log" })).rejects.toMatchObject({
      facts: { field: "onError" },
    });
  });
});

describeOnEach("a worker and a pump on a closed store", (database) => {
  test("end, and say so once", async () => {
    const store = await openStore(await database.prepared());
    const errors: unknown[] = [];
    const onError = (error: unknown): void => void errors.push(error);
    let claims = 0;
    const { jobs, timers } = store;
    const watched: Store = {
      ...store,
      jobs: { ...jobs, claim: (request) => (claims++, jobs.claim(request)) },
      timers: { ...timers, claim: (options) => (claims++, timers.claim(options)) },
    };
    const aborted = withResolvers();
    await store.jobs.push({ queue: "q" });
    const started = withResolvers();
    const worker = await startWorker(watched, {
      queues: {
        q: async (_, context) => {
          started.resolve();
          await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
          aborted.resolve();
        },
      },
      pollMs: 60_000,
      onError,
    });
    const pump = await startTimerPump(watched, { handler: async () => undefined, pollMs: 60_000, onError });
    await started.promise;
    await store.close();
    await until(() => errors.length === 2);
    await aborted.promise;
    const before = claims;
    await sleep(200);
    expect(claims).toBe(before);
    expect(errors).toMatchObject([{ facts: { closed: true } }, { facts: { closed: true } }]);
    await worker.stop();
    await pump.stop();
  });
});
