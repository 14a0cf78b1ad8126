import { type ClaimedJob, openStore, type Store } from "holdfast";
import type { Bench, Contender } from "../bench.ts";
import { callersName, type Load, underLoad } from "../load.ts";
import { expectNumber, found } from "../rows.ts";

/** Longer than any measurement. */
const leaseMs = 3_600_000;
const queue = "work";
/** Jobs to complete for each second of load: more than any contender completes. */
const jobsPerSecond = 6000;
/** The most that a claim takes. */
const claimMax = 1000;
/** More executions than callers, so that no two transitions are of one at once. */
const movedIds = Array.from({ length: 200 }, (_, i) => `moved-${i}`);

/** Calls of several kinds at once. */
export const flights: Bench = {
  name: "flights",
  measures:
    "One of four calls in turn: an execution is created, another moved on with an entry of history, a task saved, a claimed job " +
    "completed. Calls that wait at the same time share a transaction, whatever their kind, unless the store sends each by itself.",
  unit: "calls",
  cases: (size) =>
    [1, 4, 16, 50].map((callers) => {
      const load = { callers, size };
      return { name: callersName(callers), contenders: [ours(load, true), ours(load, false)] };
    }),
};

/** The table that each kind of call writes to, with one row for each call. */
const counts = [
  "select count(*) from holdfast.executions where id like 'created-%'",
  "select count(*) from holdfast.history_entries",
  "select count(*) from holdfast.tasks",
  "select count(*) from holdfast.ended_jobs where status = 'succeeded'",
];

function ours(load: Load, coalesce: boolean): Contender {
  const name = coalesce ? "Holdfast" : "Holdfast, each call by itself";
  return underLoad({ name, isOurs: true }, load, async (place) => {
    const store = await openStore({ url: place.url, coalesce });
    await store.executions.saveMany(movedIds.map((id) => ({ id, status: "running" })));
    const jobs = await claimedJobs(store, jobsPerSecond * (load.size.seconds + load.size.warmUpSeconds));
    return {
      call: (i) => write(store, i, jobs),
      check: async (calls) => {
        for (const [kind, sql] of counts.entries()) {
          await expectNumber(place.pool, sql, Math.ceil((calls - kind) / counts.length));
        }
      },
      close: () => store.close(),
    };
  });
}

async function write({ executions, tasks, jobs }: Store, i: number, claimed: ClaimedJob[]): Promise<unknown> {
  const id = found(movedIds[(i >> 2) % movedIds.length], "The execution");
  switch (i % counts.length) {
    case 0:
      return executions.create({ id: `created-${i}`, input: { i } });
    case 1:
      return executions.transition(id, { state: { i }, history: [{ kind: "moved", payload: { i } }] });
    case 2:
      return tasks.save({ id: `task-${i}`, executionId: id, name: "step", tool: "t", status: "running", input: { i } });
    default:
      return jobs.complete(found(claimed.pop(), "A job to complete"));
  }
}

async function claimedJobs({ jobs }: Store, count: number): Promise<ClaimedJob[]> {
  const claimed: ClaimedJob[] = [];
  while (claimed.length < count) {
    await jobs.pushMany(Array.from({ length: claimMax }, () => ({ queue })));
    claimed.push(...(await jobs.claim({ queues: [queue], limit: claimMax, leaseMs })));
  }
  return claimed;
}
