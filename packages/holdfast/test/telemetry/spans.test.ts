import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  type ClaimedJob,
  openStore,
  startScheduler,
  startTimerPump,
  startWorker,
  type Store,
} from "../../src/index.ts";
import { testStore } from "../../src/testing/index.ts";
import { describeOnEach } from "../support/databases.ts";
import { withResolvers } from "../support/waiting.ts";
import { parentOf, Sdk, traceparent, within } from "./sdk.ts";

const SECRET = "hunter2";

async function open(): Promise<Store> {
  const opened = await testStore();
  onTestFinished(() => opened.close());
  return opened.store;
}

/** Starts a worker of one queue. The promise resolves when its handler has been called so often, and the worker has stopped. */
async function handled(
  store: Store,
  queue: string,
  {
    times = 1,
    batchSize,
    handler = () => undefined,
  }: { times?: number; batchSize?: number; handler?: (jobs: readonly ClaimedJob[]) => unknown } = {},
): Promise<readonly ClaimedJob[]> {
  const jobs: ClaimedJob[] = [];
  const done = withResolvers();
  const take = async (some: readonly ClaimedJob[]): Promise<void> => {
    jobs.push(...some);
    if (jobs.length >= times) done.resolve();
    await handler(some);
  };
  const one = { handler: (job: ClaimedJob) => take([job]) };
  const many = { batchSize: batchSize ?? 1, handler: (some: readonly ClaimedJob[]) => take(some) };
  const worker = await startWorker(store, {
    queues: { [queue]: batchSize === undefined ? one : many },
    onError: () => undefined,
  });
  await done.promise;
  await worker.stop();
  return jobs;
}

describeOnEach("a trace", (database) => {
  test("leads from a push in one store to the handler in another, and to what the handler calls", async () => {
    const sdk = new Sdk();
    await using pusher = await openStore(await database.prepared());
    const other = database.name === "embedded" ? pusher : await openStore(await database.prepared());
    if (other !== pusher) onTestFinished(() => other.close());
    const caller = await within("request", () => pusher.jobs.push({ queue: "mail", payload: { password: SECRET } }));
    const [job] = await handled(other, "mail", {
      handler: () => other.kv.set({ prefix: "p", key: "k", value: Buffer.from(SECRET) }),
    });

    const push = sdk.only("push mail");
    expect(push.kind).toBe(SpanKind.PRODUCER);
    expect(parentOf(push)).toBe(caller.spanId);
    expect(push.attributes).toMatchObject({
      "messaging.system": "holdfast",
      "messaging.operation.name": "push",
      "messaging.operation.type": "send",
      "messaging.destination.name": "mail",
      "messaging.message.id": job?.id,
    });
    const claim = sdk.only("claim mail");
    expect(claim.kind).toBe(SpanKind.CLIENT);
    expect(claim.attributes).toMatchObject({
      "messaging.operation.type": "receive",
      "messaging.batch.message_count": 1,
    });
    expect(claim.links.map((link) => link.context.spanId)).toEqual([push.spanContext().spanId]);
    const process = sdk.only("process mail");
    expect(process.kind).toBe(SpanKind.CONSUMER);
    expect(process.spanContext().traceId).toBe(caller.traceId);
    expect(parentOf(process)).toBe(push.spanContext().spanId);
    expect(process.parentSpanContext?.isRemote).toBe(true);
    expect(process.attributes).toMatchObject({ "messaging.operation.type": "process", "holdfast.attempt": 1 });
    const call = sdk.only("kv.set");
    expect(call.kind).toBe(SpanKind.CLIENT);
    expect(parentOf(call)).toBe(process.spanContext().spanId);
    expect(call.attributes).toMatchObject({ "db.system.name": "postgresql", "db.operation.name": "kv.set" });
    expect(String(call.attributes["db.namespace"])).toMatch(/holdfast$/);
    expect(job?.traceContext).toEqual({ traceparent: traceparent(push.spanContext()) });
    // The upkeep of the worker has no spans: no heartbeat, no empty claim, no acknowledgement.
    expect(sdk.spans.map(({ name }) => name).toSorted()).toEqual([
      "claim mail",
      "kv.set",
      "process mail",
      "push mail",
      "request",
    ]);
    expect(
      JSON.stringify(
        sdk.spans.map(({ name, attributes, events, status, links }) => [name, attributes, events, status, links]),
      ),
    ).not.toContain(SECRET);
  });

  test("leads from a creation, a timer and an event to the handlers of the execution", async () => {
    const sdk = new Sdk();
    await using store = await openStore({ ...(await database.options()), schema: "executions" });
    const created = await within("create", () => store.executions.create({ id: "e", queue: "flows", input: SECRET }));
    let scheduled = created;
    const woken: unknown[] = [];
    const delivered = withResolvers<typeof created>();
    const ended = store.executions.result("e");
    const worker = await startWorker(store, {
      executions: {
        flows: async (execution, context) => {
          if (execution.wake === null) {
            scheduled = await within("schedule", () =>
              store.timers.schedule({ executionId: "e", step: "s", afterMs: 0 }),
            );
            await context.park({ waits: [{ key: "k", step: "s" }] });
          } else woken.push(execution.wake.traceContext);
        },
      },
    });
    const fired = withResolvers();
    const pump = await startTimerPump(store, {
      handler: async () => {
        delivered.resolve(await within("deliver", () => store.correlations.deliver({ key: "k", payload: SECRET })));
        fired.resolve();
      },
    });
    await fired.promise;
    await ended;
    await Promise.all([worker.stop(), pump.stop()]);
    expect(woken).toEqual([{ traceparent: traceparent(await delivered.promise) }]);
    const [first, second] = sdk.named("process flows");
    for (const span of [first, second]) {
      expect(span?.spanContext().traceId).toBe(created.traceId);
      expect(span && parentOf(span)).toBe(created.spanId);
    }
    expect(second?.links.map((link) => link.context.spanId)).toEqual([
      created.spanId,
      (await delivered.promise).spanId,
    ]);
    expect(second?.attributes).toMatchObject({ "holdfast.execution.id": "e", "holdfast.wake.reason": "event" });
    const timer = sdk.only("process timers");
    expect(parentOf(timer)).toBe(scheduled.spanId);
    expect(timer.attributes).toMatchObject({ "holdfast.execution.id": "e", "holdfast.step": "s" });
  });
});

