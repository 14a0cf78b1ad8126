import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ClaimedJob, LeaseLostError, type Store } from "../../src/index.ts";
import type { TestClock } from "../../src/testing/index.ts";
import { describeOnServers } from "../support/databases.ts";
import { storeWithClock } from "../support/moved-time.ts";
import { holding, Observer, urlOf } from "./support.ts";

// Jobs that were pushed together wait and are leased as one row; nobody notices what others do to their own jobs of it.

describeOnServers("jobs that are leased as one", (database) => {
  let store: Store;
  let clock: TestClock;
  let server: Observer;
  let admin: pg.Client;
  let queues = 0;

  beforeAll(async () => {
    ({ store, clock } = await storeWithClock(database));
    server = await Observer.on(database);
    admin = new pg.Client({ connectionString: await urlOf(database) });
    await admin.connect();
  });
  afterAll(async () => {
    await store.close();
    await server.close();
    await admin.end();
  });

  /** Jobs that were pushed together to a queue of their own, and claimed. */
  async function claimed(count: number): Promise<readonly ClaimedJob[]> {
    const queue = `chunks ${++queues}`;
    await store.jobs.pushMany(Array.from({ length: count }, (_, i) => ({ queue, payload: i, maxAttempts: 2 })));
    return store.jobs.claim({ queues: [queue], limit: count, leaseMs: 60_000 });
  }

  /** How many rows hold the leases of claims: chunks, and single ones. */
  async function rowsOf(claims: readonly ClaimedJob[]): Promise<readonly number[]> {
    const { rows } = await admin.query<{ chunks: number; singles: number }>(
      `select (select count(*)::int from holdfast.lease_chunks where token = any($1)) as chunks,
         (select count(*)::int from holdfast.leases where id = any($2)) as singles`,
      [claims.map(({ token }) => token), claims.map(({ id }) => id)],
    );
    return rows.flatMap(({ chunks, singles }) => [chunks, singles]);
  }

  const statusOf = async ({ id }: ClaimedJob) => (await store.jobs.get(id))?.status;

  test("come in push order, a hundred a row, and end as one", async () => {
    const claims = await claimed(250);
    expect(claims.map(({ payload }) => payload)).toEqual(Array.from({ length: 250 }, (_, i) => i));
    expect(await rowsOf(claims)).toEqual([3, 0]);
    const ended = await store.jobs.completeMany(claims.map((claim) => ({ claim, result: claim.payload })));
    expect(ended.every(({ ok }) => ok)).toBe(true);
    expect(await rowsOf(claims)).toEqual([0, 0]);
    expect((await store.jobs.get(claims[249]?.id ?? ""))?.result).toBe(249);
  });

  test("are claimed in order among others, and in parts", async () => {
    const queue = `chunks ${++queues}`;
    const push = (count: number, from: number) =>
      store.jobs.pushMany(Array.from({ length: count }, (_, i) => ({ queue, payload: from + i })));
    await push(2, 0);
    await push(40, 2);
    await push(3, 42);
    await push(150, 45);
    const seen: unknown[] = [];
    for (const limit of [1, 20, 1, 60, 12, 500]) {
      const claims = await store.jobs.claim({ queues: [queue], limit, leaseMs: 60_000 });
      seen.push(...claims.map(({ payload }) => payload));
      await store.jobs.completeMany(claims.map((claim) => ({ claim })));
    }
    expect(seen).toEqual(Array.from({ length: 195 }, (_, i) => i));
    expect(await store.queues.counts(queue)).toMatchObject({ ready: 0, running: 0, succeeded: 195 });
  });

  test("come back before what is left of their chunk", async () => {
    const queue = `chunks ${++queues}`;
    const pushed = await store.jobs.pushMany(Array.from({ length: 40 }, () => ({ queue })));
    const claims = await store.jobs.claim({ queues: [queue], limit: 12, leaseMs: 60_000 });
    await store.jobs.releaseMany(claims.slice(0, 3).map((claim) => ({ claim })));
    const again = await store.jobs.claim({ queues: [queue], limit: 10, leaseMs: 60_000 });
    expect(again.map(({ id }) => id)).toEqual([...pushed.slice(0, 3), ...pushed.slice(12, 19)].map(({ id }) => id));
  });

  test("are completed by others while a transaction that completed one is open", async () => {
    const claims = await claimed(20);
    const [first, second, ...others] = claims as [ClaimedJob, ClaimedJob, ...ClaimedJob[]];
    const held = await holding(store, (tx) => tx.jobs.complete(first));
    expect(await store.jobs.complete(second)).toMatchObject({ ok: true });
    expect(await store.jobs.heartbeat([first, ...others], { leaseMs: 60_000 })).not.toContain(null);
    const done = await store.jobs.completeMany(others.map((claim) => ({ claim })));
    expect(done.every(({ ok }) => ok)).toBe(true);
    expect(await store.queues.counts(first.queue)).toMatchObject({ running: 1, succeeded: 19 });
    await held.commit();
    expect(await store.queues.counts(first.queue)).toMatchObject({ running: 0, succeeded: 20 });
  });

  test("are ended once each by two completions at once", async () => {
    const [first] = (await claimed(20)) as [ClaimedJob];
    const held = await holding(store, (tx) => tx.jobs.complete(first));
    const again = store.jobs.complete(first);
    await server.seesWaiting(again);
    await held.commit();
    expect(await again).toEqual({ ok: true });
    expect(await store.jobs.complete({ id: first.id, token: first.token + 2 })).toMatchObject({ ok: false });
    expect(await store.jobs.fail(first)).toMatchObject({ ok: false });
    expect(await statusOf(first)).toBe("succeeded");
  });

  test("are leased one by one from when one fails, is released, canceled or come after", async () => {
    const acts: readonly ((job: ClaimedJob) => Promise<unknown>)[] = [
      (job) => store.jobs.fail(job, { error: "x", retryAfterMs: 60_000 }),
      (job) => store.jobs.release(job),
      (job) => store.jobs.cancel(job.id),
      (job) => store.jobs.push({ queue: job.queue, after: [job.id] }),
    ];
    const statuses = ["scheduled", "ready", "canceled", "running"];
    for (const [i, act] of acts.entries()) {
      const claims = await claimed(12);
      const [first, second, ...others] = claims as [ClaimedJob, ClaimedJob, ...ClaimedJob[]];
      await store.jobs.complete(second);
      await act(first);
      expect(await statusOf(first)).toBe(statuses[i]);
      expect(await rowsOf(claims)).toEqual([0, statuses[i] === "running" ? 11 : 10]);
      const done = await store.jobs.completeMany(others.map((claim) => ({ claim })));
      expect(done.every(({ ok }) => ok)).toBe(true);
    }
  });

  test("are completed by a step, and by a step whose claim is lost nothing is", async () => {
    const [first, second] = (await claimed(12)) as [ClaimedJob, ClaimedJob];
    const { id } = (await store.executions.create({})).execution;
    await store.executions.transition(id, { complete: [{ claim: first, result: 1 }] });
    expect(await store.jobs.get(first.id)).toMatchObject({ status: "succeeded", result: 1 });
    const lost = { id: second.id, token: second.token + 2 };
    await expect(store.executions.transition(id, { complete: [{ claim: lost }] })).rejects.toThrow(LeaseLostError);
    await expect(store.executions.transition(id, { complete: [{ claim: first }] })).rejects.toThrow(LeaseLostError);
    expect(await statusOf(second)).toBe("running");
  });

  test("wait one by one from when one is canceled or come after", async () => {
    const queue = `chunks ${++queues}`;
    const pushed = await store.jobs.pushMany(Array.from({ length: 12 }, () => ({ queue })));
    const [first, second] = pushed.map(({ id }) => id) as [string, string];
    const next = await store.jobs.push({ queue, after: [second] });
    expect(await store.jobs.cancel(first)).toBe(true);
    expect(await store.queues.counts(queue)).toMatchObject({ ready: 11, canceled: 1, blocked: 1 });
    const claims = await store.jobs.claim({ queues: [queue], limit: 100, leaseMs: 60_000 });
    expect(claims.map(({ id }) => id)).toEqual(pushed.slice(1).map(({ id }) => id));
    await store.jobs.completeMany(claims.map((claim) => ({ claim })));
    expect((await store.jobs.get(next.id))?.status).toBe("ready");
  });

  test("are lost where no heartbeat names them, although others of theirs are kept", async () => {
    const claims = await claimed(12);
    const kept = claims.slice(6);
    expect(await store.jobs.heartbeat(kept, { leaseMs: 600_000 })).not.toContain(null);
    await clock.advance(60_001);
    const again = await store.jobs.claim({ queues: [claims[0]?.queue ?? ""], limit: 100, leaseMs: 60_000 });
    expect(again.map(({ id, attempts }) => [id, attempts])).toEqual(claims.slice(0, 6).map(({ id }) => [id, 2]));
    const late = await store.jobs.completeMany(claims.map((claim) => ({ claim })));
    expect(late.map(({ ok }) => ok)).toEqual(claims.map((_, i) => i >= 6));
  });

  test("come back from a holder who is gone, but for those that had ended", async () => {
    const claims = await claimed(30);
    await store.jobs.completeMany(claims.slice(0, 10).map((claim) => ({ claim })));
    await clock.advance(60_001);
    expect(await store.jobs.rescue({ queues: [claims[0]?.queue ?? ""] })).toMatchObject({ reclaimed: 20, died: 0 });
    expect(await store.queues.counts(claims[0]?.queue)).toMatchObject({ ready: 20, succeeded: 10 });
  });

  test("are not leased again in a transaction that does not see how one has ended", async () => {
    const claims = await claimed(12);
    const [first, second] = claims as [ClaimedJob, ClaimedJob];
    const stale = store.transaction(
      async (tx) => {
        await tx.queues.counts();
        await store.jobs.complete(first);
        await tx.jobs.release(second);
      },
      { isolation: "repeatable read", retries: 0 },
    );
    await expect(stale).rejects.toMatchObject({ retryable: true });
    expect(await rowsOf(claims)).toEqual([1, 0]);
    await store.transaction((tx) => tx.jobs.release(second), { isolation: "repeatable read" });
    expect(await rowsOf(claims)).toEqual([0, 10]);
    expect(await statusOf(first)).toBe("succeeded");
  });

  test("count as running in a queue that gets a limit", async () => {
    const claims = await claimed(12);
    const queue = claims[0]?.queue ?? "";
    await store.queues.configure(queue, { concurrency: 12 });
    await store.jobs.pushMany(Array.from({ length: 15 }, () => ({ queue })));
    expect(await store.jobs.claim({ queues: [queue], limit: 5, leaseMs: 60_000 })).toEqual([]);
    await store.jobs.completeMany(claims.slice(0, 3).map((claim) => ({ claim })));
    expect(await store.jobs.claim({ queues: [queue], limit: 5, leaseMs: 60_000 })).toHaveLength(3);
  });

  test("are claimed as chunks under a limit of their queue, and their ends tell that there is room", async () => {
    const queue = `chunks ${++queues}`;
    await store.queues.configure(queue, { concurrency: 30 });
    await store.jobs.pushMany(Array.from({ length: 100 }, () => ({ queue })));
    const claim = (): Promise<readonly ClaimedJob[]> =>
      store.jobs.claim({ queues: [queue], limit: 50, leaseMs: 60_000 });
    const claims = await claim();
    expect([claims.length, await rowsOf(claims)]).toEqual([30, [1, 0]]);
    expect(await claim()).toEqual([]);
    const heard: (string | null)[] = [];
    const stop = await store.onHint((topic) => heard.push(topic));
    const [first, ...others] = claims as [ClaimedJob, ...ClaimedJob[]];
    await store.jobs.complete(first);
    expect(heard).toEqual([`jobs:${queue}`]);
    await store.jobs.completeMany(others.slice(0, 11).map((done) => ({ claim: done })));
    expect(heard).toEqual([`jobs:${queue}`, `jobs:${queue}`]);
    await stop();
    expect(await claim()).toHaveLength(12);
    expect(await store.queues.counts(queue)).toMatchObject({ ready: 58, running: 30, succeeded: 12 });
  });

  test("count against the rate of their queue", async () => {
    const queue = `chunks ${++queues}`;
    await store.queues.configure(queue, { rate: { limit: 120, periodMs: 3_600_000 } });
    await store.jobs.pushMany(Array.from({ length: 200 }, () => ({ queue })));
    const sizes: number[] = [];
    for (const limit of [70, 5, 100, 100]) {
      sizes.push((await store.jobs.claim({ queues: [queue], limit, leaseMs: 60_000 })).length);
    }
    expect(sizes).toEqual([70, 5, 45, 0]);
  });
});
