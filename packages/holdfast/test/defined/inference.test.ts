import { type } from "arktype";
import * as v from "valibot";
import { assertType, describe, expectTypeOf, test } from "vitest";
import { z } from "zod";
import type { Definition } from "../../src/definitions/index.ts";
import {
  defineComponent,
  defineKv,
  defineQueue,
  defineWorkflow,
  handle,
  startTimerPump,
  startWorker,
  type Store,
  type Transaction,
} from "../../src/index.ts";
import type { ClaimedJob, Job, JobDetails, JobInput, QueueDefinition } from "../../src/jobs/index.ts";
import type { KvEntry } from "../../src/kv/index.ts";
import type { JobContext, JobHandler } from "../../src/worker/index.ts";

interface Page {
  readonly url: string;
}
interface Fetched {
  readonly status: number;
}

const fetch = defineQueue<Page, Fetched>("fetch");
const mail = defineQueue("mail", { payload: z.object({ to: z.string(), copies: z.number().default(1) }) });
const cart = defineComponent<{ items: readonly string[] }>("cart");
const sessions = defineKv<{ user: string }>("sessions");
const order = defineWorkflow<{ steps: readonly string[] }>("order");

// These are checked by the compiler alone: the calls are never made.
type Check = (store: Store & Transaction) => unknown;

