import assert from "node:assert/strict";
import { type ClaimedJob, InvalidInputError, type Store } from "holdfast";
import type { StoreEventName, StoreEvents } from "holdfast/worker";
import type { ContractCase } from "../case.ts";

type Told = { readonly [Name in StoreEventName]: readonly [name: Name, event: StoreEvents[Name]] }[StoreEventName];

// By the names of all events: the compiler refuses one that is missing here.
const eventNames = Object.keys({
  "job.completed": true,
  "job.failed": true,
  "job.dead": true,
  "job.canceled": true,
  "execution.ended": true,
} satisfies Readonly<Record<StoreEventName, true>>) as readonly StoreEventName[];

/** What a store tells from now on, each event behind its name. */
function listenTo(store: Store): { readonly told: Told[]; readonly stop: () => void } {
  const told: Told[] = [];
  const hear = <Name extends StoreEventName>(name: Name): (() => void) =>
    store.on(name, (event) => told.push([name, event] as unknown as Told));
  const stops = eventNames.map((name) => hear(name));
  const stopAll = (): void => {
    for (const stop of stops) stop();
  };
  return { told, stop: stopAll };
}

/** Pushes jobs, and claims them by their ids. */
async function claimed(store: Store, ids: readonly string[], maxAttempts = 2): Promise<readonly ClaimedJob[]> {
  await store.jobs.pushMany(ids.map((id) => ({ id, queue: "q", maxAttempts })));
  const claims = await store.jobs.claim({ queues: ["q"], limit: 100, leaseMs: 60_000 });
  return ids.map((id) => claims.find((claim) => claim.id === id) as ClaimedJob);
}

