import { checkLeaseMs, type Claim } from "../claims/claims.ts";
import { hintCanceledJobs } from "../claims/hints.ts";
import type { Codec } from "../database/codec.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkInteger } from "../database/input.ts";
import type { Session } from "../database/session.ts";
import { LeaseLostError } from "../errors.ts";
import { hintPushed } from "../jobs/jobs.ts";
import { type Deal, dealWithTicks, type Dealt, jobsOfTicks } from "./deal.ts";
import { dueTicks } from "./due.ts";
import { overlap } from "./overlap.ts";
import { ticksOf } from "./rule.ts";
import { tickJobId } from "./schedule.ts";
import { claimSchedules, type ClaimSchedulesRow } from "./statements.generated.ts";

/** How due ticks are dealt with. */
export interface PushDueOptions {
  /** The most schedules to deal with, 1 to 500; 100 by default. */
  readonly limit?: number | undefined;
  /** After how long others deal with them where this process dies in between; 5,000 by default. */
  readonly leaseMs?: number | undefined;
}

/** What became of the ticks that were due. */
export interface PushedDue {
  /** How many schedules had ticks due; where there were as many as the limit, there may be more. */
  readonly schedules: number;
  /** How many jobs were pushed. */
  readonly pushed: number;
  /** How many ticks got no job because of the overlap policy. */
  readonly skipped: number;
  /** Schedules whose ticks this process cannot tell, for instance because it does not know the time zone; they are due again later. */
  readonly failures: readonly { readonly id: string; readonly error: unknown }[];
}

const dueOptions: Fields<PushDueOptions> = fieldsOf<PushDueOptions>({ limit: true, leaseMs: true });

const limitBounds = { min: 1, max: 500 };

/** Far longer than it takes to compute ticks, and far shorter than what a tick may be late. */
const leaseMsDefault = 5000;

/** Claims schedules whose ticks have come, decides what becomes of the ticks, and pushes their jobs under the claims. */
export async function pushDue(session: Session, options: PushDueOptions = {}): Promise<PushedDue> {
  const { limit = 100, leaseMs = leaseMsDefault } = dueOptions.read(options, "options");
  const rows = await session.run(
    claimSchedules({ limit: checkInteger(limit, "limit", limitBounds), leaseMs: checkLeaseMs(leaseMs) }),
  );
  const failures: { id: string; error: unknown }[] = [];
  const deals = rows.flatMap((row) => {
    try {
      return [dealOf(session.codec, row)];
    } catch (error) {
      failures.push({ id: row.id, error });
      return [];
    }
  });
  // Together in one statement, but each for itself: of a claim that was lost only its own schedule's ticks are left to others.
  const settled = await Promise.allSettled(deals.map((deal) => session.write(dealWithTicks, deal)));
  let [pushed, skipped] = [0, 0];
  const unexpected: unknown[] = [];
  for (const [i, outcome] of settled.entries()) {
    if (outcome.status === "fulfilled") {
      pushed += tell(session, outcome.value);
      skipped += deals[i]?.overlapped.skipped ?? 0;
    } else if (!(outcome.reason instanceof LeaseLostError)) unexpected.push(outcome.reason);
  }
  // Not before all that was pushed has been told of.
  if (unexpected.length > 0) throw unexpected[0];
  return { schedules: rows.length, pushed, skipped, failures };
}

/** Hints at what was pushed; how many jobs that were. */
export function tell(session: Session, { jobs, pushed, woken }: Dealt): number {
  hintPushed(session, jobs, pushed);
  hintCanceledJobs(session, woken);
  return pushed.filter((job) => job.outcome === "created").length;
}

function dealOf(codec: Codec, row: ClaimSchedulesRow): Deal & Claim {
  const due = dueTicks(ticksOf(row), row);
  const overlapped = overlap(
    row.overlap,
    row.openJobs,
    due.ticks.map((tick) => ({ id: tickJobId(row.id, tick), runAt: tick, after: null })),
  );
  return {
    id: row.id,
    token: row.token,
    nextAt: due.nextAt,
    lastTickAt: due.ticks.at(-1) ?? null,
    missed: due.missed,
    overlapped,
    jobs: jobsOfTicks(codec, row, overlapped.jobs),
  };
}
