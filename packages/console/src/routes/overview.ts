import type { Overview } from "../protocol/index.ts";
import { executionRow } from "../rows/executions.ts";
import { jobRow, queueRow } from "../rows/jobs.ts";
import { plain } from "../rows/plain.ts";
import { countUpTo as queueCountUpTo } from "./jobs.ts";
import type { Asked, DefineRoute } from "./route.ts";

/** The most executions that are counted per status. */
const countUpTo = 10_000;

const shown = { queues: 50, ticks: 10, failures: 10 } as const;

/** The route of the first page. */
export function overviewRoutes(route: DefineRoute): void {
  route("/api/overview", {}, (_, asked) => overviewOf(asked));
}

async function overviewOf({ store, limited, live }: Asked): Promise<Overview> {
  const newestFailed = { order: "desc", payloads: false, limit: shown.failures } as const;
  const [{ isHealthy }, { at, counts, timers, schedules, leases }, reads] = await Promise.all([
    store.health(),
    limited.overview({ countUpTo, queues: 1 }),
    limited.read([
      (nouns) => nouns.queues.counts(),
      (nouns) => nouns.queues.list({ limit: shown.queues, countUpTo: queueCountUpTo }),
      (nouns) => nouns.schedules.upcoming(shown.ticks),
      (nouns) => nouns.executions.list({ ...newestFailed, status: ["failed", "timed_out"] }),
      (nouns) => nouns.jobs.list({ ...newestFailed, status: "dead" }),
    ]),
  ]);
  const [jobs, queues, upcoming, failed, dead] = reads;
  return {
    at: at.toISOString(),
    isHealthy,
    executions: counts.executions,
    countUpTo,
    jobs,
    overdue: { leases: leases.overdue, timers: timers.overdue, schedules: schedules.overdue },
    queues: queues.items.map((queue) => queueRow(queue, queueCountUpTo)),
    upcoming: upcoming.map(plain),
    nextTimerAt: plain(timers.oldestOverdueAt ?? timers.nextAt),
    failedExecutions: failed.items.map(executionRow),
    deadJobs: dead.items.map(jobRow),
    samples: live.samples(),
  };
}
