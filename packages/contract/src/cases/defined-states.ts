import assert from "node:assert/strict";
import { defineComponent, defineKv, defineWorkflow } from "holdfast";
import type { StandardSchema } from "holdfast/codecs";
import type { KvEntry } from "holdfast/kv";
import type { ContractCase } from "../case.ts";

/** Numbers that are even, halved when they are read. Answers later where `isLate` says so. */
function even(isLate: boolean): StandardSchema<number> {
  const validate: StandardSchema<number>["~standard"]["validate"] = (value) =>
    typeof value === "number" && value % 2 === 0
      ? { value: value / 2 }
      : { issues: [{ message: "Must be even", path: [] }] };
  return {
    "~standard": { version: 1, vendor: "tests", validate: isLate ? async (value) => validate(value) : validate },
  };
}

const variants = [false, true].map((isLate) => ({
  counter: defineComponent("counter", { state: even(isLate) }),
  counts: defineKv("counts", { value: even(isLate) }),
  order: defineWorkflow("order", { document: even(isLate) }),
}));

const textOf = ({ value }: KvEntry): string => Buffer.from(value ?? []).toString();

const refused = (field: string): object => ({
  name: "InvalidInputError",
  message: `${field} is refused by its schema: Must be even.`,
  facts: { field },
});

const unfit = (field: string): object => ({ name: "CorruptError", facts: { field, reason: "schema" } });

