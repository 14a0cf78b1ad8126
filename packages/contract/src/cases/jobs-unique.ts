import assert from "node:assert/strict";
import { DuplicateError, InvalidInputError } from "holdfast";
import type { ContractCase } from "../case.ts";
import { pushedAs } from "./pushed.ts";

/** What unique keys of jobs promise. */
export const jobsUniqueCases: readonly ContractCase[] = [
  {
    name: "a unique key keeps the job that holds it, until that one has ended",
    async run({ store }) {
      const first = await store.jobs.push({ queue: "q", uniqueKey: "k", payload: 1 });
      const again = { queue: "q", uniqueKey: "k", payload: 2 };
      assert.deepEqual(
        await store.jobs.push(again),
        await pushedAs(store, { id: first.id, outcome: "kept", status: "ready" }),
      );
      const [claim] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.ok(claim);
      assert.equal(claim.payload, 1);
      assert.deepEqual(
        await store.jobs.push(again),
        await pushedAs(store, { id: first.id, outcome: "kept", status: "running" }),
      );
      await store.jobs.complete(claim);
      const second = await store.jobs.push(again);
      assert.equal(second.outcome, "created");
      assert.notEqual(second.id, first.id);
    },
  },
  {
    name: "a unique key is a queue's own",
    async run({ store }) {
      const pushed = await store.jobs.pushMany([
        { queue: "a", uniqueKey: "k" },
        { queue: "b", uniqueKey: "k" },
        { queue: "a:1", uniqueKey: "2" },
        { queue: "a", uniqueKey: "1:2" },
      ]);
      assert.deepEqual(
        pushed.map((each) => each.outcome),
        ["created", "created", "created", "created"],
      );
    },
  },
  {
    name: "replace gives a waiting job the new payload, priority, timeout and moment, and its attempts back",
    async run({ store, clock }) {
      const { id } = await store.jobs.push({ queue: "q", uniqueKey: "k", payload: 1 });
      const [claim] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.ok(claim);
      await store.jobs.fail(claim, { retryAfterMs: 60_000 });
      const replace = {
        queue: "q",
        uniqueKey: "k",
        onConflict: "replace",
        payload: 2,
        priority: 7,
        timeoutMs: 5,
      } as const;
      assert.deepEqual(
        await store.jobs.push(replace),
        await pushedAs(store, { id, outcome: "replaced", status: "ready" }),
      );
      const job = await store.jobs.require(id);
      assert.deepEqual([job.payload, job.priority, job.timeoutMs, job.attempts], [2, 7, 5, 0]);
      assert.deepEqual(
        await store.jobs.push({ ...replace, delayMs: 60_000 }),
        await pushedAs(store, { id, outcome: "replaced", status: "scheduled" }),
      );
      assert.deepEqual(await store.jobs.claim({ queues: ["q"], limit: 1 }), []);
      await clock.advance(60_001);
      assert.equal((await store.jobs.claim({ queues: ["q"], limit: 1 })).length, 1);
    },
  },
  {
    name: "replace takes the key from a running job and pushes a new one",
    async run({ store }) {
      const first = await store.jobs.push({ queue: "q", uniqueKey: "k", payload: 1 });
      const [claim] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.ok(claim);
      const replace = { queue: "q", uniqueKey: "k", onConflict: "replace", payload: 2 } as const;
      const second = await store.jobs.push(replace);
      assert.deepEqual([second.outcome, second.status], ["created", "ready"]);
      const third = await store.jobs.push({ ...replace, payload: 3 });
      assert.deepEqual(third, await pushedAs(store, { id: second.id, outcome: "replaced", status: "ready" }));
      assert.deepEqual(await store.jobs.complete(claim), { ok: true });
      assert.equal((await store.jobs.require(first.id)).uniqueKey, null);
      assert.equal((await store.jobs.require(second.id)).payload, 3);
    },
  },
  {
    name: "an id that exists is kept before its unique key is looked at",
    async run({ store }) {
      await store.jobs.pushMany([
        { queue: "q", id: "a", payload: "a" },
        { queue: "q", id: "b", payload: "b", uniqueKey: "k" },
      ]);
      const pushed = await store.jobs.push({ queue: "q", id: "a", uniqueKey: "k", onConflict: "replace", payload: 9 });
      assert.deepEqual(pushed, await pushedAs(store, { id: "a", outcome: "kept", status: "ready" }));
      assert.equal((await store.jobs.require("b")).payload, "b");
    },
  },
  {
    name: "a job comes after the one that a unique key resolved to",
    async run({ store }) {
      const held = await store.jobs.push({ queue: "q", uniqueKey: "k" });
      const pushed = await store.jobs.pushMany([
        { queue: "q", id: "dropped", uniqueKey: "k" },
        { queue: "r", id: "next", after: ["dropped"] },
      ]);
      assert.deepEqual(pushed[0], await pushedAs(store, { id: held.id, outcome: "kept", status: "ready" }));
      assert.equal(pushed[1]?.status, "blocked");
      const [claim] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.ok(claim);
      await store.jobs.complete(claim);
      assert.equal((await store.jobs.require("next")).status, "ready");
    },
  },
  {
    name: "a unique key may be in a batch once",
    async run({ store }) {
      const repeated = [
        { queue: "q", uniqueKey: "k" },
        { queue: "q", uniqueKey: "k" },
      ];
      await assert.rejects(store.jobs.pushMany(repeated), (error) => {
        assert.ok(error instanceof InvalidInputError);
        assert.equal(error.facts.field, "inputs[1].uniqueKey");
        return true;
      });
      const side = await Promise.all(repeated.map((input) => store.jobs.push(input)));
      assert.deepEqual(side.map((each) => each.outcome).sort(), ["created", "kept"]);
    },
  },
  {
    name: "a dead job is not retried while another has its unique key",
    async run({ store }) {
      const { id } = await store.jobs.push({ queue: "q", uniqueKey: "k" });
      const [claim] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.ok(claim);
      await store.jobs.fail(claim, { final: true });
      const other = await store.jobs.push({ queue: "q", uniqueKey: "k" });
      await assert.rejects(store.jobs.retry(id), (error) => {
        assert.ok(error instanceof DuplicateError);
        assert.deepEqual(error.facts, { entity: "job", id, holder: other.id });
        return true;
      });
      assert.equal((await store.jobs.require(id)).status, "dead");
      await store.jobs.cancel(other.id);
      assert.equal(await store.jobs.retry(id), true);
    },
  },
];
