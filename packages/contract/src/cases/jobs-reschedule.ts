import assert from "node:assert/strict";
import { InvalidInputError, type Store } from "holdfast";
import type { Rescheduling } from "holdfast/jobs";
import type { ContractCase } from "../case.ts";

async function claimedIds(store: Store, queue = "q"): Promise<readonly string[]> {
  const jobs = await store.jobs.claim({ queues: [queue], limit: 100, leaseMs: 3_600_000 });
  return jobs.map(({ id }) => id);
}

/** The promises of reschedulings, and of reads of many. */
export const jobsRescheduleCases: readonly ContractCase[] = [
  {
    name: "a waiting job is put off, brought forward and given another priority, and keeps its payload and attempts",
    async run({ store, clock }) {
      await store.jobs.pushMany([
        { id: "a", queue: "q", payload: { n: 1 } },
        { id: "b", queue: "q", delayMs: 600_000 },
        { id: "c", queue: "q" },
        { id: "d", queue: "q", priority: 5 },
      ]);
      const [first] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.ok(first);
      await store.jobs.fail(first, { error: "once", retryAfterMs: 0 });
      const before = await store.jobs.require("a");
      const runAt = new Date((await clock.now()).getTime() + 600_000);
      const away = await store.jobs.reschedule("a", { runAt });
      assert.deepEqual(away, { ok: true, id: "a", status: "scheduled", runAt });
      assert.deepEqual(await store.jobs.require("a"), { ...before, status: "scheduled", runAt });
      const soon = await store.jobs.reschedule("b", { delayMs: 0 });
      assert.deepEqual(soon, { ok: true, id: "b", status: "ready", runAt: (await store.jobs.require("b")).runAt });
      const better = await store.jobs.reschedule("d", { priority: -1 });
      assert.deepEqual(better.ok && [better.status, (await store.jobs.require("d")).priority], ["ready", -1]);
      assert.deepEqual(await claimedIds(store), ["d", "c", "b"]);
      await clock.advance(600_000);
      const [again] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.deepEqual([again?.id, again?.payload, again?.attempts], ["a", { n: 1 }, 2]);
    },
  },
  {
    name: "a job is rescheduled by its unique key, and together with others in chunks and in groups",
    async run({ store, clock }) {
      const { id } = await store.jobs.push({ queue: "q", uniqueKey: "u" });
      await store.jobs.push({ queue: "other", uniqueKey: "u" });
      const away = await store.jobs.rescheduleByKey({ queue: "q", uniqueKey: "u" }, { delayMs: 600_000, priority: 3 });
      assert.deepEqual(away, { ok: true, id, status: "scheduled", runAt: (await store.jobs.require(id)).runAt });
      assert.deepEqual((await claimedIds(store, "other")).length, 1);
      const pushed = await store.jobs.pushMany(Array.from({ length: 20 }, (_, i) => ({ queue: "chunk", payload: i })));
      const ids = pushed.map((job) => job.id);
      await Promise.all(ids.slice(0, 5).map((each) => store.jobs.reschedule(each, { delayMs: 600_000 })));
      assert.deepEqual(await claimedIds(store, "chunk"), ids.slice(5));
      await store.queues.configure("grouped", { concurrencyPerGroup: 1 });
      await store.jobs.pushMany(["x", "y", "z"].map((each) => ({ id: each, queue: "grouped", group: "g" })));
      assert.equal((await store.jobs.reschedule("x", { delayMs: 600_000 })).ok, true);
      assert.equal((await store.jobs.reschedule("z", { priority: -1 })).ok, true);
      const [z] = await store.jobs.claim({ queues: ["grouped"], limit: 9 });
      assert.equal(z?.id, "z");
      await store.jobs.complete(z);
      assert.deepEqual(await claimedIds(store, "grouped"), ["y"]);
      await clock.advance(600_000);
      assert.deepEqual(await claimedIds(store), [id]);
      assert.deepEqual((await claimedIds(store, "chunk")).toSorted(), ids.slice(0, 5).toSorted());
    },
  },
  {
    name: "a blocked job stays blocked until its own moment is due too, and one that waits no more stays as it is",
    async run({ store, clock }) {
      await store.jobs.pushMany([
        { id: "a", queue: "q" },
        { id: "b", queue: "late", after: ["a"] },
      ]);
      const away = await store.jobs.reschedule("b", { delayMs: 600_000 });
      assert.deepEqual(away.ok && [away.id, away.status], ["b", "blocked"]);
      const [a] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.ok(a);
      const running = { status: "running", token: a.token, attempts: 1 };
      assert.deepEqual(await store.jobs.reschedule("a", { priority: 1 }), { ok: false, current: running });
      await store.jobs.complete(a);
      const ended = { ...running, status: "succeeded" };
      assert.deepEqual(await store.jobs.reschedule("a", { delayMs: 0 }), { ok: false, current: ended });
      assert.equal((await store.jobs.require("b")).status, "scheduled");
      await clock.advance(600_000);
      assert.deepEqual(await claimedIds(store, "late"), ["b"]);
      const none = { ok: false, current: null };
      assert.deepEqual(await store.jobs.reschedule("none", { delayMs: 0 }), none);
      assert.deepEqual(await store.jobs.rescheduleByKey({ queue: "q", uniqueKey: "none" }, { delayMs: 0 }), none);
    },
  },
  {
    name: "a rescheduling that says nothing or too much is refused by the name of its field",
    async run({ store }) {
      await store.jobs.push({ id: "j", queue: "q" });
      const refused: readonly (readonly [string, Rescheduling])[] = [
        ["changes", {}],
        ["delayMs", { runAt: new Date(), delayMs: 1 }],
        ["delayMs", { delayMs: -1 }],
        ["priority", { priority: 0.5 }],
        ["runAt", { runAt: new Date(Number.NaN) }],
        ["prio", { prio: 1 } as never],
      ];
      for (const [field, changes] of refused) {
        await assert.rejects(store.jobs.reschedule("j", changes), (error) => {
          assert.ok(error instanceof InvalidInputError);
          assert.equal(error.facts["field"], field);
          return true;
        });
      }
      await assert.rejects(store.jobs.rescheduleByKey({ queue: "q" } as never, { priority: 1 }), {
        facts: { field: "uniqueKey" },
      });
    },
  },
  {
    name: "jobs are read together, in the order of their ids, with null for each that does not exist",
    async run({ store }) {
      await store.jobs.pushMany([
        { id: "a", queue: "q", payload: 1 },
        { id: "b", queue: "q", after: ["a"] },
        ...Array.from({ length: 12 }, () => ({ queue: "chunk" })),
      ]);
      const chunk = (await store.jobs.list({ queue: "chunk" })).items;
      const ids = ["b", "none", "a", ...chunk.map(({ id }) => id), "b"];
      const found = await store.jobs.getMany(ids);
      const each = await Promise.all(ids.map((id) => store.jobs.get(id)));
      assert.deepEqual(found, each);
      assert.deepEqual(await store.jobs.getMany([]), []);
      const tooMany = store.jobs.getMany(Array.from({ length: 1001 }, (_, i) => `j${i}`));
      await assert.rejects(tooMany, { code: "invalid_input", facts: { field: "ids" } });
    },
  },
];
