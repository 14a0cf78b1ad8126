import assert from "node:assert/strict";
import type { ClaimedExecution, Store } from "holdfast";
import type { ContractCase } from "../case.ts";

const queues = ["q"];
const lost = { code: "lease_lost" };
const allowed = { holder: "me", expired: "allowed" } as const;

async function claimed({ executions }: Store, leaseMs = 60_000): Promise<ClaimedExecution> {
  const [claim] = await executions.claim({ queues, limit: 1, leaseMs, holder: "me" });
  assert.ok(claim);
  return claim;
}

/** The promises to engines that fence by the holder's name. */
const holderCases: readonly ContractCase[] = [
  {
    name: "an expired lease counts for those who allow it, until another claim takes it",
    async run({ store, clock }) {
      const { executions } = store;
      await executions.create({ id: "e", queue: "q" });
      await claimed(store);
      await clock.advance(60_001);
      const task = { name: "t", status: "running" } as const;
      await assert.rejects(executions.transition("e", { require: { holder: "me" }, tasks: [task] }), lost);
      await assert.rejects(executions.transition("e", { require: { ...allowed, holder: "you" }, tasks: [task] }), lost);
      await executions.transition("e", { require: allowed, tasks: [task] });
      await executions.transition("e", { require: allowed, status: "running", tasks: [task] });
      const [taken] = await executions.claim({ queues, limit: 1, holder: "you" });
      assert.equal(taken?.attempts, 2);
      await assert.rejects(executions.transition("e", { require: allowed, tasks: [task] }), lost);
      await assert.rejects(executions.transition("e", { require: allowed, end: { status: "failed" } }), lost);
      assert.equal((await store.tasks.list({ executionId: "e" })).items.length, 2);
    },
  },
  {
    name: "a heartbeat names a lease by its holder, and renews an expired one only if that is allowed",
    async run({ store: { executions }, clock }) {
      await executions.createMany([
        { id: "e", queue: "q" },
        { id: "f", queue: "q" },
      ]);
      const held = await executions.claim({ queues, limit: 2, leaseMs: 60_000, holder: "me" });
      const mine = held.map(({ id }) => ({ id, holder: "me" }));
      const [until, none] = await executions.heartbeat(
        [
          { id: "e", holder: "me" },
          { id: "f", holder: "you" },
        ],
        {
          leaseMs: 90_000,
        },
      );
      assert.deepEqual([until, none], [(await executions.leaseOf("e"))?.leaseUntil, null]);
      await clock.advance(90_001);
      assert.deepEqual(await executions.heartbeat(mine), [null, null]);
      const renewed = await executions.heartbeat(mine, { expired: "allowed" });
      assert.ok(renewed.every((each) => each !== null));
      assert.deepEqual(await executions.claim({ queues, limit: 2 }), []);
      const bad = executions.heartbeat([{ id: "e", holder: "" }]);
      await assert.rejects(bad, { code: "invalid_input", message: /holder/ });
    },
  },
  {
    name: "executions of queues tell when they can be claimed, and who holds them",
    async run({ store, clock }) {
      const { executions } = store;
      const now = (await clock.now()).getTime();
      const later = new Date(now + 5_000);
      await executions.createMany([
        { id: "held", queue: "q" },
        { id: "later", queue: "q", runAt: later },
        { id: "parked", queue: "p" },
        { id: "none" },
      ]);
      const { token, leaseUntil } = await claimed(store);
      const [parked] = await executions.claim({ queues: ["p"], limit: 1 });
      assert.ok(parked);
      await executions.transition("parked", { require: { token: parked.token }, park: { waits: [{ key: "k" }] } });
      const free = { holder: null, token: null };
      assert.deepEqual(await executions.availabilityOf(["held", "later", "parked", "none", "missing"]), [
        { availableAt: leaseUntil, holder: "me", token },
        { availableAt: later, ...free },
        { availableAt: null, ...free },
        null,
        null,
      ]);
      await clock.advance(60_001);
      assert.equal((await executions.availabilityOf(["held"]))[0]?.holder, "me");
      await executions.cancel("held");
      assert.deepEqual(await executions.availabilityOf(["held"]), [null]);
    },
  },
];

