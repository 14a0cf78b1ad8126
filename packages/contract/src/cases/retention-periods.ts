import assert from "node:assert/strict";
import type { Store } from "holdfast";
import type { ContractCase } from "../case.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** An execution that has ended, with one of everything that can be an execution's. */
async function endedWithAll(store: Store, id: string): Promise<void> {
  await store.executions.create({ id });
  await store.executions.transition(id, {
    status: "succeeded",
    tasks: [
      { id: `${id} task`, name: "work", status: "succeeded" },
      { id: `${id} child`, name: "part", status: "succeeded", parentId: `${id} task` },
    ],
    components: [{ component: "c", state: 1 }],
    waits: [{ id: `${id} wait`, key: `${id} key`, step: "s" }],
    timers: [{ id: `${id} timer`, step: "s", afterMs: 365 * dayMs, dedupeKey: "once" }],
    jobs: [{ id: `${id} job`, queue: "q" }],
    history: [{ kind: "step" }, { kind: "end" }],
  });
  const [job] = await store.jobs.claim({ queues: ["q"], limit: 1 });
  assert.ok(job);
  await store.jobs.complete(job);
}

/** What goes and what stays, at which moment. */
export const retentionPeriodsContract: readonly ContractCase[] = [
  {
    name: "an ended execution goes with all that is its own when its period is over, and not before",
    async run({ store, clock }) {
      await endedWithAll(store, "e");
      await store.executions.create({ id: "running", status: "running" });
      await clock.advance(30 * dayMs - 60_000);
      assert.deepEqual((await store.retain()).counts.executions, 0);
      await clock.advance(60_000);
      const { counts, isComplete } = await store.retain();
      assert.deepEqual([counts.executions, isComplete], [1, true]);
      assert.equal(await store.executions.get("e"), null);
      assert.equal(await store.tasks.get("e task"), null);
      assert.equal(await store.components.get("e", "c"), null);
      assert.equal(await store.correlations.get("e wait"), null);
      assert.equal(await store.timers.get("e timer"), null);
      assert.equal(await store.jobs.get("e job"), null);
      assert.equal(await store.history.count("e"), 0);
      assert.equal((await store.executions.require("running")).status, "running");
    },
  },
  {
    name: "an ended execution stays while a job is to be done or a timer is worked on",
    async run({ store, clock }) {
      const ids = ["ready", "running", "timer"];
      for (const id of ids) await store.executions.create({ id, status: "running" });
      await store.jobs.push({ queue: "ready", executionId: "ready" });
      await store.jobs.push({ queue: "running", executionId: "running" });
      await store.timers.schedule({ id: "t", executionId: "timer", step: "s", afterMs: 0 });
      for (const id of ids) await store.executions.setStatus(id, "failed");
      const policy = { executions: 3_600_000 };
      await clock.advance(7_200_000);
      const [job] = await store.jobs.claim({ queues: ["running"], limit: 1 });
      const [timer] = await store.timers.claim();
      assert.ok(job && timer);
      assert.equal((await store.retain(policy, { dryRun: true })).counts.executions, 0);
      assert.equal((await store.retain(policy)).counts.executions, 0);
      await store.jobs.complete(job);
      await store.timers.acknowledge(timer);
      assert.equal((await store.retain(policy, { dryRun: true })).counts.executions, 2);
      assert.equal((await store.retain(policy)).counts.executions, 2);
      assert.ok(await store.executions.get("ready"));
      assert.equal((await store.jobs.claim({ queues: ["ready"], limit: 1 })).length, 1);
    },
  },
  {
    name: "a parent stays while a child runs or is kept, however deep below, and goes together with them",
    async run({ store, clock }) {
      await store.executions.saveMany([
        { id: "root", status: "succeeded" },
        { id: "middle", parentId: "root", status: "succeeded" },
        { id: "leaf", parentId: "middle" },
        { id: "other leaf", parentId: "middle", status: "canceled" },
      ]);
      await clock.advance(31 * dayMs);
      assert.equal((await store.retain({}, { dryRun: true })).counts.executions, 1);
      assert.equal((await store.retain()).counts.executions, 1);
      await store.executions.setStatus("leaf", "failed");
      await clock.advance(29 * dayMs);
      assert.equal((await store.retain()).counts.executions, 0);
      await clock.advance(dayMs);
      assert.equal((await store.retain({}, { dryRun: true })).counts.executions, 3);
      assert.equal((await store.retain()).counts.executions, 3);
    },
  },
  {
    name: "fired and canceled timers go, those to come stay, and so do those of a step that may schedule them again",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      const timer = { executionId: "e", step: "s" };
      await store.timers.schedule({ ...timer, id: "fired", afterMs: 0 });
      await store.timers.schedule({ ...timer, id: "once", afterMs: 0, dedupeKey: "once" });
      await store.timers.acknowledgeMany(await store.timers.claim());
      await store.timers.schedule({ ...timer, id: "coming", afterMs: 90 * dayMs });
      await clock.advance(7 * dayMs - 60_000);
      assert.equal((await store.retain()).counts.timers, 0);
      await clock.advance(60_000);
      assert.equal((await store.retain({}, { dryRun: true })).counts.timers, 1);
      assert.equal((await store.retain()).counts.timers, 1);
      assert.equal(await store.timers.get("fired"), null);
      const { items } = await store.timers.list();
      assert.deepEqual(items.map(({ id }) => id).toSorted(), ["coming", "once"]);
    },
  },
  {
    name: "taken and expired events go with their dedupe ids, and those that wait for a waiter stay",
    async run({ store, clock }) {
      const { correlations } = store;
      await store.executions.create({ id: "e" });
      await correlations.deliver({ key: "taken", dedupeId: "d" });
      await correlations.wait({ key: "taken", executionId: "e", step: "s" });
      await correlations.deliver({ key: "short", ttlMs: dayMs });
      await correlations.deliver({ key: "long", ttlMs: 60 * dayMs });
      await clock.advance(7 * dayMs - 60_000);
      assert.equal((await store.retain()).counts.events, 0);
      assert.equal((await correlations.deliver({ key: "taken", dedupeId: "d" })).outcome, "duplicate");
      await clock.advance(dayMs + 120_000);
      assert.equal((await store.retain({}, { dryRun: true })).counts.events, 2);
      assert.equal((await store.retain()).counts.events, 2);
      assert.equal((await correlations.deliver({ key: "taken", dedupeId: "d" })).outcome, "kept");
      assert.equal((await correlations.events({ key: "long" })).items.length, 1);
    },
  },
  {
    name: "ended jobs of no execution go, the dead ones later, and those of an execution with it",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      await store.jobs.pushMany([
        { id: "done", queue: "q" },
        { id: "of e", queue: "q", executionId: "e" },
        { id: "dead", queue: "dead" },
        { id: "ready", queue: "ready" },
      ]);
      const claims = await store.jobs.claim({ queues: ["q"], limit: 2 });
      await store.jobs.completeMany(claims.map((claim) => ({ claim })));
      const [dead] = await store.jobs.claim({ queues: ["dead"], limit: 1 });
      assert.ok(dead);
      await store.jobs.fail(dead, { final: true });
      await clock.advance(7 * dayMs - 60_000);
      assert.equal((await store.retain()).counts.jobs, 0);
      await clock.advance(60_000);
      assert.equal((await store.retain({}, { dryRun: true })).counts.jobs, 1);
      const first = await store.retain();
      assert.deepEqual([first.counts.jobs, first.counts.deadJobs, await store.jobs.get("done")], [1, 0, null]);
      await clock.advance(23 * dayMs);
      assert.equal((await store.retain()).counts.deadJobs, 1);
      assert.deepEqual([await store.jobs.get("dead"), (await store.jobs.require("ready")).status], [null, "ready"]);
      assert.equal((await store.jobs.require("of e")).status, "succeeded");
    },
  },
  {
    name: "expired blobs and key/value entries go, and former versions of snapshots where a period says so",
    async run({ store, clock }) {
      await store.blobs.upload("expiring", new Uint8Array([1]), { ttlMs: 1000 });
      await store.kv.set({ prefix: "p", key: "expiring", value: new Uint8Array([1]), ttlMs: 1000 });
      await store.kv.set({ prefix: "p", key: "staying", value: new Uint8Array([2]) });
      await store.blobs.upload("staying", new Uint8Array([2]));
      for (const version of [1n, 2n]) {
        await store.snapshots.write({ persistenceId: "p", version, payload: new Uint8Array([3]), keep: "all" });
      }
      await clock.advance(dayMs);
      const kept = await store.retain({ blobs: false, kv: false });
      assert.deepEqual([kept.counts.blobs, kept.counts.kv], [0, 0]);
      const { counts } = await store.retain();
      assert.deepEqual([counts.blobs, counts.kv, counts.snapshots], [1, 1, 0]);
      assert.equal(await store.blobs.exists("staying"), true);
      assert.ok(await store.kv.get("p", "staying"));
      assert.equal((await store.retain({ snapshots: dayMs - 60_000 })).counts.snapshots, 1);
      assert.equal((await store.snapshots.require("p")).version, 2n);
    },
  },
  {
    name: "schedules go when they have ended for a while, and those that go on stay",
    async run({ store, clock }) {
      const endsAt = new Date((await clock.now()).getTime() + 90_000);
      await store.schedules.save({ id: "ending", queue: "q", everyMs: 60_000, endsAt });
      await store.schedules.save({ id: "going on", queue: "q", everyMs: 60_000 });
      await clock.advance(dayMs);
      await store.schedules.pushDue();
      assert.equal((await store.schedules.require("ending")).status, "ended");
      await clock.advance(29 * dayMs);
      assert.equal((await store.retain()).counts.schedules, 0);
      await clock.advance(dayMs);
      assert.equal((await store.retain({}, { dryRun: true })).counts.schedules, 1);
      assert.equal((await store.retain()).counts.schedules, 1);
      assert.ok(await store.schedules.get("going on"));
    },
  },
  {
    name: "entries that a fork shares stay with the fork when their execution goes",
    async run({ store, clock }) {
      await store.executions.create({ id: "source" });
      await store.history.append(
        "source",
        Array.from({ length: 5 }, (_, i) => ({ kind: `${i + 1}` })),
      );
      await store.executions.fork("source", { id: "fork", at: 3 });
      await store.executions.setStatus("source", "succeeded");
      await clock.advance(31 * dayMs);
      assert.equal((await store.retain()).counts.executions, 1);
      assert.equal(await store.executions.get("source"), null);
      const { items } = await store.history.read("fork");
      assert.deepEqual(
        items.map(({ kind }) => kind),
        ["1", "2", "3"],
      );
    },
  },
  {
    name: "what is kept for ever stays, and definitions too",
    async run({ store, clock }) {
      await store.definitions.publish({ name: "d", document: {} });
      await store.definitions.retire("d", 1);
      await endedWithAll(store, "e");
      await store.correlations.deliver({ key: "k" });
      await clock.advance(3650 * dayMs);
      const { counts } = await store.retain({ executions: false, timers: false, events: false });
      assert.deepEqual([counts.executions, counts.timers, counts.events], [0, 0, 0]);
      assert.ok(await store.executions.get("e"));
      assert.equal((await store.retain({ events: false })).counts.executions, 1);
      assert.equal((await store.definitions.versions("d")).items.length, 1);
    },
  },
  {
    name: "a period of the call's own counts, down to none at all",
    async run({ store, clock }) {
      await store.executions.save({ id: "e", status: "succeeded" });
      await clock.advance(1000);
      assert.equal((await store.retain({ executions: 2000 })).counts.executions, 0);
      assert.equal((await store.retain({ executions: 0 })).counts.executions, 1);
    },
  },
  {
    name: "jobs of a batch that was pushed and claimed at once stay until all of them have ended",
    async run({ store, clock }) {
      await store.jobs.pushMany(Array.from({ length: 20 }, () => ({ queue: "q" })));
      const claims = await store.jobs.claim({ queues: ["q"], limit: 20, leaseMs: dayMs });
      const [done, [first, ...others]] = [claims.slice(10), claims.slice(0, 10)];
      await store.jobs.completeMany(done.map((claim) => ({ claim })));
      await clock.advance(dayMs / 2);
      const policy = { jobs: dayMs / 2 };
      assert.equal((await store.retain(policy, { dryRun: true })).counts.jobs, 0);
      assert.equal((await store.retain(policy)).counts.jobs, 0);
      assert.ok(first);
      await store.jobs.fail(first, { final: true });
      assert.deepEqual((await store.queues.counts("q")).running, 9);
      assert.equal((await store.retain(policy, { dryRun: true })).counts.jobs, 10);
      assert.equal((await store.retain(policy)).counts.jobs, 10);
      await store.jobs.completeMany(others.map((claim) => ({ claim })));
      const { running, succeeded, dead } = await store.queues.counts("q");
      assert.deepEqual([running, succeeded, dead], [0, 9, 1]);
    },
  },
];
