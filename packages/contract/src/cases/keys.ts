import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Store } from "holdfast";
import type { ContractCase } from "../case.ts";

/** Text of so many bytes that PostgreSQL cannot compress, and so stands in an index as long as it is. */
function noise(bytes: number): string {
  return randomBytes(bytes).toString("base64url").slice(0, bytes);
}

const key = (): string => noise(1024);
const id = (): string => noise(255);

/** A call with a text for a field, whose limit is named where the text has one byte more. */
type Call = (store: Store, text: string) => Promise<unknown>;

/** The most bytes of every field that an engine names something by. */
const limits: readonly (readonly [field: string, bytes: number, call: Call])[] = [
  ["id", 255, ({ executions }, text) => executions.create({ id: text })],
  ["name", 255, ({ definitions }, text) => definitions.publish({ name: text, document: 1 })],
  ["queue", 255, ({ jobs }, text) => jobs.push({ queue: text })],
  ["idempotencyKey", 1024, ({ executions }, text) => executions.create({ idempotencyKey: text })],
  ["group", 1024, ({ executions }, text) => executions.create({ queue: "q", group: text })],
  ["correlationKey", 1024, ({ executions }, text) => executions.list({ correlationKey: text })],
  ["component", 1024, ({ components }, text) => components.save({ executionId: "e", component: text, state: 1 })],
  ["name", 1024, ({ tasks }, text) => tasks.save({ executionId: "e", name: text })],
  ["agent", 1024, ({ tasks }, text) => tasks.save({ executionId: "e", name: "n", agent: text, action: "a" })],
  ["action", 1024, ({ tasks }, text) => tasks.save({ executionId: "e", name: "n", agent: "a", action: text })],
  ["tool", 1024, ({ tasks }, text) => tasks.save({ executionId: "e", name: "n", tool: text })],
  ["component", 1024, ({ tasks }, text) => tasks.list({ component: text })],
  ["key", 1024, ({ correlations }, text) => correlations.wait({ key: text, executionId: "e", step: "s" })],
  ["step", 1024, ({ correlations }, text) => correlations.wait({ key: "k", executionId: "e", step: text })],
  ["key", 1024, ({ correlations }, text) => correlations.deliver({ key: text })],
  ["dedupeId", 1024, ({ correlations }, text) => correlations.deliver({ key: "k", dedupeId: text })],
  ["step", 1024, ({ timers }, text) => timers.schedule({ executionId: "e", step: text, afterMs: 1 })],
  [
    "dedupeKey",
    1024,
    ({ timers }, text) => timers.schedule({ executionId: "e", step: "s", afterMs: 1, dedupeKey: text }),
  ],
  ["uniqueKey", 1024, ({ jobs }, text) => jobs.push({ queue: "q", uniqueKey: text })],
  ["group", 1024, ({ jobs }, text) => jobs.push({ queue: "q", group: text })],
  [
    "persistenceId",
    1024,
    ({ snapshots }, text) => snapshots.write({ persistenceId: text, version: 1n, payload: new Uint8Array() }),
  ],
  ["thread", 255, ({ checkpoints }, text) => checkpoints.write({ thread: text, id: "c", state: new Uint8Array() })],
  [
    "namespace",
    1024,
    ({ checkpoints }, text) => checkpoints.write({ thread: "t", namespace: text, id: "c", state: new Uint8Array() }),
  ],
  ["key", 1024, ({ blobs }, text) => blobs.upload(text, new Uint8Array())],
  ["prefix", 1024, ({ kv }, text) => kv.set({ prefix: text, key: "", value: null })],
];

