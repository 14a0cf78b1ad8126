import assert from "node:assert/strict";
import { LeaseLostError, type Store } from "holdfast";
import type { Claim } from "holdfast/claims";
import type { ContractCase, ContractContext } from "../case.ts";
import { areHeld } from "./held.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** What somebody still holds of a run whose execution is gone. */
interface FormerHolder {
  readonly job: Claim;
  readonly timer: Claim;
  readonly lease: number;
}

/** A run of "e" that has left something of everything, and whose job, timer and lease somebody holds. */
async function run(store: Store): Promise<FormerHolder> {
  await store.executions.create({ id: "e", idempotencyKey: "request", input: "old" });
  await store.executions.transition("e", {
    state: "old",
    status: "running",
    tasks: [{ id: "t", name: "work", status: "succeeded", output: "old" }],
    components: [{ component: "c", state: "old" }],
    timers: [{ id: "timer", step: "s", afterMs: 0, dedupeKey: "once", payload: "old" }],
    jobs: [
      { id: "job", queue: "q", uniqueKey: "unique" },
      { id: "done", queue: "done" },
    ],
    history: [{ kind: "old" }, { kind: "older" }],
  });
  await store.correlations.wait({ key: "k", executionId: "e", step: "s" });
  const [job] = await store.jobs.claim({ queues: ["q"], limit: 1, leaseMs: dayMs });
  const [done] = await store.jobs.claim({ queues: ["done"], limit: 1 });
  const [timer] = await store.timers.claim({ leaseMs: dayMs });
  const lease = await store.executions.acquireLease("e", { holder: "former", leaseMs: dayMs });
  assert.ok(job && done && timer && lease);
  await store.jobs.complete(done, { result: "old" });
  return { job, timer, lease: lease.token };
}

/** The two ways in which an execution goes. */
const ways: readonly { readonly name: string; readonly go: (context: ContractContext) => Promise<FormerHolder> }[] = [
  {
    name: "removed",
    go: async ({ store }) => {
      const holder = await run(store);
      assert.equal(await store.executions.remove("e"), true);
      return holder;
    },
  },
  {
    name: "past its period",
    go: async ({ store, clock }) => {
      const holder = await run(store);
      await store.jobs.complete(holder.job, { result: "old" });
      await store.timers.acknowledge(holder.timer);
      await store.executions.setStatus("e", "succeeded");
      await clock.advance(31 * dayMs);
      assert.equal((await store.retain()).counts.executions, 1);
      return holder;
    },
  },
];

/** What is true of a new execution under the id of one that is gone. */
const promises: readonly {
  readonly name: (way: string) => string;
  readonly holds: (store: Store, former: FormerHolder) => Promise<void>;
}[] = [
  { name: (way) => `a new execution under the id of one that is ${way} has nothing of it`, holds: hasNothing },
  {
    name: (way) => `what was waited for, scheduled and pushed under keys of one that is ${way} is made anew`,
    holds: makesAnew,
  },
  {
    name: (way) => `who held a job, a timer or the lease of one that is ${way} can do nothing to a new one of its id`,
    holds: isSafeFromFormerHolders,
  },
];

/** A new run of an id sees nothing of the former one, and its former holders can do nothing to it. */
export const reusedIdsContract: readonly ContractCase[] = ways.flatMap((way) =>
  promises.map((promise) => ({
    name: promise.name(way.name),
    run: async (context) => promise.holds(context.store, await way.go(context)),
  })),
);

async function hasNothing(store: Store): Promise<void> {
  const { outcome, execution } = await store.executions.create({ id: "e", idempotencyKey: "request" });
  const { version, input, state } = execution;
  assert.deepEqual([outcome, version, input, state], ["created", 1, undefined, undefined]);
  assert.deepEqual(await store.executions.leaseOf("e"), null);
  assert.deepEqual((await store.tasks.list({ executionId: "e" })).items, []);
  assert.deepEqual((await store.components.list("e")).items, []);
  assert.deepEqual((await store.timers.list({ executionId: "e" })).items, []);
  assert.deepEqual((await store.correlations.list({ executionId: "e" })).items, []);
  assert.deepEqual([await store.jobs.get("job"), await store.jobs.get("done")], [null, null]);
  assert.deepEqual([await store.history.count("e"), await store.history.last("e")], [0, null]);
  assert.deepEqual(await store.history.append("e", [{ kind: "new" }], { expectedNext: 1 }), [1]);
}

async function makesAnew(store: Store): Promise<void> {
  assert.equal((await store.correlations.deliver({ key: "k", ttlMs: 1 })).outcome, "kept");
  await store.executions.create({ id: "e" });
  const timer = { id: "timer", executionId: "e", step: "s", afterMs: 0, dedupeKey: "once", payload: "new" };
  assert.equal((await store.timers.schedule(timer)).id, "timer");
  assert.equal((await store.timers.require("timer")).payload, "new");
  const job = { id: "job", queue: "q", uniqueKey: "unique", executionId: "e", payload: "new" };
  assert.equal((await store.jobs.push(job)).outcome, "created");
  assert.equal((await store.jobs.require("job")).payload, "new");
  await store.tasks.save({ id: "t", executionId: "e", name: "work" });
  const { version, status, output } = await store.tasks.require("t");
  assert.deepEqual([version, status, output], [1, "pending", undefined]);
}

async function isSafeFromFormerHolders(store: Store, former: FormerHolder): Promise<void> {
  await store.executions.create({ id: "e" });
  await store.jobs.push({ id: "job", queue: "q", executionId: "e" });
  await store.timers.schedule({ id: "timer", executionId: "e", step: "s", afterMs: 0 });
  const [job] = await store.jobs.claim({ queues: ["q"], limit: 1, leaseMs: dayMs });
  const [timer] = await store.timers.claim({ leaseMs: dayMs });
  const lease = await store.executions.acquireLease("e", { holder: "new", leaseMs: dayMs });
  assert.ok(job && timer && lease);
  assert.deepEqual([job.id, timer.id], [former.job.id, former.timer.id]);
  const outcomes = [
    await store.jobs.complete(former.job, { result: "old" }),
    await store.jobs.fail(former.job),
    await store.jobs.release(former.job),
    await store.timers.acknowledge(former.timer),
    await store.timers.release(former.timer),
  ];
  assert.ok(outcomes.every(({ ok }) => !ok));
  assert.deepEqual(areHeld(await store.jobs.heartbeat([former.job], { leaseMs: dayMs })), [false]);
  assert.deepEqual(areHeld(await store.timers.heartbeat([former.timer])), [false]);
  assert.deepEqual(areHeld(await store.executions.heartbeat([{ id: "e", token: former.lease }], { leaseMs: dayMs })), [
    false,
  ]);
  assert.equal(await store.executions.releaseLease("e", former.lease), false);
  for (const step of [
    { require: { token: former.lease } },
    { holding: [former.job] },
    { acknowledge: [former.timer] },
  ]) {
    await assert.rejects(store.executions.transition("e", { ...step, state: "old" }), LeaseLostError);
  }
  assert.deepEqual(await store.jobs.complete(job), { ok: true });
  assert.deepEqual(await store.timers.acknowledge(timer), { ok: true });
  assert.equal(await store.executions.releaseLease("e", lease.token), true);
}
