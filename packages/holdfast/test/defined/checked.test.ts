import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StandardSchema } from "../../src/codecs/index.ts";
import { defineQueue, handle, openStore, startTimerPump, startWorker, type Store } from "../../src/index.ts";
import type { QueueDefinition } from "../../src/jobs/index.ts";
import type { QueueHandler, WorkerOptions } from "../../src/worker/index.ts";
import { until } from "../support/waiting.ts";
import { newQueue } from "../support/work-on.ts";
import { libraries } from "./libraries.ts";

let store: Store;
beforeAll(async () => {
  store = await openStore({ memory: true });
});
afterAll(() => store.close());

/** Works on one queue until no job of it is left, and answers what went wrong meanwhile. */
async function work(
  queue: QueueDefinition,
  handler: QueueHandler,
  options: Partial<WorkerOptions> = {},
): Promise<readonly unknown[]> {
  const errors: unknown[] = [];
  const onError = (error: unknown): unknown => errors.push(error);
  const worker = await startWorker(store, { queues: [handler], pollMs: 60_000, onError, ...options });
  await until(async () => {
    const { ready, running, scheduled } = await store.queues.counts(queue);
    return ready + running + scheduled === 0;
  });
  await worker.stop();
  return errors;
}

/** Jobs as a former release pushed them, which named the queue and had another idea of its payloads. */
const pushAsBefore = async (queue: QueueDefinition, payloads: readonly unknown[]): Promise<readonly string[]> =>
  (await store.jobs.pushMany(payloads.map((payload) => ({ queue: queue.name, payload })))).map(({ id }) => id);

describe.each(libraries)("a queue with schemas of $name", ({ page, fetched }) => {
  const define = (): QueueDefinition<
    { url: string; retries?: number | undefined },
    { status: number },
    { url: string; retries: number }
  > => defineQueue(newQueue(), { payload: page, result: fetched });

  test("refuses a payload that does not fit, by the path and the words of the library", async () => {
    const queue = define();
    const pushing = store.jobs.push({ queue, payload: { url: 7 as unknown as string } });
    await expect(pushing).rejects.toMatchObject({
      name: "InvalidInputError",
      message: expect.stringMatching(/^payload\.url is refused by its schema: .*string.*\.$/),
      facts: { field: "payload.url" },
    });
    const inputs = [queue.job({ url: "a" }), queue.job({ url: 7 as unknown as string })];
    await expect(store.jobs.pushMany(inputs)).rejects.toMatchObject({ facts: { field: "inputs[1].payload.url" } });
    expect((await store.jobs.list({ queue })).items).toEqual([]);
  });

  test("stores a payload as it is given, and its handler gets it with the defaults", async () => {
    const queue = define();
    const { id } = await store.jobs.push({ queue, payload: { url: "a" } });
    const handled: unknown[] = [];
    const handler = handle(queue, ({ payload }) => {
      handled.push(payload);
      return { status: 200 };
    });
    expect(await work(queue, handler)).toEqual([]);
    expect(handled).toEqual([{ url: "a", retries: 3 }]);
    const { status, payload, result } = await store.jobs.require(id, queue);
    expect([status, payload, result?.status]).toEqual(["succeeded", { url: "a" }, 200]);
  });

  test("ends a job dead at once whose payload does not fit any more, and handles the others", async () => {
    const queue = define();
    const ids = await pushAsBefore(queue, [{ url: "a" }, { address: "b" }, { url: "c" }]);
    const dead: unknown[] = [];
    const onDead = ({ id }: { readonly id: string }): unknown => dead.push(id);
    const errors = await work(
      queue,
      handle(queue, () => ({ status: 200 })),
      { onDead },
    );
    expect(errors).toMatchObject([{ name: "CorruptError", facts: { field: "payload.url" } }]);
    expect(dead).toEqual([ids[1]]);
    const jobs = await store.jobs.getMany(ids);
    expect(jobs.map((job) => [job?.status, job?.attempts])).toEqual([
      ["succeeded", 1],
      ["dead", 1],
      ["succeeded", 1],
    ]);
    expect(jobs[1]?.error).toMatchObject({
      name: "CorruptError",
      message: expect.stringContaining(`The payload of job ${ids[1]} does not fit its schema, at payload.url: `),
    });
  });

  test("leaves the jobs out of a batch whose payloads do not fit", async () => {
    const queue = define();
    const ids = await pushAsBefore(queue, [{ url: "a" }, { address: "b" }, { url: "c" }]);
    const batches: unknown[] = [];
    const handler = handle(queue, (jobs) => batches.push(jobs.map(({ payload }) => payload)), { batchSize: 3 });
    expect(await work(queue, handler)).toHaveLength(1);
    expect(batches).toEqual([
      [
        { url: "a", retries: 3 },
        { url: "c", retries: 3 },
      ],
    ]);
    const statuses = (await store.jobs.getMany(ids)).map((job) => job?.status);
    expect(statuses).toEqual(["succeeded", "dead", "succeeded"]);
  });

  test("counts a result that does not fit as a failure of its handler", async () => {
    const queue = define();
    const { id } = await store.jobs.push({ queue, payload: { url: "a" }, maxAttempts: 2, backoff: { initialMs: 0 } });
    const results: unknown[] = [{ status: "ok" }, { status: 200 }];
    const errors = await work(
      queue,
      handle(queue, () => results.shift() as { status: number }),
    );
    expect(errors).toMatchObject([{ name: "InvalidInputError", facts: { field: "result.status" } }]);
    expect(await store.jobs.require(id, queue)).toMatchObject({ attempts: 2, result: { status: 200 } });
  });

  test("checks what a handler completes its job with, one by one and in a batch", async () => {
    const queue = define();
    const wrong = { status: "ok" } as unknown as { status: number };
    const refusal = { name: "InvalidInputError", facts: { field: "result.status" } };
    await store.jobs.push({ queue, payload: { url: "a" } });
    const single = handle(queue, async (_job, { complete }) => {
      await expect(complete(wrong)).rejects.toMatchObject(refusal);
      await complete({ status: 200 });
    });
    expect(await work(queue, single)).toEqual([]);
    await store.jobs.push({ queue, payload: { url: "b" } });
    const batched = handle(
      queue,
      async ([job], { complete }) => {
        if (job === undefined) throw new TypeError("A batch has a job.");
        await expect(complete(job, wrong)).rejects.toMatchObject(refusal);
        await complete(job, { status: 201 });
      },
      { batchSize: 2 },
    );
    expect(await work(queue, batched)).toEqual([]);
    const { items } = await store.jobs.list({ queue });
    expect(items.map(({ result }) => result?.status)).toEqual([200, 201]);
  });
});

