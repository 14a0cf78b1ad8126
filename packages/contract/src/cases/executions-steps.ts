import assert from "node:assert/strict";
import type { ClaimedExecution, Store, Transaction } from "holdfast";
import type { Wake } from "holdfast/executions";
import type { ContractCase } from "../case.ts";

const queues = ["q"];
const lost = { code: "lease_lost" };

async function claim({ executions }: Store | Transaction): Promise<ClaimedExecution | null> {
  const [claimed = null] = await executions.claim({ queues, limit: 1, leaseMs: 600_000, holder: "me" });
  return claimed;
}

async function claimed(store: Store | Transaction, id: string): Promise<ClaimedExecution> {
  const execution = await claim(store);
  assert.ok(execution);
  assert.equal(execution.id, id);
  return execution;
}

async function wakeOf(store: Store, id: string): Promise<Wake | null> {
  return (await claimed(store, id)).wake;
}

/** The promises of steps of claimed executions: what they require, and how they park. */
export const executionStepsContract: readonly ContractCase[] = [
  {
    name: "what a step requires is checked and written nowhere, and each refusal says what it is",
    async run({ store }) {
      const { executions } = store;
      await executions.create({ id: "e", queue: "q" });
      const before = await executions.require("e");
      const { token } = await claimed(store, "e");
      const steps = Array.from({ length: 8 }, (_, i) => ({
        require: { token, holder: "me", version: 1, status: ["pending", "running"] as const },
        tasks: [{ id: `t${i}`, name: `t${i}` }],
        history: [{ kind: "k" }],
      }));
      const done = await Promise.all(steps.map((step) => executions.transition("e", step)));
      assert.ok(done.every(({ execution, tasks }) => execution === null && tasks.length === 1));
      assert.deepEqual(await executions.require("e"), before);
      assert.equal(await store.tasks.count({ executionId: "e" }), 8);
      const refused: readonly (readonly [Parameters<typeof executions.transition>[1]["require"], object])[] = [
        [{ token: token + 1 }, lost],
        [{ holder: "you" }, lost],
        [{ token, holder: "you" }, lost],
        [{ token: token + 1, version: 9, status: "failed" }, lost],
        [
          { token, version: 9, status: "failed" },
          { code: "conflict", facts: { entity: "execution", id: "e", reason: "version", expected: 9, actual: 1 } },
        ],
        [
          { token, status: ["failed", "running"] },
          {
            code: "conflict",
            facts: { entity: "execution", id: "e", reason: "status", expected: "failed,running", actual: "pending" },
          },
        ],
      ];
      for (const [require, error] of refused) {
        await assert.rejects(executions.transition("e", { require, history: [{ kind: "no" }] }), error);
        await assert.rejects(
          Promise.all([
            executions.transition("e", { require, history: [{ kind: "no" }] }),
            executions.transition("e", { require, history: [{ kind: "no" }] }),
          ]),
          error,
        );
      }
      assert.equal(await store.history.count("e"), 8);
      await executions.transition("e", { require: { version: 1 }, status: "running" });
      await assert.rejects(executions.transition("e", { require: { version: 1 }, status: "waiting" }), {
        code: "conflict",
      });
    },
  },
  {
    name: "an execution that parks until a moment gives its lease back, and is claimed then with its attempts anew",
    async run({ store, clock }) {
      const { executions } = store;
      await executions.create({ id: "e", queue: "q" });
      const { token } = await claimed(store, "e");
      const step = {
        require: { token },
        status: "waiting",
        park: { afterMs: 60_000 },
        tasks: [{ name: "t" }],
      } as const;
      assert.equal((await executions.transition("e", step)).parked, "waiting");
      assert.equal(await executions.leaseOf("e"), null);
      assert.equal(await claim(store), null);
      await assert.rejects(executions.transition("e", { require: { token }, history: [{ kind: "late" }] }), lost);
      await clock.advance(60_001);
      const again = await claimed(store, "e");
      assert.deepEqual([again.attempts, again.status], [1, "waiting"]);
      assert.deepEqual(again.wake, { by: "moment", step: null, key: null, payload: undefined, traceContext: null });
      const past = { require: { holder: "me" }, park: { until: new Date(0) } };
      assert.equal((await executions.transition("e", past)).parked, "ready");
      assert.ok(await claim(store));
    },
  },
  {
    name: "an event wakes a parked execution once, also one that came early, and every claim is told until it parks again",
    async run({ store, clock }) {
      const { executions, correlations } = store;
      await executions.create({ id: "e", queue: "q" });
      const park = { waits: [{ key: "paid", step: "payment" }, { key: "canceled" }], afterMs: 3_600_000 };
      const first = await claimed(store, "e");
      await executions.transition("e", { require: { token: first.token }, park });
      assert.equal((await correlations.list({ executionId: "e" })).items.length, 2);
      const delivered = await correlations.deliver({ key: "paid", payload: { by: "ada" } });
      assert.equal(delivered.outcome, "delivered");
      assert.equal((await correlations.list({ executionId: "e" })).items.length, 0);
      assert.equal((await correlations.deliver({ key: "canceled" })).outcome, "kept");
      const wake = { by: "event", step: "payment", key: "paid", payload: { by: "ada" }, traceContext: null };
      assert.deepEqual(await wakeOf(store, "e"), wake);
      await clock.advance(600_001);
      const again = await claimed(store, "e");
      assert.deepEqual([again.wake, again.attempts], [wake, 2]);
      assert.equal((await executions.transition("e", { require: { token: again.token }, park })).parked, "ready");
      const early = await claimed(store, "e");
      assert.deepEqual([early.wake?.key, early.wake?.step], ["canceled", "canceled"]);
      await executions.transition("e", { require: { token: early.token }, park });
      await clock.advance(3_600_001);
      assert.equal((await wakeOf(store, "e"))?.by, "moment");
      assert.equal(
        (await correlations.deliverMany([{ key: "paid" }, { key: "canceled" }])).filter(
          ({ outcome }) => outcome === "kept",
        ).length,
        2,
      );
    },
  },
  {
    name: "the end of the last child wakes a parent that is parked for its children, however they end",
    async run({ store }) {
      const { executions } = store;
      await executions.create({ id: "p", queue: "q" });
      const { token } = await claimed(store, "p");
      await executions.createMany(["a", "b", "c"].map((id) => ({ id, parentId: "p" })));
      await executions.setStatus("a", "succeeded");
      const parked = await executions.transition("p", { require: { token }, park: { children: true } });
      assert.equal(parked.parked, "waiting");
      await executions.transition("b", { end: { status: "failed", error: "no" } });
      assert.equal(await claim(store), null);
      await executions.cancel("c");
      const woken = await claimed(store, "p");
      assert.equal(woken.wake?.by, "children");
      const again = await executions.transition("p", { require: { token: woken.token }, park: { children: true } });
      assert.equal(again.parked, "ready");
    },
  },
  {
    name: "of children that end at once, the last one wakes the parent, once",
    async run({ store }) {
      const { executions } = store;
      await executions.create({ id: "p", queue: "q" });
      const ids = Array.from({ length: 12 }, (_, i) => `c${i}`);
      await executions.createMany(ids.map((id) => ({ id, parentId: "p" })));
      const { token } = await claimed(store, "p");
      const [parked] = await Promise.all([
        executions.transition("p", { require: { token }, park: { children: true } }),
        ...ids.map((id, i) =>
          i % 2 === 0
            ? executions.transition(id, { end: { status: "succeeded" } })
            : store.transaction((tx) => tx.executions.setStatus(id, "failed")),
        ),
      ]);
      assert.ok(parked.parked);
      assert.equal((await wakeOf(store, "p"))?.by, "children");
      assert.equal(await claim(store), null);
    },
  },
  {
    name: "a park and an end are parts of a transaction, and undone with it",
    async run({ store }) {
      const { executions } = store;
      await executions.create({ id: "e", queue: "q" });
      const { token } = await claimed(store, "e");
      for (const step of [{ park: { afterMs: 1000 } }, { end: { status: "failed" } }] as const) {
        const undone = store.transaction(async (tx) => {
          await tx.executions.transition("e", { require: { token }, ...step });
          await assert.rejects(
            tx.transaction((inner) =>
              inner.executions.transition("e", { require: { token }, history: [{ kind: "k" }] }),
            ),
            lost,
          );
          throw new Error("undone");
        });
        await assert.rejects(undone, /undone/);
      }
      assert.equal((await executions.leaseOf("e"))?.token, token);
    },
  },
  {
    name: "a step that parks or ends in a way that means nothing is refused",
    async run({ store: { executions } }) {
      await executions.create({ id: "e", queue: "q" });
      const [one] = await executions.claim({ queues, limit: 1 });
      const require = { token: one?.token };
      const bad: readonly (readonly [string, Parameters<typeof executions.transition>[1]])[] = [
        ["park", { park: { afterMs: 1 } }],
        ["park", { require, park: {} }],
        ["park.afterMs", { require, park: { afterMs: 1, until: new Date() } }],
        ["park.afterMs", { require, park: { afterMs: -1 } }],
        ["park.waits[0].ttlMs", { require, park: { waits: [{ key: "k", ttlMs: -1 }] } }],
        ["park.waits[0].expiresAt", { require, park: { waits: [{ key: "k", ttlMs: 1, expiresAt: new Date() }] } }],
        ["park.waits[0].key", { require, park: { waits: [{ key: "" }] } }],
        ["park.waits[1]", { require, park: { waits: [{ key: "k" }, { key: "k" }] } }],
        ["end", { require, park: { afterMs: 1 }, end: { status: "failed" } }],
        ["end.status", { end: { status: "running" as "failed" } }],
        ["end.children", { end: { status: "failed", children: "keep" as "leave" } }],
        ["status", { status: "failed", end: { status: "failed" } }],
        ["output", { output: 1, end: { status: "failed" } }],
        ["require.status", { require: { status: [] } }],
        ["require.status", { require: { status: "odd" as "failed" } }],
      ];
      for (const [field, input] of bad) {
        await assert.rejects(executions.transition("e", input), { code: "invalid_input", facts: { field } });
      }
      await executions.create({ id: "nowhere" });
      const lease = await executions.acquireLease("nowhere", { holder: "me", leaseMs: 1000 });
      const parking = executions.transition("nowhere", { require: { token: lease?.token }, park: { afterMs: 1 } });
      await assert.rejects(parking, { code: "invalid_input" });
      await assert.rejects(executions.cancel("e", { reason: 1 as never }), { code: "invalid_input" });
      await assert.rejects(executions.result("e", { timeoutMs: -1 }), { code: "invalid_input" });
    },
  },
];
