import { ConflictError } from "../core/errors.ts";
import { combinePlans } from "../core/plan.ts";
import { pendingChecks } from "../core/standard-schema.ts";
import type { Session } from "../session/session.ts";
import type { EncodedSchedule } from "./input.ts";
import { type Rule, ticksOf } from "./rule.ts";
import {
  lockScheduleIds,
  lockSchedules,
  type LockSchedulesRow,
  resumeSchedules,
  saveSchedules,
  type SaveSchedulesRow,
} from "./statements.generated.ts";

/**
 * Saves schedules, all or nothing. The next ticks are computed here, by the database's clock, between two statements of one transaction
 * that holds the schedules' locks.
 */
export async function saveAll(
  session: Session,
  schedules: readonly EncodedSchedule[],
): Promise<readonly SaveSchedulesRow[]> {
  if (schedules.length === 0) return [];
  const checks = pendingChecks(schedules);
  if (checks !== null) await checks;
  const ids = schedules.map((schedule) => schedule.id);
  return session.transaction(async (inner) => {
    const [, stored] = await inner.run(combinePlans([lockScheduleIds({ ids }), lockSchedules({ ids })]));
    const placed = schedules.map((schedule, i) => place(schedule, stored[i]));
    return inner.run(
      saveSchedules({
        ids,
        queues: placed.map((each) => each.queue),
        overlaps: placed.map((each) => each.overlap),
        catchUps: placed.map((each) => each.catchUp),
        catchUpLimits: placed.map((each) => each.catchUpLimit),
        missedAfterMs: placed.map((each) => each.missedAfterMs),
        crons: placed.map((each) => each.cron),
        timeZones: placed.map((each) => each.timeZone),
        everyMs: placed.map((each) => each.everyMs),
        anchorsAt: placed.map((each) => each.anchorAt),
        startsAt: placed.map((each) => each.startsAt),
        endsAt: placed.map((each) => each.endsAt),
        nextAt: placed.map((each) => each.nextAt),
        arePaused: placed.map((each) => each.isPaused),
        jobOptions: placed.map((each) => each.jobOptions),
        payloads: placed.map((each) => each.payload),
      }),
    );
  });
}

/** Ends a schedule's pause: ticks continue from now. Returns whether it was paused. */
export async function resume(session: Session, id: string): Promise<boolean> {
  return session.transaction(async (inner) => {
    const [stored] = await inner.run(lockSchedules({ ids: [id] }));
    const rule = stored && ruleOf(stored);
    if (!rule || stored.status !== "paused") return false;
    await inner.run(resumeSchedules({ ids: [id], nextAt: [ticksOf(rule).next(stored.now)] }));
    return true;
  });
}

/** The rule of a locked schedule; null if it does not exist. */
function ruleOf({ cron, timeZone, everyMs, anchorAt, startsAt, endsAt }: LockSchedulesRow): Rule | null {
  if (timeZone === null || anchorAt === null) return null;
  return { cron, timeZone, everyMs, anchorAt, startsAt, endsAt };
}

/** A schedule and its position in time. */
interface PlacedSchedule extends EncodedSchedule {
  readonly anchorAt: Date;
  readonly nextAt: Date | null;
  readonly isPaused: boolean;
}

function place(schedule: EncodedSchedule, stored: LockSchedulesRow | undefined): PlacedSchedule {
  if (stored === undefined) throw new TypeError("A schedule got no answer.");
  refuseVersion(schedule, stored.version ?? 0);
  const isPaused = stored.status === "paused";
  const former = ruleOf(stored);
  const isSameInterval = former !== null && String(former.everyMs) === String(schedule.everyMs);
  const anchorAt = schedule.startsAt ?? (isSameInterval && former.startsAt === null ? former.anchorAt : stored.now);
  const rule: Rule = { ...schedule, anchorAt };
  // A program that saves its schedules at every start must not lose the ticks of its downtime.
  if (former !== null && isSameRule(former, rule)) return { ...schedule, anchorAt, nextAt: stored.nextAt, isPaused };
  return { ...schedule, anchorAt, nextAt: isPaused ? null : ticksOf(rule).next(stored.now), isPaused };
}

function isSameRule(a: Rule, b: Rule): boolean {
  const timesOf = ({ cron, timeZone, everyMs, anchorAt, startsAt, endsAt }: Rule): string =>
    // Only an interval is counted from its anchor.
    JSON.stringify([cron, timeZone, String(everyMs), cron === null ? anchorAt : null, startsAt, endsAt]);
  return timesOf(a) === timesOf(b);
}

function refuseVersion({ id, expectedVersion }: EncodedSchedule, actual: number): void {
  if (expectedVersion === null || expectedVersion === actual) return;
  throw new ConflictError(
    `Schedule ${id} is at version ${actual}, not at the expected ${expectedVersion}: read it and decide anew.`,
    { facts: { reason: "version", entity: "schedule", id, expected: expectedVersion, actual } },
  );
}
