import type { Bench, Contender, Size } from "../bench.ts";
import { afterwards } from "../fill.ts";
import { underLoad } from "../load.ts";
import { type Filling, openCounted } from "../peers/holdfast-jobs.ts";
import { pgBossCount } from "../peers/pg-boss.ts";
import { expectSame } from "../rows.ts";

/** Counts by status of a long queue. */
export const counts: Bench = {
  name: "counts",
  measures:
    "One caller counts the jobs of a queue by status. Most of them have ended, and the others wait. Jobs pushed one by one are pushed " +
    "by 50 callers at once. pg-boss keeps a " +
    "count for a minute and answers it again: what is measured is a fresh one, and its rows are the same however they were pushed. graphile-worker has no such count, and removes what has " +
    "ended; BullMQ would take many minutes to end as many.",
  unit: "counts",
  isLong: true,
  // It takes much longer to fill a queue than to count it.
  roundsMax: 1,
  cases: (size) =>
    (["in bulk", "one by one"] as const).map((filling) => ({
      name: `${nameOf(size)}, pushed ${filling}`,
      contenders: [ours(size, filling), ...(filling === "in bulk" ? [pgBossCount({ callers: 1, size })] : [])],
    })),
};

function nameOf({ endedJobs, readyJobs }: Size): string {
  return `${endedJobs.toLocaleString("en-US")} ended, ${readyJobs.toLocaleString("en-US")} ready`;
}

function ours(size: Size, filling: Filling): Contender {
  return underLoad({ name: "Holdfast", isOurs: true }, { callers: 1, size }, async (place) => {
    const queue = await openCounted(place, { ended: size.endedJobs, ready: size.readyJobs, filling });
    await place.pool.query(afterwards);
    const check = async (): Promise<void> => {
      const { succeeded, ready, running, scheduled, blocked } = await queue.count();
      expectSame(succeeded, size.endedJobs, "ended jobs");
      expectSame(ready, size.readyJobs, "ready jobs");
      expectSame(running + scheduled + blocked, 0, "others");
    };
    return {
      call: check,
      check: async () => {
        const seen = await queue.seen();
        expectSame(seen.succeeded, size.endedJobs, "ended jobs, one by one");
        expectSame(seen.ready, size.readyJobs, "ready jobs, one by one");
      },
      close: () => queue.close(),
    };
  });
}
