import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";
import { feedOf } from "./feed.ts";

/** What subscriptions promise. */
export const historySubscriptionsContract: readonly ContractCase[] = [
  {
    name: "a subscription gives what is there and then what comes, each entry once, until its signal",
    async run({ store }) {
      const end = new AbortController();
      const seen: number[] = [];
      const subscription = store.history.subscribe("e", { from: 2, signal: end.signal });
      const following = (async () => {
        for await (const { number } of subscription) {
          seen.push(number);
          // The store is free for the consumer, also with one connection.
          if (number < 250) await store.history.append("e", [{ kind: "more" }]);
          if (number === 250) end.abort();
        }
      })();
      await store.executions.create({ id: "e" });
      await store.history.append(
        "e",
        Array.from({ length: 150 }, () => ({ kind: "k" })),
      );
      await following;
      assert.deepEqual(
        seen,
        Array.from({ length: 249 }, (_, i) => i + 2),
      );
    },
  },
  {
    name: "a subscription to all executions goes on from a cursor, and hears of transitions and transactions",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.executions.create({ id: "f" });
      await store.history.append("e", [{ kind: "1" }, { kind: "2" }]);
      const { items } = await feedOf(store, 1, { limit: 1 });
      const seen: string[] = [];
      for await (const { kind } of store.history.subscribeAll({ after: items[0]?.cursor })) {
        seen.push(kind);
        if (kind === "2") void store.executions.transition("f", { history: [{ kind: "3" }] });
        if (kind === "3") void store.transaction((tx) => tx.history.append("e", [{ kind: "4" }]));
        if (kind === "4") break;
      }
      assert.deepEqual(seen, ["2", "3", "4"]);
    },
  },
  {
    name: "closing the store ends its subscriptions, and waits for none of them",
    async run({ store }) {
      const subscriptions = [store.history.subscribe("e"), store.history.subscribeAll()];
      const ends = subscriptions.map((subscription) => subscription[Symbol.asyncIterator]().next());
      await store.ping();
      await store.close();
      for (const end of ends) assert.deepEqual(await end, { done: true, value: undefined });
      const late = store.history.subscribe("e")[Symbol.asyncIterator]();
      assert.deepEqual(await late.next(), { done: true, value: undefined });
    },
  },
  {
    name: "who leaves a subscription that waits is not kept waiting",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      for (const subscription of [store.history.subscribe("e"), store.history.subscribeAll()]) {
        const entries = subscription[Symbol.asyncIterator]();
        const next = entries.next();
        await new Promise((resolve) => setTimeout(resolve, 20));
        const startedAt = performance.now();
        await entries.return?.();
        assert.ok(performance.now() - startedAt < 5000);
        assert.deepEqual(await next, { done: true, value: undefined });
        assert.deepEqual(await entries.next(), { done: true, value: undefined });
      }
      const unbegun = store.history.subscribe("e")[Symbol.asyncIterator]();
      assert.deepEqual(await unbegun.return?.(), { done: true, value: undefined });
      assert.deepEqual(await unbegun.next(), { done: true, value: undefined });
    },
  },
  {
    name: "a signal that is aborted before ends a subscription before it begins",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.history.append("e", [{ kind: "a" }]);
      for await (const entry of store.history.subscribe("e", { signal: AbortSignal.abort() })) assert.fail(entry.kind);
      for await (const entry of store.history.subscribeAll({ signal: AbortSignal.abort() })) assert.fail(entry.kind);
    },
  },
  {
    name: "a subscription is refused in a transaction, and with bad input",
    async run({ store }) {
      await store.transaction(async (tx) => {
        for (const subscription of [tx.history.subscribe("e"), tx.history.subscribeAll()]) {
          const next = subscription[Symbol.asyncIterator]().next();
          await assert.rejects(next, { code: "invalid_input", facts: { field: "subscribe" } });
        }
      });
      const refused = (field: string): object => ({ code: "invalid_input", facts: { field } });
      assert.throws(() => store.history.subscribe(""), refused("executionId"));
      assert.throws(() => store.history.subscribe("e", { from: 0 }), refused("from"));
      assert.throws(() => store.history.subscribe("e", null as never), refused("options"));
      assert.throws(() => store.history.subscribe("e", { signal: {} as never }), refused("signal"));
      for (const pollMs of [9, 3_600_001, 10.5]) {
        assert.throws(() => store.history.subscribeAll({ pollMs }), refused("pollMs"));
      }
      assert.throws(() => store.history.subscribeAll({ after: "x" }), refused("after"));
      assert.throws(() => store.history.subscribeAll(null as never), refused("options"));
    },
  },
];