/** What the listeners of a store hear, and when. */
export const eventsContract: readonly ContractCase[] = [
  {
    name: "listeners are told of jobs that ended or failed, with what was given, and not of lost claims",
    async run({ store }) {
      const [a, b, c, d, e] = (await claimed(store, ["a", "b", "c", "d", "e"])) as [
        ClaimedJob,
        ClaimedJob,
        ClaimedJob,
        ClaimedJob,
        ClaimedJob,
      ];
      const { told, stop } = listenTo(store);
      await store.jobs.complete(a, { result: 1 });
      await store.jobs.completeMany([{ claim: b, result: 2 }, { claim: { ...c, token: c.token + 2 } }]);
      const failed = await store.jobs.fail(c, { error: "again" });
      await store.jobs.failMany([{ claim: d, error: "no", final: true }, { claim: a }]);
      await store.jobs.cancel("e");
      await store.jobs.complete(e);
      await store.jobs.pushMany(["f", "g"].map((id) => ({ id, queue: "other" })));
      await store.jobs.cancelAll({ queue: "other" });
      assert.ok(failed.ok && failed.status !== "dead");
      assert.deepEqual(told, [
        ["job.completed", { id: "a", token: a.token, result: 1 }],
        ["job.completed", { id: "b", token: b.token, result: 2 }],
        ["job.failed", { id: "c", token: c.token, error: "again", runAt: failed.runAt }],
        ["job.dead", { id: "d", token: d.token, error: "no" }],
        ["job.canceled", { id: "e" }],
        ["job.canceled", { id: "f" }],
        ["job.canceled", { id: "g" }],
      ]);
      stop();
      await store.jobs.retry("e");
      await store.jobs.cancel("e");
      assert.equal(told.length, 7);
    },
  },
  {
    name: "listeners are told of jobs whose last lease ran out, by the claim or the rescue that finds them",
    async run({ store, clock }) {
      await claimed(store, ["a", "b"], 1);
      await store.jobs.push({ id: "c", queue: "r", maxAttempts: 1 });
      await store.jobs.claim({ queues: ["r"], limit: 1, leaseMs: 60_000 });
      await clock.advance(60_000);
      const { told } = listenTo(store);
      await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.deepEqual(told.map(([name, { id }]) => `${name} ${id}`).sort(), ["job.dead a", "job.dead b"]);
      assert.deepEqual(await store.jobs.rescue(), { reclaimed: 0, died: 1 });
      assert.deepEqual(told[2], ["job.dead", { id: "c", token: null, error: null }]);
    },
  },
  {
    name: "listeners are told of executions that ended, and of the jobs that a transition ends",
    async run({ store }) {
      const { told } = listenTo(store);
      await store.executions.createMany(["a", "b", "c", "d"].map((id) => ({ id })));
      const [job] = await claimed(store, ["j"]);
      assert.ok(job);
      await store.jobs.push({ id: "k", queue: "other", executionId: "a" });
      await store.executions.transition("a", { complete: [{ claim: job, result: 1 }], cancelJobs: ["k"] });
      await store.executions.transition("a", { end: { status: "timed_out" } });
      await store.executions.complete("b");
      await store.executions.cancel("c");
      await store.executions.setStatus("d", "running");
      await store.executions.setStatus("d", "failed");
      assert.deepEqual(told, [
        ["job.completed", { id: "j", token: job.token, result: 1 }],
        ["job.canceled", { id: "k" }],
        ["execution.ended", { id: "a", status: "timed_out" }],
        ["execution.ended", { id: "b", status: "succeeded" }],
        ["execution.ended", { id: "c", status: "canceled" }],
        ["execution.ended", { id: "d", status: "failed" }],
      ]);
    },
  },
  {
    name: "listeners are told of executions that fail with a dead job, whether it failed or its last lease ran out",
    async run({ store, clock }) {
      await store.executions.createMany(["x", "y"].map((id) => ({ id })));
      const [failing, lost] = ["x", "y"].map((executionId) => ({
        id: `of ${executionId}`,
        queue: executionId,
        executionId,
        failsExecution: true,
        maxAttempts: 1,
      }));
      assert.ok(failing && lost);
      await store.jobs.pushMany([failing, lost]);
      const [claim] = await store.jobs.claim({ queues: ["x"], limit: 1 });
      assert.ok(claim);
      await store.jobs.claim({ queues: ["y"], limit: 1, leaseMs: 60_000 });
      const { told } = listenTo(store);
      await store.jobs.fail(claim, { error: "no" });
      await clock.advance(60_000);
      assert.deepEqual(await store.jobs.rescue(), { reclaimed: 0, died: 1 });
      assert.deepEqual(told.map(([name, { id }]) => `${name} ${id}`).sort(), [
        "execution.ended x",
        "execution.ended y",
        "job.dead of x",
        "job.dead of y",
      ]);
    },
  },
  {
    name: "listeners are told of a transaction after its commit, and never of what was undone",
    async run({ store }) {
      const [a, b, c] = (await claimed(store, ["a", "b", "c"])) as [ClaimedJob, ClaimedJob, ClaimedJob];
      const { told } = listenTo(store);
      await assert.rejects(
        store.transaction(async (tx) => {
          await tx.jobs.complete(a);
          throw new RangeError("undone");
        }),
        RangeError,
      );
      await store.transaction(async (tx) => {
        await tx.transaction((inner) => inner.jobs.complete(a));
        await tx
          .transaction(async (inner) => {
            await inner.jobs.complete(b);
            throw new RangeError("undone");
          })
          .catch(() => undefined);
        await tx.jobs.fail(c, { final: true });
        assert.deepEqual(told, []);
      });
      assert.deepEqual(
        told.map(([name, { id }]) => `${name} ${id}`),
        ["job.completed a", "job.dead c"],
      );
    },
  },
  {
    name: "a listener of an event that there is not, or that is none, is refused by name",
    async run({ store }) {
      const refused = (field: string, call: () => unknown): void =>
        assert.throws(call, (error) => error instanceof InvalidInputError && error.facts.field === field);
      refused("name", () => store.on("job.done" as never, () => undefined));
      refused("listener", () => store.on("job.dead", 7 as never));
    },
  },
];
