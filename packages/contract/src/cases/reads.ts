import assert from "node:assert/strict";
import { InvalidInputError, NotFoundError } from "holdfast";
import type { Nouns, Read, ReadableNouns } from "holdfast/transactions";
import type { ContractCase } from "../case.ts";
import { feedOf } from "./feed.ts";

/** One call of every method that can be read together with others, by noun and method. */
const everyRead: Readonly<Record<string, Readonly<Record<string, Read>>>> = {
  definitions: {
    get: ({ definitions }) => definitions.get("d", "latest"),
    require: ({ definitions }) => definitions.require("d", "latest"),
    list: ({ definitions }) => definitions.list(),
    versions: ({ definitions }) => definitions.versions("d"),
    find: ({ definitions }) => definitions.find({ contains: { a: 1 } }),
  },
  executions: {
    get: ({ executions }) => executions.get("e"),
    getMany: ({ executions }) => executions.getMany(["e"]),
    ends: ({ executions }) => executions.ends(new Date(0)),
    require: ({ executions }) => executions.require("e"),
    list: ({ executions }) => executions.list({ labels: { size: { gte: 1 } } }),
    children: ({ executions }) => executions.children("e"),
    count: ({ executions }) => executions.count(),
    countBy: ({ executions }) => executions.countBy("status"),
    leaseOf: ({ executions }) => executions.leaseOf("e"),
    availabilityOf: ({ executions }) => executions.availabilityOf(["e"]),
    formerStates: ({ executions }) => executions.formerStates("e"),
    formerState: ({ executions }) => executions.formerState("e", 1),
  },
  tasks: {
    get: ({ tasks }) => tasks.get("t"),
    require: ({ tasks }) => tasks.require("t"),
    list: ({ tasks }) => tasks.list({ executionId: "e" }),
    count: ({ tasks }) => tasks.count({ executionId: "e" }),
    children: ({ tasks }) => tasks.children("t"),
    child: ({ tasks }) => tasks.child("t", "one"),
    root: ({ tasks }) => tasks.root("e", "one"),
    childrenOutputs: ({ tasks }) => tasks.childrenOutputs("t"),
    tree: ({ tasks }) => tasks.tree("t"),
    progress: ({ tasks }) => tasks.progress("t"),
    progressOfExecution: ({ tasks }) => tasks.progressOfExecution("e"),
    childCounts: ({ tasks }) => tasks.childCounts(["t"]),
    pages: ({ tasks }) => tasks.pages({ executionId: "e" }),
    timeline: ({ tasks }) => tasks.timeline("e"),
    groups: ({ tasks }) => tasks.groups("e"),
  },
  components: {
    get: ({ components }) => components.get("e", "c"),
    require: ({ components }) => components.require("e", "c"),
    list: ({ components }) => components.list("e"),
  },
  kv: {
    get: ({ kv }) => kv.get("p", "k"),
    require: ({ kv }) => kv.require("p", "k"),
    getMany: ({ kv }) => kv.getMany([{ prefix: "p", key: "k" }]),
    has: ({ kv }) => kv.has("p", "k"),
    hasMany: ({ kv }) => kv.hasMany([{ prefix: "p", key: "k" }]),
    count: ({ kv }) => kv.count("p"),
    list: ({ kv }) => kv.list("p"),
    listMany: ({ kv }) => kv.listMany([{ prefix: "p" }]),
    scan: ({ kv }) => kv.scan("p"),
    prefixes: ({ kv }) => kv.prefixes("p"),
  },
  correlations: {
    get: ({ correlations }) => correlations.get("w"),
    require: ({ correlations }) => correlations.require("w"),
    list: ({ correlations }) => correlations.list(),
    events: ({ correlations }) => correlations.events({ key: "k" }),
  },
  timers: {
    get: ({ timers }) => timers.get("m"),
    require: ({ timers }) => timers.require("m"),
    list: ({ timers }) => timers.list(),
    next: ({ timers }) => timers.next(),
  },
  schedules: {
    get: ({ schedules }) => schedules.get("s"),
    require: ({ schedules }) => schedules.require("s"),
    list: ({ schedules }) => schedules.list(),
    count: ({ schedules }) => schedules.count(),
    upcoming: ({ schedules }) => schedules.upcoming(1),
    preview: ({ schedules }) => schedules.preview("s", 1),
    next: ({ schedules }) => schedules.next(),
  },
  history: {
    read: ({ history }) => history.read("e"),
    readAll: ({ history }) => history.readAll(),
    last: ({ history }) => history.last("e"),
    count: ({ history }) => history.count("e"),
  },
  jobs: {
    get: ({ jobs }) => jobs.get("j"),
    getMany: ({ jobs }) => jobs.getMany(["j"]),
    require: ({ jobs }) => jobs.require("j"),
    list: ({ jobs }) => jobs.list(),
    deadLetters: ({ jobs }) => jobs.deadLetters("q"),
    next: ({ jobs }) => jobs.next(["q"]),
    progressOf: ({ jobs }) => jobs.progressOf("j"),
    log: ({ jobs }) => jobs.log("j"),
    dependencies: ({ jobs }) => jobs.dependencies("j"),
    ends: ({ jobs }) => jobs.ends(new Date(0)),
  },
  queues: {
    get: ({ queues }) => queues.get("q"),
    list: ({ queues }) => queues.list(),
    counts: ({ queues }) => queues.counts(),
    isPaused: ({ queues }) => queues.isPaused("q"),
  },
  snapshots: {
    latest: ({ snapshots }) => snapshots.latest("p"),
    latestMany: ({ snapshots }) => snapshots.latestMany(["p"]),
    require: ({ snapshots }) => snapshots.require("p"),
    at: ({ snapshots }) => snapshots.at("p", 1n),
    versions: ({ snapshots }) => snapshots.versions("p"),
    list: ({ snapshots }) => snapshots.list(),
    count: ({ snapshots }) => snapshots.count(),
  },
  checkpoints: {
    get: ({ checkpoints }) => checkpoints.get({ thread: "t" }),
    require: ({ checkpoints }) => checkpoints.require({ thread: "t", id: "2" }),
    list: ({ checkpoints }) => checkpoints.list(),
    count: ({ checkpoints }) => checkpoints.count(),
    ancestors: ({ checkpoints }) => checkpoints.ancestors({ thread: "t", id: "2" }),
    threads: ({ checkpoints }) => checkpoints.threads(),
  },
  blobs: {
    stat: ({ blobs }) => blobs.stat("b"),
    require: ({ blobs }) => blobs.require("b"),
    exists: ({ blobs }) => blobs.exists("b"),
    list: ({ blobs }) => blobs.list({}),
  },
};