describe("a queue that is defined", () => {
  test("gets its types from type arguments, or from a schema of any library", () => {
    expectTypeOf(fetch).toEqualTypeOf<QueueDefinition<Page, Fetched>>();
    interface Given {
      to: string;
      copies?: number | undefined;
    }
    expectTypeOf(mail).toEqualTypeOf<QueueDefinition<Given, unknown, { to: string; copies: number }>>();
    const valibot = defineQueue("v", { payload: v.object({ n: v.pipe(v.string(), v.transform(Number)) }) });
    expectTypeOf(valibot).toEqualTypeOf<QueueDefinition<{ n: string }, unknown, { n: number }>>();
    const ark = defineQueue("a", { result: type({ n: "number" }) });
    expectTypeOf(ark).toEqualTypeOf<QueueDefinition<unknown, { n: number }>>();
    // @ts-expect-error the schema is of another type
    defineQueue<Page>("fetch", { payload: z.object({ url: z.number() }) });
  });

  test("takes its payloads alone", () => {
    assertType<Check>(({ jobs }) => jobs.push({ queue: fetch, payload: { url: "a" }, priority: 1 }));
    assertType<Check>(({ jobs }) => jobs.push(mail.job({ to: "a" }, { delayMs: 5 })));
    // @ts-expect-error of another type
    assertType<Check>(({ jobs }) => jobs.push({ queue: fetch, payload: { url: 1 } }));
    // @ts-expect-error without a payload
    assertType<Check>(({ jobs }) => jobs.push({ queue: fetch }));
    // @ts-expect-error an option with a typing error
    assertType<Check>(({ jobs }) => jobs.push({ queue: fetch, payload: { url: "a" }, prioritty: 1 }));
    // @ts-expect-error of another type
    assertType<Check>(() => fetch.job({ to: "a" }));
    // @ts-expect-error another kind of definition
    assertType<Check>(({ jobs }) => jobs.push({ queue: cart, payload: { items: [] } }));
    assertType<Check>(({ jobs }) => jobs.push(defineQueue<undefined>("tick").job()));
  });

  test("makes the jobs of lists, which may be of several queues", () => {
    assertType<Check>(({ jobs }) =>
      jobs.pushMany([fetch.job({ url: "a" }), mail.job({ to: "b" }), { queue: "c", payload: 1 }]),
    );
    assertType<Check>(({ executions }) => executions.start({ jobs: [fetch.job({ url: "a" })] }));
    assertType<Check>(({ executions }) =>
      executions.transition("e", { jobs: [fetch.job({ url: "a" }, { delayMs: 1 })] }),
    );
    assertType<Check>(({ schedules }) => schedules.saveMany([{ ...fetch.job({ url: "a" }), id: "s", cron: "@daily" }]));
    assertType<Check>(async ({ schedules, jobs, executions }) => {
      await schedules.save({ id: "s", queue: fetch, payload: { url: "a" }, everyMs: 1000 });
      // @ts-expect-error of another type
      await schedules.save({ id: "s", queue: fetch, payload: { to: "a" }, everyMs: 1000 });
      // @ts-expect-error whose payload no definition has checked
      await jobs.pushMany([{ queue: fetch, payload: { url: 1 } }]);
      // @ts-expect-error whose payload no definition has checked
      await executions.transition("e", { jobs: [{ queue: fetch, payload: { url: 1 } }] });
    });
  });

  test("stands wherever the name of a queue does", () => {
    assertType<Check>(({ queues }) => [
      queues.pause(fetch),
      queues.configure(fetch, { concurrency: 3 }),
      queues.counts(fetch),
    ]);
    assertType<Check>(({ jobs }) => [
      jobs.next([fetch, "other"]),
      jobs.cancelAll({ queue: fetch }),
      jobs.rescue({ queues: [fetch] }),
    ]);
    assertType<Check>(({ jobs }) => jobs.rescheduleByKey({ queue: fetch, uniqueKey: "k" }, { delayMs: 1 }));
    assertType<Check>(({ schedules }) => schedules.list({ queue: fetch }));
    assertType<Check>(({ executions }) => executions.create({ queue: fetch }));
  });

  test("says what its jobs carry where they are read", () => {
    assertType<Check>(async (store) => {
      const { jobs } = store;
      expectTypeOf(await jobs.get("j", fetch)).toEqualTypeOf<JobDetails<Page, Fetched> | null>();
      expectTypeOf((await jobs.require("j", fetch)).result).toEqualTypeOf<Fetched | undefined>();
      expectTypeOf(await jobs.getMany(["j"], fetch)).toEqualTypeOf<readonly (JobDetails<Page, Fetched> | null)[]>();
      expectTypeOf((await jobs.list({ queue: fetch })).items).toEqualTypeOf<readonly Job<Page, Fetched>[]>();
      for await (const job of jobs.iterateDeadLetters(fetch)) expectTypeOf(job.payload).toEqualTypeOf<Page>();
      expectTypeOf(await jobs.claim({ queues: [fetch], limit: 1 })).toEqualTypeOf<readonly ClaimedJob<Page>[]>();
      const [job] = await store.read([(nouns) => nouns.jobs.get("j", fetch)]);
      expectTypeOf(job).toEqualTypeOf<JobDetails<Page, Fetched> | null>();
    });
  });

  test("gives its handler the payload, as the schema makes it, and takes the result", () => {
    handle(mail, (job) => expectTypeOf(job.payload).toEqualTypeOf<{ to: string; copies: number }>());
    handle(fetch, async (job, context) => {
      expectTypeOf(job).toEqualTypeOf<ClaimedJob<Page>>();
      expectTypeOf(context).toEqualTypeOf<JobContext<Fetched>>();
      await context.complete({ status: 200 });
      // @ts-expect-error of another type
      await context.complete({ status: "ok" });
      // @ts-expect-error without a result
      await context.complete();
    });
    handle(fetch, ({ payload }) => ({ status: payload.url.length }), { timeoutMs: 5 });
    // @ts-expect-error of another type
    handle(fetch, () => ({ status: "ok" }));
    // @ts-expect-error of another type
    handle(fetch, async () => ({ status: "ok" }));
    // @ts-expect-error no such field
    handle(fetch, ({ payload }) => ({ status: payload.to }));
  });

  test("gives a handler of batches many jobs", () => {
    handle(
      fetch,
      async (jobs, context) => {
        expectTypeOf(jobs).toEqualTypeOf<readonly ClaimedJob<Page>[]>();
        for (const job of jobs) await context.complete(job, { status: 200 });
        // @ts-expect-error of another type
        for (const job of jobs) await context.complete(job, { status: "ok" });
      },
      { batchSize: 10, batchWaitMs: 5 },
    );
    // @ts-expect-error there is no batch to wait for
    handle(fetch, () => undefined, { batchWaitMs: 5 });
  });

  test("has its handlers in the list of a worker, beside queues that are only named", () => {
    assertType<Check>((store) =>
      startWorker(store, {
        queues: [handle(fetch, () => ({ status: 200 })), handle("plain", ({ payload }) => void payload)],
      }),
    );
    assertType<Check>(async (store) => {
      // @ts-expect-error whose types no definition has checked
      await startWorker(store, { queues: [{ queue: fetch, handler: () => undefined, settings: {} }] });
    });
  });
});

