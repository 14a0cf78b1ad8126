import assert from "node:assert/strict";
import { HoldfastError, InvalidInputError, UnavailableError } from "holdfast";
import type { ContractCase } from "../case.ts";

/** The promises of the store itself: transactions, savepoints, coalescing, values. */
export const storeContract: readonly ContractCase[] = [
  {
    name: "what a transaction wrote is there when it returns, all of it",
    run: async ({ store }) => {
      const result = await store.transaction(async (tx) => {
        await tx.executions.create({ id: "x" });
        await tx.tasks.save({ id: "t", executionId: "x", name: "one" });
        await tx.jobs.push({ id: "j", queue: "q", executionId: "x" });
        return 7;
      });
      assert.equal(result, 7);
      assert.ok(await store.tasks.get("t"));
      assert.ok(await store.jobs.get("j"));
    },
  },
  {
    name: "what a transaction wrote is gone when it throws, all of it",
    run: async ({ store }) => {
      const undone = store.transaction(async (tx) => {
        await tx.executions.create({ id: "x" });
        await tx.jobs.push({ id: "j", queue: "q" });
        throw new RangeError("mine");
      });
      await assert.rejects(undone, (error) => error instanceof RangeError && error.message === "mine");
      assert.equal(await store.executions.get("x"), null);
      assert.equal(await store.jobs.get("j"), null);
    },
  },
  {
    name: "a transaction sees its own writes, and nobody else does before it ends",
    run: async ({ store }) => {
      await store.transaction(async (tx) => {
        await tx.executions.create({ id: "x", labels: { a: "1" } });
        assert.equal((await tx.executions.require("x")).id, "x");
        assert.equal((await tx.executions.list({ labels: { a: "1" } })).items.length, 1);
      });
    },
  },
  {
    name: "a nested transaction that throws is undone alone",
    run: async ({ store }) => {
      await store.transaction(async (tx) => {
        await tx.executions.create({ id: "outer" });
        await assert.rejects(
          tx.transaction(async (inner) => {
            await inner.executions.create({ id: "inner" });
            await inner.executions.create({ id: "outer" });
          }),
          HoldfastError,
        );
        await tx.executions.create({ id: "after" });
      });
      assert.ok(await store.executions.get("outer"));
      assert.equal(await store.executions.get("inner"), null);
      assert.ok(await store.executions.get("after"));
    },
  },
  {
    name: "a call that the database refuses dooms its transaction, unless it is nested",
    run: async ({ store }) => {
      await assert.rejects(
        store.transaction(async (tx) => {
          await tx.executions.create({ id: "x" });
          await tx.executions.create({ id: "x" }).catch(() => undefined);
        }),
        HoldfastError,
      );
      assert.equal(await store.executions.get("x"), null);
    },
  },
  {
    name: "a transaction's handle is of no use after it has ended",
    run: async ({ store }) => {
      const handle = await store.transaction(async (tx) => ({ tx }));
      await assert.rejects(handle.tx.executions.get("x"), HoldfastError);
    },
  },
  {
    name: "many callers at once each get their own result, and one caller's failure is its own",
    run: async ({ store }) => {
      await store.executions.create({ id: "x" });
      const outcomes = await Promise.allSettled(
        Array.from({ length: 200 }, (_, i) =>
          store.tasks.save({ id: `t${i}`, executionId: i % 50 === 7 ? "nowhere" : "x", name: `n${i}` }),
        ),
      );
      assert.equal(outcomes.filter((outcome) => outcome.status === "rejected").length, 4);
      for (const [i, outcome] of outcomes.entries()) {
        if (outcome.status === "fulfilled") assert.equal(outcome.value.name, `n${i}`);
        else assert.equal(i % 50, 7);
      }
      assert.equal(await store.tasks.count({ executionId: "x" }), 196);
    },
  },
  {
    name: "every JavaScript string survives in a payload, and what cannot be kept in an id is refused",
    run: async ({ store }) => {
      const hard = ["\0", "\ud800", "\udc00 \ud800", "\\u0000", "\"'\\", "\u2028", "𝕏", "{NULL,null}", ""];
      await store.executions.create({ id: "x", input: hard });
      assert.deepEqual((await store.executions.require("x")).input, hard);
      for (const id of ["", "a\0b", "\ud800", "x".repeat(256), "é".repeat(128)]) {
        await assert.rejects(
          store.executions.create({ id }),
          (error) => error instanceof InvalidInputError && error.facts["field"] === "id",
        );
      }
      await store.executions.create({ id: "é".repeat(127) });
    },
  },
  {
    name: "a value that JSON would change is refused, with the path to it",
    run: async ({ store }) => {
      for (const value of [Number.NaN, Infinity, -0, 1n, [undefined], new Date(), new Map(), () => 1, Symbol("s")]) {
        await assert.rejects(
          store.executions.create({ id: "x", input: { deep: [value] } }),
          (error) => error instanceof InvalidInputError && error.message.includes("input.deep[0]"),
        );
      }
      assert.equal(await store.executions.get("x"), null);
    },
  },
  {
    name: "a call with limits ends at its signal, with the signal's reason, and writes nothing",
    run: async ({ store }) => {
      const controller = new AbortController();
      const limited = store.with({ signal: controller.signal, timeoutMs: 60_000 });
      await limited.executions.create({ id: "before" });
      controller.abort(new RangeError("enough"));
      await assert.rejects(limited.executions.create({ id: "after" }), RangeError);
      await assert.rejects(
        limited.transaction((tx) => tx.executions.create({ id: "after" })),
        RangeError,
      );
      assert.equal(await store.executions.get("after"), null);
      assert.ok(await store.executions.get("before"));
    },
  },
  {
    name: "closing waits for the calls under way, and refuses later ones",
    run: async ({ store }) => {
      const writes = Promise.all(Array.from({ length: 100 }, (_, i) => store.executions.create({ id: `x${i}` })));
      const transaction = store.transaction((tx) => tx.executions.create({ id: "last" }));
      await store.close();
      assert.equal((await writes).length, 100);
      assert.equal((await transaction).outcome, "created");
      await assert.rejects(store.executions.get("x0"), UnavailableError);
    },
  },
  {
    name: "closing inside a transaction is refused, for it would wait for itself, and the store stays open",
    run: async ({ store }) => {
      await assert.rejects(
        store.transaction(() => store.close()),
        InvalidInputError,
      );
      assert.equal(await store.executions.get("x"), null);
      await store.close();
    },
  },
  {
    name: "a write in a transaction that only reads is the caller's mistake",
    run: async ({ store }) => {
      const writing = store.transaction((tx) => tx.executions.create({ id: "x" }), { readOnly: true });
      await assert.rejects(
        writing,
        (error) => error instanceof InvalidInputError && !error.retryable && error.facts["field"] === "readOnly",
      );
      assert.equal(await store.executions.get("x"), null);
    },
  },
  {
    name: "values that are too deep, keys that are symbols and objects without a prototype are told apart",
    run: async ({ store }) => {
      const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
      await store.executions.create({ id: "deep", input: deep(1000) });
      assert.deepEqual((await store.executions.require("deep")).input, deep(1000));
      const bare = (members: object): unknown => Object.assign(Object.create(null), members);
      await store.executions.create({ id: "bare", input: bare({ a: 1 }) });
      for (const input of [deep(3000), { [Symbol("s")]: 1 }, Object.create(bare({ a: 1 }) as object) as unknown]) {
        await assert.rejects(store.executions.create({ id: "refused", input }), InvalidInputError);
      }
      const id = Object.create(null) as string;
      await assert.rejects(store.executions.create({ id }), InvalidInputError);
    },
  },
  {
    name: "lone surrogates are refused where the database searches, with the path to them",
    run: async ({ store }) => {
      for (const document of [
        { steps: [], x: ["\ud800"] },
        { steps: [], "\udc00": 1 },
      ]) {
        await assert.rejects(
          store.definitions.publish({ name: "d", version: 1, document }),
          (error) => error instanceof InvalidInputError && error.message.includes("document"),
        );
      }
    },
  },
  {
    name: "what is no object, no function and no cursor is refused as input, not as a failure of the program",
    run: async ({ store }) => {
      // From JavaScript, anything may come.
      const nothing = null as unknown as never;
      for (const call of [
        async () => store.within(nothing),
        async () => store.with(nothing),
        async () => store.transaction("x" as unknown as never),
        async () => store.transaction((tx) => tx.transaction(nothing)),
        async () => store.transaction(async () => 1, nothing),
        async () => store.transaction(async () => 1, { readOnly: "no" as unknown as boolean }),
        async () => store.jobs.push(nothing),
        async () => store.jobs.pushMany([nothing]),
        async () => store.jobs.claim(nothing),
        async () => store.jobs.heartbeat([nothing], { leaseMs: 1000 }),
        async () => store.jobs.heartbeat([], nothing),
        async () => store.jobs.complete(undefined as unknown as never),
        async () => store.jobs.completeMany([{} as unknown as never]),
        async () => store.jobs.failMany([{} as unknown as never]),
        async () => store.executions.create(nothing),
        async () => store.executions.save(nothing),
        async () => store.executions.transition("x", nothing),
        async () => store.executions.acquireLease("x", nothing),
        async () => store.tasks.save(nothing),
        async () => store.tasks.createChildren("t", [nothing]),
        async () => store.components.save(nothing),
        async () => store.correlations.deliver(nothing),
        async () => store.correlations.wait(nothing),
        async () => store.timers.schedule(nothing),
        async () => store.timers.acknowledge(nothing),
        async () => store.definitions.publish(nothing),
        async () => store.tasks.list({ executionId: "x", after: "9999999999999999999" }),
      ]) {
        await assert.rejects(call, InvalidInputError, String(call));
      }
    },
  },
  {
    name: "any number of calls may wait for one signal, without a warning",
    run: async ({ store }) => {
      const warnings: Error[] = [];
      const onWarning = (warning: Error): void => void warnings.push(warning);
      process.on("warning", onWarning);
      const limited = store.with({ signal: new AbortController().signal });
      await Promise.all(Array.from({ length: 30 }, (_, i) => limited.executions.create({ id: `x${i}` })));
      await new Promise((resolve) => setImmediate(resolve));
      process.off("warning", onWarning);
      assert.deepEqual(warnings, []);
    },
  },
];
