import { check, type Check, some, spell } from "./check.ts";
import type { MeasureQueuesRow, MeasureWorkRow } from "./statements.generated.ts";

/** Workers take lost work over within seconds, and pumps fire timers within one. Later means that none runs. */
const lateMs = 60_000;

/** Checks of the work that somebody should be doing. */
export function checkWork(queues: readonly MeasureQueuesRow[], work: MeasureWorkRow): readonly Check[] {
  const now = work.at.getTime();
  return [
    checkQueues(queues),
    checkLeases(queues, now),
    checkTimers(work, now),
    checkTicks(work, now),
    checkDead(queues),
  ];
}

function checkQueues(queues: readonly MeasureQueuesRow[]): Check {
  const paused = queues.filter(({ pausedAt, ready }) => pausedAt !== null && ready > 0);
  if (paused.length === 0) return check("queues", "ok", "No paused queue has ready work.");
  const names = paused.map(({ queue, kind, ready }) => `${queue} (${ready} ${kind}s)`);
  return check("queues", "warn", `Paused with ready work: ${some(names)}.`, "Run `holdfast queues resume NAME`.");
}

function checkLeases(queues: readonly MeasureQueuesRow[], now: number): Check {
  const lost = queues.filter(
    ({ oldestExpiredAt }) => oldestExpiredAt !== null && now - oldestExpiredAt.getTime() > lateMs,
  );
  if (lost.length === 0) return check("leases", "ok", "Workers take over the work of lost ones.");
  const names = lost.map(({ queue, kind, expired }) => `${queue} (${expired} ${kind}s)`);
  return check(
    "leases",
    "fail",
    `Leases have run out and nobody takes over: ${some(names)}.`,
    "No worker claims from these queues: start one. The work then runs again.",
  );
}

function checkTimers({ dueTimers, oldestDueAt }: MeasureWorkRow, now: number): Check {
  const lateBy = oldestDueAt === null ? 0 : now - oldestDueAt.getTime();
  if (lateBy < lateMs) return check("timers", "ok", "Timers fire in time.");
  const finding = `Timers that are due and do not fire: ${dueTimers}, the oldest for ${spell(lateBy)}.`;
  return check("timers", "fail", finding, "No timer pump runs: start one by startTimerPump.");
}

function checkTicks({ lateSchedules, oldestLateAt }: MeasureWorkRow, now: number): Check {
  const lateBy = oldestLateAt === null ? 0 : now - oldestLateAt.getTime();
  if (lateBy < lateMs) return check("schedules", "ok", "Schedules tick in time.");
  const finding = `Schedules that do not tick: ${lateSchedules}, the first for ${spell(lateBy)}.`;
  return check("schedules", "fail", finding, "No scheduler runs: start one by startScheduler.");
}

function checkDead(queues: readonly MeasureQueuesRow[]): Check {
  const dead = queues.filter((queue) => queue.dead > 0);
  if (dead.length === 0) return check("dead jobs", "ok", "No job is dead.");
  const names = dead.map(({ queue, dead: count }) => `${queue} (${count})`);
  return check(
    "dead jobs",
    "warn",
    `Dead jobs: ${some(names)}.`,
    "See why by `holdfast jobs dead QUEUE`, and run them again by `holdfast jobs retry --queue QUEUE`.",
  );
}
