import { type Codec, decodeOptional } from "../core/codec.ts";
import type { CatchUpPolicy, OverlapPolicy, ScheduleStatus } from "../core/enums.generated.ts";
import type { DefinedJob, JobInput, JobOptions, QueueName } from "../jobs/jobs.ts";
import type { MissedTicks } from "./due.ts";
import type { ListSchedulesRow } from "./statements.generated.ts";

/** A schedule's options for its jobs, as `jobs.push` takes them. */
export type ScheduledJobOptions = Pick<
  JobOptions,
  "priority" | "maxAttempts" | "backoff" | "timeoutMs" | "group" | "requires"
>;

/** A rule that makes jobs, with exactly one of `cron` and `everyMs`. A {@link Schedule} that was read, with changes, is valid. */
export type ScheduleInput<Q extends QueueName = string> = ScheduleOptions & Pick<JobInput<Q>, "queue" | "payload">;

/** A schedule whose queue and payload are of a job that a definition has made: `{ ...queue.job(payload), id, cron }`. */
export type DefinedSchedule = ScheduleOptions & Pick<DefinedJob, "queue" | "payload">;

/** A schedule besides its queue and its payload. */
export interface ScheduleOptions extends ScheduledJobOptions {
  /** 1 to 200 bytes; the ids of its jobs begin with it. */
  readonly id: string;
  /** Five fields, six with seconds in front, or a nickname such as @daily. */
  readonly cron?: string | null | undefined;
  /** The time zone of `cron`, an IANA name; UTC by default. */
  readonly timeZone?: string | undefined;
  /** From 1,000 to ten years, counted from `startsAt`, or else from the first save with this interval. */
  readonly everyMs?: number | null | undefined;
  /** The earliest tick; an interval's first tick. */
  readonly startsAt?: Date | null | undefined;
  /** The latest tick. */
  readonly endsAt?: Date | null | undefined;
  /** What a tick does while a job of an earlier one has not ended; "allow" by default. */
  readonly overlap?: OverlapPolicy | undefined;
  /** What happens to ticks that nobody handled in time; "skip" by default. */
  readonly catchUp?: CatchUpPolicy | undefined;
  /** How many of the newest missed ticks "all" makes up for; 100 by default, 1,000 at most. */
  readonly catchUpLimit?: number | undefined;
  /** How late the first tick must be before `catchUp` decides; 60,000 by default, from 1,000 to a day. */
  readonly missedAfterMs?: number | undefined;
  /** Refuses to save at another version; 0 means that no schedule may exist. */
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
  /** The next tick; null unless the schedule is active. */
  readonly nextAt: Date | null;
  /** The newest tick that got a job or was skipped. */
  readonly lastTickAt: Date | null;
  /** The newest row of ticks that catching up left out. */
  readonly missed: MissedTicks | null;
  /** How many jobs its ticks and `trigger` have pushed, including pushes of an existing id. */
  readonly pushedCount: number;
  /** How many ticks, and calls of `trigger`, got no job because of the overlap policy. */
  readonly skippedCount: number;
  /** Grows with every change by a caller, not with ticks. */
  readonly version: number;
  readonly createdAt: Date;
  /** When a caller last changed it; ticks and `trigger` do not count. */
  readonly updatedAt: Date;
  readonly pausedAt: Date | null;
  readonly payload: unknown;
}

/** Reads a schedule from its row. */
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

/** Reads the options that `save` wrote. */
export function jobOptionsOf(text: string): ScheduledJobOptions {
  return JSON.parse(text) as ScheduledJobOptions;
}

/** The schedule and tick of a job, by its id. */
export interface Tick {
  readonly scheduleId: string;
  /** The time that the rule names, whenever the job runs; null for a job of `trigger`. */
  readonly scheduledFor: Date | null;
}

/** The id of a tick's job. It depends only on the tick, whichever process pushes it. */
export function tickJobId(scheduleId: string, scheduledFor: Date): string {
  return `${scheduleId}@${scheduledFor.toISOString()}`;
}

/** The id of a job that a caller requested between ticks. */
export function triggerJobId(scheduleId: string, unique: string): string {
  return `${scheduleId}@${unique}`;
}

const suffix = /^(.+)@(?:(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/su;

/** Returns the schedule and tick of a scheduled job by its id; null for any other job. */
export function tickOf(jobId: string): Tick | null {
  const [, scheduleId, moment] = suffix.exec(jobId) ?? [];
  if (scheduleId === undefined) return null;
  return { scheduleId, scheduledFor: moment === undefined ? null : new Date(moment) };
}
