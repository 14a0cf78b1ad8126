import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

const lost = { code: "lease_lost" };

/** The promises of ends of claimed executions: by a step, by a cancellation, and to callers who wait for them. */
export const executionEndsContract: readonly ContractCase[] = [
  {
    name: "the step that ends an execution clears what is left of it, and its children by policy",
    async run({ store }) {
      const { executions, jobs, timers, correlations } = store;
      for (const children of ["leave", "cancel"] as const) {
        const id = `e ${children}`;
        await executions.create({ id, queue: "q" });
        const [claimed] = await executions.claim({ queues: ["q"], limit: 1 });
        const token = claimed?.token ?? assert.fail(id);
        await executions.create({ id: `${id} child`, parentId: id, queue: "children" });
        await executions.create({ id: `${id} grandchild`, parentId: `${id} child` });
        await jobs.push({ id: `${id} job`, queue: "jobs", executionId: id });
        await timers.schedule({ executionId: id, step: "s", afterMs: 1000, dedupeKey: "once" });
        await correlations.wait({ executionId: id, step: "s", key: id });
        const end = { status: "succeeded", output: 7, children } as const;
        const ended = await executions.transition(id, { require: { token }, tasks: [{ name: "last" }], end });
        assert.equal(ended.execution?.status, "succeeded");
        const below = children === "leave" ? [] : [`${id} child`, `${id} grandchild`];
        assert.deepEqual(ended.canceledChildren, below);
        assert.deepEqual([(await executions.require(id)).output, await executions.leaseOf(id)], [7, null]);
        assert.equal((await jobs.require(`${id} job`)).status, "canceled");
        assert.equal((await correlations.list({ executionId: id })).items.length, 0);
        assert.equal(
          (await timers.list({ executionId: id })).items.filter(({ status }) => status === "scheduled").length,
          0,
        );
        const status = children === "leave" ? "pending" : "canceled";
        assert.equal((await executions.require(`${id} grandchild`)).status, status);
        assert.equal((await executions.claim({ queues: ["children"], limit: 1 })).length, children === "leave" ? 1 : 0);
        await assert.rejects(executions.transition(id, { require: { token }, end }), lost);
      }
    },
  },
  {
    name: "a canceled execution, waiting, parked or claimed, is over at once, and its holder changes nothing",
    async run({ store }) {
      const { executions, correlations } = store;
      await executions.createMany(["ready", "parked", "held"].map((id) => ({ id, queue: id })));
      const claimOf = async (id: string): Promise<number> => {
        const [one] = await executions.claim({ queues: [id], limit: 1 });
        return one?.token ?? assert.fail(id);
      };
      await executions.transition("parked", {
        require: { token: await claimOf("parked") },
        park: { waits: [{ key: "k" }] },
      });
      const token = await claimOf("held");
      for (const id of ["ready", "parked", "held"]) {
        assert.equal(await executions.cancel(id, { reason: "no more" }), true);
      }
      assert.equal(await executions.cancel("held"), false);
      assert.equal(await executions.cancel("none"), false);
      await assert.rejects(executions.transition("held", { require: { token }, tasks: [{ name: "t" }] }), lost);
      assert.equal((await executions.claim({ queues: ["ready", "parked", "held"], limit: 5 })).length, 0);
      assert.equal((await correlations.deliver({ key: "k" })).outcome, "kept");
      const { status, error } = await executions.require("parked");
      assert.deepEqual([status, error], ["canceled", { name: "Canceled", message: "no more" }]);
    },
  },
  {
    name: "a tree is canceled as a whole, and a single execution without its children",
    async run({ store: { executions } }) {
      await executions.createMany([
        { id: "root" },
        { id: "a", parentId: "root" },
        { id: "b", parentId: "a", queue: "q" },
        { id: "done", parentId: "a" },
      ]);
      await executions.setStatus("done", "succeeded");
      assert.equal(await executions.cancel("a"), true);
      assert.equal((await executions.require("b")).status, "pending");
      assert.equal(await executions.cancel("root", { tree: true }), true);
      const statuses = await Promise.all(
        ["root", "a", "b", "done"].map(async (id) => (await executions.require(id)).status),
      );
      // A cancellation does not reach below an execution that has ended.
      assert.deepEqual(statuses, ["canceled", "canceled", "pending", "succeeded"]);
    },
  },
  {
    name: "the result of an execution is waited for, and given when it ends",
    async run({ store }) {
      const { executions } = store;
      await executions.create({ id: "e" });
      assert.equal(await executions.result("e", { timeoutMs: 0 }), null);
      assert.equal(await executions.result("e", { timeoutMs: 50 }), null);
      const waiting = executions.result("e", { timeoutMs: 20_000 });
      await executions.transition("e", { end: { status: "succeeded", output: { n: 1 } } });
      assert.deepEqual((await waiting)?.output, { n: 1 });
      assert.equal((await executions.result("e"))?.status, "succeeded");
      await assert.rejects(executions.result("none", { timeoutMs: 0 }), { code: "not_found" });
    },
  },
  {
    name: "a failed attempt is made again after a while, and the last one fails the execution",
    async run({ store: { executions, jobs }, clock }) {
      await executions.create({ id: "e", queue: "q", maxAttempts: 2 });
      const claim = async (): Promise<{ readonly id: string; readonly token: number }> => {
        const [claimed] = await executions.claim({ queues: ["q"], limit: 1, leaseMs: 600_000 });
        return claimed ?? assert.fail("nothing to claim");
      };
      const first = await claim();
      const again = await executions.fail(first, { error: new Error("once"), retryAfterMs: 60_000 });
      assert.equal(again.outcome, "again");
      assert.equal((await jobs.next(["q"]))?.at.getTime(), again.runAt.getTime());
      assert.deepEqual(await executions.fail(first), { outcome: "lost" });
      assert.deepEqual(await executions.claim({ queues: ["q"], limit: 1 }), []);
      await clock.advance(60_001);
      const last = await claim();
      assert.deepEqual(await executions.fail({ id: "e", token: last.token }, { error: new Error("twice") }), {
        outcome: "failed",
      });
      const { status, error } = await executions.require("e");
      assert.deepEqual([status, (error as Error).message], ["failed", "twice"]);
      assert.deepEqual(await executions.fail(last), { outcome: "lost" });
      await assert.rejects(executions.fail(last, { retryAfterMs: -1 }), { code: "invalid_input" });
    },
  },
];
