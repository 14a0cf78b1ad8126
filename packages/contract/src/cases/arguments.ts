import assert from "node:assert/strict";
import type { Store } from "holdfast";
import type { ContractCase } from "../case.ts";

/** null or a text where an object belongs: what untyped callers give. */
type Wrong = never;

/** Every method that takes an object which may be left out, or a list, and the name under which it takes it. */
const calls: readonly (readonly [string, (store: Store, wrong: Wrong) => Promise<unknown>])[] = [
  ["options", (store, wrong) => store.definitions.remove("d", 1, wrong)],
  ["request", (store, wrong) => store.definitions.list(wrong)],
  ["page", (store, wrong) => store.definitions.versions("d", wrong)],
  ["request", (store, wrong) => store.definitions.find({}, wrong)],
  ["input", (store, wrong) => store.definitions.publish(wrong)],
  ["input", (store, wrong) => store.executions.create(wrong)],
  ["inputs", (store, wrong) => store.executions.createMany(wrong)],
  ["input", (store, wrong) => store.executions.save(wrong)],
  ["inputs", (store, wrong) => store.executions.saveMany(wrong)],
  ["change", (store, wrong) => store.executions.setStatus("e", "running", wrong)],
  ["completion", (store, wrong) => store.executions.complete("e", wrong)],
  ["query", (store, wrong) => store.executions.list(wrong)],
  ["query", (store, wrong) => store.executions.children("e", wrong)],
  ["filter", (store, wrong) => store.executions.count(wrong)],
  ["options", (store, wrong) => store.executions.acquireLease("e", wrong)],
  ["claims", (store, wrong) => store.executions.heartbeat(wrong)],
  ["options", (store, wrong) => store.executions.heartbeat([], wrong)],
  ["options", (store, wrong) => store.transaction((tx) => tx.executions.lock("e", wrong))],
  ["input", (store, wrong) => store.executions.start(wrong)],
  ["jobs", (store, wrong) => store.executions.start({ jobs: wrong })],
  ["input", (store, wrong) => store.executions.transition("e", wrong)],
  ["tasks", (store, wrong) => store.executions.transition("e", { tasks: wrong })],
  ["components", (store, wrong) => store.executions.transition("e", { components: wrong })],
  ["complete", (store, wrong) => store.executions.transition("e", { complete: wrong })],
  ["history", (store, wrong) => store.executions.transition("e", { history: wrong })],
  ["input", (store, wrong) => store.tasks.save(wrong)],
  ["inputs", (store, wrong) => store.tasks.saveMany(wrong)],
  ["children", (store, wrong) => store.tasks.createChildren("t", wrong)],
  ["change", (store, wrong) => store.tasks.setStatus("t", "failed", wrong)],
  ["usage", (store, wrong) => store.tasks.setStatus("t", "failed", { usage: wrong })],
  ["usage", (store, wrong) => store.tasks.addUsage("t", wrong)],
  ["request", (store, wrong) => store.tasks.list(wrong)],
  ["filter", (store, wrong) => store.tasks.count(wrong)],
  ["request", (store, wrong) => store.tasks.children("t", wrong)],
  ["request", (store, wrong) => store.tasks.tree("t", wrong)],
  ["options", (store, wrong) => store.transaction((tx) => tx.tasks.lock("t", wrong))],
  ["input", (store, wrong) => store.components.save(wrong)],
  ["inputs", (store, wrong) => store.components.saveMany(wrong)],
  ["page", (store, wrong) => store.components.list("e", wrong)],
  ["input", (store, wrong) => store.correlations.wait(wrong)],
  ["inputs", (store, wrong) => store.correlations.waitMany(wrong)],
  ["input", (store, wrong) => store.correlations.deliver(wrong)],
  ["inputs", (store, wrong) => store.correlations.deliverMany(wrong)],
  ["request", (store, wrong) => store.correlations.list(wrong)],
  ["request", (store, wrong) => store.correlations.events(wrong)],
  ["input", (store, wrong) => store.timers.schedule(wrong)],
  ["inputs", (store, wrong) => store.timers.scheduleMany(wrong)],
  ["request", (store, wrong) => store.timers.claim(wrong)],
  ["claim", (store, wrong) => store.timers.acknowledge(wrong)],
  ["claims", (store, wrong) => store.timers.acknowledgeMany(wrong)],
  ["options", (store, wrong) => store.timers.release({ id: "t", token: 1 }, wrong)],
  ["options", (store, wrong) => store.timers.releaseMany([{ id: "t", token: 1 }], wrong)],
  ["options", (store, wrong) => store.timers.heartbeat([], wrong)],
  ["request", (store, wrong) => store.timers.list(wrong)],
  ["entries", (store, wrong) => store.history.append("e", wrong)],
  ["options", (store, wrong) => store.history.append("e", [], wrong)],
  ["request", (store, wrong) => store.history.read("e", wrong)],
  ["input", (store, wrong) => store.jobs.push(wrong)],
  ["inputs", (store, wrong) => store.jobs.pushMany(wrong)],
  ["request", (store, wrong) => store.jobs.claim(wrong)],
  ["options", (store, wrong) => store.jobs.heartbeat([], wrong)],
  ["claim", (store, wrong) => store.jobs.complete(wrong)],
  ["options", (store, wrong) => store.jobs.complete({ id: "j", token: 1 }, wrong)],
  ["completions", (store, wrong) => store.jobs.completeMany(wrong)],
  ["options", (store, wrong) => store.jobs.fail({ id: "j", token: 1 }, wrong)],
  ["failures", (store, wrong) => store.jobs.failMany(wrong)],
  ["options", (store, wrong) => store.jobs.release({ id: "j", token: 1 }, wrong)],
  ["releases", (store, wrong) => store.jobs.releaseMany(wrong)],
  ["changes", (store, wrong) => store.jobs.reschedule("j", wrong)],
  ["changes", (store, wrong) => store.jobs.rescheduleByKey({ queue: "q", uniqueKey: "u" }, wrong)],
  ["key", (store, wrong) => store.jobs.rescheduleByKey(wrong, { priority: 1 })],
  ["options", (store, wrong) => store.jobs.rescue(wrong)],
  ["filter", (store, wrong) => store.jobs.list(wrong)],
  ["page", (store, wrong) => store.jobs.deadLetters("q", wrong)],
  ["page", (store, wrong) => store.queues.list(wrong)],
  ["options", (store, wrong) => store.queues.get("q", wrong)],
  ["input", (store, wrong) => store.executions.fork("e", wrong)],
  ["request", (store, wrong) => store.history.readAll(wrong)],
  ["input", (store, wrong) => store.kv.set(wrong)],
  ["inputs", (store, wrong) => store.kv.setMany(wrong)],
  ["options", (store, wrong) => store.kv.setMany([], wrong)],
  ["options", (store, wrong) => store.kv.touch("p", "k", wrong)],
  ["keys", (store, wrong) => store.kv.touchMany(wrong)],
  ["options", (store, wrong) => store.kv.touchMany([], wrong)],
  ["requests", (store, wrong) => store.kv.listMany(wrong)],
  ["request", (store, wrong) => store.kv.list("p", wrong)],
  ["page", (store, wrong) => store.kv.scan("p", wrong)],
  ["page", (store, wrong) => store.kv.prefixes("p", wrong)],
  ["options", (store, wrong) => store.kv.remove("p", "k", wrong)],
  ["range", (store, wrong) => store.kv.removeRange("p", wrong)],
  ["options", (store, wrong) => store.kv.removeUnder("p", wrong)],
  ["input", (store, wrong) => store.snapshots.write(wrong)],
  ["options", (store, wrong) => store.snapshots.latest("p", wrong)],
  ["options", (store, wrong) => store.snapshots.latestMany(["p"], wrong)],
  ["options", (store, wrong) => store.snapshots.at("p", 1n, wrong)],
  ["page", (store, wrong) => store.snapshots.versions("p", wrong)],
  ["request", (store, wrong) => store.snapshots.list(wrong)],
  ["filter", (store, wrong) => store.snapshots.count(wrong)],
  ["input", (store, wrong) => store.checkpoints.write(wrong)],
  ["input", (store, wrong) => store.checkpoints.addWrites(wrong)],
  ["reference", (store, wrong) => store.checkpoints.get(wrong)],
  ["request", (store, wrong) => store.checkpoints.list(wrong)],
  ["filter", (store, wrong) => store.checkpoints.count(wrong)],
  ["key", (store, wrong) => store.checkpoints.ancestors(wrong)],
  ["options", (store, wrong) => store.checkpoints.ancestors({ thread: "t", id: "c" }, wrong)],
  ["page", (store, wrong) => store.checkpoints.threads(wrong)],
  ["pruning", (store, wrong) => store.checkpoints.prune("t", wrong)],
  ["selection", (store, wrong) => store.checkpoints.removeAll(wrong)],
  ["options", (store, wrong) => store.blobs.upload("k", new Uint8Array(), wrong)],
  ["options", (store, wrong) => store.blobs.download("k", wrong)],
  ["options", (store, wrong) => store.blobs.sweep(wrong)],
  ["input", (store, wrong) => store.schedules.save(wrong)],
  ["filter", (store, wrong) => store.schedules.list(wrong)],
  ["options", (store, wrong) => store.schedules.pushDue(wrong)],
  ["policy", (store, wrong) => store.retain(wrong)],
  ["options", (store, wrong) => store.retain({}, wrong)],
];

