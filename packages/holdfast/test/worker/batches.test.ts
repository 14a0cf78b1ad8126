import { afterAll, beforeAll, expect, test } from "vitest";
import { type JobHandler, openStore, startWorker, type Store } from "../../src/index.ts";
import { describeOnEach, describeOnServers } from "../support/databases.ts";
import { until, withResolvers } from "../support/waiting.ts";

/** A store whose completions are seen in the order in which they are sent, and wait for `mayComplete` where they are batches. */
function watched(store: Store, mayComplete: Promise<unknown> = Promise.resolve()) {
  const batches: (readonly string[])[] = [];
  const alone: string[] = [];
  const sent: string[] = [];
  const { jobs } = store;
  const seen: Store = {
    ...store,
    jobs: {
      ...jobs,
      complete: (claim, options) => {
        alone.push(claim.id);
        sent.push(claim.id);
        return jobs.complete(claim, options);
      },
      completeMany: async (completions) => {
        batches.push(completions.map(({ claim }) => claim.id));
        sent.push(...completions.map(({ claim }) => claim.id));
        await mayComplete;
        return jobs.completeMany(completions);
      },
    },
  };
  return { seen, batches, alone, sent };
}

describeOnEach("a worker that acknowledges in batches", (database) => {
  let store: Store;
  let queue = 0;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
  });
  afterAll(() => store.close());

  /** Pushes jobs to a queue of its own, each with its number for a payload. */
  async function push(count: number, maxAttempts = 1): Promise<{ readonly name: string; readonly ids: string[] }> {
    const name = `q${++queue}`;
    const inputs = Array.from({ length: count }, (_, i) => ({
      id: `${name}/${i}`,
      queue: name,
      payload: i,
      maxAttempts,
    }));
    return { name, ids: (await store.jobs.pushMany(inputs)).map(({ id }) => id) };
  }

  const ended = async (name: string): Promise<number> => {
    const { succeeded, dead } = await store.queues.counts(name);
    return succeeded + dead;
  };

  test("sends what ends in one turn together, at most two batches at a time, in the order of the ends", async () => {
    const { name, ids } = await push(1200);
    const mayComplete = withResolvers();
    const { seen, batches, sent } = watched(store, mayComplete.promise);
    let handled = 0;
    const handler = async (): Promise<void> => void handled++;
    const worker = await startWorker(seen, { queues: { [name]: handler }, concurrency: 100, pollMs: 60_000 });
    await until(() => handled > 200);
    expect(batches.length).toBeLessThanOrEqual(2);
    expect(batches[0]?.length).toBeGreaterThanOrEqual(100);
    mayComplete.resolve();
    await until(async () => (await ended(name)) === 1200);
    await worker.stop();
    expect(sent).toEqual(ids);
    expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThanOrEqual(500);
  });

  test("fails only the job whose result cannot be stored, and completes those beside it", async () => {
    const { name } = await push(20);
    const { seen, batches } = watched(store);
    const errors: unknown[] = [];
    const worker = await startWorker(seen, {
      queues: { [name]: async (job) => (job.payload === 7 ? { big: 7n } : { small: job.payload }) },
      concurrency: 20,
      onError: (error, job) => errors.push([job?.id, error]),
    });
    await until(async () => (await ended(name)) === 20);
    await worker.stop();
    expect(batches[0]).toHaveLength(20);
    const { items } = await store.jobs.list({ queue: name, limit: 20 });
    const dead = items.filter((job) => job.status === "dead");
    expect(dead).toMatchObject([{ id: `${name}/7`, error: { name: "InvalidInputError" } }]);
    expect(items.filter((job) => job.status === "succeeded")).toHaveLength(19);
    expect(errors).toMatchObject([[`${name}/7`, { code: "invalid_input" }]]);
  });

  test("tells of the job whose claim was lost, and completes those beside it", async () => {
    const { name } = await push(10);
    const mayComplete = withResolvers();
    const { seen, batches } = watched(store, mayComplete.promise);
    const errors: unknown[] = [];
    const worker = await startWorker(seen, {
      queues: { [name]: async () => "done" },
      onError: (error, job) => errors.push([job?.id, String(error)]),
    });
    await until(() => batches.length === 1);
    await store.jobs.cancel(`${name}/3`);
    mayComplete.resolve();
    await until(async () => (await ended(name)) === 9);
    await worker.stop();
    expect(errors).toEqual([
      [
        `${name}/3`,
        `LeaseLostError: The lease of job ${name}/3 was lost before it was completed: another holder does it again.`,
      ],
    ]);
    expect(await store.jobs.require(`${name}/3`)).toMatchObject({ status: "canceled", result: undefined });
  });

  test("completes each for itself what a batch has failed for", async () => {
    const { name } = await push(30);
    const errors: unknown[] = [];
    const failing: Store = {
      ...store,
      jobs: { ...store.jobs, completeMany: () => Promise.reject(new Error("The connection was lost")) },
    };
    const worker = await startWorker(failing, {
      queues: { [name]: async (job) => job.payload },
      onError: (error) => errors.push(error),
    });
    await until(async () => (await ended(name)) === 30);
    await worker.stop();
    expect((await store.jobs.require(`${name}/21`)).result).toBe(21);
    expect(errors).toEqual([]);
  });

  test("takes handlers that throw at once, without a promise, however many wait", async () => {
    const { name } = await push(3000);
    let thrown = 0;
    const handler = (): never => {
      throw new Error(`${++thrown}`);
    };
    const worker = await startWorker(store, { queues: { [name]: handler }, concurrency: 10, prefetch: 5000 });
    await until(async () => (await ended(name)) === 3000);
    await worker.stop();
    expect(thrown).toBe(3000);
  });

  test("leaves a job alone whose handler completes it by a function that it took off its context", async () => {
    const { name, ids } = await push(1);
    const { seen, batches } = watched(store);
    const handler: JobHandler = async (_job, { complete }) => {
      await complete("mine");
      return "not this";
    };
    const worker = await startWorker(seen, { queues: { [name]: handler } });
    await until(async () => (await ended(name)) === 1);
    await worker.stop();
    expect(batches).toEqual([]);
    expect((await store.jobs.require(ids[0] ?? "")).result).toBe("mine");
  });

  test("gives a signal that is aborted to a handler that asks only when its claim is lost", async () => {
    const { name, ids } = await push(1);
    let isLost = false;
    const heartbeat: Store["jobs"]["heartbeat"] = async (claims, options) => {
      const held = await store.jobs.heartbeat(claims, options);
      isLost ||= held.includes(null);
      return held;
    };
    const isAborted = withResolvers<boolean>();
    const worker = await startWorker(
      { ...store, jobs: { ...store.jobs, heartbeat } },
      {
        queues: {
          [name]: async (_, context) => {
            await store.jobs.cancel(ids[0] ?? "");
            await until(() => isLost);
            isAborted.resolve(context.signal.aborted);
          },
        },
        leaseMs: 60_000,
      },
    );
    expect(await isAborted.promise).toBe(true);
    await worker.stop();
  });
});

