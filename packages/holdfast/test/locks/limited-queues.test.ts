import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import type { Store } from "../../src/index.ts";
import { describeOnServers } from "../support/databases.ts";
import { holding, type Observer, openWithObserver, urlOf } from "./support.ts";

// What one session does with queues that have limits while another has its transaction open, as in waiting.test.ts.

describeOnServers("queues with limits", (database) => {
  let store: Store;
  let server: Observer;

  openWithObserver(database, (opened) => {
    ({ store, server } = opened);
  });

  test.each([
    { limit: "concurrency", settings: { concurrency: 1 } },
    { limit: "rate", settings: { rate: { limit: 1, periodMs: 3_600_000 } } },
  ])("a queue that is resumed while a claim waits for another keeps its $limit", async ({ limit, settings }) => {
    const [busy, paused] = [`busy-${limit}`, `paused-${limit}`];
    for (const queue of [busy, paused]) {
      await store.queues.configure(queue, settings);
      await store.jobs.pushMany(Array.from({ length: 3 }, () => ({ queue })));
    }
    await store.queues.pause(paused);
    const claimOne = (from: Pick<Store, "jobs">, queue: string) => from.jobs.claim({ queues: [queue], limit: 1 });
    // The claim from both waits for the lock of the first, and has seen the second when it was paused.
    const first = await holding(store, (tx) => claimOne(tx, busy));
    const both = store.jobs.claim({ queues: [busy, paused], limit: 10 });
    await server.seesWaiting(both);
    await store.queues.resume(paused);
    expect(await claimOne(store, paused)).toHaveLength(1);
    await first.rollback();
    expect((await both).map((job) => job.queue)).toEqual([busy]);
    expect((await store.queues.get(paused)).counts).toMatchObject({ running: 1, ready: 2 });
  });

  test.each(["commit", "rollback"] as const)(
    "a job that another transaction holds is claimed after its %s",
    async (end) => {
      const queue = `held-${end}`;
      const claim = async () => (await store.jobs.claim({ queues: [queue], limit: 10 })).map((job) => job.id);
      await store.queues.configure(queue, { concurrencyPerGroup: 2 });
      const ids = ["a", "b"].map((name) => `${queue}/${name}`);
      await store.jobs.pushMany(ids.map((id, n) => ({ queue, id, group: `g${n}` })));
      const held = await holding(store, (tx) => tx.jobs.push({ queue: "next", after: ids.slice(0, 1) }));
      expect(await claim()).toEqual(ids.slice(1));
      expect(await claim()).toEqual([]);
      await held[end]();
      expect(await claim()).toEqual(ids.slice(0, 1));
    },
  );

  test("a job whose lease runs out while its claim goes on is in that once", async () => {
    const ids = ["slow/former", "slow/grouped", "slow/plain"];
    await store.jobs.pushMany([
      { queue: "slow", id: "slow/plain" },
      { queue: "slow", id: "slow/former", group: "a" },
    ]);
    await store.queues.configure("slow", { concurrencyPerGroup: 1 });
    await store.jobs.pushMany([{ queue: "slow", id: "slow/grouped", group: "b" }, { queue: "quick" }]);
    const held = await holding(store, (tx) => tx.queues.configure("slow", { concurrencyPerGroup: 1 }));
    const claim = store.jobs.claim({ queues: ["slow"], limit: 10, leaseMs: 10 });
    await server.seesWaiting(claim);
    // When a lease has run out that began later, so has the one that the claim will give.
    await store.jobs.claim({ queues: ["quick"], limit: 1, leaseMs: 10 });
    await expect.poll(() => store.jobs.rescue()).toMatchObject({ reclaimed: 1 });
    await held.rollback();
    expect((await claim).map((job) => job.id).sort()).toEqual(ids);
  });

  test("a job that another transaction holds in its group's line lets the next in, and is claimed after the others", async () => {
    await store.queues.configure("line", { concurrencyPerGroup: 1 });
    await store.jobs.pushMany(["line/a", "line/b"].map((id) => ({ queue: "line", id, group: "g" })));
    const held = await holding(store, (tx) => tx.jobs.cancel("line/a"));
    const [next] = await store.jobs.claim({ queues: ["line"], limit: 10 });
    expect(next?.id).toBe("line/b");
    await store.jobs.complete(next ?? { id: "", token: 0 });
    expect(await store.jobs.claim({ queues: ["line"], limit: 10 })).toEqual([]);
    await held.rollback();
    expect((await store.jobs.claim({ queues: ["line"], limit: 10 })).map((job) => job.id)).toEqual(["line/a"]);
  });

  test("a claim in a repeatable read fails if another claim began meanwhile, and exceeds no limit", async () => {
    await store.queues.configure("snapshot", { concurrency: 1 });
    await store.jobs.pushMany([{ queue: "snapshot" }, { queue: "snapshot" }]);
    const client = new pg.Client({ connectionString: await urlOf(database) });
    await client.connect();
    onTestFinished(() => client.end());
    await client.query("begin isolation level repeatable read");
    await client.query("select from holdfast.queues");
    expect(await store.jobs.claim({ queues: ["snapshot"], limit: 1 })).toHaveLength(1);
    const claim = store.within(client).jobs.claim({ queues: ["snapshot"], limit: 1 });
    await expect(claim).rejects.toMatchObject({ cause: { code: "40001" } });
    await client.query("rollback");
  });
});
