import { type ScheduleStatus, scheduleStatusLabels } from "../core/enums.generated.ts";
import { type Fields, fieldsOf, pageNames } from "../core/fields.ts";
import {
  checkInteger,
  checkLimit,
  checkOneOf,
  checkOrder,
  type Page,
  type PageRequest,
  toPage,
} from "../core/input.ts";
import { iterate, nameAfter } from "../core/pages.ts";
import { mapPlan } from "../core/plan.ts";
import type { Write } from "../core/write.ts";
import { checkOptionalQueue, type QueueName } from "../jobs/jobs.ts";
import type { Session } from "../session/session.ts";
import { checkScheduleId, encodeSchedule, encodeSchedules } from "./input.ts";
import { pushDue, type PushDueOptions, type PushedDue } from "./push-due.ts";
import { ticksOf } from "./rule.ts";
import { resume, saveAll } from "./save.ts";
import { type DefinedSchedule, type Schedule, type ScheduleInput, toSchedule } from "./schedule.ts";
import {
  countSchedules,
  getRule,
  getSchedule,
  listSchedules,
  nextSchedule,
  pauseSchedules,
  removeSchedules,
  upcomingSchedules,
  type UpcomingSchedulesRow,
} from "./statements.generated.ts";
import { missing, trigger, type Triggered } from "./trigger.ts";

export type { PushDueOptions, PushedDue } from "./push-due.ts";
export {
  type DefinedSchedule,
  type Schedule,
  type ScheduledJobOptions,
  type ScheduleInput,
  type ScheduleOptions,
  type Tick,
  tickOf,
} from "./schedule.ts";
export { countExpiredSchedules, removeExpiredSchedules } from "./statements.generated.ts";
export type { Triggered } from "./trigger.ts";
export type { MissedTicks } from "./due.ts";

/** Selects schedules to list or count. */
export interface ScheduleFilter {
  readonly queue?: QueueName | undefined;
  readonly status?: ScheduleStatus | undefined;
}

const countFilter: Fields<ScheduleFilter> = fieldsOf<ScheduleFilter>({ queue: true, status: true });

const listFilter: Fields<ScheduleFilter & PageRequest> = fieldsOf<ScheduleFilter & PageRequest>({
  queue: true,
  status: true,
  ...pageNames,
});

/** When the next tick is due. The database measures `inMs`, so the caller's clock does not matter. */
export interface NextTick {
  readonly at: Date;
  readonly inMs: number;
}

/** A tick to come. */
export interface UpcomingTick {
  readonly at: Date;
  readonly scheduleId: string;
  readonly queue: string;
}

/** Rules that make jobs: one job per tick, however many processes push due ticks. */
export interface Schedules {
  /**
   * Creates a schedule, or gives an existing one this rule, queue, payload and policies. With the same rule as before, ticks that came
   * meanwhile are kept; with another, ticks continue from now. A paused schedule stays paused.
   *
   * @throws ConflictError unless it is at `expectedVersion`.
   */
  save<Q extends QueueName>(input: ScheduleInput<Q> | DefinedSchedule): Promise<Schedule>;
  /** Like `save`, all or nothing. */
  saveMany(inputs: readonly (ScheduleInput | DefinedSchedule)[]): Promise<readonly Schedule[]>;
  get(id: string): Promise<Schedule | null>;
  /** @throws NotFoundError */
  require(id: string): Promise<Schedule>;
  /** By id. */
  list(filter?: ScheduleFilter & PageRequest): Promise<Page<Schedule>>;
  /** Every item of `list`, read in pages of `limit`. */
  iterate(filter?: ScheduleFilter & PageRequest): AsyncGenerator<Schedule, void, undefined>;
  count(filter?: ScheduleFilter): Promise<number>;
  /** Returns whether there was one to remove. Its jobs stay. */
  remove(id: string): Promise<boolean>;
  /** Stops ticks until `resume`, and drops those in between. Returns false if the schedule is not active. */
  pause(id: string): Promise<boolean>;
  /** Ends the pause: ticks continue from now. Returns false if it was not paused. */
  resume(id: string): Promise<boolean>;
  /**
   * The times of the next `count` ticks (10 by default, 1,000 at most) by the rule, also of a paused schedule.
   *
   * @throws NotFoundError
   */
  preview(id: string, count?: number): Promise<readonly Date[]>;
  /** The next `count` ticks (100 by default, 1,000 at most) of all active schedules, by time. */
  upcoming(count?: number): Promise<readonly UpcomingTick[]>;
  /**
   * Makes its job now, even if it is paused or has ended. The overlap policy applies.
   *
   * @throws NotFoundError
   */
  trigger(id: string): Promise<Triggered>;
  /**
   * Pushes the jobs of due ticks, each once, however many processes do so at the same time. `startScheduler` calls it whenever a tick is
   * due. Within a transaction, the schedules stay locked until its end.
   */
  pushDue(options?: PushDueOptions): Promise<PushedDue>;
  /** When `pushDue` next finds something, as far as is known now. The time may be past; null if nothing is to come. */
  next(): Promise<NextTick | null>;
}

