import type { Store, Transaction } from "../../src/index.ts";

/** Writes and reads of many kinds, so that each type of value crosses a transaction both ways. What differs each time is left out. */
export async function exercise(tx: Transaction, id: string): Promise<unknown> {
  const at = new Date("2031-02-03T04:05:06.789Z");
  await tx.executions.create({ id, labels: { "a,b": 'say "hi" \\' }, input: { text: "\0\uD800 {}" } });
  await tx.tasks.saveMany([
    { id: `${id}/1`, executionId: id, name: "first", type: "basic", tool: "t", attempt: 2 },
    { id: `${id}/2`, executionId: id, name: "second", type: "basic", tool: "t", parentId: `${id}/1` },
  ]);
  await tx.timers.schedule({ id: `${id}/t`, executionId: id, step: "s", fireAt: at, payload: null });
  await tx.correlations.wait({ key: `${id}, "w"`, executionId: id, step: "w", expiresAt: at });
  await tx.history.append(id, [{ kind: "a", payload: { big: 1e300 } }, { kind: "b" }], { expectedNext: 1 });
  await tx.jobs.pushMany(
    Array.from({ length: 12 }, (_, i) => ({ id: `${id}/${i}`, queue: `q ${id}`, payload: { i, text: '\\"{},' } })),
  );
  await tx.kv.setMany([
    { prefix: id, key: "bytes", value: new Uint8Array([0, 1, 92, 34, 255]) },
    { prefix: id, key: "empty", value: new Uint8Array() },
    { prefix: id, key: "null", value: null },
    { prefix: id, key: 'quoted "\\', value: new TextEncoder().encode("x"), ttlMs: 60_000 },
  ]);
  await tx.kv.set({ prefix: id, key: "one", value: new Uint8Array([7]) });
  const payload = new Uint8Array([1, 0, 255]);
  const snapshot = { persistenceId: id, version: 9223372036854775807n, payload, manifest: "m", shard: 3 };
  await tx.snapshots.write({ ...snapshot, timestamp: 1_700_000_000_000n });
  const claims = await tx.jobs.claim({ queues: [`q ${id}`], limit: 3 });
  const [completed] = await tx.jobs.completeMany(claims.slice(0, 1).map((claim) => ({ claim, result: [true, null] })));
  const { version, labels, input, status } = await tx.executions.require(id);
  const { items: tasks } = await tx.tasks.list({ executionId: id });
  const { fireAt, payload: timer, status: timerStatus } = await tx.timers.require(`${id}/t`);
  const { items: waits } = await tx.correlations.list({ executionId: id });
  const { items: entries } = await tx.kv.list(id);
  const stored = await tx.snapshots.require(id);
  return [
    { version, labels, input, status, timer, timerStatus, fireAt, completed: completed?.ok },
    tasks.map(({ name, usage, status, attempt }) => ({ name, usage, status, attempt })),
    waits.map(({ step, status, expiresAt }) => ({ step, status, expiresAt })),
    entries.map(({ key, value, expiresAt }) => [key, value && [...value], expiresAt instanceof Date]),
    { version: stored.version, timestamp: stored.timestamp, payload: [...stored.payload], shard: stored.shard },
    claims.map(({ payload, attempts, token }) => ({ payload, attempts, isToken: Number.isInteger(token) })),
    await tx.history.read(id).then(({ items }) => items.map(({ number, kind, payload: body }) => [number, kind, body])),
    await tx.jobs.get("none"),
  ];
}

/** The number of jobs in a queue. */
export async function jobsIn(store: Store, queue: string): Promise<number> {
  return (await store.jobs.list({ queue })).items.length;
}
