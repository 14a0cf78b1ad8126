import { expect, test } from "vitest";
import type { Store, Transaction } from "../../src/index.ts";
import type { ClaimedJob } from "../../src/jobs/jobs.ts";
import { describeOnServers } from "../support/databases.ts";
import { type Observer, openWithObserver } from "./support.ts";

const leaseMs = 60_000;

describeOnServers("a call that ends a job which another session has just moved", (database) => {
  let store: Store;
  let server: Observer;
  openWithObserver(database, (opened) => {
    ({ store, server } = opened);
  });

  /** Does work in a transaction, sees the call wait for it, and commits. Returns the call's result. */
  async function meeting<T>(first: (tx: Transaction) => Promise<unknown>, call: () => Promise<T>): Promise<T> {
    let second: Promise<T> | undefined;
    await store.transaction(async (tx) => {
      await first(tx);
      second = call();
      await server.seesWaiting(second);
    });
    if (second === undefined) throw new Error("The call was not made.");
    return second;
  }

  async function claimed(queue: string): Promise<ClaimedJob> {
    const [claim] = await store.jobs.claim({ queues: [queue], limit: 1, leaseMs });
    if (claim === undefined) throw new Error("There is no job.");
    return claim;
  }

  test("ends it, if a heartbeat has prolonged the lease meanwhile", async () => {
    await store.jobs.pushMany([{ queue: "a" }, { queue: "a" }, { queue: "a" }]);
    const [one, two, three] = [await claimed("a"), await claimed("a"), await claimed("a")];
    const beat = (claim: ClaimedJob) => (tx: Transaction) => tx.jobs.heartbeat([claim], { leaseMs });
    expect(await meeting(beat(one), () => store.jobs.complete(one))).toEqual({ ok: true });
    const both = [{ claim: two }, { claim: three }];
    expect(await meeting(beat(two), () => store.jobs.completeMany(both))).toEqual([{ ok: true }, { ok: true }]);
  });

  test("succeeds, if the same claim has ended it meanwhile", async () => {
    await store.jobs.pushMany([{ queue: "b" }, { queue: "b" }, { queue: "b" }]);
    const [one, two, three] = [await claimed("b"), await claimed("b"), await claimed("b")];
    expect(
      await meeting(
        (tx) => tx.jobs.complete(one),
        () => store.jobs.complete(one),
      ),
    ).toEqual({ ok: true });
    const both = [{ claim: two }, { claim: three }];
    expect(
      await meeting(
        (tx) => tx.jobs.complete(two),
        () => store.jobs.completeMany(both),
      ),
    ).toEqual([{ ok: true }, { ok: true }]);
  });

  test("learns its new status, if another session has ended it meanwhile", async () => {
    await store.jobs.push({ queue: "c" });
    const claim = await claimed("c");
    const current = { status: "dead", token: claim.token, attempts: 1 };
    expect(
      await meeting(
        (tx) => tx.jobs.fail(claim, { final: true }),
        () => store.jobs.complete(claim),
      ),
    ).toEqual({
      ok: false,
      current,
    });
  });

  test("cancels it, if it was claimed meanwhile", async () => {
    const { id } = await store.jobs.push({ queue: "d" });
    expect(
      await meeting(
        (tx) => tx.jobs.claim({ queues: ["d"], limit: 1, leaseMs }),
        () => store.jobs.cancel(id),
      ),
    ).toBe(true);
    expect(await store.jobs.get(id)).toMatchObject({ status: "canceled", attempts: 1, leaseUntil: null });
    expect(await store.queues.counts("d")).toMatchObject({ ready: 0, running: 0, canceled: 1 });
  });

  test("leaves no job blocked that is retried while the one before it ends", async () => {
    for (const isRetriedFirst of [true, false]) {
      const queue = `e ${isRetriedFirst}`;
      const first = await store.jobs.push({ queue });
      const next = await store.jobs.push({ queue: `${queue} next`, after: [first.id] });
      await store.jobs.cancel(next.id);
      const claim = await claimed(queue);
      if (isRetriedFirst) {
        await meeting(
          (tx) => tx.jobs.retry(next.id),
          () => store.jobs.complete(claim),
        );
      } else {
        await meeting(
          (tx) => tx.jobs.complete(claim),
          () => store.jobs.retry(next.id),
        );
      }
      expect((await store.jobs.get(next.id))?.status).toBe("ready");
    }
  });
});