/** Single values that are wrong, and what they are called: said before anything is looked up, for no execution is there. */
const values: readonly (readonly [string, (store: Store, wrong: Wrong) => Promise<unknown>])[] = [
  ["status", (store, wrong) => store.executions.setStatus("e", wrong)],
  ["definition", (store, wrong) => store.executions.list({ definition: wrong })],
  ["definition", (store, wrong) => store.executions.create({ definition: [wrong] as never })],
  ["transform", (store, wrong) => store.executions.complete("e", { transform: wrong })],
  ["expectedVersion", (store) => store.executions.complete("e", { expectedVersion: -1 })],
  ["token", (store) => store.executions.complete("e", { token: -1 })],
  ["steps", (store, wrong) => store.definitions.publish({ name: "d", document: {}, steps: wrong })],
];

/** Settings that, left out in silence, would remove more than was meant, take limits away, or let a transaction write. */
const misspelt: readonly (readonly [string, (store: Store) => Promise<unknown>])[] = [
  ["dryrun", (store) => store.retain({ executions: 0 }, { dryrun: true } as never)],
  ["exectionId", (store) => store.jobs.cancelAll({ queue: "q", exectionId: "e" } as never)],
  ["limitt", (store) => store.jobs.retryAll({ queue: "q", limitt: 1 } as never)],
  ["keepLatest", (store) => store.snapshots.prune("p", { olderThanVersion: 5n, keepLatest: 2 } as never)],
  ["expected", (store) => store.kv.remove("p", "k", { expected: 1 } as never)],
  ["until", (store) => store.kv.removeRange("p", { gte: "a", until: "b" } as never)],
  ["max", (store) => store.kv.removeUnder("p", { max: 1 } as never)],
  ["olderThan", (store) => store.blobs.sweep({ olderThan: 86_400_000 } as never)],
  ["concurency", (store) => store.queues.configure("q", { concurency: 1 } as never)],
  ["readonly", (store) => store.transaction((tx) => tx.executions.count(), { readonly: true } as never)],
  ["timeout", async (store) => store.with({ timeout: 1000 } as never).executions.count()],
  ["signal", async (store) => store.with({ signal: new AbortController() as never }).executions.count()],
];

