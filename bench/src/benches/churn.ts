import { setTimeout as sleep } from "node:timers/promises";
import type { Store } from "holdfast";
import type { Pool } from "pg";
import { latencyOf } from "../load.ts";
import { payload } from "../payload.ts";
import { openHoldfast } from "../peers/holdfast.ts";
import { measureReference } from "../reference.ts";
import { type CaseRounds, type CostlyMeasurement, type Samples, toBenchResult } from "../result.ts";
import type { OwnBench, Run } from "../run.ts";

const callers = 8;
const jobsPerCycle = 20;
const executions = 1000;
/** What has ended is kept so long, so that as much is removed as is made. */
const keepMs = 10_000;
const samplesMax = 30;

/** The same work for a long time. */
export const churn: OwnBench = {
  name: "churn",
  measures:
    `${callers} callers push ${jobsPerCycle} jobs, claim and complete as many, save one of ${executions.toLocaleString("en-US")} executions, and ` +
    `schedule, claim and acknowledge a timer, again and again, while retention removes what ended ${keepMs / 1000} seconds ago: the first ` +
    "third of the time beside the last one.",
  unit: "cycles",
  isLong: true,
  measure: (run) =>
    run.server.withDatabase(async (place) => {
      const reference = await measureReference(run.server, run.size);
      const store = await openHoldfast(place);
      try {
        const samples = await wear(store, place.pool, run);
        return { ...toBenchResult(churn, [thirds(samples, reference)]), samples: seriesOf(samples) };
      } finally {
        await store.close();
      }
    }),
};

/** What was seen at the end of one span of the time. */
interface Sample {
  readonly seconds: number;
  readonly elapsedMs: number;
  readonly latenciesMs: readonly number[];
  readonly deadRows: number;
  readonly indexMiB: number;
  readonly tableMiB: number;
}

async function wear(store: Store, pool: Pool, run: Run): Promise<readonly Sample[]> {
  const durationMs = run.size.minutes * 60_000;
  const startedAt = performance.now();
  const isOver = (): boolean => performance.now() - startedAt >= durationMs;
  let latenciesMs: number[] = [];
  const work = Array.from({ length: callers }, async (_, caller) => {
    for (let i = caller; !isOver(); i += callers) {
      const calledAt = performance.now();
      await cycle(store, i);
      latenciesMs.push(performance.now() - calledAt);
    }
  });
  const removal = (async () => {
    while (!isOver()) {
      await store.retain({ jobs: keepMs, timers: keepMs });
      await sleep(500);
    }
  })();
  const samples: Sample[] = [];
  for (let at = startedAt; !isOver();) {
    await sleep(durationMs / samplesMax);
    const now = performance.now();
    const sample = { seconds: (now - startedAt) / 1000, elapsedMs: now - at, latenciesMs, ...(await sizesOf(pool)) };
    latenciesMs = [];
    at = now;
    samples.push(sample);
    const cycles = sample.latenciesMs.length;
    run.log(
      `churn, ${sample.seconds.toFixed(0)} s: ${cycles} cycles, ${sample.deadRows} dead rows, ${sample.indexMiB.toFixed(1)} MiB of indexes`,
    );
  }
  await Promise.all([...work, removal]);
  return samples;
}

async function cycle({ jobs, executions: runs, timers }: Store, i: number): Promise<void> {
  await jobs.pushMany(Array.from({ length: jobsPerCycle }, (_, k) => ({ queue: "noop", payload: { i, k } })));
  const claimed = await jobs.claim({ queues: ["noop"], limit: jobsPerCycle });
  await jobs.completeMany(claimed.map((claim) => ({ claim, result: { done: true } })));
  const executionId = `e${i % executions}`;
  await runs.save({ id: executionId, status: "running", state: payload(i) });
  await timers.schedule({ executionId, step: "step", afterMs: 0 });
  for (const timer of await timers.claim({ limit: 1 })) await timers.acknowledge(timer);
}

async function sizesOf(pool: Pool): Promise<Pick<Sample, "deadRows" | "indexMiB" | "tableMiB">> {
  const { rows } = await pool.query<{ readonly dead: string; readonly indexes: string; readonly tables: string }>(
    `select sum(n_dead_tup)::text as dead, sum(pg_indexes_size(relid))::text as indexes, sum(pg_table_size(relid))::text as tables
     from pg_stat_user_tables`,
  );
  const { dead, indexes, tables } = rows[0] ?? { dead: "", indexes: "", tables: "" };
  return { deadRows: Number(dead), indexMiB: Number(indexes) / 2 ** 20, tableMiB: Number(tables) / 2 ** 20 };
}

function thirds(samples: readonly Sample[], reference: number): CaseRounds {
  const third = Math.ceil(samples.length / 3);
  const parts = [
    { name: "the first third", isOurs: false, measured: samples.slice(0, third) },
    { name: "the last third", isOurs: true, measured: samples.slice(-third) },
  ];
  const measurements = new Map(parts.map(({ name, measured }) => [name, [measurementOf(measured)]] as const));
  return { case: { name: "steady state", contenders: parts }, references: [reference], measurements };
}

function measurementOf(samples: readonly Sample[]): CostlyMeasurement {
  const latenciesMs = samples.flatMap((sample) => sample.latenciesMs);
  const elapsedMs = samples.reduce((sum, sample) => sum + sample.elapsedMs, 0);
  return { operations: latenciesMs.length, elapsedMs, latencyMs: latencyOf(latenciesMs), cost: null };
}

function seriesOf(samples: readonly Sample[]): readonly Samples[] {
  const at = samples.map(({ seconds }) => `${seconds.toFixed(0)} s`);
  const series = (what: string, valueOf: (sample: Sample) => number): Samples => ({
    what,
    at,
    values: samples.map(valueOf),
  });
  return [
    series("dead rows", ({ deadRows }) => deadRows),
    series("indexes, MiB", ({ indexMiB }) => indexMiB),
    series("tables, MiB", ({ tableMiB }) => tableMiB),
    series("the middle cycle, ms", ({ latenciesMs }) => latencyOf(latenciesMs).p50),
    series("99 of 100 cycles, ms", ({ latenciesMs }) => latencyOf(latenciesMs).p99),
  ];
}