/** The promises of claims that write. */
const claimChangeCases: readonly ContractCase[] = [
  {
    name: "a claim that says so starts executions and adds to their counters, also after a lost lease and a park",
    async run({ store: { executions }, clock }) {
      await executions.create({ id: "e", queue: "q" });
      const request = {
        queues,
        limit: 1,
        leaseMs: 60_000,
        change: { status: "running", usage: { claims: 1 } },
      } as const;
      const [first] = await executions.claim(request);
      assert.deepEqual([first?.status, first?.usage, first?.version], ["running", { claims: 1 }, 2]);
      assert.ok(first?.startedAt);
      await clock.advance(60_001);
      const [second] = await executions.claim(request);
      assert.deepEqual([second?.usage, second?.startedAt, second?.attempts], [{ claims: 2 }, first.startedAt, 2]);
      assert.ok(second);
      assert.equal(second.version, (await executions.require("e")).version);
      await executions.transition("e", {
        require: { token: second.token },
        status: "waiting",
        park: { afterMs: 60_000 },
      });
      await clock.advance(60_001);
      const [third] = await executions.claim({ ...request, change: { usage: { claims: 1 } } });
      assert.deepEqual([third?.status, third?.usage], ["waiting", { claims: 3 }]);
      const bad = { ...request, change: { status: "paused" } } as never;
      await assert.rejects(executions.claim(bad), { code: "invalid_input", message: /change\.status/ });
    },
  },
];

/** The promises of ends of tasks. */
const taskEndCases: readonly ContractCase[] = [
  {
    name: "the first end of a task counts, and each is answered with the whole task",
    async run({ store }) {
      const { executions, tasks } = store;
      await executions.create({ id: "e", queue: "q" });
      const { token } = await claimed(store);
      const require = { token };
      const names = ["a", "b", "c"].map((id) => ({ id, name: id, status: "running", input: { id } }) as const);
      await executions.transition("e", { require, tasks: names });
      const end = { id: "a", status: "succeeded", output: { n: 1 } } as const;
      const {
        endedTasks: [ended],
      } = await executions.transition("e", { require, endTasks: [end] });
      assert.deepEqual(ended, await tasks.require("a"));
      assert.deepEqual([ended.status, ended.input, ended.output], ["succeeded", { id: "a" }, { n: 1 }]);
      const again = { ...end, output: "other" };
      const { endedTasks } = await executions.transition("e", {
        require,
        endTasks: [again, { id: "b", status: "failed", error: { message: "no" } }],
        components: [{ component: "c", state: 1 }],
      });
      assert.deepEqual(endedTasks, [ended, await tasks.require("b")]);
      assert.deepEqual(endedTasks[1]?.error, { message: "no" });
      const other = executions.transition("e", { require, endTasks: [{ id: "a", status: "failed" }] });
      await assert.rejects(other, { code: "conflict" });
      const missing = executions.transition("e", { require, endTasks: [{ id: "none", status: "failed" }] });
      await assert.rejects(missing, { code: "not_found" });
    },
  },
  {
    name: "an end that refuses repeats is refused after the first, with the whole step",
    async run({ store }) {
      const { executions, history, tasks } = store;
      await executions.create({ id: "e" });
      await executions.transition("e", {
        tasks: [
          { id: "a", name: "a" },
          { id: "b", name: "b" },
        ],
      });
      const end = { id: "a", status: "succeeded", repeated: "refused" } as const;
      await executions.transition("e", { endTasks: [end] });
      const ended = await tasks.require("a");
      await assert.rejects(executions.transition("e", { endTasks: [end] }), { code: "conflict" });
      const both = { endTasks: [end, { id: "b", status: "succeeded" }], history: [{ kind: "ended" }] } as const;
      await assert.rejects(executions.transition("e", both), { code: "conflict" });
      assert.deepEqual(await tasks.require("a"), ended);
      assert.equal((await tasks.require("b")).status, "pending");
      assert.equal(await history.count("e"), 0);
    },
  },
  {
    name: "an end of a task takes the wait of its id along, and refuses tasks of others",
    async run({ store }) {
      const { executions } = store;
      await executions.createMany([{ id: "e", queue: "q" }, { id: "f" }]);
      await store.tasks.save({ id: "foreign", executionId: "f", name: "t" });
      const { token } = await claimed(store);
      const require = { token };
      await executions.transition("e", {
        require,
        tasks: [{ id: "t", name: "t", status: "running" }],
        waits: [{ id: "t", key: "k", step: "t" }],
      });
      await executions.transition("e", { require, endTasks: [{ id: "t", status: "succeeded" }] });
      const { outcome } = await store.correlations.deliver({ key: "k", keep: false });
      assert.equal(outcome, "missed");
      const foreign = executions.transition("e", { require, endTasks: [{ id: "foreign", status: "failed" }] });
      await assert.rejects(foreign, { code: "invalid_input" });
    },
  },
  {
    name: "a step answers the whole execution on request: alone, with others, and at its end",
    async run({ store }) {
      const { executions } = store;
      await executions.create({ id: "e", queue: "q", input: { a: 1 }, state: { s: 1 } });
      const require = { token: (await claimed(store)).token };
      const step = { require, returning: "record" } as const;
      const { record: changed } = await executions.transition("e", { ...step, status: "running", state: { s: 2 } });
      assert.deepEqual(changed, await executions.require("e"));
      assert.equal((await executions.transition("e", { ...step, tasks: [{ name: "t" }] })).record, null);
      const end = { status: "succeeded", output: null } as const;
      const { record } = await executions.transition("e", { ...step, end });
      assert.deepEqual(record, await executions.require("e"));
      assert.deepEqual([record?.input, record?.output], [{ a: 1 }, null]);
    },
  },
];

