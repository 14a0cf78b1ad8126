import type { DefinitionStatus, ScheduleStatus, Status, TimerStatus, WorkKind } from "../core/enums.generated.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInteger } from "../core/input.ts";
import { combinePlans, mapPlan, type Plan } from "../core/plan.ts";
import type { Session } from "../session/session.ts";
import {
  countStatuses,
  type CountStatusesRow,
  describeServer,
  listReplicas,
  measureQueues,
  measureWork,
} from "./statements.generated.ts";

/** Options of an overview. */
export interface OverviewOptions {
  /** The most rows counted per status, and per queue; 10,000 by default, at most 10,000,000. */
  readonly countUpTo?: number | undefined;
  /** The most queues, those that have waited longest first; 1,000 by default, at most 10,000. */
  readonly queues?: number | undefined;
}

/** What a store holds, and what waits to be done, at one moment. */
export interface Overview {
  /** By the store's clock. */
  readonly at: Date;
  readonly server: ServerState;
  /** Each is at most `countUpTo`, and then means "at least". */
  readonly counts: StatusCounts;
  /** The limit of each count by status, and of the ready, scheduled and blocked work of each queue. */
  readonly countUpTo: number;
  /** The queues that have work, dead jobs or a pause, once for each kind of work. The longest waiting come first. */
  readonly queues: readonly QueueWork[];
  readonly leases: DueWork;
  /** Scheduled timers that are due and not claimed yet. */
  readonly timers: DueWork;
  /** Schedules whose next tick is due and not handled yet. */
  readonly schedules: DueWork;
}

/** The numbers of rows by status. */
export interface StatusCounts {
  readonly executions: Readonly<Record<Status, number>>;
  readonly tasks: Readonly<Record<Status, number>>;
  readonly timers: Readonly<Record<TimerStatus, number>>;
  readonly schedules: Readonly<Record<ScheduleStatus, number>>;
  readonly definitions: Readonly<Record<DefinitionStatus, number>>;
  /** Waits for an event. */
  readonly waits: Readonly<Record<"waiting", number>>;
  /** Events that no wait has taken. */
  readonly events: Readonly<Record<"kept", number>>;
}

/** The work of one kind in a queue. */
export interface QueueWork {
  readonly queue: string;
  readonly kind: WorkKind;
  /** null while the queue is not paused. */
  readonly pausedAt: Date | null;
  /** May be claimed now, or waits for a slot of its group; at most `countUpTo`. */
  readonly ready: number;
  /** Waits for its time; a parked execution counts too; at most `countUpTo`. */
  readonly scheduled: number;
  /** At most `countUpTo`. */
  readonly blocked: number;
  readonly running: number;
  /** Of the running, those whose lease has run out. */
  readonly expired: number;
  readonly dead: number;
  /** Since when the oldest ready work may be claimed. Beyond `countUpTo`, the oldest of those that come first by their priority. */
  readonly oldestReadyAt: Date | null;
  /** The earliest end of a lease that has run out. */
  readonly oldestExpiredAt: Date | null;
}

/** Work that has a time. */
export interface DueWork {
  /** All of it, as far as `countUpTo` allows: held leases, due timers, late schedules. */
  readonly count: number;
  /** Of these, the overdue: leases that have run out, timers and ticks whose time has come. */
  readonly overdue: number;
  readonly oldestOverdueAt: Date | null;
  /** The next time; null if none is to come, and for leases. */
  readonly nextAt: Date | null;
}

/** The server of a store. */
export interface ServerState {
  /** Such as "18.4". */
  readonly version: string;
  readonly startedAt: Date | null;
  readonly isStandby: boolean;
  readonly connections: number;
  readonly connectionsMax: number;
  readonly replicas: readonly Replica[];
}

/** A server that replicates the store's. Its fields are null if the role may not see them. */
export interface Replica {
  readonly name: string;
  readonly state: string | null;
  readonly syncState: string | null;
  readonly lagBytes: number | null;
  readonly lagMs: number | null;
}

/** The most that is counted by default: a few milliseconds for each status and queue that has so many. */
export const countUpToDefault = 10_000;

const overviewOptions: Fields<OverviewOptions> = fieldsOf<OverviewOptions>({ countUpTo: true, queues: true });

/** Reads the overview of a store. */
export async function readOverview(
  session: Pick<Session, "run">,
  options: OverviewOptions | undefined,
): Promise<Overview> {
  const given = overviewOptions.readOptional(options, "options");
  const countUpTo = checkInteger(given.countUpTo ?? countUpToDefault, "countUpTo", { min: 1, max: 10_000_000 });
  const limit = checkInteger(given.queues ?? 1000, "queues", { min: 1, max: 10_000 });
  return session.run(overviewPlan(countUpTo, limit));
}

function overviewPlan(countUpTo: number, limit: number): Plan<Overview> {
  const plan = combinePlans([
    countStatuses({ countUpTo }),
    measureQueues({ countUpTo, limit }),
    measureWork({ countUpTo }),
    describeServer({}),
    listReplicas({}),
  ]);
  return mapPlan(plan, ([statuses, queues, work, server, replicas]) => ({
    at: work.at,
    server: {
      version: server.version,
      startedAt: server.startedAt,
      isStandby: server.isStandby,
      connections: server.connections,
      connectionsMax: server.connectionsMax,
      replicas: replicas.map((replica) => ({ ...replica })),
    },
    counts: toCounts(statuses),
    countUpTo,
    queues: queues.map((queue) => ({ ...queue })),
    leases: due(work.leases, work.expiredLeases, work.oldestExpiredAt, null),
    timers: due(work.dueTimers, work.dueTimers, work.oldestDueAt, work.nextTimerAt),
    schedules: due(work.lateSchedules, work.lateSchedules, work.oldestLateAt, work.nextTickAt),
  }));
}

function due(count: number, overdue: number, oldestOverdueAt: Date | null, nextAt: Date | null): DueWork {
  return { count, overdue, oldestOverdueAt, nextAt };
}

function toCounts(rows: readonly CountStatusesRow[]): StatusCounts {
  const counts: Record<string, Record<string, number>> = {};
  for (const { noun, status, count } of rows) (counts[noun] ??= {})[status] = count;
  // The statement answers every status of every noun.
  return counts as unknown as StatusCounts;
}
