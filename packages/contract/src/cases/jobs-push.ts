import assert from "node:assert/strict";
import { NotFoundError } from "holdfast";
import type { JobInput, PushedJob } from "holdfast/jobs";
import type { ContractCase } from "../case.ts";
import { pushedAs } from "./pushed.ts";

/** What pushing and reading jobs promise. */
export const jobsPushCases: readonly ContractCase[] = [
  {
    name: "a pushed job reads as it was given, with the defaults filled in",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      const runAt = new Date((await clock.now()).getTime() + 60_000);
      const given = {
        queue: "mail",
        id: "j",
        payload: { to: "a\u0000b\ud800" },
        priority: -5,
        runAt,
        maxAttempts: 3,
        backoff: { initialMs: 10, maxMs: 100 },
        timeoutMs: 5000,
        group: "g",
        uniqueKey: "k",
        executionId: "e",
        failsExecution: true,
        onDependencyFailure: "ignore",
      } as const;
      const pushed = await store.jobs.push({ ...given, requires: ["b", "a"] });
      assert.deepEqual(pushed, await pushedAs(store, { id: "j", outcome: "created", status: "scheduled" }));
      const { createdAt, ...rest } = await store.jobs.require("j");
      assert.ok(createdAt instanceof Date);
      assert.deepEqual(rest, {
        ...given,
        requires: ["a", "b"],
        status: "scheduled",
        attempts: 0,
        leaseUntil: null,
        holder: null,
        token: 0,
        startedAt: null,
        finishedAt: null,
        blockedBy: 0,
        result: undefined,
        error: undefined,
        failures: [],
      });
      const plain = await store.jobs.require((await store.jobs.push({ queue: "mail" })).id);
      assert.deepEqual([plain.status, plain.priority, plain.maxAttempts, plain.timeoutMs], ["ready", 0, 25, null]);
      assert.deepEqual(plain.backoff, { initialMs: 1000, maxMs: 3_600_000 });
    },
  },
  {
    name: "what a backoff leaves out is filled in, so that it never begins above its end",
    async run({ store }) {
      const half = [{ initialMs: 5000 }, { initialMs: 7_200_000 }, { maxMs: 60_000 }, { maxMs: 500 }, {}];
      const halves = await store.jobs.pushMany(half.map((backoff) => ({ queue: "half", backoff })));
      const whole = await Promise.all(halves.map(async ({ id }) => (await store.jobs.require(id)).backoff));
      assert.deepEqual(whole, [
        { initialMs: 5000, maxMs: 3_600_000 },
        { initialMs: 7_200_000, maxMs: 7_200_000 },
        { initialMs: 1000, maxMs: 60_000 },
        { initialMs: 500, maxMs: 500 },
        { initialMs: 1000, maxMs: 3_600_000 },
      ]);
    },
  },
  {
    name: "jobs of one call whose ids are made for them are each as they were given, in what they share and in what they do not",
    async run({ store, clock }) {
      await store.queues.configure("aging", { agingMs: 1000 });
      await store.executions.create({ id: "e" });
      const inOneMinute = new Date((await clock.now()).getTime() + 60_000);
      const inputs: readonly JobInput[] = [
        { queue: "aging", payload: 1, maxAttempts: 1, backoff: { initialMs: 1, maxMs: 1 } },
        { queue: "plain", priority: 7, runAt: inOneMinute },
        { queue: "aging", priority: -1, delayMs: 60_000, requires: ["gpu"] },
        { queue: "plain", payload: null, executionId: "e" },
        { queue: "plain", delayMs: 0 },
        { queue: "aging", delayMs: 60_000 },
        { queue: "plain", timeoutMs: 4 },
      ];
      const check = async (input: JobInput, { id, ...pushed }: PushedJob): Promise<void> => {
        const status = input.runAt !== undefined || (input.delayMs ?? 0) > 0 ? "scheduled" : "ready";
        const { createdAt, runAt, ...job } = await store.jobs.require(id);
        assert.deepEqual(pushed, { outcome: "created", status, runAt });
        const { queue, priority = 0, maxAttempts = 25, backoff = { initialMs: 1000, maxMs: 3_600_000 } } = input;
        const { payload, executionId = null, requires = [], timeoutMs = null } = input;
        const expected = { status, queue, priority, maxAttempts, backoff, timeoutMs, payload, executionId, requires };
        assert.deepEqual(
          Object.fromEntries(Object.keys(expected).map((name) => [name, Reflect.get(job, name)])),
          expected,
        );
        assert.deepEqual(runAt, input.runAt ?? new Date(createdAt.getTime() + (input.delayMs ?? 0)));
      };
      // What is alike or empty in a call of one is neither in the call of all.
      for (const call of [...inputs.map((input) => [input, { ...input, executionId: "e", payload: 2 }]), inputs]) {
        const pushed = await store.jobs.pushMany(call);
        assert.equal(pushed.length, call.length);
        for (const [i, input] of call.entries()) await check(input, pushed[i] as PushedJob);
      }
    },
  },
  {
    name: "a payload of JSON null is a payload, and none is none",
    async run({ store }) {
      await store.jobs.pushMany([
        { queue: "q", id: "null", payload: null },
        { queue: "q", id: "none" },
      ]);
      assert.equal((await store.jobs.require("null")).payload, null);
      assert.equal((await store.jobs.require("none")).payload, undefined);
      const claimed = await store.jobs.claim({ queues: ["q"], limit: 2 });
      assert.deepEqual(
        claimed.map((job) => job.payload),
        [null, undefined],
      );
    },
  },
  {
    name: "pushing an id again changes nothing and tells the status of the job that is kept",
    async run({ store }) {
      await store.jobs.push({ queue: "q", id: "j", payload: 1 });
      const again = { queue: "other", id: "j", payload: 2, priority: 9 };
      assert.deepEqual(
        await store.jobs.push(again),
        await pushedAs(store, { id: "j", outcome: "kept", status: "ready" }),
      );
      const [claim] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.ok(claim);
      assert.equal(claim.payload, 1);
      assert.deepEqual(
        await store.jobs.push(again),
        await pushedAs(store, { id: "j", outcome: "kept", status: "running" }),
      );
      await store.jobs.complete(claim);
      assert.deepEqual(await store.jobs.pushMany([again, { queue: "q", id: "k", uniqueKey: "u" }]), [
        await pushedAs(store, { id: "j", outcome: "kept", status: "succeeded" }),
        await pushedAs(store, { id: "k", outcome: "created", status: "ready" }),
      ]);
    },
  },
  {
    name: "pushMany answers in input order and is all or nothing",
    async run({ store }) {
      const pushed = await store.jobs.pushMany(["z", "a", "m"].map((id) => ({ queue: "q", id })));
      assert.deepEqual(
        pushed.map((each) => each.id),
        ["z", "a", "m"],
      );
      const claimed = await store.jobs.claim({ queues: ["q"], limit: 3 });
      assert.deepEqual(
        claimed.map((job) => job.id),
        ["z", "a", "m"],
      );
      const broken = [
        { queue: "q", id: "fine" },
        { queue: "q", id: "lost", executionId: "unknown" },
      ];
      await assert.rejects(store.jobs.pushMany(broken), NotFoundError);
      assert.equal(await store.jobs.get("fine"), null);
      assert.deepEqual(await store.jobs.pushMany([]), []);
    },
  },
  {
    name: "jobs pushed side by side keep the order of the calls, and one bad one fails alone",
    async run({ store }) {
      const calls = Array.from({ length: 60 }, (_, n) => store.jobs.push({ queue: "q", id: `j${60 - n}`, payload: n }));
      const bad = store.jobs.push({ queue: "q", executionId: "unknown" });
      await assert.rejects(bad, NotFoundError);
      await Promise.all(calls);
      const claimed = await store.jobs.claim({ queues: ["q"], limit: 100 });
      assert.deepEqual(
        claimed.map((job) => job.payload),
        Array.from({ length: 60 }, (_, n) => n),
      );
    },
  },
  {
    name: "jobs are listed by id, in pages, by queue, status and execution",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.jobs.pushMany([
        { queue: "a", id: "1", executionId: "e" },
        { queue: "b", id: "2", executionId: "e" },
        { queue: "a", id: "3", delayMs: 60_000 },
        { queue: "a", id: "4" },
      ]);
      const ids = async (filter: Parameters<typeof store.jobs.list>[0]): Promise<string> =>
        (await store.jobs.list(filter)).items.map((job) => job.id).join();
      assert.equal(await ids({}), "1,2,3,4");
      assert.equal(await ids({ queue: "a" }), "1,3,4");
      assert.equal(await ids({ queue: "a", status: "ready" }), "1,4");
      assert.equal(await ids({ executionId: "e" }), "1,2");
      const first = await store.jobs.list({ queue: "a", limit: 2 });
      assert.equal(first.next, "3");
      assert.equal(await ids({ queue: "a", limit: 2, after: first.next }), "4");
    },
  },
  {
    name: "jobs are counted by status, of a queue and of all",
    async run({ store }) {
      const none = { blocked: 0, scheduled: 0, ready: 0, running: 0, succeeded: 0, dead: 0, canceled: 0 };
      assert.deepEqual(await store.queues.counts(), none);
      await store.jobs.pushMany([
        { queue: "a", id: "1" },
        { queue: "a", id: "2", after: ["1"] },
        { queue: "a", delayMs: 60_000 },
        { queue: "b" },
      ]);
      assert.deepEqual(await store.queues.counts(), { ...none, ready: 2, blocked: 1, scheduled: 1 });
      await store.jobs.claim({ queues: ["b"], limit: 1 });
      assert.deepEqual(await store.queues.counts("b"), { ...none, running: 1 });
      assert.deepEqual(await store.queues.counts("none"), none);
    },
  },
  {
    name: "a missing job is null to get and an error to require",
    async run({ store }) {
      assert.equal(await store.jobs.get("unknown"), null);
      await assert.rejects(store.jobs.require("unknown"), (error) => {
        assert.ok(error instanceof NotFoundError);
        assert.deepEqual(error.facts, { entity: "job", id: "unknown" });
        return true;
      });
    },
  },
  {
    name: "a push in a transaction is seen by it, and undone with it",
    async run({ store }) {
      const failure = new Error("undone");
      const work = store.transaction(async (tx) => {
        await tx.jobs.push({ queue: "q", id: "j" });
        assert.equal((await tx.jobs.require("j")).status, "ready");
        throw failure;
      });
      await assert.rejects(work, failure);
      assert.equal(await store.jobs.get("j"), null);
    },
  },
  {
    name: "the jobs of an execution go with it",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.jobs.push({ queue: "q", id: "j", executionId: "e" });
      await store.executions.remove("e");
      assert.equal(await store.jobs.get("j"), null);
    },
  },
];
