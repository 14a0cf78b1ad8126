import assert from "node:assert/strict";
import { defineComponent, defineKv, defineQueue, defineWorkflow, type Store } from "holdfast";
import type { StandardSchema } from "holdfast/codecs";
import type { ContractCase } from "../case.ts";
import { definedStateCases } from "./defined-states.ts";

/** Takes `{ text }` of at most five characters, and gives it in upper case. Answers at once, or later. */
function shortText(isLate = false): StandardSchema<{ text: string }> {
  const validate: StandardSchema<{ text: string }>["~standard"]["validate"] = (value) => {
    const text: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "text") : undefined;
    if (typeof text !== "string") return { issues: [{ message: "Must be text.", path: ["text"] }] };
    if (text.length <= 5) return { value: { text: text.toUpperCase() } };
    return { issues: [{ message: "Is too long", path: [{ key: "text" }, 5] }, { message: "Is too loud" }] };
  };
  return {
    "~standard": { version: 1, vendor: "tests", validate: isLate ? async (value) => validate(value) : validate },
  };
}

const atOnce = defineQueue("at once", { payload: shortText() });
const later = defineQueue("later", { payload: shortText(true) });
const plain = defineQueue<{ n: number }>("plain");
const tooLong = { text: "far too long" };

/** Every way to push a job whose payload is refused, and the field that the refusal names. */
const pushes: readonly (readonly [field: string, push: (store: Store, queue: typeof atOnce) => Promise<unknown>])[] = [
  ["payload.text[5]", ({ jobs }, queue) => jobs.push({ queue, payload: tooLong })],
  ["payload.text[5]", ({ jobs }, queue) => jobs.push(queue.job(tooLong))],
  ["inputs[1].payload.text[5]", ({ jobs }, queue) => jobs.pushMany([plain.job({ n: 1 }), queue.job(tooLong)])],
  ["jobs[0].payload.text[5]", ({ executions }, queue) => executions.start({ jobs: [queue.job(tooLong)] })],
  [
    "jobs[1].payload.text[5]",
    ({ executions }, queue) => executions.transition("e", { jobs: [plain.job({ n: 1 }), queue.job(tooLong)] }),
  ],
  ["payload.text[5]", ({ schedules }, queue) => schedules.save({ id: "s", queue, payload: tooLong, everyMs: 60_000 })],
  [
    "inputs[0].payload.text[5]",
    ({ schedules }, queue) => schedules.saveMany([{ ...queue.job(tooLong), id: "s", everyMs: 60_000 }]),
  ],
];

/** What names, queues, components, prefixes and workflows that are defined in code promise. */
export const definedContract: readonly ContractCase[] = [
  {
    name: "a payload that the schema of its queue refuses is an error of the caller, and nothing is written",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      for (const queue of [atOnce, later]) {
        for (const [field, push] of pushes) {
          await assert.rejects(push(store, queue), {
            name: "InvalidInputError",
            message: `${field} is refused by its schema: Is too long (and 1 more).`,
            facts: { field },
          });
          await assert.rejects(
            store.transaction((tx) => push({ ...store, ...tx }, queue)),
            { facts: { field } },
          );
        }
      }
      assert.deepEqual((await store.jobs.list()).items, []);
      assert.deepEqual((await store.schedules.list()).items, []);
      assert.equal(await store.executions.count(), 1);
    },
  },
  {
    name: "a payload is stored as it was given, whatever its schema makes of it",
    async run({ store }) {
      for (const queue of [atOnce, later]) {
        const { id } = await store.jobs.push({ queue, payload: { text: "abc" }, priority: 3 });
        const [many] = await store.jobs.pushMany([queue.job({ text: "abc" }, { priority: 3 })]);
        for (const job of [await store.jobs.require(id, queue), await store.jobs.require(many?.id ?? "", queue)]) {
          assert.deepEqual([job.queue, job.payload.text, job.priority], [queue.name, "abc", 3]);
        }
        const claimed = await store.jobs.claim({ queues: [queue], limit: 10 });
        assert.deepEqual(
          claimed.map(({ payload }) => payload),
          [{ text: "abc" }, { text: "abc" }],
        );
      }
    },
  },
  {
    name: "jobs that are read by a queue are of that queue alone",
    async run({ store }) {
      const { id } = await store.jobs.push({ queue: plain, payload: { n: 7 } });
      assert.equal((await store.jobs.get(id, plain))?.payload.n, 7);
      assert.equal(await store.jobs.get(id, "other"), null);
      await assert.rejects(store.jobs.require(id, later), {
        name: "NotFoundError",
        message: `Job ${id} does not exist in queue "later": push it first.`,
      });
      const many = await store.jobs.getMany([id, "none"], plain);
      assert.deepEqual(
        many.map((job) => job?.payload.n),
        [7, undefined],
      );
      assert.deepEqual(await store.jobs.getMany([id], later), [null]);
    },
  },
  {
    name: "a defined queue stands where its name does",
    async run({ store }) {
      const queue = plain;
      await store.queues.configure(queue, { concurrency: 1 });
      const { id } = await store.jobs.push({ queue, payload: { n: 1 }, uniqueKey: "k", delayMs: 60_000 });
      assert.ok((await store.jobs.rescheduleByKey({ queue, uniqueKey: "k" }, { delayMs: 0 })).ok);
      assert.equal((await store.queues.get(queue)).concurrency, 1);
      assert.equal((await store.queues.counts(queue)).ready, 1);
      await store.queues.pause(queue);
      assert.ok(await store.queues.isPaused(queue));
      assert.ok(await store.queues.resume(queue));
      const [claimed] = await store.jobs.claim({ queues: [queue], limit: 1 });
      assert.equal(claimed?.id, id);
      await store.jobs.fail(claimed, { final: true });
      assert.deepEqual(
        [await store.jobs.list({ queue }), await store.jobs.deadLetters(queue)].map(({ items }) => items[0]?.payload.n),
        [1, 1],
      );
      assert.equal((await store.jobs.retryAll({ queue })).changed, 1);
      assert.deepEqual(await store.jobs.rescue({ queues: [queue] }), { reclaimed: 0, died: 0 });
      await store.schedules.save({ id: "s", queue, payload: { n: 2 }, everyMs: 60_000 });
      assert.equal(await store.schedules.count({ queue }), 1);
      await store.executions.create({ id: "e", queue });
      assert.equal((await store.executions.claim({ queues: [queue], limit: 1 })).length, 1);
    },
  },
  {
    name: "a definition without a name, a schema that is none and a definition of another kind are refused",
    async run({ store }) {
      const defining: readonly ((name: string, schemas: object) => object)[] = [
        defineQueue,
        defineComponent,
        defineWorkflow,
      ];
      for (const define of defining) {
        assert.throws(() => define("", {}), { facts: { field: "name" } });
        assert.throws(() => define("n", { paiload: shortText() }), { facts: { field: "paiload" } });
      }
      assert.throws(() => defineKv("p", { codec: { encode: 1 } } as never), { facts: { field: "codec.encode" } });
      assert.throws(() => defineQueue("q", { payload: {} as never }), {
        message: "payload must be a Standard Schema of version 1, such as one of zod, valibot or arktype.",
      });
      await assert.rejects(store.jobs.push({ queue: defineComponent("c") } as never), { facts: { field: "queue" } });
      await assert.rejects(store.components.get("e", plain as never), { facts: { field: "component" } });
      await assert.rejects(store.kv.get(plain as never, "k"), { facts: { field: "prefix" } });
      await assert.rejects(store.definitions.get(plain as never, 1), { facts: { field: "name" } });
    },
  },
  ...definedStateCases,
];