describe("a component, a prefix and a workflow that are defined", () => {
  test("type the states of components", () => {
    assertType<Check>(async ({ components, executions }) => {
      const saved = await components.save({ executionId: "e", component: cart, state: { items: ["a"] } });
      expectTypeOf(saved.state).toEqualTypeOf<{ items: readonly string[] }>();
      const state = await components.get("e", cart);
      expectTypeOf(state?.state).toEqualTypeOf<{ items: readonly string[] } | undefined>();
      await components.saveMany([cart.state({ items: [] }, { executionId: "e" })]);
      await executions.transition("e", { components: [cart.state({ items: [] }, { expectedVersion: 1 })] });
      await components.remove("e", cart);
      // @ts-expect-error of another type
      await components.save({ executionId: "e", component: cart, state: { items: [1] } });
      // @ts-expect-error of no execution
      await components.saveMany([cart.state({ items: [] })]);
      // @ts-expect-error whose state no definition has checked
      await executions.transition("e", { components: [{ component: cart, state: { items: [1] } }] });
    });
  });

  test("type the values of kv", () => {
    assertType<Check>(async ({ kv }) => {
      await kv.set({ prefix: sessions, key: "k", value: { user: "ada" }, ttlMs: 5 });
      await kv.setMany([sessions.entry("k", { user: "ada" }, { ttlMs: 5 }), { prefix: "p", key: "k", value: null }]);
      expectTypeOf(await kv.get(sessions, "k")).toEqualTypeOf<KvEntry<{ user: string }> | null>();
      const [session, bytes] = await kv.getMany([
        { prefix: sessions, key: "k" },
        { prefix: "p", key: "k" },
      ]);
      expectTypeOf(session).toEqualTypeOf<KvEntry<{ user: string }> | null>();
      expectTypeOf(bytes).toEqualTypeOf<KvEntry | null>();
      const keys = ["a", "b"].map((key) => ({ prefix: sessions, key }));
      expectTypeOf(await kv.getMany(keys)).toEqualTypeOf<readonly (KvEntry<{ user: string }> | null)[]>();
      for await (const { value } of kv.iterate(sessions)) expectTypeOf(value).toEqualTypeOf<{ user: string }>();
      await Promise.all([kv.touch(sessions, "k"), kv.count(sessions), kv.has(sessions, "k"), kv.remove(sessions, "k")]);
      // @ts-expect-error of another type
      await kv.set({ prefix: sessions, key: "k", value: { user: 1 } });
      // @ts-expect-error bytes
      await kv.compareAndSet({ prefix: sessions, key: "k", value: new Uint8Array(), expectedVersion: 0 });
      // @ts-expect-error bytes are added to bytes
      await kv.append({ prefix: sessions, key: "k", value: new Uint8Array() });
    });
    const dates = defineKv("dates", {
      codec: {
        encode: (date: Date) => Buffer.from(date.toISOString()),
        decode: (bytes) => new Date(Buffer.from(bytes).toString()),
      },
    });
    expectTypeOf<Parameters<typeof dates.entry>[1]>().toEqualTypeOf<Date>();
  });

  test("type the documents of definitions", () => {
    assertType<Check>(async ({ definitions, executions }) => {
      await definitions.publish({ name: order, document: { steps: ["a"] } });
      expectTypeOf(await definitions.get(order, "active")).toEqualTypeOf<Definition<{
        steps: readonly string[];
      }> | null>();
      for await (const { document } of definitions.iterateVersions(order)) {
        expectTypeOf(document.steps).toEqualTypeOf<readonly string[]>();
      }
      await executions.create({ definition: { name: order, version: "active" } });
      // @ts-expect-error of another type
      await definitions.publish({ name: order, document: { steps: [1] } });
    });
  });
});

describe("what is only named", () => {
  test("stays unknown, or bytes", () => {
    assertType<Check>(async ({ jobs, components, kv, definitions }) => {
      await jobs.push({ queue: "q", payload: 1 });
      expectTypeOf(await jobs.require("j")).toEqualTypeOf<JobDetails>();
      expectTypeOf(await jobs.require("j", "q")).toEqualTypeOf<JobDetails>();
      expectTypeOf((await components.require("e", "c")).state).toBeUnknown();
      expectTypeOf((await kv.require("p", "k")).value).toEqualTypeOf<Uint8Array | null>();
      expectTypeOf((await definitions.require("d", 1)).document).toBeUnknown();
      // @ts-expect-error a name says nothing of types
      const { url }: Page = (await jobs.require("j", "q")).payload;
      return url;
    });
    expectTypeOf<Job["payload"]>().toBeUnknown();
    expectTypeOf<{ queue: string }>().toExtend<JobInput>();
    expectTypeOf<(job: ClaimedJob, context: JobContext) => Promise<unknown>>().toExtend<JobHandler>();
  });

  test("may have handlers that are synchronous", () => {
    assertType<Check>((store) =>
      startWorker(store, { queues: { a: ({ id }) => id.length, b: { handler: () => 1, timeoutMs: 5 } } }),
    );
    assertType<Check>((store) => startWorker(store, { executions: { a: ({ id }) => id.length } }));
    assertType<Check>((store) => startTimerPump(store, { handler: ({ id }) => void id }));
  });
});
