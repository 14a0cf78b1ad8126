import { expect, test } from "vitest";
import { type ClaimedJob, LeaseLostError, type Store } from "../../src/index.ts";
import { describeOnServers } from "../support/databases.ts";
import { holding, type Observer, openWithObserver } from "./support.ts";

// What one session does with jobs while another has its transaction open, as in waiting.test.ts.

describeOnServers("jobs that are waited for", (database) => {
  let store: Store;
  let server: Observer;
  let ordinal = 0;

  openWithObserver(database, (opened) => {
    ({ store, server } = opened);
  });

  /** New jobs of a queue of their own, claimed. */
  async function claimed(count: number): Promise<readonly [ClaimedJob, ...ClaimedJob[]]> {
    const queue = `queue-${++ordinal}`;
    await store.jobs.pushMany(Array.from({ length: count }, (_, i) => ({ queue, id: `${queue}/${i}` })));
    const [first, ...rest] = await store.jobs.claim({ queues: [queue], limit: count });
    if (first === undefined) throw new Error("nothing was claimed");
    return [first, ...rest];
  }

  test("a claim passes by the jobs that another is claiming, and waits for nothing", async () => {
    const queue = `queue-${++ordinal}`;
    const ids = ["a", "b", "c"].map((name) => `${queue}/${name}`);
    await store.jobs.pushMany(ids.map((id) => ({ queue, id })));
    const claim = async (from: Pick<Store, "jobs">, limit: number): Promise<readonly string[]> =>
      (await from.jobs.claim({ queues: [queue], limit })).map((job) => job.id);
    let mine: readonly string[] = [];
    const held = await holding(store, async (tx) => {
      mine = await claim(tx, 2);
    });
    expect(await claim(store, 3)).toEqual(ids.slice(2));
    expect(await claim(store, 3)).toEqual([]);
    expect(mine).toEqual(ids.slice(0, 2));
    await held.rollback();
    expect(await claim(store, 3)).toEqual(ids.slice(0, 2));
  });

  test("a completion waits for a cancellation, and then learns that its claim is lost", async () => {
    const [job] = await claimed(1);
    const held = await holding(store, (tx) => tx.jobs.cancel(job.id));
    const completing = store.jobs.complete(job);
    await server.seesWaiting(completing);
    await held.commit();
    expect(await completing).toMatchObject({ ok: false, current: { status: "canceled" } });
  });

  test("a completion waits for one that is undone, and then counts", async () => {
    const [job] = await claimed(1);
    const held = await holding(store, (tx) => tx.jobs.complete(job, { result: "undone" }));
    const completing = store.jobs.complete(job, { result: "kept" });
    await server.seesWaiting(completing);
    await held.rollback();
    expect(await completing).toEqual({ ok: true });
    expect((await store.jobs.require(job.id)).result).toBe("kept");
  });

  test("a row that is held does not hold up the writes of other callers", async () => {
    const [first, second] = await claimed(2);
    const held = await holding(store, (tx) => tx.jobs.heartbeat([first], { leaseMs: 60_000 }));
    const waiting = store.jobs.complete(first);
    await server.seesWaiting(waiting);
    expect(await store.jobs.complete(second ?? first)).toEqual({ ok: true });
    await held.commit();
    expect(await waiting).toEqual({ ok: true });
  });

  test.each([
    { end: "commit", status: "ready" },
    { end: "rollback", status: "blocked" },
  ] as const)(
    "a push waits for the end of the job it comes after: $end, and it is $status",
    async ({ end, status }) => {
      const [job] = await claimed(1);
      const held = await holding(store, (tx) => tx.jobs.complete(job));
      const pushing = store.jobs.push({ queue: `after-${job.id}`, after: [job.id] });
      await server.seesWaiting(pushing);
      await held[end]();
      const { id } = await pushing;
      expect((await store.jobs.require(id)).status).toBe(status);
    },
  );

  test("a completion waits for a push that comes after it, and makes that job ready", async () => {
    const [job] = await claimed(1);
    const next = `after-${job.id}`;
    const held = await holding(store, (tx) => tx.jobs.push({ id: next, queue: next, after: [job.id] }));
    const completing = store.jobs.complete(job);
    await server.seesWaiting(completing);
    await held.commit();
    expect(await completing).toEqual({ ok: true });
    expect((await store.jobs.require(next)).status).toBe("ready");
  });

  test("a push waits for another with its unique key, and keeps that job", async () => {
    const queue = `queue-${++ordinal}`;
    const held = await holding(store, (tx) => tx.jobs.push({ id: `${queue}/1`, queue, uniqueKey: "k" }));
    const pushing = store.jobs.push({ id: `${queue}/2`, queue, uniqueKey: "k" });
    expect(await server.seesWaiting(pushing)).toBe("advisory");
    await held.commit();
    expect(await pushing).toMatchObject({ id: `${queue}/1`, outcome: "kept" });
  });

  test("a push that replaces waits for the release of the job with its key, and then makes it the new one", async () => {
    const queue = `queue-${++ordinal}`;
    const { id } = await store.jobs.push({ queue, uniqueKey: "k", payload: "old" });
    const [job] = await store.jobs.claim({ queues: [queue], limit: 1 });
    if (job === undefined) throw new Error("nothing was claimed");
    const held = await holding(store, (tx) => tx.jobs.release(job));
    const pushing = store.jobs.push({ queue, uniqueKey: "k", onConflict: "replace", payload: "new" });
    await server.seesWaiting(pushing);
    await held.commit();
    expect(await pushing).toMatchObject({ id, outcome: "replaced", status: "ready" });
    expect(await store.jobs.require(id)).toMatchObject({ payload: "new", attempts: 0, status: "ready" });
  });

  test("a step waits for the cancellation of its job before it changes anything", async () => {
    const { execution } = await store.executions.create();
    const { id } = execution;
    const [job] = await claimed(1);
    const held = await holding(store, (tx) => tx.jobs.cancel(job.id));
    const step = store.executions.transition(id, { state: "mine", complete: [{ claim: job }] });
    const seen = step.catch((error: unknown) => error);
    await server.seesWaiting(seen);
    await held.commit();
    await expect(step).rejects.toThrow(LeaseLostError);
    expect((await store.executions.require(id)).version).toBe(1);
  });
});