const claim = { id: "j", token: 1 };
const payload = new Uint8Array();

/** Lists with one item that is wrong, and what of it. */
const lists: readonly (readonly [string, (store: Store) => Promise<unknown>])[] = [
  ["inputs[1].id", (store) => store.executions.createMany([{ id: "e" }, { id: "" }])],
  ["inputs[2]", (store) => store.executions.createMany([{}, { idempotencyKey: "k" }, { idempotencyKey: "k" }])],
  ["inputs[1].expectedVersion", (store) => store.executions.saveMany([{ id: "e" }, { id: "f", expectedVersion: -1 }])],
  ["inputs[0].executionId", (store) => store.tasks.saveMany([{ name: "t" } as never])],
  ["children[1].name", (store) => store.tasks.createChildren("t", [{ name: "a" }, { name: "" }])],
  ["inputs[0].component", (store) => store.components.saveMany([{ executionId: "e", component: "", state: 1 }])],
  ["inputs[0].key", (store) => store.correlations.waitMany([{ key: "", executionId: "e", step: "s" }])],
  ["inputs[1].to", (store) => store.correlations.deliverMany([{ key: "a" }, { key: "b", to: "none" as never }])],
  ["inputs[0].afterMs", (store) => store.timers.scheduleMany([{ executionId: "e", step: "s", afterMs: -1 }])],
  ["inputs[1].queue", (store) => store.jobs.pushMany([{ queue: "q" }, { queue: "" }])],
  ["completions[0].result", (store) => store.jobs.completeMany([{ claim, result: 1n }])],
  ["completions[1].claim.token", (store) => store.jobs.completeMany([{ claim }, { claim: { id: "k", token: -1 } }])],
  ["failures[0].claim.id", (store) => store.jobs.failMany([{ claim: { id: "", token: 1 } }])],
  ["failures[0].retryAfterMs", (store) => store.jobs.failMany([{ claim, retryAfterMs: -1 }])],
  ["inputs[0].version", (store) => store.snapshots.writeMany([{ persistenceId: "p", version: -1n, payload }])],
  [
    "inputs[1].payload",
    (store) =>
      store.snapshots.writeMany([
        { persistenceId: "p", version: 1n, payload },
        { persistenceId: "q", version: 1n, payload: "text" as never },
      ]),
  ],
  ["inputs[0].queue", (store) => store.schedules.saveMany([{ id: "s", cron: "* * * * *", queue: "" }])],
  ["inputs[0].value", (store) => store.kv.setMany([{ prefix: "p", key: "k", value: 1 as never }])],
  [
    "keys[1].key",
    (store) =>
      store.kv.getMany([
        { prefix: "p", key: "k" },
        { prefix: "p", key: 1 as never },
      ]),
  ],
  ["keys[0].expectedVersion", (store) => store.kv.removeMany([{ prefix: "p", key: "k", expectedVersion: -1 }])],
  ["complete[0].result", (store) => store.executions.transition("e", { complete: [{ claim, result: 1n }] })],
  ["tasks[0].name", (store) => store.executions.transition("e", { tasks: [{ name: "" }] })],
  [
    "components[0].component",
    (store) => store.executions.transition("e", { components: [{ component: "", state: 1 }] }),
  ],
  ["timers[0].afterMs", (store) => store.executions.transition("e", { timers: [{ step: "s", afterMs: -1 }] })],
  ["taskStatuses[0].id", (store) => store.executions.transition("e", { taskStatuses: [{ id: "", status: "failed" }] })],
  [
    "taskStatuses[0].status",
    (store) => store.executions.transition("e", { taskStatuses: [{ id: "t", status: "none" as never }] }),
  ],
  ["cancelTimers[1]", (store) => store.executions.transition("e", { cancelTimers: ["t", ""] })],
  ["history[1].kind", (store) => store.executions.transition("e", { history: [{ kind: "k" }, { kind: "" }] })],
  ["history", (store) => store.executions.transition("e", { expectedNext: 1 })],
  ["holding[0].token", (store) => store.executions.transition("e", { holding: [{ id: "j", token: -1 }] })],
  ["complete[0]", (store) => store.executions.transition("e", { holding: [claim], complete: [{ claim }] })],
  [
    "complete[1]",
    (store) => store.executions.transition("e", { holding: [{ id: "k", token: 1 }], complete: [{ claim }, { claim }] }),
  ],
  ["persistenceIds[0]", (store) => store.snapshots.removeMany([5, 5] as never)],
  ["entries[1].payload", (store) => store.history.append("e", [{ kind: "k" }, { kind: "k", payload: 1n }])],
];

