import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type ClaimedJob, openStore, startWorker, type Store } from "../../src/index.ts";
import { urlOf } from "../locks/support.ts";
import { describeOnEach, describeOnServers } from "../support/databases.ts";

/** So rarely that a worker which was not woken, or did not know when to come again, would not end in time. */
const pollMs = 3_600_000;

describeOnEach("workers of a queue with limits", (database) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
  });
  afterAll(() => store.close());

  test("run no more at once than the limit, and are woken by each place that comes free", async () => {
    await store.queues.configure("narrow", { concurrency: 3, concurrencyPerGroup: 1 });
    const running = new Map<string, number>();
    let most = 0;
    let mostOfGroup = 0;
    let done = 0;
    const handler = async (job: ClaimedJob): Promise<void> => {
      const group = String(job.payload);
      running.set(group, (running.get(group) ?? 0) + 1);
      most = Math.max(
        most,
        [...running.values()].reduce((sum, count) => sum + count, 0),
      );
      mostOfGroup = Math.max(mostOfGroup, running.get(group) ?? 0);
      await sleep(1);
      running.set(group, (running.get(group) ?? 0) - 1);
      done += 1;
      if (job.attempts === 1 && done % 5 === 0) throw new Error("once more");
    };
    const start = () => startWorker(store, { queues: { narrow: handler }, pollMs, concurrency: 4 });
    const workers = await Promise.all([start(), start(), start()]);
    const jobs = Array.from({ length: 20 }, (_, n) => ({ queue: "narrow", group: `g${n % 5}`, payload: `g${n % 5}` }));
    await store.jobs.pushMany(jobs.map((job) => ({ ...job, backoff: { initialMs: 1, maxMs: 1 } })));
    await expect.poll(async () => (await store.queues.get("narrow")).counts.succeeded).toBe(20);
    await Promise.all(workers.map((worker) => worker.stop()));
    expect(most).toBeLessThanOrEqual(3);
    expect(mostOfGroup).toBe(1);
  });

  test("sleep until the rate lets them go on", async () => {
    await store.queues.configure("slow", { rate: { limit: 3, periodMs: 60 } });
    await store.jobs.pushMany(Array.from({ length: 10 }, () => ({ queue: "slow" })));
    const worker = await startWorker(store, { queues: { slow: async () => null }, pollMs });
    await expect.poll(async () => (await store.queues.get("slow")).counts.succeeded).toBe(10);
    await worker.stop();
  });

  test("do what they are capable of, and leave the rest to others", async () => {
    await store.jobs.pushMany([
      { queue: "routed", id: "gpu", requires: ["gpu"] },
      { queue: "routed", id: "plain" },
    ]);
    const start = (name: string, capabilities: readonly string[]) =>
      startWorker(store, { queues: { routed: async () => name }, capabilities, pollMs });
    const plain = await start("plain", []);
    await expect.poll(async () => (await store.jobs.require("plain")).result).toBe("plain");
    expect((await store.jobs.require("gpu")).status).toBe("ready");
    const able = await start("able", ["gpu"]);
    await expect.poll(async () => (await store.jobs.require("gpu")).result).toBe("able");
    await Promise.all([plain.stop(), able.stop()]);
  });
});

describeOnServers("claimers of whom some die", (database) => {
  test("never hold more jobs at once than the limits, and lose no place", async () => {
    const store = await openStore(await database.prepared());
    const client = new pg.Client({ connectionString: await urlOf(database) });
    await client.connect();
    // A claim's lease counts from when its statement came, which may then wait, be planned and see what ended meanwhile.
    await client.query(`create table public.starts (token bigint primary key, at timestamptz not null);
      create function public.note_start() returns trigger language plpgsql
        as $$ begin insert into public.starts values (new.token, clock_timestamp()); return null; end $$;
      create trigger note_start after insert on holdfast.leases for each row execute function public.note_start()`);
    const limits = { queue: 6, group: 2 };
    await store.queues.configure("q", { concurrency: limits.queue, concurrencyPerGroup: limits.group });
    const groupOf = new Map(Array.from({ length: 40 }, (_, n) => [`j${n}`, `g${n % 4}`]));
    await store.jobs.pushMany([...groupOf].map(([id, group]) => ({ queue: "q", id, group, maxAttempts: 1000 })));
    const ends: { readonly group: string; readonly token: number; readonly until: Date }[] = [];
    const work = async (): Promise<void> => {
      while ((await store.queues.get("q")).counts.succeeded < groupOf.size) {
        const claims = await store.jobs.claim({ queues: ["q"], limit: 3, leaseMs: 100 });
        for (const claim of claims) {
          const isDead = Math.random() < 0.2;
          const isDone = !isDead && (await store.jobs.complete(claim)).ok;
          const finishedAt = isDone ? (await store.jobs.require(claim.id)).finishedAt : null;
          ends.push({ group: groupOf.get(claim.id) ?? "", token: claim.token, until: finishedAt ?? claim.leaseUntil });
        }
      }
    };
    await Promise.all(Array.from({ length: 10 }, work));
    await store.close();
    const { rows } = await client.query<{ token: string; at: Date }>("select token, at from public.starts");
    await client.end();
    const starts = new Map(rows.map(({ token, at }) => [Number(token), at.getTime()]));
    const held = ends.map(({ group, token, until }) => ({
      group,
      from: starts.get(token) ?? 0,
      until: until.getTime(),
    }));
    expect(held.filter(({ from }) => from === 0)).toEqual([]);
    expect(mostAtOnce(held)).toBeLessThanOrEqual(limits.queue);
    for (const group of new Set(groupOf.values())) {
      expect(mostAtOnce(held.filter((each) => each.group === group))).toBeLessThanOrEqual(limits.group);
    }
  });
});

describeOnServers("claims under limits", (database) => {
  test("are one statement each, whatever is to be done before them", async () => {
    const client = new pg.Client({ connectionString: await urlOf(database) });
    await client.connect();
    const store = await openStore({ client });
    await store.queues.configure("first", { concurrency: 50, concurrencyPerGroup: 5 });
    await store.queues.configure("second", { rate: { limit: 50, periodMs: 1000 } });
    const jobs = ["first", "second", "third"].flatMap((queue) => [
      { queue, group: "g" },
      { queue, delayMs: 1 },
      { queue },
    ]);
    await store.jobs.pushMany(jobs);
    await store.jobs.claim({ queues: ["third"], limit: 1, leaseMs: 10 });
    await sleep(15);
    const sent = vi.spyOn(client, "query");
    const claimed: number[] = [];
    for (const queues of [["first"], ["second", "third"]]) {
      claimed.push((await store.jobs.claim({ queues, limit: 10 })).length);
    }
    expect(claimed).toEqual([3, 6]);
    const statements = sent.mock.calls.filter(([query]) => JSON.stringify(query).includes("claim_jobs("));
    expect(statements).toHaveLength(2);
    await store.close();
    await client.end();
  });
});

/** The most of the spans that lie over each other, by the database's clock; moments are cut to milliseconds, all of them alike. */
function mostAtOnce(spans: readonly { readonly from: number; readonly until: number }[]): number {
  return Math.max(...spans.map(({ from }) => spans.filter((other) => other.from <= from && from < other.until).length));
}