describeOnServers("a worker whose batch waits for a row that another transaction holds", (database) => {
  test("acknowledges meanwhile what ends after it", async () => {
    const store = await openStore(await database.prepared());
    const mayComplete = withResolvers();
    const { seen, batches, alone } = watched(store, mayComplete.promise);
    const errors: unknown[] = [];
    const worker = await startWorker(seen, {
      queues: { q: async () => "done" },
      pollMs: 60_000,
      onError: (error, job) => errors.push([job?.id, String(error)]),
    });
    await store.jobs.pushMany(["held", "beside"].map((id) => ({ id, queue: "q" })));
    await until(() => batches.length > 0);
    await store.transaction(async (tx) => {
      await tx.jobs.cancel("held");
      mayComplete.resolve();
      await store.jobs.push({ id: "after", queue: "q" });
      await until(async () => (await store.jobs.require("after")).status === "succeeded");
      expect((await store.jobs.require("held")).status).toBe("running");
    });
    await until(async () => (await store.jobs.require("beside")).status === "succeeded");
    await worker.stop();
    expect(batches).toEqual([["held", "beside"]]);
    expect(alone).toEqual(["after"]);
    expect(errors).toEqual([
      ["held", "LeaseLostError: The lease of job held was lost before it was completed: another holder does it again."],
    ]);
    expect((await store.jobs.require("held")).status).toBe("canceled");
    await store.close();
  });
});
