import { checkLeaseMs, type Claim } from "../claims/claims.ts";
import { hintCanceledJobs } from "../claims/hints.ts";
import type { Codec } from "../core/codec.ts";
import { LeaseLostError } from "../core/errors.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInteger } from "../core/input.ts";
import { hintPushed } from "../jobs/jobs.ts";
import type { Session } from "../session/session.ts";
import { sending } from "../telemetry/messaging.ts";
import { type TickDecision, type TickOutcome, applyDecisions, jobsOfTicks } from "./decisions.ts";
import { dueTicks } from "./due.ts";
import { overlap } from "./overlap.ts";
import { ticksOf } from "./rule.ts";
import { tickJobId } from "./schedule.ts";
import { claimSchedules, type ClaimSchedulesRow } from "./statements.generated.ts";

/** Options for handling due ticks. */
export interface PushDueOptions {
  /** The most schedules to handle, 1 to 500; 100 by default. */
  readonly limit?: number | undefined;
  /** How long others wait before they take over, if this process dies in between; 5,000 by default. */
  readonly leaseMs?: number | undefined;
}

/** The result of handling due ticks. */
export interface PushedDue {
  /** How many schedules had due ticks. If it equals the limit, there may be more. */
  readonly schedules: number;
  /** How many jobs were pushed. */
  readonly pushed: number;
  /** How many ticks got no job because of the overlap policy. */
  readonly skipped: number;
  /** Schedules whose ticks this process cannot compute, for instance because it does not know the time zone. They are due again later. */
  readonly failures: readonly { readonly id: string; readonly error: unknown }[];
}

const dueOptions: Fields<PushDueOptions> = fieldsOf<PushDueOptions>({ limit: true, leaseMs: true });

const limitBounds = { min: 1, max: 500 };

/** Far longer than computing ticks takes, and far shorter than a tick may be late. */
const leaseMsDefault = 5000;

/** Claims schedules with due ticks, decides about the ticks, and pushes their jobs under the claims. */
export async function pushDue(session: Session, options: PushDueOptions = {}): Promise<PushedDue> {
  const { limit = 100, leaseMs = leaseMsDefault } = dueOptions.read(options, "options");
  const rows = await session.run(
    claimSchedules({ limit: checkInteger(limit, "limit", limitBounds), leaseMs: checkLeaseMs(leaseMs) }),
  );
  const failures: { id: string; error: unknown }[] = [];
  const decisions = rows.flatMap((row) => {
    try {
      return [decisionOf(session.codec, row)];
    } catch (error) {
      failures.push({ id: row.id, error });
      return [];
    }
  });
  // Together in one statement, but each by itself: a lost claim leaves only its own schedule's ticks to others.
  const settled = await Promise.allSettled(decisions.map((decision) => apply(session, decision)));
  let [pushed, skipped] = [0, 0];
  const unexpected: unknown[] = [];
  for (const [i, outcome] of settled.entries()) {
    if (outcome.status === "fulfilled") {
      pushed += hintPushedTicks(session, outcome.value);
      skipped += decisions[i]?.overlapped.skipped ?? 0;
    } else if (!(outcome.reason instanceof LeaseLostError)) unexpected.push(outcome.reason);
  }
  // Not before workers have been notified of everything that was pushed.
  if (unexpected.length > 0) throw unexpected[0];
  return { schedules: rows.length, pushed, skipped, failures };
}

/** The jobs of a tick carry the trace of its push. Each tick is a trace of its own. */
function apply(session: Session, decision: TickDecision & Claim): Promise<TickOutcome> {
  return sending(decision.jobs, session.target, (jobs) => session.write(applyDecisions, { ...decision, jobs }));
}

/** Notifies workers of pushed jobs, and returns their number. */
export function hintPushedTicks(session: Session, { jobs, pushed, woken }: TickOutcome): number {
  hintPushed(session, jobs, pushed);
  hintCanceledJobs(session, woken);
  return pushed.filter((job) => job.outcome === "created").length;
}

function decisionOf(codec: Codec, row: ClaimSchedulesRow): TickDecision & Claim {
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