describe("a batch", () => {
  test("is one push whose trace all its jobs carry, and links to the traces of the jobs that it handles", async () => {
    const sdk = new Sdk();
    const store = await open();
    // Enough for a chunk.
    await within("first", () => store.jobs.pushMany(Array.from({ length: 12 }, () => ({ queue: "q" }))));
    await within("second", () => store.jobs.push({ queue: "q" }));
    await store.jobs.push({ queue: "other" });
    const [many, one] = sdk.named("push q");
    expect(many?.attributes).toMatchObject({ "messaging.batch.message_count": 12 });
    const jobs = await handled(store, "q", { times: 13, batchSize: 20 });
    const spans = sdk.named("process q");
    const links = spans.flatMap((span) =>
      span.links.map(({ context, attributes }) => [context.spanId, attributes?.["messaging.message.id"]]),
    );
    const own = (job: ClaimedJob): string | undefined => job.traceContext?.traceparent.slice(36, 52);
    const linked = new Map(links.map(([spanId, id]) => [id, spanId]));
    expect(linked).toEqual(new Map(jobs.map((job) => [job.id, own(job)])));
    expect(new Set(jobs.map(own))).toEqual(new Set([many?.spanContext().spanId, one?.spanContext().spanId]));
    for (const span of spans) expect(parentOf(span)).toBeUndefined();
  });

  test("of several queues is named for none of them", async () => {
    const sdk = new Sdk();
    const store = await open();
    await store.jobs.pushMany([{ queue: "a" }, { queue: "b" }]);
    expect(sdk.only("push").attributes["messaging.destination.name"]).toBeUndefined();
  });

  test("keeps the traces of callers whose pushes travel together", async () => {
    const sdk = new Sdk();
    const store = await open();
    const callers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => within(`caller ${i}`, () => store.jobs.push({ queue: "q" }))),
    );
    const jobs = await store.jobs.claim({ queues: ["q"], limit: 20 });
    expect(new Set(jobs.map((job) => job.traceContext?.traceparent.slice(3, 35)))).toEqual(
      new Set(callers.map(({ traceId }) => traceId)),
    );
    expect(sdk.named("push q")).toHaveLength(20);
  });
});

