import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore, type Store, type WorkerOptions } from "../../src/index.ts";
import { describeOnEach } from "../support/databases.ts";
import { until } from "../support/waiting.ts";
import { newQueue, workOn } from "../support/work-on.ts";

describeOnEach("the hooks of a worker", (database) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
  });
  afterAll(() => store.close());

  /** Hooks that record their arguments, and the status of the job at that moment. */
  function recording() {
    const hintOutcome: unknown[] = [];
    const statuses: Promise<string>[] = [];
    const record = (name: string, id: string, ...rest: readonly unknown[]): void => {
      statuses.push(store.jobs.require(id).then(({ status }) => status));
      hintOutcome.push([name, ...rest]);
    };
    const hooks: Partial<WorkerOptions> = {
      onCompleted: (job, result) => record("completed", job.id, job.payload, result),
      onFailed: (job, error, { runAt }) => record("failed", job.id, job.payload, String(error), runAt instanceof Date),
      onDead: (job, error) => record("dead", job.id, job.payload, String(error)),
      onError: () => undefined,
    };
    return { hintOutcome, statuses, hooks };
  }

  test("are called after the commit, with the result or the error, and with what follows", async () => {
    const { hintOutcome, statuses, hooks } = recording();
    const { name, worker } = await workOn(
      store,
      async ({ payload, attempts }) => {
        if (payload === "fails" && attempts === 1) throw new RangeError("first");
        if (payload === "dies") throw new TypeError("always");
        return attempts;
      },
      hooks,
    );
    await store.jobs.push({ queue: name, payload: "dies", maxAttempts: 1 });
    await until(() => hintOutcome.length === 1);
    await store.jobs.push({ queue: name, payload: "fails", backoff: { initialMs: 40, maxMs: 40 } });
    await until(() => hintOutcome.length === 3);
    await worker.stop();
    expect(hintOutcome).toEqual([
      ["dead", "dies", "TypeError: always"],
      ["failed", "fails", "RangeError: first", true],
      ["completed", "fails", 2],
    ]);
    const [dead, , completed] = await Promise.all(statuses);
    expect([dead, completed]).toEqual(["dead", "succeeded"]);
  });

  test("are called for what handlers end themselves, and for what times out, and not for what a transaction undid", async () => {
    const { hintOutcome, hooks } = recording();
    const { name, worker } = await workOn(
      store,
      async ({ payload, attempts }, context) => {
        if (payload === "hangs") return new Promise(() => undefined);
        if (payload === "itself") return context.complete("mine");
        return store.transaction(async (tx) => {
          await context.complete("in a transaction", { tx });
          if (attempts === 1) throw new RangeError("undone");
        });
      },
      { ...hooks, concurrency: 1 },
    );
    for (const [payload, count] of [
      ["itself", 1],
      ["tx", 3],
      ["hangs", 4],
    ] as const) {
      await store.jobs.push({
        queue: name,
        payload,
        timeoutMs: payload === "hangs" ? 20 : 10_000,
        maxAttempts: payload === "hangs" ? 1 : 2,
        backoff: { initialMs: 1 },
      });
      await until(() => hintOutcome.length === count);
    }
    await worker.stop();
    expect(hintOutcome).toMatchObject([
      ["completed", "itself", "mine"],
      ["failed", "tx", "RangeError: undone", true],
      ["completed", "tx", "in a transaction"],
      ["dead", "hangs", expect.stringMatching(/^TimedOutError/)],
    ]);
  });

  test("harm nothing where they throw, which onError is told", async () => {
    const errors: string[] = [];
    const { name, worker } = await workOn(store, async () => 1, {
      onCompleted: ({ payload }) => {
        if (payload === 1) throw new RangeError("at once");
        return Promise.reject(new RangeError("later"));
      },
      onError: (error, work) => errors.push(`${String(error)} ${work !== null}`),
    });
    await store.jobs.pushMany([1, 2].map((payload) => ({ queue: name, payload })));
    await until(() => errors.length === 2);
    await worker.stop();
    expect(errors.toSorted()).toEqual(["RangeError: at once true", "RangeError: later true"]);
    expect((await store.queues.counts(name)).succeeded).toBe(2);
  });

  test("are of one worker: another's jobs and calls by hand are for listeners of the store", async () => {
    const { hintOutcome, hooks } = recording();
    const { name, worker } = await workOn(store, async () => 1, hooks);
    const queue = newQueue();
    const heard: string[] = [];
    const stop = store.on("job.completed", ({ id }) => heard.push(id));
    const { id } = await store.jobs.push({ queue });
    for (const claim of await store.jobs.claim({ queues: [queue], limit: 1 })) await store.jobs.complete(claim);
    const own = await store.jobs.push({ queue: name });
    await until(() => heard.length === 2);
    await worker.stop();
    stop();
    expect(heard).toEqual([id, own.id]);
    expect(hintOutcome).toEqual([["completed", undefined, 1]]);
    await expect(workOn(store, async () => 1, { onDead: 1 as never })).rejects.toMatchObject({
      facts: { field: "onDead" },
    });
  });

  test("a listener of the store that throws is a warning, and harms neither the call nor the next listener", async () => {
    const warnings: Error[] = [];
    const hear = (warning: Error): unknown => warning.name === "HoldfastWarning" && warnings.push(warning);
    process.on("warning", hear);
    const heard: string[] = [];
    const stops = [
      store.on("job.canceled", () => {
        throw new RangeError("at once");
      }),
      store.on("job.canceled", () => Promise.reject(new RangeError("later"))),
      store.on("job.canceled", ({ id }) => heard.push(id)),
    ];
    const { id } = await store.jobs.push({ queue: newQueue() });
    expect(await store.jobs.cancel(id)).toBe(true);
    expect(heard).toEqual([id]);
    await until(() => warnings.length === 2);
    process.off("warning", hear);
    for (const stop of stops) stop();
    expect(warnings.map(({ message }) => message)).toEqual(Array(2).fill("A listener of job.canceled threw."));
  });
});
