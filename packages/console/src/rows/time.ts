import type { Schedule, Timer, Wait } from "holdfast";
import type { KeptEvent } from "holdfast/correlations";
import type { Payloads } from "../answers/payloads.ts";
import type { EventRow, ScheduleRow, TimerRow, WaitRow } from "../protocol/index.ts";
import { plain } from "./plain.ts";

/** A timer. */
export function timerRow(show: Payloads, { payload, ...timer }: Timer): TimerRow {
  return { ...plain(timer), payload: show.show(payload, { of: "timer", id: timer.id }) };
}

/** A wait, and what was delivered to it. */
export function waitRow(show: Payloads, { delivery, ...wait }: Wait): WaitRow {
  if (delivery === null) return { ...plain(wait), delivery };
  const { payload, ...delivered } = delivery;
  const shown = show.show(payload, { of: "wait", id: wait.id });
  return { ...plain(wait), delivery: { ...plain(delivered), payload: shown } };
}

/** A kept event. */
export function eventRow(show: Payloads, { payload, ...event }: KeptEvent): EventRow {
  return { ...plain(event), payload: show.show(payload, { of: "event", id: event.id, key: event.key }) };
}

/** A schedule without its payload. */
export function scheduleRow(schedule: Schedule): ScheduleRow {
  const { id, queue, status, cron, timeZone, everyMs, startsAt, endsAt, overlap, catchUp, catchUpLimit } = schedule;
  const { missedAfterMs, nextAt, lastTickAt, missed, pushedCount, skippedCount, version, createdAt } = schedule;
  const { updatedAt, pausedAt } = schedule;
  const rule = { id, queue, status, cron, timeZone, everyMs, startsAt, endsAt, overlap, catchUp, catchUpLimit };
  const state = { missedAfterMs, nextAt, lastTickAt, missed, pushedCount, skippedCount, version };
  return plain({ ...rule, ...state, createdAt, updatedAt, pausedAt });
}
