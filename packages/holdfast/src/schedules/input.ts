import { type Codec, encodeOptional, type JsonText } from "../core/codec.ts";
import {
  type CatchUpPolicy,
  catchUpPolicyLabels,
  type OverlapPolicy,
  overlapPolicyLabels,
} from "../core/enums.generated.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import {
  batchItemsMax,
  checkId,
  checkInteger,
  checkOneOf,
  checkOptionalCount,
  checkOptionalInstant,
  invalid,
} from "../core/input.ts";
import { encodeItems } from "../core/items.ts";
import type { PendingCheck } from "../core/standard-schema.ts";
import { checkPayload, encodeJob } from "../jobs/input.ts";
import { checkQueue } from "../jobs/jobs.ts";
import { checkCron, checkTimeZone } from "./cron.ts";
import type { Rule } from "./rule.ts";
import type { DefinedSchedule, Schedule, ScheduledJobOptions, ScheduleInput } from "./schedule.ts";

/** The longest id of a schedule, which leaves room for the tick in a job's id. */
const idBytesMax = 200;

/** Below a second, a schedule would be a busy loop; above ten years, a typing error. */
const everyMsBounds = { min: 1000, max: 10 * 366 * 24 * 60 * 60 * 1000 };
const missedAfterMsBounds = { min: 1000, max: 24 * 60 * 60 * 1000 };
const catchUpLimitBounds = { min: 1, max: 1000 };

/** A schedule to save, checked and encoded. The anchor of an interval is known once it is stored. */
export interface EncodedSchedule extends Omit<Rule, "anchorAt"> {
  readonly id: string;
  readonly queue: string;
  readonly overlap: OverlapPolicy;
  readonly catchUp: CatchUpPolicy;
  readonly catchUpLimit: number;
  readonly missedAfterMs: number;
  readonly expectedVersion: number | null;
  readonly jobOptions: JsonText;
  readonly payload: JsonText | null;
  /** To be waited for before the schedule is sent. */
  readonly check: PendingCheck;
}

type AnyScheduleInput = ScheduleInput | DefinedSchedule;

const scheduleFields: Fields<ScheduleInput> = fieldsOf<ScheduleInput, Schedule>({
  id: true,
  queue: true,
  payload: true,
  cron: true,
  timeZone: true,
  everyMs: true,
  startsAt: true,
  endsAt: true,
  overlap: true,
  catchUp: true,
  catchUpLimit: true,
  missedAfterMs: true,
  expectedVersion: true,
  priority: true,
  maxAttempts: true,
  backoff: true,
  timeoutMs: true,
  group: true,
  requires: true,
  status: false,
  nextAt: false,
  lastTickAt: false,
  missed: false,
  pushedCount: false,
  skippedCount: false,
  version: false,
  createdAt: false,
  updatedAt: false,
  pausedAt: false,
});

/** Checks and encodes a schedule. */
export function encodeSchedule(codec: Codec, given: AnyScheduleInput, field = "input"): EncodedSchedule {
  const input = scheduleFields.read(given as ScheduleInput, field);
  const { overlap = "allow", catchUp = "skip", catchUpLimit = 100, missedAfterMs = 60_000 } = input;
  return {
    id: checkScheduleId(input.id),
    queue: checkQueue(input.queue),
    check: checkPayload(input, field),
    ...checkRule(input),
    overlap: checkOneOf(overlap, "overlap", overlapPolicyLabels),
    catchUp: checkOneOf(catchUp, "catchUp", catchUpPolicyLabels),
    catchUpLimit: checkInteger(catchUpLimit, "catchUpLimit", catchUpLimitBounds),
    missedAfterMs: checkInteger(missedAfterMs, "missedAfterMs", missedAfterMsBounds),
    expectedVersion: checkOptionalCount(input.expectedVersion, "expectedVersion", 0),
    jobOptions: JSON.stringify(checkJobOptions(codec, input)),
    payload: encodeOptional(codec, input.payload, "payload"),
  };
}

/** Like {@link encodeSchedule}, for schedules saved together, with distinct ids. */
export function encodeSchedules(codec: Codec, inputs: readonly AnyScheduleInput[]): readonly EncodedSchedule[] {
  return encodeItems(inputs, "inputs", (input, place) => encodeSchedule(codec, input, place), batchItemsMax);
}

/** Checks the id of a schedule. */
export function checkScheduleId(value: unknown): string {
  const id = checkId(value, "id");
  if (Buffer.byteLength(id) <= idBytesMax) return id;
  throw invalid("id", `has ${Buffer.byteLength(id)} bytes, above the limit of ${idBytesMax} for schedules`);
}

function checkRule(input: ScheduleInput): Omit<Rule, "anchorAt"> {
  const { timeZone } = input;
  // A schedule that was read has null for absent fields, and always a time zone.
  const isRecord = input.cron === null;
  const cron = input.cron ?? undefined;
  const everyMs = input.everyMs ?? undefined;
  if ((cron === undefined) === (everyMs === undefined)) {
    throw invalid("cron", "and everyMs are alternatives: give exactly one of them");
  }
  if (timeZone !== undefined && cron === undefined && !isRecord) {
    throw invalid("timeZone", "goes with cron: an interval is the same in every time zone");
  }
  const startsAt = checkOptionalInstant(input.startsAt, "startsAt");
  const endsAt = checkOptionalInstant(input.endsAt, "endsAt");
  if (startsAt !== null && endsAt !== null && endsAt < startsAt) {
    throw invalid("endsAt", "lies before startsAt: no tick could ever come");
  }
  return {
    cron: cron === undefined ? null : checkCron(cron),
    timeZone: checkTimeZone(timeZone ?? "UTC"),
    everyMs: everyMs === undefined ? null : checkInteger(everyMs, "everyMs", everyMsBounds),
    startsAt,
    endsAt,
  };
}

/** Checks the options of the jobs like those of a pushed job. */
function checkJobOptions(codec: Codec, input: ScheduleInput): ScheduledJobOptions {
  const { queue, priority, maxAttempts, backoff, timeoutMs, group, requires } = input;
  const options: ScheduledJobOptions = { priority, maxAttempts, backoff, timeoutMs, group, requires };
  const { backoffMs: initialMs, backoffMaxMs: maxMs } = encodeJob(codec, { ...options, queue: checkQueue(queue) });
  return backoff === undefined ? options : { ...options, backoff: { initialMs, maxMs } };
}
