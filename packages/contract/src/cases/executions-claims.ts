import assert from "node:assert/strict";
import type { Store } from "holdfast";
import type { ContractCase } from "../case.ts";

const queues = ["q"];
const lost = { code: "lease_lost" };

async function claimedIds(store: Store, limit = 10): Promise<readonly string[]> {
  const claimed = await store.executions.claim({ queues, limit, leaseMs: 600_000 });
  return claimed.map(({ id }) => id);
}

/** The promises of claims of executions. */
export const executionClaimsContract: readonly ContractCase[] = [
  {
    name: "a claim gives whole executions, each with its lease, and writes nothing to them",
    async run({ store, clock }) {
      const { executions } = store;
      const { execution } = await executions.create({ id: "e", queue: "q", input: { a: 1 }, labels: { l: 1 } });
      const [claimed, ...others] = await executions.claim({ queues, limit: 5, leaseMs: 600_000, holder: "me" });
      assert.ok(claimed);
      assert.equal(others.length, 0);
      const { token, leaseUntil, attempts, wake, traceContext, ...whole } = claimed;
      assert.deepEqual(whole, execution);
      assert.deepEqual(whole, await executions.require("e"));
      assert.deepEqual([attempts, wake, traceContext], [1, null, null]);
      assert.deepEqual(await executions.leaseOf("e"), { token, leaseUntil, holder: "me" });
      assert.deepEqual(await claimedIds(store), []);
      assert.equal(await executions.acquireLease("e", { holder: "you", leaseMs: 1000 }), null);
      const [until] = await executions.heartbeat([claimed], { leaseMs: 900_000 });
      assert.deepEqual(until, (await executions.leaseOf(claimed.id))?.leaseUntil);
      await clock.advance(800_000);
      assert.equal((await executions.leaseOf("e"))?.token, token);
      await executions.setStatus("e", "succeeded", { token });
      assert.equal(await executions.leaseOf("e"), null);
      assert.deepEqual(await claimedIds(store), []);
    },
  },
  {
    name: "executions are claimed by priority, moment and order of creation, and not before their moment",
    async run({ store, clock }) {
      const now = (await clock.now()).getTime();
      const at = (ms: number): Date => new Date(now + ms);
      await store.executions.createMany([
        { id: "later", queue: "q", runAt: at(60_000) },
        { id: "second", queue: "q" },
        { id: "third", queue: "q" },
        { id: "first", queue: "q", priority: -1 },
        { id: "none" },
        { id: "elsewhere", queue: "r" },
      ]);
      await store.executions.create({ id: "alone later", queue: "q", priority: -2, runAt: at(90_000) });
      assert.deepEqual(await claimedIds(store, 2), ["first", "second"]);
      await clock.advance(91_000);
      assert.deepEqual(await claimedIds(store), ["alone later", "third", "later"]);
    },
  },
  {
    name: "a claim of several queues and of capabilities merges their lines",
    async run({ store: { executions } }) {
      await executions.createMany([
        { id: "gpu", queue: "a", requires: ["gpu"] },
        { id: "plain", queue: "b" },
        { id: "urgent", queue: "b", priority: -1 },
      ]);
      const plain = await executions.claim({ queues: ["a", "b"], limit: 1 });
      assert.deepEqual(
        plain.map(({ id }) => id),
        ["urgent"],
      );
      const able = await executions.claim({ queues: ["a", "b"], limit: 5, capabilities: ["gpu", "tpu"] });
      assert.deepEqual(
        able.map(({ id }) => id),
        ["gpu", "plain"],
      );
    },
  },
  {
    name: "concurrent claims never share an execution",
    async run({ store }) {
      await store.executions.createMany(Array.from({ length: 40 }, (_, i) => ({ id: `e${i}`, queue: "q" })));
      const claims = await Promise.all(Array.from({ length: 12 }, () => claimedIds(store, 5)));
      const ids = claims.flat();
      assert.equal(new Set(ids).size, ids.length);
      ids.push(...(await claimedIds(store, 40)));
      assert.equal(new Set(ids).size, 40);
    },
  },
  {
    name: "an execution whose lease ran out is claimed again where it stood, or behind all others",
    async run({ store, clock }) {
      const { executions } = store;
      for (const expired of ["first", "last"] as const) {
        await executions.create({ id: `lost ${expired}`, queue: "q" });
        const [former] = await executions.claim({ queues, limit: 1, leaseMs: 60_000 });
        await executions.create({ id: `new ${expired}`, queue: "q" });
        await clock.advance(60_001);
        const claimed = await executions.claim({ queues, limit: 5, leaseMs: 600_000, expired });
        const order = [`lost ${expired}`, `new ${expired}`];
        assert.deepEqual(
          claimed.map(({ id }) => id),
          expired === "first" ? order : order.reverse(),
        );
        const again = claimed.find(({ id }) => id === `lost ${expired}`);
        assert.ok(former && again && again.token > former.token);
        assert.equal(again.attempts, 2);
        await assert.rejects(executions.setStatus(former.id, "failed", { token: former.token }), lost);
      }
    },
  },
  {
    name: "an execution that lost its holder on its last attempt fails, by a claim or a rescue",
    async run({ store, clock }) {
      const { executions } = store;
      for (const byRescue of [false, true]) {
        const id = `e ${byRescue}`;
        await executions.create({ id, queue: "q", maxAttempts: 2 });
        for (const attempt of [1, 2]) {
          const [claimed] = await executions.claim({ queues, limit: 1, leaseMs: 60_000 });
          assert.equal(claimed?.attempts, attempt);
          await clock.advance(60_001);
        }
        if (byRescue) assert.deepEqual(await executions.rescue(), { reclaimed: 0, died: 1 });
        else assert.deepEqual(await claimedIds(store), []);
        const { status, error, startedAt, finishedAt } = await executions.require(id);
        assert.equal(status, "failed");
        assert.equal((error as { name: string }).name, "LeaseExpired");
        assert.ok(startedAt && finishedAt);
        assert.equal(await executions.leaseOf(id), null);
      }
    },
  },
  {
    name: "an execution that is released can be claimed at once, with no attempt spent; a rescued one has spent it",
    async run({ store, clock }) {
      const { executions } = store;
      await executions.create({ id: "e", queue: "q" });
      const claim = async (): Promise<number> => {
        const [claimed] = await executions.claim({ queues, limit: 1, leaseMs: 60_000 });
        assert.ok(claimed);
        return claimed.attempts === 1 ? claimed.token : assert.fail(`attempt ${claimed.attempts}`);
      };
      for (const _ of [1, 2, 3]) assert.equal(await executions.releaseLease("e", await claim()), true);
      const lease = await executions.acquireLease("e", { holder: "by hand", leaseMs: 60_000 });
      assert.ok(lease);
      assert.deepEqual(await claimedIds(store), []);
      assert.equal(await executions.releaseLease("e", lease.token), true);
      await claim();
      await clock.advance(60_001);
      assert.deepEqual(await executions.rescue({ queues: ["other"] }), { reclaimed: 0, died: 0 });
      assert.deepEqual(await executions.rescue({ queues }), { reclaimed: 1, died: 0 });
      const [again] = await executions.claim({ queues, limit: 1, leaseMs: 60_000 });
      assert.equal(again?.attempts, 2);
    },
  },
  {
    name: "pauses, limits and groups of a queue hold for executions",
    async run({ store }) {
      const { executions } = store;
      await store.queues.configure("q", { concurrencyPerGroup: 1, concurrency: 3 });
      await executions.createMany([
        ...["a1", "a2", "b1", "b2"].map((id) => ({ id, queue: "q", group: id.slice(0, 1) })),
        ...["c", "d", "e"].map((id) => ({ id, queue: "q" })),
      ]);
      await store.queues.pause("q");
      assert.deepEqual(await claimedIds(store), []);
      await store.queues.resume("q");
      const first = await executions.claim({ queues, limit: 10, leaseMs: 600_000 });
      assert.equal(first.length, 3);
      assert.equal(first.filter(({ id }) => id.startsWith("a")).length <= 1, true);
      const rest: string[] = [];
      let held = first;
      for (let rounds = 0; rounds < 10 && held.length > 0; rounds++) {
        for (const { id, token } of held) await executions.setStatus(id, "succeeded", { token });
        rest.push(...held.map(({ id }) => id));
        held = await executions.claim({ queues, limit: 10, leaseMs: 600_000 });
        for (const group of ["a", "b"]) assert.ok(held.filter(({ id }) => id.startsWith(group)).length <= 1);
      }
      assert.deepEqual(rest.toSorted(), ["a1", "a2", "b1", "b2", "c", "d", "e"]);
    },
  },
  {
    name: "a limit of groups that is set later counts the executions that are claimed already",
    async run({ store }) {
      const { executions } = store;
      await executions.createMany(["a1", "a2", "b1"].map((id) => ({ id, queue: "q", group: id.slice(0, 1) })));
      const [a1] = await executions.claim({ queues, limit: 1, leaseMs: 600_000 });
      assert.equal(a1?.id, "a1");
      await store.queues.configure("q", { concurrencyPerGroup: 1 });
      assert.deepEqual(await claimedIds(store), ["b1"]);
      await executions.setStatus("a1", "succeeded", { token: a1.token });
      assert.deepEqual(await claimedIds(store), ["a2"]);
    },
  },
  {
    name: "an execution that ends or is removed before it is claimed is not claimed",
    async run({ store }) {
      const { executions } = store;
      await executions.createMany(["canceled", "removed", "left"].map((id) => ({ id, queue: "q" })));
      await executions.setStatus("canceled", "canceled");
      await executions.remove("removed");
      assert.deepEqual(await claimedIds(store), ["left"]);
    },
  },
  {
    name: "what a transaction creates is claimable once it is committed, and inside it at once",
    async run({ store }) {
      await store.transaction(async (tx) => {
        await tx.executions.create({ id: "e", queue: "q" });
        await tx.executions.create({ id: "f", queue: "q" });
        const [claimed] = await tx.executions.claim({ queues, limit: 1 });
        assert.equal(claimed?.id, "e");
      });
      assert.deepEqual(await claimedIds(store), ["f"]);
      const undone = store.transaction(async (tx) => {
        await tx.executions.create({ id: "g", queue: "q" });
        throw new Error("no");
      });
      await assert.rejects(undone, /no/);
      assert.deepEqual(await claimedIds(store), []);
    },
  },
  {
    name: "an idempotency key with an end names its execution until then",
    async run({ store: { executions }, clock }) {
      const create = { idempotencyKey: "k", idempotencyMs: 3_600_000, queue: "q", input: 1 };
      const first = await executions.create({ ...create, id: "one" });
      assert.equal((await executions.create({ ...create, id: "two" })).execution.id, "one");
      assert.equal((await executions.create({ ...create, input: 2 })).outcome, "mismatch");
      await executions.setStatus("one", "succeeded");
      await clock.advance(1_800_000);
      assert.equal((await executions.create(create)).outcome, "replayed");
      await clock.advance(1_800_001);
      const second = await executions.create({ ...create, id: "two" });
      assert.deepEqual([first.outcome, second.outcome], ["created", "created"]);
      assert.equal((await executions.require("one")).idempotencyKey, null);
      await clock.advance(3_600_001);
      const [third] = await executions.createMany([{ ...create, id: "three", idempotencyMs: undefined }]);
      assert.equal(third?.outcome, "created");
      await clock.advance(1_000_000_000);
      assert.equal((await executions.create(create)).execution.id, "three");
    },
  },
  {
    name: "of concurrent creations under one key, one creates and is claimed",
    async run({ store }) {
      const created = await Promise.all([
        ...Array.from({ length: 8 }, () => store.executions.create({ idempotencyKey: "k", queue: "q" })),
        ...Array.from({ length: 4 }, () =>
          store.transaction((tx) => tx.executions.create({ idempotencyKey: "k", queue: "q" })),
        ),
      ]);
      assert.equal(created.filter(({ outcome }) => outcome === "created").length, 1);
      assert.equal(new Set(created.map(({ execution }) => execution.id)).size, 1);
      assert.equal((await claimedIds(store)).length, 1);
    },
  },
  {
    name: "options of a claim without a queue, and bad ones, are refused",
    async run({ store: { executions } }) {
      const bad: readonly (readonly [string, Parameters<typeof executions.create>[0]])[] = [
        ["priority", { priority: 1 }],
        ["runAt", { runAt: new Date() }],
        ["group", { group: "g" }],
        ["requires", { requires: ["a"] }],
        ["maxAttempts", { maxAttempts: 1 }],
        ["maxAttempts", { queue: "q", maxAttempts: 0 }],
        ["queue", { queue: "" }],
        ["idempotencyMs", { idempotencyMs: 1 }],
        ["idempotencyMs", { idempotencyKey: "k", idempotencyMs: 0 }],
      ];
      for (const [field, input] of bad) {
        await assert.rejects(executions.create(input), { code: "invalid_input", facts: { field } });
      }
      const claim = { queues, limit: 1 };
      await assert.rejects(executions.claim({ ...claim, queues: [] }), { code: "invalid_input" });
      await assert.rejects(executions.claim({ ...claim, limit: 0 }), { code: "invalid_input" });
      await assert.rejects(executions.claim({ ...claim, leaseMs: 1 }), { code: "invalid_input" });
      await assert.rejects(executions.claim({ ...claim, expired: "never" as "first" }), { code: "invalid_input" });
      await assert.rejects(executions.rescue({ limit: 0 }), { code: "invalid_input" });
    },
  },
];
