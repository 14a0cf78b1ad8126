import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { expect, test } from "vitest";
import { HoldfastError, openStore, type Store } from "../../src/index.ts";
import type { ClaimedJob, JobInput } from "../../src/jobs/jobs.ts";
import { urlOf } from "../locks/support.ts";
import { describeOnServers } from "../support/databases.ts";

const runMs = 25_000;
const leaseMs = 700;
const perGroup = 2;
const concurrency = 5;
const queues = ["plain", "grouped", "narrow"] as const;

function pick<T>(list: readonly T[]): T {
  const picked = list[randomInt(list.length)];
  if (picked === undefined) throw new Error("There is nothing to pick from.");
  return picked;
}

function keyed(): Partial<JobInput> {
  return {
    uniqueKey: pick(["k1", "k2"]),
    onConflict: pick(["keep", "replace"] as const),
    onRunning: pick(["keep", "beside", "after"] as const),
  };
}

/** What pushes, claims, kills and cancels at once, and what came of it. */
class Crowd {
  /** The token by which each job was completed. */
  readonly completed = new Map<string, number>();
  readonly twice: string[] = [];
  readonly unexpected: unknown[] = [];
  readonly ids: string[] = [];
  claimed = 0;
  lost = 0;
  isDraining = false;
  readonly #until = Date.now() + runMs;

  get isOver(): boolean {
    return Date.now() > this.#until;
  }

  async produce(store: Store): Promise<void> {
    while (!this.isOver) {
      const queue = pick(queues);
      const many = randomInt(5) === 0;
      await this.#try(async () => {
        const pushed = many
          ? await store.jobs.pushMany(Array.from({ length: pick([5, 60]) }, () => ({ queue: "plain", maxAttempts: 3 })))
          : [
              await store.jobs.push({
                queue,
                maxAttempts: 3,
                delayMs: pick([0, 0, 30]),
                backoff: { initialMs: 20, maxMs: 100 },
                ...(queue === "grouped" && { group: pick(["g1", "g2", "g3"]) }),
                ...pick([{}, keyed(), this.#dependent()]),
              }),
            ];
        for (const { id, outcome } of pushed) if (outcome === "created") this.ids.push(id);
      });
      await sleep(randomInt(10));
    }
  }

  #dependent(): Partial<JobInput> {
    const after = [...new Set(this.ids.slice(-20).filter(() => randomInt(8) === 0))];
    return { after, onDependencyFailure: pick(["cancel", "ignore"] as const) };
  }

  async work(store: Store): Promise<void> {
    let hasClaimed = false;
    while (!this.isDraining) {
      await this.#try(async () => {
        if (!this.isOver && randomInt(20) === 0) return this.#claimInVain(store);
        const claims = await store.jobs.claim({ queues: [pick(queues)], limit: pick([1, 5, 40]), leaseMs });
        this.claimed += claims.length;
        // As if its process had died: nobody acknowledges.
        if (claims.length === 0 || (!this.isOver && randomInt(15) === 0)) return await sleep(5);
        // Each worker is too late for its first claims.
        await sleep(hasClaimed ? randomInt(20) : 2 * leaseMs);
        hasClaimed = true;
        await Promise.all(claims.map((claim) => this.#try(() => this.#acknowledge(store, claim))));
      });
    }
  }

  async cancel(store: Store): Promise<void> {
    while (!this.isOver) {
      const id = this.ids.at(-1 - randomInt(100));
      if (id !== undefined) {
        await this.#try(async () => void (await (randomInt(3) === 0 ? store.jobs.retry(id) : store.jobs.cancel(id))));
      }
      await sleep(randomInt(15));
    }
  }

  /** A transaction that claims and comes to nothing. */
  async #claimInVain(store: Store): Promise<void> {
    const failure = new Error("in vain");
    const claiming = store.transaction(async (tx) => {
      await tx.jobs.claim({ queues: [pick(queues)], limit: 20, leaseMs });
      await sleep(20);
      throw failure;
    });
    await claiming.catch((error: unknown) => {
      if (error !== failure) throw error;
    });
  }

  async #acknowledge(store: Store, claim: ClaimedJob): Promise<void> {
    const chance = randomInt(20);
    if (chance === 0 && !this.isOver) return void (await store.jobs.release(claim));
    if (chance <= 2 && !this.isOver) {
      return void (await store.jobs.fail(claim, { error: "x", retryAfterMs: pick([0, 20]) }));
    }
    if (chance === 3) await store.jobs.heartbeat([claim], { leaseMs });
    if (!(await store.jobs.complete(claim)).ok) this.lost += 1;
    else if (this.completed.has(claim.id)) this.twice.push(claim.id);
    else this.completed.set(claim.id, claim.token);
  }

  /** Calls fail when their connection is killed, and when their rows cannot be had: they may, and change nothing else. */
  async #try(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      const isFair =
        error instanceof HoldfastError &&
        (error.retryable || ["unavailable", "duplicate", "not_found"].includes(error.code));
      if (!isFair) this.unexpected.push(error);
    }
  }
}