/** What is said of arguments that are no objects, and of options under names that are none. */
export const argumentsContract: readonly ContractCase[] = [null, "text"]
  .map((wrong): ContractCase => ({
    name: `${JSON.stringify(wrong)} in place of an object or a list is refused by the argument's name, in every method`,
    async run({ store }) {
      for (const [field, call] of calls) {
        await assert.rejects(
          () => call(store, wrong as Wrong),
          { code: "invalid_input", facts: { field } },
          `${call.toString()} of ${JSON.stringify(wrong)}`,
        );
      }
    },
  }))
  .concat({
    name: "a value of another type than its argument has is refused by its name, before anything is looked up",
    async run({ store }) {
      for (const wrong of [null, 5, "text", []]) {
        for (const [field, call] of values) {
          await assert.rejects(
            () => call(store, wrong as Wrong),
            { code: "invalid_input", facts: { field } },
            `${call.toString()} of ${JSON.stringify(wrong)}`,
          );
        }
      }
      await assert.rejects(() => store.executions.setStatus("e", undefined as never), { facts: { field: "status" } });
    },
  })
  .concat({
    name: "a misspelt setting is refused by its name",
    async run({ store }) {
      await store.executions.create({ id: "e", status: "running" });
      await store.executions.setStatus("e", "succeeded");
      for (const [field, call] of misspelt) {
        await assert.rejects(() => call(store), { code: "invalid_input", facts: { field } }, call.toString());
      }
      assert.equal(await store.executions.count(), 1);
    },
  })
  .concat({
    name: "what is wrong with an item of a list is said of its field in its place, and nothing of the list is written",
    async run({ store }) {
      for (const [field, call] of lists) {
        await assert.rejects(() => call(store), { code: "invalid_input", facts: { field } }, call.toString());
      }
      assert.equal(await store.executions.count(), 0);
    },
  })
  .concat({
    name: "what comes twice in a list is told as the caller has written it",
    async run({ store: { kv, timers } }) {
      const entry = { prefix: "p", key: "k", value: null };
      const twice = (told: string): object => ({ message: `${told}, which a batch may hold once.` });
      await assert.rejects(kv.setMany([entry, entry]), twice('inputs[1] repeats "p" "k"'));
      await assert.rejects(timers.acknowledgeMany([claim, claim]), twice('claims[1] repeats "j"'));
    },
  })
  .concat({
    name: "the claims that a transition holds and those that it completes are limited together",
    async run({ store }) {
      const all = Array.from({ length: 10_001 }, (_, n) => ({ id: `j${n}`, token: 1 }));
      const complete = all.slice(5_000).map((each) => ({ claim: each }));
      await assert.rejects(() => store.executions.transition("e", { holding: all.slice(0, 5_000), complete }), {
        code: "invalid_input",
        message: /^complete has, with the other claims of jobs, 10001 items/,
      });
    },
  });