/** The promises of parks that any child ends. */
const anyChildCases: readonly ContractCase[] = [
  {
    name: "the end of any child wakes a park that waits for one, and that of an earlier child does not",
    async run({ store, clock }) {
      const { executions } = store;
      await executions.create({ id: "e", queue: "q" });
      const children = ["early", "a", "b"].map((id) => ({ id, parentId: "e" }));
      await executions.createMany(children);
      await executions.cancel("early");
      await clock.advance(1);
      const park = { children: "any", afterMs: 3_600_000 } as const;
      const first = await claimed(store);
      assert.equal((await executions.transition("e", { require: { token: first.token }, park })).parked, "waiting");
      await executions.setStatus("b", "failed");
      const second = await claimed(store);
      assert.equal(second.wake?.by, "children");
      await executions.cancel("a");
      assert.equal((await executions.transition("e", { require: { token: second.token }, park })).parked, "ready");
      await clock.advance(1);
      const third = await claimed(store);
      assert.equal((await executions.transition("e", { require: { token: third.token }, park })).parked, "waiting");
      const alone = executions.transition("e", { require: { token: third.token }, park: { children: "any" } });
      await assert.rejects(alone, { code: "invalid_input", message: /park/ });
    },
  },
  {
    name: "lists and counts find the executions of a queue",
    async run({ store: { executions } }) {
      await executions.createMany([
        { id: "a", queue: "q" },
        { id: "b", queue: "r" },
        { id: "c", queue: "q" },
        { id: "d" },
      ]);
      await executions.cancel("c");
      const { items } = await executions.list({ queue: "q", order: "desc" });
      assert.deepEqual(
        items.map(({ id }) => id),
        ["c", "a"],
      );
      assert.equal(await executions.count({ queue: "q", status: "pending" }), 1);
      assert.deepEqual(await executions.countBy("status", { queue: "r" }), [{ value: "pending", count: 1 }]);
      await assert.rejects(executions.list({ queue: "" }), { code: "invalid_input" });
    },
  },
];

/** What engines are promised that fence by a holder's name. */
export const executionHoldersContract: readonly ContractCase[] = [
  ...holderCases,
  ...claimChangeCases,
  ...taskEndCases,
  ...anyChildCases,
];
