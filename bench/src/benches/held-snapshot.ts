import type { Bench } from "../bench.ts";
import { withHeldSnapshot } from "../held-snapshot.ts";
import { graphileWorkerDrain } from "../peers/graphile-worker.ts";
import { holdfastDrain } from "../peers/holdfast-jobs.ts";
import { pgBossDrain } from "../peers/pg-boss.ts";

/** What an old snapshot costs a queue. */
export const heldSnapshot: Bench = {
  name: "held-snapshot",
  measures:
    "A queue is emptied as in drain, with and without another session that holds a snapshot from before: a long report, or a backup.",
  unit: "jobs",
  cases: (size) => {
    const ours = holdfastDrain(size.jobs, { concurrency: 500, prefetch: 2000 });
    const peers = [
      graphileWorkerDrain(size.jobs, { concurrentJobs: 100, localQueue: 2000 }),
      pgBossDrain(size.jobs, { size: 1000, loops: 2 }),
    ];
    return [
      // The same without is "the other" here, so that the ratio says what is left.
      { name: "Holdfast", contenders: [withHeldSnapshot(ours), { ...ours, isOurs: false }] },
      { name: "peers", contenders: peers.flatMap((peer) => [withHeldSnapshot(peer), peer]) },
    ];
  },
};