/** What fills each index with the longest keys that it may get. */
const longest: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  "executions, their waits, timers, tasks and components": async (store) => {
    const { executions, correlations, timers, tasks, components } = store;
    const executionId = id();
    const definition = { name: id(), version: 1 };
    await store.definitions.publish({ ...definition, document: 1 });
    const idempotencyKey = key();
    await executions.create({ id: executionId, definition, idempotencyKey });
    assert.equal((await executions.create({ definition, idempotencyKey })).execution.id, executionId);
    const [step, event, dedupeKey] = [key(), key(), key()];
    await correlations.wait({ executionId, step, key: event });
    const [waiting] = (await executions.list({ correlationKey: event })).items;
    assert.equal(waiting?.id, executionId);
    const delivered = await correlations.deliver({ key: event, dedupeId: dedupeKey });
    assert.equal(delivered.outcome, "delivered");
    assert.equal((await correlations.deliver({ key: event, dedupeId: dedupeKey })).outcome, "duplicate");
    const timer = { executionId, step, afterMs: 60_000, dedupeKey };
    const { id: timerId } = await timers.schedule(timer);
    assert.equal((await timers.schedule(timer)).id, timerId);
    assert.equal(await timers.cancelAll({ executionId, step }), 1);
    const parentId = id();
    await tasks.save({ id: parentId, executionId, name: key(), type: "parallel" });
    const [name, agent, action] = [key(), key(), key()];
    const child = await tasks.save({
      id: id(),
      executionId,
      parentId,
      name,
      attempt: 2,
      agent,
      action,
      component: key(),
    });
    assert.equal((await tasks.child(parentId, name))?.id, child.id);
    for (const filter of [{ name }, { agent }, { action }]) assert.equal(await tasks.count(filter), 1);
    const component = key();
    await components.save({ executionId, component, state: 1 });
    assert.equal((await components.require(executionId, component)).component, component);
  },
  "jobs and executions in groups": async ({ jobs, executions, queues }) => {
    const queue = id();
    const requires = [id(), id(), id(), noise(220)];
    await queues.configure(queue, { concurrencyPerGroup: 1 });
    const [group, uniqueKey] = [key(), key()];
    await jobs.pushMany([
      { id: "first", queue, group, requires, uniqueKey },
      { id: "second", queue, group, requires },
      { id: "later", queue, group, requires, runAt: new Date("2999-01-01") },
    ]);
    await executions.create({ id: "e", queue, group, requires });
    assert.equal((await jobs.push({ queue, uniqueKey })).id, "first");
    const [claim] = await jobs.claim({ queues: [queue], limit: 1, capabilities: requires });
    assert.equal(claim?.id, "first");
    assert.deepEqual(await jobs.claim({ queues: [queue], limit: 9, capabilities: requires }), []);
    await queues.configure(queue, { concurrencyPerGroup: null });
    const [second] = await jobs.claim({ queues: [queue], limit: 9, capabilities: requires });
    assert.equal(second?.id, "second");
    assert.deepEqual(await jobs.cancelAll({ queue, group }), { changed: 3, next: null });
  },
  "snapshots and their former versions": async ({ snapshots }) => {
    const persistenceId = key();
    const definition = { name: id(), version: 1 };
    for (const version of [1n, 2n]) {
      await snapshots.write({ persistenceId, version, payload: new Uint8Array(), definition, shard: 7, keep: "all" });
    }
    const { items } = await snapshots.list({ definitionName: definition.name });
    assert.deepEqual(
      items.map((head) => head.persistenceId),
      [persistenceId],
    );
    assert.equal((await snapshots.versions(persistenceId)).items.length, 2);
  },
  "checkpoints, their parts and their writes": async ({ checkpoints }) => {
    const place = { thread: id(), namespace: key(), id: id() };
    const state = new Uint8Array();
    const part = { name: id(), version: id(), value: state };
    await checkpoints.write({ ...place, parentId: id(), labels: { [id()]: key() }, state, parts: [part] });
    await checkpoints.addWrites({ ...place, task: id(), path: key(), writes: [{ name: id(), value: state }] });
    const { parts, writes } = await checkpoints.require(place);
    assert.deepEqual([parts.length, writes.length], [1, 1]);
  },
};

/** What every store promises of keys: which lengths it keeps, and that it says which it does not. */
export const keysContract: readonly ContractCase[] = [
  {
    name: "a key has as many bytes as its limit, and one more is refused with the field and the limit",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      for (const [field, bytes, call] of limits) {
        for (const text of [noise(bytes), "é".repeat(bytes >> 1), "\u{10ffff}".repeat(bytes >> 2)]) {
          await call(store, text);
        }
        await assert.rejects(
          call(store, noise(bytes + 1)),
          (error: { code?: string; message?: string; facts?: object }) => {
            assert.deepEqual([error.code, error.facts], ["invalid_input", { field }]);
            assert.match(
              error.message ?? "",
              new RegExp(`^${field} has ${bytes + 1} bytes, above the limit of ${bytes}`),
            );
            return true;
          },
        );
        await assert.rejects(call(store, `${"é".repeat(bytes >> 1)}xx`), { facts: { field } });
      }
    },
  },
  ...Object.entries(longest).map(([what, fill]): ContractCase => ({
    name: `the longest keys that nothing compresses fit in every index: ${what}`,
    run: async ({ store }) => void (await fill(store)),
  })),
  {
    name: "a list by names begins and ends with the greatest name that there may be",
    async run({ store: { executions, components, snapshots } }) {
      const greatest = "\u{10ffff}".repeat(256);
      await executions.create({ id: "e" });
      const names = ["a", greatest.slice(2), greatest];
      await components.saveMany(names.map((component) => ({ executionId: "e", component, state: 1 })));
      await snapshots.writeMany(
        names.map((persistenceId) => ({ persistenceId, version: 1n, payload: new Uint8Array() })),
      );
      const inOrder = async (order: "asc" | "desc"): Promise<readonly string[][]> => [
        (await components.list("e", { order })).items.map(({ component }) => component),
        (await snapshots.list({ order })).items.map(({ persistenceId }) => persistenceId),
      ];
      assert.deepEqual(await inOrder("asc"), [names, names]);
      assert.deepEqual(await inOrder("desc"), [names.toReversed(), names.toReversed()]);
    },
  },
];
