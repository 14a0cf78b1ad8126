import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore, startTimerPump, startWorker, type Store, TimedOutError } from "../../src/index.ts";
import { describeOnEach } from "../support/databases.ts";
import { until, withResolvers } from "../support/waiting.ts";
import { newQueue, workOn } from "../support/work-on.ts";

const forever = new Promise<never>(() => undefined);

describeOnEach("a handler that takes too long", (database) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
  });
  afterAll(() => store.close());

  test("is aborted with the reason, fails its attempt with a code, and gives its place to the next job", async () => {
    const hintOutcome: unknown[] = [];
    const reason = withResolvers<unknown>();
    const { name, worker } = await workOn(
      store,
      async ({ payload }, { signal }) => {
        if (payload === "quick") return "done";
        signal.addEventListener("abort", () => reason.resolve(signal.reason));
        return forever;
      },
      { concurrency: 1, prefetch: 5, onError: (error) => hintOutcome.push(error) },
    );
    const [slow, quick] = await store.jobs.pushMany([
      { queue: name, payload: "slow", timeoutMs: 30, maxAttempts: 1 },
      { queue: name, payload: "quick" },
    ]);
    expect(await reason.promise).toBeInstanceOf(TimedOutError);
    await until(async () => (await store.jobs.require(quick?.id ?? "")).status === "succeeded");
    await until(async () => (await store.jobs.require(slow?.id ?? "")).status === "dead");
    await worker.stop();
    expect(hintOutcome).toEqual([await reason.promise]);
    const { error, attempts } = await store.jobs.require(slow?.id ?? "");
    expect([error, attempts]).toMatchObject([{ name: "TimedOutError", code: "timed_out" }, 1]);
    expect(hintOutcome[0]).toMatchObject({ facts: { entity: "job", id: slow?.id, timeoutMs: 30 } });
  });

  test("is tried again after its backoff, and what the first attempt does then changes nothing", async () => {
    const mayGoOn = withResolvers();
    const late: unknown[] = [];
    const { name, worker } = await workOn(
      store,
      async ({ attempts, id, token }, context) => {
        if (attempts > 1) return "second";
        await mayGoOn.promise;
        late.push(
          await context.complete("first").catch((error: unknown) => error),
          await context.release().catch((error: unknown) => error),
          await context.fail("no").catch((error: unknown) => error),
          await store.jobs.complete({ id, token }, { result: "first" }),
        );
        return "first";
      },
      { onError: () => undefined },
    );
    const { id } = await store.jobs.push({ queue: name, timeoutMs: 20, backoff: { initialMs: 1 } });
    await until(async () => (await store.jobs.require(id)).status === "succeeded");
    mayGoOn.resolve();
    await until(() => late.length === 4);
    await worker.stop();
    const lost = { code: "lease_lost", facts: { entity: "job", id } };
    expect(late).toMatchObject([lost, lost, lost, { ok: false }]);
    expect(await store.jobs.require(id)).toMatchObject({ attempts: 2, result: "second" });
  });

  test("has the time of its job, else that of its handler, else that of its queue", async () => {
    const hintOutcome: unknown[] = [];
    const onError = (error: unknown): unknown => hintOutcome.push(error);
    const [both, queueOnly] = [newQueue(), newQueue()];
    for (const name of [both, queueOnly]) await store.queues.configure(name, { timeoutMs: 31 });
    const handler = (): Promise<unknown> => forever;
    const worker = await startWorker(store, {
      queues: { [both]: { handler, timeoutMs: 32 }, [queueOnly]: handler },
      onError,
    });
    for (const [queue, timeoutMs] of [
      [both, 33],
      [both, undefined],
      [queueOnly, undefined],
    ] as const) {
      const before = hintOutcome.length;
      const { id } = await store.jobs.push({ queue, timeoutMs, maxAttempts: 1 });
      await until(async () => (await store.jobs.require(id)).status === "dead");
      expect(hintOutcome).toHaveLength(before + 1);
    }
    await worker.stop();
    expect(hintOutcome).toMatchObject([33, 32, 31].map((timeoutMs) => ({ facts: { timeoutMs } })));
  });

  test("is one of a chunk, whose others are completed", async () => {
    const { name, worker } = await workOn(store, async ({ payload }) => (payload === 7 ? forever : payload), {
      concurrency: 30,
      prefetch: 0,
      onError: () => undefined,
    });
    await store.jobs.pushMany(
      Array.from({ length: 30 }, (_, payload) => ({ queue: name, payload, timeoutMs: 200, maxAttempts: 1 })),
    );
    await until(async () => (await store.queues.counts(name)).dead === 1);
    await worker.stop();
    expect(await store.queues.counts(name)).toMatchObject({ dead: 1, succeeded: 29, running: 0 });
  });

  test("is not, where it ends in time or has ended its job itself", async () => {
    const hintOutcome: unknown[] = [];
    const { name, worker } = await workOn(
      store,
      {
        handler: async ({ payload }, context) => {
          if (payload === "in time") return 1;
          await context.complete(2);
          return forever;
        },
        timeoutMs: 3000,
      },
      { onError: (error) => hintOutcome.push(error) },
    );
    const pushed = await store.jobs.pushMany(["in time", "itself"].map((payload) => ({ queue: name, payload })));
    await until(() => hintOutcome.length === 1);
    await worker.stop();
    const jobs = await Promise.all(pushed.map(({ id }) => store.jobs.require(id)));
    expect(jobs).toMatchObject([1, 2].map((result) => ({ status: "succeeded", result, attempts: 1 })));
  });

  test("of an execution fails its attempt too", async () => {
    const queue = newQueue();
    const hintOutcome: unknown[] = [];
    const late = withResolvers<unknown>();
    const worker = await startWorker(store, {
      executions: {
        [queue]: {
          timeoutMs: 20,
          handler: async (_execution, context) => {
            await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
            late.resolve(await context.end({ status: "succeeded" }).catch((error: unknown) => error));
          },
        },
      },
      onError: (error) => hintOutcome.push(error),
    });
    await store.executions.create({ id: queue, queue, maxAttempts: 1 });
    const result = await store.executions.result(queue, { timeoutMs: 50_000 });
    expect(await late.promise).toMatchObject({ code: "lease_lost" });
    await worker.stop();
    expect(result).toMatchObject({ status: "failed", error: { code: "timed_out" } });
    expect(hintOutcome).toMatchObject([{ code: "timed_out", facts: { entity: "execution", id: queue } }]);
  });

  test("of a timer is called again, as if it had thrown", async () => {
    const hintOutcome: unknown[] = [];
    let calls = 0;
    await store.executions.create({ id: "timers" });
    const pump = await startTimerPump(store, {
      handler: async () => (++calls === 1 ? forever : undefined),
      timeoutMs: 20,
      leaseMs: 3000,
      onError: (error) => hintOutcome.push(error),
    });
    const { id } = await store.timers.schedule({ executionId: "timers", step: "s", afterMs: 0 });
    await until(async () => (await store.timers.require(id)).status === "fired");
    await pump.stop();
    expect(calls).toBe(2);
    expect(hintOutcome).toMatchObject([{ code: "timed_out", facts: { entity: "timer", id } }]);
  });

  test("is told from handlers that are none, and from times that are none", async () => {
    const handler = async (): Promise<void> => undefined;
    const refused = (field: string, options: object): Promise<unknown> =>
      expect(startWorker(store, options)).rejects.toMatchObject({ code: "invalid_input", facts: { field } });
    await refused("queues.q", { queues: { q: 1 } });
    await refused("queues.q.handler", { queues: { q: { timeoutMs: 1 } } });
    await refused("queues.q.timeoutMs", { queues: { q: { handler, timeoutMs: 0 } } });
    await refused("executions.q.timeoutms", { executions: { q: { handler, timeoutms: 1 } } });
    await expect(startTimerPump(store, { handler, timeoutMs: -1 })).rejects.toMatchObject({
      facts: { field: "timeoutMs" },
    });
  });
});
