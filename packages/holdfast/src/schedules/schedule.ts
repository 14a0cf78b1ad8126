import { type Codec, decodeOptional } from "../database/codec.ts";
import type { CatchUpPolicy, OverlapPolicy, ScheduleStatus } from "../database/enums.generated.ts";
import type { JobInput } from "../jobs/job.ts";
import type { MissedTicks } from "./due.ts";
import type { ListSchedulesRow } from "./statements.generated.ts";

/** What a schedule says of its jobs, as `jobs.push` takes it. */
export type ScheduledJobOptions = Pick<JobInput, "priority" | "maxAttempts" | "backoff" | "group" | "requires">;

/** A rule that makes jobs. Exactly one of `cron` and `everyMs` is given. A {@link Schedule} that was read, with changes, is one. */
export interface ScheduleInput extends ScheduledJobOptions {
  /** 1 to 200 bytes: the ids of its jobs begin with it. */
  readonly id: string;
  readonly queue: string;
  readonly payload?: unknown;
  /** Five fields, six with seconds in front, or a nickname such as @daily. */
  readonly cron?: string | null | undefined;
  /** What `cron` is read by: an IANA name; UTC by default. */
  readonly timeZone?: string | undefined;
  /** From 1,000 to ten years: counted from `startsAt`, or else from when the schedule was first saved with this interval. */
  readonly everyMs?: number | null | undefined;
  /** No tick before; an interval's first is then. */
  readonly startsAt?: Date | null | undefined;
  /** No tick after. */
  readonly endsAt?: Date | null | undefined;
  /** What becomes of a tick while a job of a former one has not ended; "allow" by default. */
  readonly overlap?: OverlapPolicy | undefined;
  /** What becomes of ticks that nobody was there for; "skip" by default. */
  readonly catchUp?: CatchUpPolicy | undefined;
  /** How many of them "all" makes up for at most, the newest; 100 by default, 1,000 at most. */
  readonly catchUpLimit?: number | undefined;
  /** How late the first tick must be for `catchUp` to decide; 60,000 by default, from 1,000 to a day. */
  readonly missedAfterMs?: number | undefined;
  /** Refuses to save unless the schedule is at this version; 0 means that there must be none yet. */
  readonly expectedVersion?: number | undefined;
}

/** A stored schedule. */
export interface Schedule extends ScheduledJobOptions {
  readonly id: string;
  readonly queue: string;
  readonly status: ScheduleStatus;
  readonly cron: string | null;
  readonly timeZone: string;
  readonly everyMs: number | null;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly overlap: OverlapPolicy;
  readonly catchUp: CatchUpPolicy;
  readonly catchUpLimit: number;
  readonly missedAfterMs: number;
  /** The tick that comes next; null unless the schedule is active. */
  readonly nextAt: Date | null;
  /** The newest tick that got a job or was skipped. */
  readonly lastTickAt: Date | null;
  /** The newest row of ticks that catching up left out. */
  readonly missed: MissedTicks | null;
  /** How many jobs its ticks and `trigger` have pushed, one whose id there was already included. */
  readonly pushedCount: number;
  /** How many ticks, and calls of `trigger`, got no job because of the overlap policy. */
  readonly skippedCount: number;
  /** Grows with every change that a caller makes, not with ticks. */
  readonly version: number;
  readonly createdAt: Date;
  /** When a caller last changed it: ticks and `trigger` do not. */
  readonly updatedAt: Date;
  readonly pausedAt: Date | null;
  readonly payload: unknown;
}

/** A schedule out of its row. */
export function toSchedule(codec: Codec, row: ListSchedulesRow): Schedule {
  const { everyMs, missedAfterMs, missedFrom, missedTo, jobOptions, payload, anchorAt: _, ...rest } = row;
  return {
    ...rest,
    ...jobOptionsOf(jobOptions),
    everyMs,
    missedAfterMs,
    missed: missedFrom === null || missedTo === null ? null : { from: missedFrom, to: missedTo },
    payload: decodeOptional(codec, payload),
  };
}

/** The options that `save` wrote. */
export function jobOptionsOf(text: string): ScheduledJobOptions {
  return JSON.parse(text) as ScheduledJobOptions;
}

/** What a job's id tells of the schedule that made it. */
export interface Tick {
  readonly scheduleId: string;
  /** The moment that the rule names, whenever the job runs; null for a job of `trigger`. */
  readonly scheduledFor: Date | null;
}

/** The id of a tick's job. It depends on the tick alone, whichever process pushes it. */
export function tickJobId(scheduleId: string, scheduledFor: Date): string {
  return `${scheduleId}@${scheduledFor.toISOString()}`;
}

/** The id of a job that a caller asked for between the ticks. */
export function triggerJobId(scheduleId: string, unique: string): string {
  return `${scheduleId}@${unique}`;
}

const suffix = /^(.+)@(?:(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/su;

/** The schedule and the tick of a job that a schedule made, by the job's id; null for any other job. */
export function tickOf(jobId: string): Tick | null {
  const [, scheduleId, moment] = suffix.exec(jobId) ?? [];
  if (scheduleId === undefined) return null;
  return { scheduleId, scheduledFor: moment === undefined ? null : new Date(moment) };
}