/** What components, prefixes and workflows that are defined promise. */
export const definedStateCases: readonly ContractCase[] = [
  {
    name: "states of a defined component are checked when they are saved and read",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      for (const { counter } of variants) {
        const odd = counter.state(3, { executionId: "e" });
        await assert.rejects(
          store.components.save({ executionId: "e", component: counter, state: 3 }),
          refused("state"),
        );
        await assert.rejects(store.components.saveMany([odd]), refused("inputs[0].state"));
        const step = { components: [counter.state(4), { component: "other", state: 1 }], state: "changed" };
        const failing = store.executions.transition("e", { ...step, components: [counter.state(3)] });
        await assert.rejects(failing, refused("components[0].state"));
        assert.equal(await store.components.get("e", counter), null);
        assert.equal((await store.executions.require("e")).state, undefined);

        const saved = await store.components.save({ executionId: "e", component: counter, state: 4 });
        assert.deepEqual(await store.components.get("e", "counter"), saved);
        assert.deepEqual(await store.components.require("e", counter), { ...saved, state: 2 });
        const [first] = await store.read([({ components }) => components.get("e", counter)]);
        assert.deepEqual(first, { ...saved, state: 2 });
        await store.executions.transition("e", { components: step.components });
        await store.components.save({ executionId: "e", component: "counter", state: 5 });
        await assert.rejects(store.components.get("e", counter), unfit("state"));
        assert.ok(await store.components.remove("e", counter));
      }
    },
  },
  {
    name: "values below a defined prefix are checked when they are written and read",
    async run({ store: { kv } }) {
      for (const { counts } of variants) {
        await assert.rejects(kv.set({ prefix: counts, key: "a", value: 3 }), refused("value"));
        const inputs = [counts.entry("a", 2), counts.entry("b", 3)];
        await assert.rejects(kv.setMany(inputs), refused("inputs[1].value"));
        const swap = { prefix: counts, key: "a", value: 3, expectedVersion: 0 };
        await assert.rejects(kv.compareAndSet(swap), refused("value"));
        assert.equal(await kv.count(counts), 0);

        await kv.set({ prefix: counts, key: "a", value: 4 });
        await kv.setMany([counts.entry("b", 8, { ttlMs: 60_000 }), { prefix: "other", key: "b", value: null }]);
        assert.deepEqual([(await kv.get(counts, "a"))?.value, (await kv.require(counts, "b")).value], [2, 4]);
        assert.equal(textOf(await kv.require("counts", "a")), "4");
        const lost = await kv.compareAndSet({ ...swap, value: 6 });
        assert.equal(lost.ok ? null : lost.current?.value, 2);
        await kv.set({ prefix: "counts", key: "c", value: Buffer.from("5") });
        await assert.rejects(kv.get(counts, "c"), unfit("value"));
        await assert.rejects(kv.list(counts), unfit("value"));
        assert.equal(await kv.removeRange(counts), 3);
      }
    },
  },
  {
    name: "lists of a defined prefix have its values",
    async run({ store: { kv } }) {
      const [{ counts } = assert.fail()] = variants;
      const names = defineKv<string>("names");
      await kv.setMany([counts.entry("a", 4), counts.entry("b", 8), names.entry("a", "ada")]);
      const keys = [
        { prefix: counts, key: "b" },
        { prefix: names, key: "a" },
        { prefix: names, key: "b" },
      ];
      const valuesOf = (entries: readonly ({ readonly value: unknown } | null)[]): readonly unknown[] =>
        entries.map((entry) => entry?.value);
      assert.deepEqual(valuesOf(await kv.getMany(keys)), [4, "ada", undefined]);
      assert.deepEqual(await kv.hasMany(keys), [true, true, false]);
      assert.deepEqual(valuesOf((await kv.list(counts)).items), [2, 4]);
      const pages = await kv.listMany([{ prefix: names }, { prefix: counts, limit: 1 }]);
      assert.deepEqual(
        pages.map(({ items }) => valuesOf(items)),
        [["ada"], [2]],
      );
      const iterated: unknown[] = [];
      for await (const { value } of kv.iterate(counts, { limit: 1 })) iterated.push(value);
      assert.deepEqual(iterated, [2, 4]);
      assert.ok(await kv.touch(names, "a", { ttlMs: 60_000 }));
      assert.deepEqual((await kv.touchMany(keys)).length, 3);
      assert.deepEqual(await kv.removeMany(keys), [true, true, false]);
      assert.deepEqual([await kv.has(counts, "a"), await kv.remove(counts, "a")], [true, true]);
    },
  },
  {
    name: "values below a defined prefix are written by its codec, and what it cannot read is corrupt",
    async run({ store: { kv } }) {
      const dates = defineKv("dates", {
        codec: {
          encode: (date: Date) => Buffer.from(date.toISOString()),
          decode: (bytes) => {
            if (bytes.length !== 24) throw new RangeError("no date");
            return new Date(Buffer.from(bytes).toString());
          },
        },
      });
      const value = new Date(0);
      await kv.set({ prefix: dates, key: "a", value });
      assert.equal(textOf(await kv.require("dates", "a")), "1970-01-01T00:00:00.000Z");
      assert.deepEqual((await kv.require(dates, "a")).value, value);
      const json = defineKv("json");
      await assert.rejects(kv.set({ prefix: json, key: "a", value }), { facts: { field: "value" } });
      await kv.set({ prefix: json, key: "a", value: null });
      assert.equal((await kv.require(json, "a")).value, null);
      await kv.setMany([
        { prefix: "dates", key: "b", value: Buffer.from("?") },
        { prefix: "dates", key: "c", value: null },
      ]);
      for (const key of ["b", "c"]) {
        await assert.rejects(kv.get(dates, key), { name: "CorruptError", facts: { field: "value" } });
      }
    },
  },
  {
    name: "documents of a defined workflow are checked when they are published and read",
    async run({ store: { definitions, executions } }) {
      for (const { order } of variants) {
        await assert.rejects(definitions.publish({ name: order, document: 3 }), refused("document"));
        assert.equal(await definitions.get(order, "latest"), null);
        const published = await definitions.publish({ name: order, document: 4, status: "active" });
        assert.equal((await definitions.require("order", "active")).document, 4);
        assert.deepEqual(await definitions.require(order, "active"), { ...published, document: 2 });
        const versions = await definitions.versions(order);
        assert.deepEqual(versions.items, [{ ...published, document: 2 }]);
        const { execution } = await executions.create({ definition: { name: order, version: "active" } });
        assert.equal(execution.definition?.name, "order");
        await definitions.publish({ name: "order", document: 5 });
        await assert.rejects(definitions.get(order, "latest"), unfit("document"));
        await assert.rejects(definitions.versions(order), unfit("document"));
        const { version } = await definitions.retire(order, published.version);
        await definitions.activate(order, version);
        assert.ok(await definitions.remove(order, version + 1));
        assert.ok(await definitions.remove(order, version, { cascade: true }));
        await assert.rejects(definitions.require(order, "active"), {
          message: /^Definition order has no active version/,
        });
      }
    },
  },
];
