import { type ContentBackend, countExpired, removeExpired, removeUnusedContents } from "../blobs/blobs.ts";
import { countExpiredEvents, removeExpiredEvents } from "../correlations/correlations.ts";
import { mapPlan, type Plan } from "../database/plan.ts";
import type { Session } from "../database/session.ts";
import { countExpiredJobsPlan, type ExpiredJobs, removeExpiredJobsPlan } from "../jobs/jobs.ts";
import { countExpiredEntries, removeExpiredEntries } from "../kv/kv.ts";
import { countExpiredSchedules, removeExpiredSchedules } from "../schedules/schedules.ts";
import { countExpiredSnapshotVersions, removeExpiredSnapshotVersions } from "../snapshots/snapshots.ts";
import { countExpiredTimers, removeExpiredTimers } from "../timers/timers.ts";
import type { Budget } from "./budget.ts";
import { countRemovableExecutions, removeEndedExecutions } from "./ended-executions.ts";
import type { RetentionKind } from "./policy.ts";

/** What retention works on. */
export interface RetentionParts {
  readonly session: Session;
  /** Where blobs keep their bytes besides PostgreSQL, if anywhere. */
  readonly blobBackend: ContentBackend | null;
}

/** How one kind is removed, and how many of it would be. */
interface Rule {
  /** Removes what is past its period, as far as the budget reaches; answers how many went. */
  readonly remove: (parts: RetentionParts, keepMs: number, budget: Budget) => Promise<number>;
  readonly count: (keepMs: number) => Plan<number>;
}

/** The rule of each kind. */
export const rules: Readonly<Record<RetentionKind, Rule>> = {
  executions: {
    remove: ({ session }, keepMs, budget) => removeEndedExecutions(session, keepMs, budget),
    count: countRemovableExecutions,
  },
  jobs: jobsThat(["succeeded", "canceled"]),
  deadJobs: jobsThat(["dead"]),
  timers: byStatements(removeExpiredTimers, countExpiredTimers),
  events: byStatements(removeExpiredEvents, countExpiredEvents),
  snapshots: byStatements(removeExpiredSnapshotVersions, countExpiredSnapshotVersions),
  schedules: byStatements(removeExpiredSchedules, countExpiredSchedules),
  kv: { remove: inBatches((_keepMs, limit) => removeExpiredEntries(limit)), count: countExpiredEntries },
  blobs: { remove: removeExpiredBlobs, count: countExpired },
};

/** The rule of what a noun removes and counts by one statement each. */
function byStatements(
  remove: (given: { readonly keepMs: number; readonly limit: number }) => Plan<{ readonly removed: number }>,
  count: (given: { readonly keepMs: number }) => Plan<{ readonly expired: number }>,
): Rule {
  return {
    remove: inBatches((keepMs, limit) => mapPlan(remove({ keepMs, limit }), (row) => row.removed)),
    count: (keepMs) => mapPlan(count({ keepMs }), (row) => row.expired),
  };
}

function jobsThat(statuses: ExpiredJobs["statuses"]): Rule {
  return {
    remove: inBatches((keepMs, limit) => removeExpiredJobsPlan({ statuses, keepMs, limit })),
    count: (keepMs) => countExpiredJobsPlan({ statuses, keepMs }),
  };
}

/** The removal of a kind by one statement, which is repeated. */
function inBatches(plan: (keepMs: number, limit: number) => Plan<number>): Rule["remove"] {
  return ({ session }, keepMs, budget) => budget.spend((limit) => session.run(plan(keepMs, limit)));
}

/** Expired blobs, and then the bytes that no blob has had for a while. */
async function removeExpiredBlobs(
  { session, blobBackend }: RetentionParts,
  _keepMs: number,
  budget: Budget,
): Promise<number> {
  const removed = await budget.spend((limit) => session.run(removeExpired(limit)));
  await budget.spend((limit) => removeUnusedContents(session, blobBackend, limit));
  return removed;
}