/** An answer without its own time, and without how long it is until something is due, which is less each time. */
function timeless(answer: unknown): unknown {
  if (typeof answer !== "object" || answer === null) return answer;
  if ("inMs" in answer) return { ...answer, inMs: null };
  return "now" in answer ? { ...answer, now: null } : answer;
}

/** The promises of `read`: answers of one moment, and nothing written. */
export const readsContract: readonly ContractCase[] = [
  {
    name: "reads of several nouns answer each its own, in their order",
    run: async ({ store }) => {
      await store.executions.create({ id: "e", input: { n: 1 } });
      await store.jobs.pushMany([{ queue: "q" }, { queue: "q" }]);
      const [execution, jobs, missing, one] = await store.read([
        ({ executions }) => executions.get("e"),
        ({ jobs: queued }) => queued.list({ queue: "q" }),
        ({ kv }) => kv.get("p", "k"),
        async () => 1,
      ]);
      assert.deepEqual(execution?.input, { n: 1 });
      assert.equal(jobs.items.length, 2);
      assert.equal(missing, null);
      assert.equal(one, 1);
      assert.deepEqual(await store.read([]), []);
    },
  },
  {
    name: "every method that reads can be read together with the others",
    run: async ({ store }) => {
      await store.definitions.publish({ name: "d", document: { a: 1 } });
      await store.executions.create({ id: "e", labels: { size: 1 } });
      await store.tasks.save({ id: "t", executionId: "e", name: "one" });
      await store.tasks.createChildren("t", [{ name: "one", status: "succeeded", output: 1 }]);
      await store.components.save({ executionId: "e", component: "c", state: 1 });
      await store.kv.set({ prefix: "p", key: "k", value: new Uint8Array([1]) });
      await store.correlations.wait({ id: "w", executionId: "e", step: "s", key: "k" });
      await store.timers.schedule({ id: "m", executionId: "e", step: "s", afterMs: 60_000 });
      await store.schedules.save({ id: "s", queue: "q", everyMs: 60_000 });
      await store.history.append("e", [{ kind: "began" }]);
      await store.jobs.push({ id: "j", queue: "q" });
      await store.snapshots.write({ persistenceId: "p", version: 1n, payload: new Uint8Array([1]), manifest: "m" });
      await store.checkpoints.write({ thread: "t", id: "1", state: new Uint8Array([1]) });
      await store.checkpoints.write({ thread: "t", id: "2", parentId: "1", state: new Uint8Array([2]) });
      await store.blobs.upload("b", "bytes");
      await feedOf(store, 1);
      const reads = Object.values(everyRead).flatMap((methods) => Object.values(methods));
      const together = await store.read(reads);
      for (const [i, read] of reads.entries()) assert.deepEqual(timeless(together[i]), timeless(await read(store)));
      await store.read([
        async (nouns) => {
          const named = Object.entries(nouns).map(
            ([noun, methods]) => [noun, Object.keys(methods).toSorted()] as const,
          );
          const made = Object.entries(everyRead).map(
            ([noun, methods]) => [noun, Object.keys(methods).toSorted()] as const,
          );
          assert.deepEqual(Object.fromEntries(made), Object.fromEntries(named));
        },
      ]);
    },
  },
  {
    name: "what is read together is of one moment, while others write",
    run: async ({ store }) => {
      const end = new AbortController();
      const write = async (): Promise<void> => {
        for (let i = 0; !end.signal.aborted; i++) {
          const value = new Uint8Array([i % 256]);
          await store.kv.setMany(["a", "b", "c"].map((key) => ({ prefix: "p", key, value })));
        }
      };
      const writing = write();
      const valueOf =
        (key: string) =>
        async ({ kv }: ReadableNouns) =>
          (await kv.get("p", key))?.value?.[0];
      try {
        for (let i = 0; i < 100; i++) {
          const [a, b, c] = await store.read([valueOf("a"), valueOf("b"), valueOf("c")]);
          assert.deepEqual([b, c], [a, a]);
        }
      } finally {
        end.abort();
        await writing;
      }
    },
  },
  {
    name: "a read may ask again with what it has got, and all is of one moment then too",
    run: async ({ store }) => {
      await store.executions.create({ id: "e" });
      await store.tasks.save({ id: "t", executionId: "e", name: "one" });
      let runs = 0;
      const [name, count] = await store.read([
        async ({ tasks, executions }) => {
          runs += 1;
          const task = await tasks.require("t");
          // Between the first question and the second somebody writes: the second question's answer does not know it.
          if (runs === 1) await store.executions.create({ id: "late" });
          return (await executions.require(task.executionId)).id;
        },
        async ({ executions }) => executions.count(),
      ]);
      assert.deepEqual({ name, count, runs }, { name: "e", count: 2, runs: 2 });
    },
  },
  {
    name: "on a transaction, reads see what it wrote, and its caller may still write",
    run: async ({ store }) => {
      await store.transaction(async (tx) => {
        await tx.executions.create({ id: "e" });
        const [execution, tasks] = await tx.read([
          ({ executions }) => executions.get("e"),
          ({ tasks: listed }) => listed.list({ executionId: "e" }),
        ]);
        assert.equal(execution?.id, "e");
        assert.deepEqual(tasks.items, []);
        await tx.jobs.push({ id: "j", queue: "q" });
      });
      assert.ok(await store.jobs.get("j"));
    },
  },
  {
    name: "a read that fails fails them all with its own error, and writes are not to be had",
    run: async ({ store }) => {
      await store.kv.set({ prefix: "p", key: "k", value: new Uint8Array([1]) });
      const get: Read = ({ kv }) => kv.get("p", "k");
      await assert.rejects(store.read([get, ({ jobs }) => jobs.require("none")]), NotFoundError);
      await assert.rejects(store.read([get, ({ jobs }) => jobs.get("")]), InvalidInputError);
      const push: Read = (nouns) => (nouns as Nouns).jobs.push({ queue: "q" });
      await assert.rejects(store.read([get, push]), TypeError);
      await store.transaction(async (tx) => assert.rejects(tx.read([push]), TypeError));
      assert.equal((await store.jobs.list()).items.length, 0);
    },
  },
  {
    name: "what is no list of reads is refused by name",
    run: async ({ store }) => {
      const named = (field: string) => (error: unknown) =>
        error instanceof InvalidInputError && error.facts.field === field;
      const alone: unknown = async () => 1;
      await assert.rejects(store.read(alone as readonly Read[]), named("reads"));
      const begun: unknown = Promise.resolve(2);
      await assert.rejects(store.read([async () => 1, begun as Read]), named("reads[1]"));
    },
  },
  {
    name: "a store with limits reads together within them",
    run: async ({ store }) => {
      await store.kv.set({ prefix: "p", key: "k", value: new Uint8Array([1]) });
      const [has, counts] = await store
        .with({ timeoutMs: 60_000 })
        .read([({ kv }) => kv.has("p", "k"), ({ queues }) => queues.counts("q")]);
      assert.equal(has, true);
      assert.equal(counts.ready, 0);
      const ended = AbortSignal.abort(new RangeError("enough"));
      await assert.rejects(store.with({ signal: ended }).read([({ kv }) => kv.has("p", "k")]), RangeError);
    },
  },
];