describe("a worker", () => {
  test("tries a job again whose validator fails itself", async () => {
    const answers = [
      () => Promise.reject(new RangeError("away")),
      async (value: unknown) => ({ value: Number(value) }),
    ];
    const validate = (value: unknown): Promise<{ value: number }> =>
      (answers.shift() ?? (async () => ({ value: 0 })))(value);
    const payload: StandardSchema<string, number> = { "~standard": { version: 1, vendor: "tests", validate } };
    const queue = defineQueue(newQueue(), { payload });
    const [id = ""] = await pushAsBefore(queue, ["7"]);
    const errors = await work(
      queue,
      handle(queue, (job) => job.payload),
    );
    expect(errors).toMatchObject([{ name: "RangeError" }]);
    expect(await store.jobs.require(id, queue)).toMatchObject({ status: "succeeded", attempts: 2, result: 7 });
  });

  test("refuses two handlers of one queue, and one that is none", async () => {
    const queue = defineQueue("twice");
    const twice = startWorker(store, { queues: [handle(queue, () => 1), handle("twice", () => 2)] });
    await expect(twice).rejects.toMatchObject({ facts: { field: "queues[1]" } });
    const none = startWorker(store, { queues: [handle(queue, 1 as never)] });
    await expect(none).rejects.toMatchObject({ facts: { field: "queues[0].handler" } });
    const unknown = startWorker(store, {
      queues: [handle(queue, () => 1, { timeout: 5 } as object as { timeoutMs: number })],
    });
    await expect(unknown).rejects.toMatchObject({ facts: { field: "queues[0].timeout" } });
    await expect(startWorker(store, { queues: [] })).rejects.toMatchObject({ facts: { field: "queues" } });
  });

  test("calls a handler that is synchronous, whose throw is a failure and whose time is limited", async () => {
    const queue = defineQueue<number, number>(newQueue());
    const ids = [1, 2].map((n) => `${queue.name}/${n}`);
    await store.jobs.pushMany(ids.map((id, n) => queue.job(n, { id, maxAttempts: 1 })));
    const handler = handle(
      queue,
      ({ payload }) => {
        if (payload === 1) throw new RangeError("no");
        return payload + 7;
      },
      { timeoutMs: 5000 },
    );
    expect(await work(queue, handler)).toMatchObject([{ name: "RangeError" }]);
    expect(await store.jobs.getMany(ids)).toMatchObject([
      { status: "succeeded", result: 7 },
      { status: "dead", error: { name: "RangeError", message: "no" } },
    ]);
  });

  test("takes synchronous handlers of batches and of executions", async () => {
    const queue = defineQueue<number>(newQueue());
    await store.jobs.pushMany([queue.job(1), queue.job(2)]);
    const failing = handle(
      queue,
      () => {
        throw new RangeError("no");
      },
      { batchSize: 2 },
    );
    const worker = await startWorker(store, { queues: [failing], onError: () => undefined });
    await until(async () => (await store.jobs.list({ queue })).items.every(({ error }) => error !== undefined));
    await worker.stop();
    await store.executions.create({ id: queue.name, queue });
    const executing = await startWorker(store, { executions: { [queue.name]: ({ id }) => id.length } });
    await until(async () => (await store.executions.require(queue.name)).status === "succeeded");
    await executing.stop();
    expect((await store.executions.require(queue.name)).output).toBe(queue.name.length);
  });

  test("has a timer pump beside it whose handler may be synchronous too", async () => {
    await store.executions.create({ id: "timed" });
    await store.timers.scheduleMany(["a", "b"].map((id) => ({ id, executionId: "timed", step: id, afterMs: 0 })));
    const errors: unknown[] = [];
    const pump = await startTimerPump(store, {
      handler: ({ step }) => {
        if (step === "b") throw new RangeError("no");
      },
      onError: (error) => errors.push(error),
    });
    await until(async () => errors.length > 0 && (await store.timers.get("a"))?.status === "fired");
    await pump.stop();
    expect(errors).toMatchObject([{ name: "RangeError" }]);
    expect([await store.timers.get("a"), await store.timers.get("b")]).toMatchObject([
      { status: "fired" },
      { status: "claimed" },
    ]);
  });
});