describeOnServers("jobs of many sessions at once", (database) => {
  test("end once each, within their limits, and leave nothing behind", async () => {
    const url = await urlOf(database);
    const stores = await Promise.all([1, 2, 3].map(() => openStore({ url, poolMax: 6 })));
    const [first, second, third] = stores as [Store, Store, Store];
    const client = new pg.Client(url);
    await client.connect();
    const ask = async (sql: string): Promise<number> => Number((await client.query<{ n: string }>(sql)).rows[0]?.n);
    await first.queues.configure("grouped", { concurrencyPerGroup: perGroup });
    await first.queues.configure("narrow", { concurrency });
    const crowd = new Crowd();
    const broken: string[] = [];
    const watch = async (): Promise<void> => {
      for (let round = 1; !crowd.isOver; round++) {
        const inGroup = await ask(`select coalesce(max(n), 0) as n from (
          select count(*) as n from holdfast.leases where queue = 'grouped' group by group_key) as each`);
        const inNarrow = await ask("select count(*) as n from holdfast.leases where queue = 'narrow'");
        if (inGroup > perGroup || inNarrow > concurrency) {
          broken.push(`${inGroup} of a group, ${inNarrow} of the queue`);
        }
        if (round % 40 === 0) {
          await client.query(`select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle' order by random() limit 1`);
        }
        await sleep(20);
      }
    };
    const workers = [first, second, third, third].map((store) => crowd.work(store));
    await Promise.all([watch(), crowd.produce(first), crowd.produce(second), crowd.cancel(third)]);
    const waiting = `select (select count(*) from holdfast.ready) + (select count(*) from holdfast.scheduled)
      + (select count(*) from holdfast.group_lines) + (select count(*) from holdfast.blocked_jobs)
      + (select count(*) from holdfast.leases) + (select count(*) from holdfast.ready_chunks)
      + (select count(*) from holdfast.lease_chunks) + (select count(*) from holdfast.lease_chunk_ends) as n`;
    await expect.poll(() => ask(waiting), { timeout: 60_000, interval: 200 }).toBe(0);
    crowd.isDraining = true;
    await Promise.all(workers);
    for (const queue of queues) await first.jobs.claim({ queues: [queue], limit: 1 });
    const counts = await first.queues.counts();
    expect({
      unexpected: crowd.unexpected.map(String),
      broken,
      twice: crowd.twice,
      unended: await ask(
        "select count(*) as n from holdfast.jobs as j where not exists (select from holdfast.ended_jobs as e where e.id = j.id)",
      ),
      overdone: await ask(
        "select count(*) as n from holdfast.ended_jobs as e join holdfast.jobs as j using (id) where e.attempts > j.max_attempts",
      ),
      places: await ask("select count(*) as n from holdfast.places where used <> 0"),
      openings: await ask("select count(*) as n from holdfast.openings"),
      keys: await ask("select count(*) as n from holdfast.job_keys"),
      edges: await ask(
        "select count(*) as n from holdfast.job_dependencies as d join holdfast.ended_jobs as e on e.id = d.after_id",
      ),
      succeeded:
        counts.succeeded - (await ask("select count(*) as n from holdfast.ended_jobs where status = 'succeeded'")),
      dead: counts.dead - (await ask("select count(*) as n from holdfast.ended_jobs where status = 'dead'")),
      canceled:
        counts.canceled - (await ask("select count(*) as n from holdfast.ended_jobs where status = 'canceled'")),
    }).toEqual({
      unexpected: [],
      broken: [],
      twice: [],
      unended: 0,
      overdone: 0,
      places: 0,
      openings: 0,
      keys: 0,
      edges: 0,
      succeeded: 0,
      dead: 0,
      canceled: 0,
    });
    expect([crowd.completed.size > 300, crowd.lost > 0]).toEqual([true, true]);
    await client.end();
    await Promise.all(stores.map((store) => store.close()));
  });
});
