import { type ScheduleStatus, scheduleStatusLabels } from "../database/enums.generated.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import {
  checkInteger,
  checkLimit,
  checkOneOf,
  checkOptionalId,
  checkText,
  type Page,
  type PageRequest,
  toPage,
} from "../database/input.ts";
import { iterate } from "../database/iterate.ts";
import { mapPlan } from "../database/plan.ts";
import type { Session, Write } from "../database/session.ts";
import { checkScheduleId, encodeSchedule, encodeSchedules } from "./input.ts";
import { pushDue, type PushDueOptions, type PushedDue } from "./push-due.ts";
import { ticksOf } from "./rule.ts";
import { resume, saveAll } from "./save.ts";
import { type Schedule, type ScheduleInput, toSchedule } from "./schedule.ts";
import {
  countSchedules,
  getRule,
  getSchedule,
  listSchedules,
  nextSchedule,
  pauseSchedules,
  removeSchedules,
} from "./statements.generated.ts";
import { missing, trigger, type Triggered } from "./trigger.ts";

export type { PushDueOptions, PushedDue } from "./push-due.ts";
export { type Schedule, type ScheduledJobOptions, type ScheduleInput, type Tick, tickOf } from "./schedule.ts";
export { countExpiredSchedules, removeExpiredSchedules } from "./statements.generated.ts";
export type { Triggered } from "./trigger.ts";
export type { MissedTicks } from "./due.ts";

/** Which schedules to list or count. */
export interface ScheduleFilter {
  readonly queue?: string | undefined;
  readonly status?: ScheduleStatus | undefined;
}

const countFilter: Fields<ScheduleFilter> = fieldsOf<ScheduleFilter>({ queue: true, status: true });

const listFilter: Fields<ScheduleFilter & PageRequest> = fieldsOf<ScheduleFilter & PageRequest>({
  queue: true,
  status: true,
  after: true,
  limit: true,
});

/** When there is next a tick to deal with. `inMs` is measured by the database's clock, so that the caller's does not matter. */
export interface NextTick {
  readonly at: Date;
  readonly inMs: number;
}

/** Rules that make jobs: one job a tick, however many processes push what is due. */
export interface Schedules {
  /**
   * Makes a schedule, or gives the one of that id this rule, queue, payload and policies. Where the rule is the same as before, ticks
   * that have come meanwhile are kept; where it is another, the ticks go on after now. A paused schedule stays paused.
   *
   * @throws ConflictError unless it is at `expectedVersion`.
   */
  save(input: ScheduleInput): Promise<Schedule>;
  /** As `save`, all or nothing. */
  saveMany(inputs: readonly ScheduleInput[]): Promise<readonly Schedule[]>;
  get(id: string): Promise<Schedule | null>;
  /** @throws NotFoundError */
  require(id: string): Promise<Schedule>;
  /** By id. */
  list(filter?: ScheduleFilter & PageRequest): Promise<Page<Schedule>>;
  /** Every item of `list`, read in pages of `limit`. */
  iterate(filter?: ScheduleFilter & PageRequest): AsyncGenerator<Schedule, void, undefined>;
  count(filter?: ScheduleFilter): Promise<number>;
  /** Whether there was one to remove. The jobs that it made stay. */
  remove(id: string): Promise<boolean>;
  /** Lets no tick come until `resume`; those that would have come are left out for good. False where it is not active. */
  pause(id: string): Promise<boolean>;
  /** Ends the pause: the ticks go on after now. False where there was none. */
  resume(id: string): Promise<boolean>;
  /** The moments of the next `count` ticks (10 by default, 1,000 at most) by the rule, also of a paused schedule. @throws NotFoundError */
  preview(id: string, count?: number): Promise<readonly Date[]>;
  /** Makes its job now, also where it is paused or has ended; the overlap policy holds. @throws NotFoundError */
  trigger(id: string): Promise<Triggered>;
  /**
   * Pushes the jobs of due ticks, each once, however many processes do so at the same time. `startScheduler` calls it whenever a
   * tick is due. Within a transaction, the schedules stay locked until its end.
   */
  pushDue(options?: PushDueOptions): Promise<PushedDue>;
  /** When `pushDue` next finds something, as far as is known now: a moment that may have passed; null where nothing is to come. */
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
      const [row] = await saveAll(session, [encodeSchedule(codec, input)]);
      if (row === undefined) throw new TypeError("A schedule that was saved got no answer.");
      session.hint("schedules");
      return toSchedule(codec, row);
    },
    saveMany,
  };
}

function readingOf(session: Session): Pick<Schedules, "get" | "require" | "list" | "iterate" | "count" | "preview"> {
  const { codec } = session;
  const get = async (id: string): Promise<Schedule | null> =>
    session.run(mapPlan(getSchedule({ id: checkScheduleId(id) }), (row) => row && toSchedule(codec, row)));
  const list = async (filter?: ScheduleFilter & PageRequest): Promise<Page<Schedule>> => {
    const { after = "", limit, ...rest } = listFilter.readOptional(filter, "filter");
    const size = checkLimit(limit);
    const plan = listSchedules({ ...encodeFilter(rest), after: checkText(after, "after"), limit: size + 1 });
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
  };
}

function encodeFilter({ queue, status }: ScheduleFilter): {
  readonly queue: string | null;
  readonly status: ScheduleStatus | null;
} {
  return {
    queue: checkOptionalId(queue, "queue"),
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