/** The `schedules` of a store or of a transaction. */
export function schedulesOf(session: Session): Schedules {
  return {
    ...savingOf(session),
    ...readingOf(session),
    ...controllingOf(session),
    pushDue: async (options) => pushDue(session, options),
    next: async () => session.run(nextSchedule({})),
  };
}

function savingOf(session: Session): Pick<Schedules, "save" | "saveMany"> {
  const { codec } = session;
  const saveMany: Schedules["saveMany"] = async (inputs) => {
    const rows = await saveAll(session, encodeSchedules(codec, inputs));
    if (rows.length > 0) session.hint("schedules");
    return rows.map((row) => toSchedule(codec, row));
  };
  return {
    save: async (input) => {
      const [row] = await saveAll(session, [encodeSchedule(codec, input as ScheduleInput)]);
      if (row === undefined) throw new TypeError("A schedule that was saved got no answer.");
      session.hint("schedules");
      return toSchedule(codec, row);
    },
    saveMany,
  };
}

function readingOf(
  session: Session,
): Pick<Schedules, "get" | "require" | "list" | "iterate" | "count" | "preview" | "upcoming"> {
  const { codec } = session;
  const get = async (id: string): Promise<Schedule | null> =>
    session.run(mapPlan(getSchedule({ id: checkScheduleId(id) }), (row) => row && toSchedule(codec, row)));
  const list = async (filter?: ScheduleFilter & PageRequest): Promise<Page<Schedule>> => {
    const { after, limit, order: given, ...rest } = listFilter.readOptional(filter, "filter");
    const size = checkLimit(limit);
    const order = checkOrder(given);
    const plan = listSchedules[order]({ ...encodeFilter(rest), after: nameAfter(after, order), limit: size + 1 });
    return toPage(
      await session.run(plan),
      size,
      (row) => toSchedule(codec, row),
      (row) => row.id,
    );
  };
  return {
    get,
    require: async (id) => {
      const schedule = await get(id);
      if (schedule) return schedule;
      throw missing(id);
    },
    list,
    iterate: (filter = {}) => iterate(filter, "filter", list),
    count: async (filter) => {
      const plan = countSchedules(encodeFilter(countFilter.readOptional(filter, "filter")));
      return (await session.run(plan)).count;
    },
    preview: async (id, count = 10) => {
      checkInteger(count, "count", { min: 1, max: 1000 });
      const row = await session.run(getRule({ id: checkScheduleId(id) }));
      if (row === null) throw missing(id);
      const ticks = ticksOf(row);
      const moments: Date[] = [];
      for (let at = row.nextAt ?? ticks.next(row.now); at !== null && moments.length < count; at = ticks.next(at)) {
        moments.push(at);
      }
      return moments;
    },
    upcoming: async (count = 100) => {
      checkInteger(count, "count", { min: 1, max: 1000 });
      return upcomingTicks(await session.run(upcomingSchedules({ limit: count })), count);
    },
  };
}

/** The first ticks of several rules. Later schedules than the first `count` have no tick among the first `count`. */
function upcomingTicks(rules: readonly UpcomingSchedulesRow[], count: number): readonly UpcomingTick[] {
  const ticks: UpcomingTick[] = [];
  const waiting = rules.map(({ id, queue, nextAt, ...rule }) => ({ id, queue, at: nextAt, ticks: ticksOf(rule) }));
  while (ticks.length < count) {
    const first = waiting.reduce<(typeof waiting)[number] | null>(
      (found, each) => (found === null || each.at < found.at ? each : found),
      null,
    );
    if (first === null) break;
    ticks.push({ at: first.at, scheduleId: first.id, queue: first.queue });
    const next = first.ticks.next(first.at);
    if (next === null) waiting.splice(waiting.indexOf(first), 1);
    else first.at = next;
  }
  return ticks;
}

function encodeFilter({ queue, status }: ScheduleFilter): {
  readonly queue: string | null;
  readonly status: ScheduleStatus | null;
} {
  return {
    queue: checkOptionalQueue(queue),
    status: status === undefined ? null : checkOneOf(status, "status", scheduleStatusLabels),
  };
}

const pauseWrite: Write<string, boolean> = {
  name: "schedules.pause",
  keys: (id) => [`schedule\0${id}`],
  plan: (ids) => mapPlan(pauseSchedules({ ids }), (rows) => rows.map((row) => row.paused)),
};

const removeWrite: Write<string, boolean> = {
  name: "schedules.remove",
  keys: (id) => [`schedule\0${id}`],
  plan: (ids) => mapPlan(removeSchedules({ ids }), (rows) => rows.map((row) => row.removed)),
};

function controllingOf(session: Session): Pick<Schedules, "remove" | "pause" | "resume" | "trigger"> {
  return {
    remove: async (id) => session.write(removeWrite, checkScheduleId(id)),
    pause: async (id) => session.write(pauseWrite, checkScheduleId(id)),
    resume: async (id) => {
      const isResumed = await resume(session, checkScheduleId(id));
      if (isResumed) session.hint("schedules");
      return isResumed;
    },
    trigger: async (id) => trigger(session, checkScheduleId(id)),
  };
}
