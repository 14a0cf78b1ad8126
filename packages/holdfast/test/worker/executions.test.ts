import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ExecutionHandler, openStore, startWorker, type Store, type WorkerOptions } from "../../src/index.ts";
import { describeOnEach } from "../support/databases.ts";
import { until, withResolvers } from "../support/waiting.ts";

describeOnEach("a worker of executions", (database) => {
  let store: Store;
  let queues = 0;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
  });
  afterAll(() => store.close());

  /** Starts a worker on a queue of its own. */
  async function work(handler: ExecutionHandler, options: Partial<WorkerOptions> = {}) {
    const queue = `q${++queues}`;
    const worker = await startWorker(store, { executions: { [queue]: handler }, pollMs: 60_000, ...options });
    return { queue, worker };
  }

  test("runs each execution once, and ends it with what its handler returns", async () => {
    const seen: string[] = [];
    const { queue, worker } = await work(async ({ id, input }) => {
      seen.push(id);
      return { double: Number(input) * 2 };
    });
    const ids = Array.from({ length: 100 }, (_, i) => `${queue}/${i}`);
    await store.executions.createMany(ids.map((id, i) => ({ id, queue, input: i })));
    const results = await Promise.all(ids.map((id) => store.executions.result(id)));
    await worker.stop();
    expect(results.map((result) => result?.output)).toEqual(ids.map((_, i) => ({ double: i * 2 })));
    expect(seen.toSorted()).toEqual(ids.toSorted());
  });

  test("goes on with what it parked when an event or the moment comes, woken at once", async () => {
    const { queue, worker } = await work(async (execution, { transition, park, end }) => {
      if (execution.wake === null) {
        await transition({ tasks: [{ name: "ask", status: "succeeded" }] });
        return park({ waits: [{ key: `answer:${execution.id}` }] });
      }
      if (execution.wake.by === "event") return park({ afterMs: 30 }, { step: { state: execution.wake.payload } });
      return end({ status: "succeeded", output: execution.state });
    });
    const id = `${queue}/1`;
    await store.executions.create({ id, queue });
    await until(async () => (await store.correlations.list({ executionId: id })).items.length === 1);
    await store.correlations.deliver({ key: `answer:${id}`, payload: 42 });
    const result = await store.executions.result(id, { timeoutMs: 50_000 });
    await worker.stop();
    expect(result?.output).toBe(42);
    expect(await store.tasks.count({ executionId: id })).toBe(1);
  });

  test("aborts the signal of a canceled execution at once, and nothing of it counts then", async () => {
    const started = withResolvers();
    const aborted = withResolvers();
    const handler: ExecutionHandler = async (_execution, { signal, transition }) => {
      signal.addEventListener("abort", () => aborted.resolve());
      started.resolve();
      await aborted.promise;
      await transition({ tasks: [{ name: "late" }] });
    };
    // A notification aborts it: no heartbeat does within the time of a test.
    const { queue, worker } = await work(handler, { leaseMs: 3_600_000 });
    const id = `${queue}/1`;
    // Of another process, where there can be one.
    const options = await database.options();
    const other = "url" in options ? await openStore(options) : null;
    await store.executions.create({ id, queue });
    await started.promise;
    expect(await (other ?? store).executions.cancel(id, { reason: "enough" })).toBe(true);
    await aborted.promise;
    await worker.stop();
    await other?.close();
    expect(await store.tasks.count({ executionId: id })).toBe(0);
    expect((await store.executions.require(id)).error).toEqual({ name: "Canceled", message: "enough" });
  });

  test("reports nothing of a handler that returns when its step was refused, whoever canceled its execution", async () => {
    const errors: unknown[] = [];
    const options = await database.options();
    // It hears of nothing that others do, and its next heartbeat is far.
    const deaf = await openStore("url" in options ? { ...options, pooler: "transaction" } : options);
    const other = "url" in options ? store : deaf;
    const refused = withResolvers<unknown>();
    const handler: ExecutionHandler = async ({ id }, { park, signal }) => {
      await other.executions.cancel(id);
      const error: unknown = await park({ afterMs: 1 }).catch((reason: unknown) => reason);
      refused.resolve([error, signal.aborted]);
    };
    const executions = { refused: handler };
    const onError = (error: unknown): unknown => errors.push(error);
    const worker = await startWorker(deaf, { executions, leaseMs: 3_600_000, pollMs: 60_000, onError });
    await deaf.executions.create({ id: "refused", queue: "refused" });
    expect(await refused.promise).toMatchObject([{ code: "lease_lost" }, true]);
    await worker.stop();
    expect(errors).toEqual([]);
    await deaf.close();
  });

  test("tries an execution again after its handler threw, and it fails when its attempts are spent", async () => {
    const errors: string[] = [];
    const { queue, worker } = await work(
      async ({ attempts }) => {
        throw new RangeError(`attempt ${attempts}`);
      },
      { onError: (error) => errors.push(String(error)), pollMs: 20 },
    );
    await store.executions.create({ id: queue, queue, maxAttempts: 2 });
    const result = await store.executions.result(queue, { timeoutMs: 50_000 });
    await worker.stop();
    expect(errors).toEqual(["RangeError: attempt 1", "RangeError: attempt 2"]);
    expect(result).toMatchObject({ status: "failed", error: { message: "attempt 2" } });
  });

  test("keeps leases alive, and gives back what still runs when the time of grace is over", async () => {
    const started = withResolvers();
    const { queue, worker } = await work(
      async (_execution, { signal }) => {
        started.resolve();
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
      { leaseMs: 6000 },
    );
    await store.executions.create({ id: queue, queue });
    await started.promise;
    const first = Number((await store.executions.leaseOf(queue))?.leaseUntil);
    await until(async () => Number((await store.executions.leaseOf(queue))?.leaseUntil) > first);
    expect(await store.executions.claim({ queues: [queue], limit: 1 })).toEqual([]);
    await worker.stop({ graceMs: 0 });
    const [again] = await store.executions.claim({ queues: [queue], limit: 1 });
    expect([again?.id, again?.attempts]).toEqual([queue, 1]);
  });

  test("takes jobs and executions of one queue beside each other, and none of a paused one", async () => {
    const queue = "both";
    await store.queues.pause(queue);
    await store.executions.create({ id: queue, queue });
    await store.jobs.push({ id: queue, queue });
    const done: string[] = [];
    const worker = await startWorker(store, {
      queues: { [queue]: async () => done.push("job") },
      executions: { [queue]: async () => done.push("execution") },
    });
    await sleep(100);
    expect(done).toEqual([]);
    await store.queues.resume(queue);
    await until(async () => done.length === 2);
    await worker.stop();
    expect((await store.executions.require(queue)).status).toBe("succeeded");
  });

  test("refuses handlers that are none", async () => {
    await expect(startWorker(store, {})).rejects.toThrow("queues is empty");
    await expect(startWorker(store, { executions: { q: 1 as never } })).rejects.toThrow("executions.q");
  });
});
