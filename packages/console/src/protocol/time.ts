import type { Moment, Payload } from "./basics.ts";

/** A timer of an execution's step. */
export interface TimerRow {
  readonly id: string;
  readonly executionId: string;
  readonly step: string;
  readonly status: "scheduled" | "claimed" | "fired" | "canceled";
  readonly fireAt: Moment;
  readonly dedupeKey: string | null;
  readonly holder: string | null;
  readonly token: number;
  readonly leaseUntil: Moment | null;
  readonly createdAt: Moment;
  readonly firedAt: Moment | null;
  readonly canceledAt: Moment | null;
  /** The wait that expired; null for a scheduled timer. */
  readonly wait: { readonly id: string; readonly key: string } | null;
  readonly payload: Payload | null;
}

/** A step of an execution that waits, or waited, for an event. */
export interface WaitRow {
  readonly id: string;
  readonly key: string;
  readonly executionId: string;
  readonly step: string;
  readonly status: "waiting" | "delivered" | "expired";
  readonly createdAt: Moment;
  readonly expiresAt: Moment | null;
  readonly delivery: {
    readonly eventId: string;
    readonly payload: Payload | null;
    readonly deliveredAt: Moment;
  } | null;
}

/** An event that no wait has taken yet. */
export interface EventRow {
  readonly id: string;
  readonly key: string;
  readonly dedupeId: string | null;
  readonly createdAt: Moment;
  readonly expiresAt: Moment;
  readonly payload: Payload | null;
}

/** A rule that makes jobs. */
export interface ScheduleRow {
  readonly id: string;
  readonly queue: string;
  readonly status: "active" | "paused" | "ended";
  readonly cron: string | null;
  readonly timeZone: string;
  readonly everyMs: number | null;
  readonly startsAt: Moment | null;
  readonly endsAt: Moment | null;
  readonly overlap: "allow" | "skip" | "buffer_one" | "cancel_previous";
  readonly catchUp: "skip" | "latest" | "all";
  readonly catchUpLimit: number;
  readonly missedAfterMs: number;
  readonly nextAt: Moment | null;
  readonly lastTickAt: Moment | null;
  readonly missed: { readonly from: Moment; readonly to: Moment } | null;
  readonly pushedCount: number;
  readonly skippedCount: number;
  readonly version: number;
  readonly createdAt: Moment;
  readonly updatedAt: Moment;
  readonly pausedAt: Moment | null;
}

/** One schedule, whole. */
export interface ScheduleDetail extends ScheduleRow {
  readonly payload: Payload | null;
  /** The next ticks by its rule, also of a paused one. */
  readonly ticks: readonly Moment[];
}

/** A tick to come. */
export interface UpcomingTick {
  readonly at: Moment;
  readonly scheduleId: string;
  readonly queue: string;
}
