import { type ContentBackend, countExpiredBlobs, removeExpiredBlobs, removeUnusedContents } from "../blobs/blobs.ts";
import { countExpiredThreads, removeExpiredThreads } from "../checkpoints/checkpoints.ts";
import { mapPlan, type Plan } from "../core/plan.ts";
import { countExpiredEvents, removeExpiredEvents } from "../correlations/correlations.ts";
import { countExpiredJobs, removeExpiredJobs, type RemoveExpiredJobsParameters } from "../jobs/jobs.ts";
import { countExpiredKv, removeExpiredKv } from "../kv/kv.ts";
import { countExpiredSchedules, removeExpiredSchedules } from "../schedules/schedules.ts";
import type { Session } from "../session/session.ts";
import { countExpiredSnapshotVersions, removeExpiredSnapshotVersions } from "../snapshots/snapshots.ts";
import { countExpiredTimers, removeExpiredTimers } from "../timers/timers.ts";
import type { Budget } from "./budget.ts";
import { countRemovableExecutions, removeEndedExecutions } from "./ended-executions.ts";
import type { RetentionKind } from "./policy.ts";

/** The parts that retention works on. */
export interface RetentionParts {
  readonly session: Session;
  /** The backend of blob contents besides PostgreSQL, if any. */
  readonly blobBackend: ContentBackend | null;
}

/** Removes and counts one kind. */
interface Rule {
  /** Removes rows past their period, within the budget, and returns their number. */
  readonly remove: (parts: RetentionParts, keepMs: number, budget: Budget) => Promise<number>;
  readonly count: (keepMs: number) => Plan<number>;
}

/** The rule of each kind. */
export const rules: Readonly<Record<RetentionKind, Rule>> = {
  executions: {
    remove: ({ session }, keepMs, budget) => removeEndedExecutions(session, keepMs, budget),
    count: countRemovableExecutions,
  },
  jobs: jobsByStatus(["succeeded", "canceled"]),
  deadJobs: jobsByStatus(["dead"]),
  timers: byStatements(removeExpiredTimers, countExpiredTimers),
  events: byStatements(removeExpiredEvents, countExpiredEvents),
  snapshots: byStatements(removeExpiredSnapshotVersions, countExpiredSnapshotVersions),
  schedules: byStatements(removeExpiredSchedules, countExpiredSchedules),
  checkpoints: byStatements(removeExpiredThreads, countExpiredThreads),
  kv: byStatements(removeExpiredKv, countExpiredKv),
  blobs: blobsAndContents(),
};

/** The rule of a noun that removes and counts by one statement each. */
function byStatements(
  remove: (given: { readonly keepMs: number; readonly limit: number }) => Plan<{ readonly removed: number }>,
  count: (given: { readonly keepMs: number }) => Plan<{ readonly expired: number }>,
): Rule {
  return {
    remove: ({ session }, keepMs, budget) =>
      budget.spend((limit) => session.run(mapPlan(remove({ keepMs, limit }), (row) => row.removed))),
    count: (keepMs) => mapPlan(count({ keepMs }), (row) => row.expired),
  };
}

function jobsByStatus(statuses: RemoveExpiredJobsParameters["statuses"]): Rule {
  return byStatements(
    (given) => removeExpiredJobs({ ...given, statuses }),
    (given) => countExpiredJobs({ ...given, statuses }),
  );
}

/** Expired blobs, and then the bytes that no blob has had for a while. */
function blobsAndContents(): Rule {
  const { remove, count } = byStatements(removeExpiredBlobs, countExpiredBlobs);
  return {
    remove: async (parts, keepMs, budget) => {
      const removed = await remove(parts, keepMs, budget);
      await budget.spend((limit) => removeUnusedContents(parts.session, parts.blobBackend, limit));
      return removed;
    },
    count,
  };
}