describe("a failure", () => {
  test("of a handler is recorded with its error, and the next attempt is in the same trace", async () => {
    const sdk = new Sdk();
    const store = await open();
    const caller = await within("request", () => store.jobs.push({ queue: "q", backoff: { initialMs: 0 } }));
    let attempts = 0;
    await handled(store, "q", {
      times: 2,
      handler: () => {
        if (++attempts === 1) throw new RangeError("The first attempt fails");
      },
    });
    const [failed, succeeded] = sdk.named("process q");
    expect(failed?.status.code).toBe(SpanStatusCode.ERROR);
    expect(failed?.attributes["error.type"]).toBe("RangeError");
    expect(failed?.events[0]?.attributes?.["exception.message"]).toBe("The first attempt fails");
    expect(succeeded?.status.code).toBe(SpanStatusCode.UNSET);
    expect(succeeded?.spanContext().traceId).toBe(caller.traceId);
    expect(succeeded?.attributes["holdfast.attempt"]).toBe(2);
  });

  test("of a call is marked by its code and its SQLSTATE, without the server's words", async () => {
    const sdk = new Sdk();
    const store = await open();
    await store.executions.create({ id: SECRET });
    await expect(store.executions.create({ id: SECRET })).rejects.toThrow("exists");
    const [, failed] = sdk.named("executions.create");
    expect(failed?.status).toEqual({ code: SpanStatusCode.ERROR });
    expect(failed?.attributes).toMatchObject({ "error.type": "duplicate", "db.response.status_code": "HF007" });
    expect(failed?.events).toEqual([]);
  });
});

describe("a transaction", () => {
  test("is a span, and its calls are children", async () => {
    const sdk = new Sdk();
    const store = await open();
    await store.transaction(async (tx) => {
      await tx.kv.set({ prefix: "p", key: "k", value: Buffer.from("v") });
      await tx.jobs.push({ queue: "q" });
    });
    const transaction = sdk.only("transaction");
    expect(transaction.kind).toBe(SpanKind.INTERNAL);
    expect(parentOf(sdk.only("kv.set"))).toBe(transaction.spanContext().spanId);
    expect(parentOf(sdk.only("push q"))).toBe(transaction.spanContext().spanId);
  });

  test("that throws is a failed span", async () => {
    const sdk = new Sdk();
    const store = await open();
    await expect(store.transaction(async () => Promise.reject(new TypeError("no")))).rejects.toThrow("no");
    expect(sdk.only("transaction").attributes["error.type"]).toBe("TypeError");
  });
});

test("each tick of a schedule is a trace of its own", async () => {
  const sdk = new Sdk();
  await using opened = await testStore();
  const { store, clock } = opened;
  await within("save", () => store.schedules.save({ id: "s", queue: "q", everyMs: 60_000 }));
  const pushed = withResolvers();
  const stop = await store.onHint((topic) => topic === "jobs:q" && pushed.resolve());
  onTestFinished(stop);
  const scheduler = await startScheduler(store, { pollMs: 10 });
  await clock.advance(61_000);
  await pushed.promise;
  await scheduler.stop();
  const push = sdk.only("push q");
  expect(parentOf(push)).toBeUndefined();
  const [job] = await store.jobs.claim({ queues: ["q"], limit: 1 });
  expect(job?.traceContext).toEqual({ traceparent: traceparent(push.spanContext()) });
});

test("without an SDK nothing is stored", async () => {
  const store = await open();
  await within("request", () => store.jobs.push({ queue: "q" }));
  await store.executions.create({ queue: "flows" });
  const [job] = await store.jobs.claim({ queues: ["q"], limit: 1 });
  const [execution] = await store.executions.claim({ queues: ["flows"], limit: 1 });
  expect([job?.traceContext, execution?.traceContext]).toEqual([null, null]);
});

test("an archive and a replaced job keep their traces", async () => {
  const sdk = new Sdk();
  const [from, to] = [await open(), await open()];
  const delayed = { queue: "q", uniqueKey: "k", onConflict: "replace", delayMs: 1 } as const;
  await within("first", () => from.jobs.push({ ...delayed, delayMs: 3_600_000 }));
  await within("second", () => from.jobs.push({ ...delayed, delayMs: 0 }));
  await within("created", () => from.executions.create({ id: "e", queue: "flows" }));
  await to.import(from.export());
  const [job] = await to.jobs.claim({ queues: ["q"], limit: 1 });
  const [, second] = sdk.named("push q");
  expect(second && job?.traceContext).toEqual(second && { traceparent: traceparent(second.spanContext()) });
  const [execution] = await to.executions.claim({ queues: ["flows"], limit: 1 });
  expect(execution?.traceContext).toEqual({ traceparent: traceparent(sdk.only("created").spanContext()) });
});
