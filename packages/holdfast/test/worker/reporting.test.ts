import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore, startWorker, type Store } from "../../src/index.ts";
import { describeOnEach } from "../support/databases.ts";
import { until } from "../support/waiting.ts";
import { workOn } from "../support/work-on.ts";

describeOnEach("what handlers report", (database) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
  });
  afterAll(() => store.close());

  const messagesOf = async (id: string): Promise<readonly string[]> =>
    (await store.jobs.log(id, { limit: 1000 })).items.map(({ message }) => message);

  test("is stored while they run, the latest progress, and all lines in their order", async () => {
    let goOn = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (goOn = resolve));
    const { name, worker } = await workOn(store, async (_job, context) => {
      for (let i = 0; i <= 50; i++) context.progress({ done: i });
      context.log("begun", { of: 50 });
      context.log("half");
      await waiting;
      context.log("last");
      context.progress("done");
    });
    const { id } = await store.jobs.push({ queue: name });
    await until(async () => (await store.jobs.progressOf(id)) !== null);
    expect((await store.jobs.progressOf(id))?.progress).toEqual({ done: 50 });
    expect(await messagesOf(id)).toEqual(["begun", "half"]);
    goOn();
    await until(async () => (await store.jobs.require(id)).status === "succeeded");
    // What came last is there when the job has ended.
    expect(await messagesOf(id)).toEqual(["begun", "half", "last"]);
    expect((await store.jobs.progressOf(id))?.progress).toBe("done");
    expect((await store.jobs.log(id)).items[0]?.data).toEqual({ of: 50 });
    await worker.stop();
  });

  test("is there when they throw, end the job themselves, or end it in a transaction", async () => {
    const { name, worker } = await workOn(
      store,
      async ({ payload }, context) => {
        context.log(`did ${String(payload)}`);
        if (payload === "throw") throw new RangeError("dead");
        if (payload === "complete") await context.complete();
        if (payload === "fail") await context.fail("no", { final: true });
        if (payload === "tx") await store.transaction((tx) => context.complete(1, { tx }));
      },
      { onError: () => undefined },
    );
    for (const payload of ["throw", "complete", "fail", "tx", "return"]) {
      const { id } = await store.jobs.push({ queue: name, payload, maxAttempts: 1 });
      await until(async () => (await store.jobs.require(id)).finishedAt !== null);
      expect(await messagesOf(id)).toEqual([`did ${payload}`]);
    }
    await worker.stop();
  });

  test("of a batch is each job's own", async () => {
    const name = `batch-${crypto.randomUUID()}`;
    const pushed = await store.jobs.pushMany(Array.from({ length: 20 }, (_, i) => ({ queue: name, payload: i })));
    const worker = await startWorker(store, {
      queues: {
        [name]: {
          batchSize: 20,
          handler: async (jobs, context) => {
            for (const job of jobs) {
              context.progress(job, job.payload);
              context.log(job, `line of ${String(job.payload)}`);
            }
          },
        },
      },
    });
    await until(async () => (await store.queues.counts(name)).succeeded === 20);
    await worker.stop();
    for (const [i, { id }] of pushed.entries()) {
      expect(await messagesOf(id)).toEqual([`line of ${i}`]);
      expect((await store.jobs.progressOf(id))?.progress).toBe(i);
    }
  });

  test("is refused at once, or told of, where it cannot be stored; the job goes on", async () => {
    const errors: unknown[] = [];
    const { name, worker } = await workOn(
      store,
      async (_job, context) => {
        expect(() => context.log("")).toThrow(/message is empty/);
        expect(() => context.progress(undefined)).toThrow(/progress is missing/);
        context.progress(1n);
        await until(() => errors.length > 0);
        context.log("after it");
      },
      { onError: (error) => errors.push(error) },
    );
    const { id } = await store.jobs.push({ queue: name });
    await until(async () => (await store.jobs.require(id)).status === "succeeded");
    await worker.stop();
    expect(errors).toEqual([expect.objectContaining({ code: "invalid_input", facts: { field: "progress" } })]);
    expect(await messagesOf(id)).toEqual(["after it"]);
  });
});
