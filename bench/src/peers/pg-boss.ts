import { PgBoss } from "pg-boss";
import type { Contender, Place, Size } from "../bench.ts";
import { draining, inPortions } from "../drain.ts";
import { afterwards } from "../fill.ts";
import { idleWorker } from "../idle-worker.ts";
import { type Load, underLoad } from "../load.ts";
import { expectNumber, expectSame } from "../rows.ts";
import { peerPoolMax } from "./hand-written.ts";

const queue = "noop";

async function openBoss({ url }: Place, notify = false): Promise<PgBoss> {
  // Without what it does in the background, which would fall into some measurements and not into others.
  const boss = new PgBoss({
    connectionString: url,
    max: peerPoolMax,
    supervise: false,
    schedule: false,
    useListenNotify: notify,
  });
  boss.on("error", (error) => console.error(error));
  await boss.start();
  await boss.createQueue(queue, { notify });
  return boss;
}

function jobsIn(state: "created" | "completed"): string {
  return `select count(*) from pgboss.job where name = '${queue}' and state = '${state}'`;
}

/** Sends one job a call. */
export function pgBossSend(load: Load): Contender {
  return underLoad({ name: "pg-boss", isOurs: false }, load, async (place) => {
    const boss = await openBoss(place);
    return {
      call: (i) => boss.send(queue, { i }),
      check: (calls) => expectNumber(place.pool, jobsIn("created"), calls),
      close: () => boss.stop({ graceful: false }),
    };
  });
}

/** Inserts many jobs a call. */
export function pgBossInsert(load: Load, jobsPerCall: number): Contender {
  return underLoad({ name: "pg-boss", isOurs: false }, { ...load, operationsPerCall: jobsPerCall }, async (place) => {
    const boss = await openBoss(place);
    return {
      call: () => insertMany(boss, jobsPerCall),
      check: (calls) => expectNumber(place.pool, jobsIn("created"), calls * jobsPerCall),
      close: () => boss.stop({ graceful: false }),
    };
  });
}

/** Batches that are fetched and completed in loops side by side. */
interface Batches {
  readonly size: number;
  readonly loops: number;
}

/** Empties a queue by fetching and completing batches, which is faster than its own workers. */
export function pgBossDrain(jobs: number, batch: Batches): Contender {
  const name = `pg-boss, batches of ${batch.size}, ${batch.loops} at once`;
  return draining({ name, isOurs: false }, jobs, async (place) => {
    const boss = await openBoss(place);
    await inPortions(jobs, (count) => insertMany(boss, count));
    return {
      drain: (onJob) => completeAll(boss, batch, onJob),
      check: () => expectNumber(place.pool, jobsIn("completed"), jobs),
      close: () => boss.stop({ graceful: false }),
    };
  });
}

/** Counts the jobs of a queue in which most jobs are done. */
export function pgBossCount(load: Load): Contender {
  return underLoad({ name: "pg-boss", isOurs: false }, load, async ({ url, pool }) => {
    const { endedJobs, readyJobs } = load.size;
    const boss = await openBoss({ url, pool });
    await inPortions(endedJobs, (count) => insertMany(boss, count));
    await completeAll(boss, { size: 1000, loops: 2 }, () => undefined);
    await inPortions(readyJobs, (count) => insertMany(boss, count));
    await pool.query(afterwards);
    return {
      call: async () => {
        // Makes it forget the last count, which it would answer again.
        await pool.query("update pgboss.queue set monitor_on = now() - interval '1 hour'");
        const [stats] = await boss.getQueueStats(queue, { force: true });
        expectSame(stats?.readyCount ?? 0, readyJobs, "ready jobs");
        expectSame(stats?.totalCount ?? 0, endedJobs + readyJobs, "jobs");
      },
      check: async () => {
        await expectNumber(pool, jobsIn("completed"), endedJobs);
        await expectNumber(pool, jobsIn("created"), readyJobs);
      },
      close: () => boss.stop({ graceful: false }),
    };
  });
}

async function completeAll(boss: PgBoss, batch: Batches, onJob: () => void): Promise<void> {
  const loop = async (): Promise<void> => {
    for (;;) {
      const fetched = await boss.fetch(queue, { batchSize: batch.size });
      if (fetched.length === 0) return;
      for (const _ of fetched) onJob();
      await boss.complete(
        queue,
        fetched.map(({ id }) => id),
      );
    }
  };
  await Promise.all(Array.from({ length: batch.loops }, loop));
}

async function insertMany(boss: PgBoss, count: number): Promise<void> {
  await boss.insert(
    queue,
    Array.from({ length: count }, (_, i) => ({ data: { i } })),
  );
}

/** Waits for jobs, with notifications, which are off unless asked for. */
export function pgBossIdle(size: Size): Contender {
  return idleWorker({ name: "pg-boss, with notify", isOurs: false }, size, async (place, onJob) => {
    const boss = await openBoss(place, true);
    await boss.work(queue, { pollingIntervalSeconds: 0.5 }, async () => onJob());
    return { push: (i) => boss.send(queue, { i }), close: () => boss.stop({ graceful: true, timeout: 5000 }) };
  });
}
