import {
  normalizeScheduleTarget,
  type PruneOptions,
  type PruneResult,
  type RetentionTablesDescriptor,
  type Schedule,
  type ScheduleFilter,
  SchedulesStorage,
  type ScheduleTrigger,
  type ScheduleTriggerListOptions,
  type ScheduleUpdate,
  type TableRetentionPolicy,
} from "@mastra/core/storage";
import { newId, type Store, type Transaction } from "holdfast";
import { DuplicateError, NotFoundError } from "holdfast/errors";
import { type DomainOptions, type Home, homeOf, type NewDocument } from "./document.ts";
import { Documents } from "./documents.ts";
import { prune, type RemoveBefore, tablesOf } from "./retention.ts";
import { labelOf, plain } from "./text.ts";

/** Mastra's schedules and their triggers in a Holdfast store, or in one of its transactions. Mastra's own scheduler runs them. */
export class HoldfastSchedules extends SchedulesStorage {
  static override readonly retentionTables: RetentionTablesDescriptor = tablesOf({ triggers: "actualFireAt" });
  readonly #home: Home;
  readonly #schedules: Documents<Schedule>;
  readonly #triggers: Documents<ScheduleTrigger>;

  constructor(place: Store | Transaction, options?: DomainOptions) {
    super();
    this.#home = homeOf(place, options);
    this.#schedules = new Documents(this.#home, "schedule");
    this.#triggers = new Documents(this.#home, "trigger");
  }

  override async dangerouslyClearAll(): Promise<void> {
    await this.#schedules.removeAll({ labels: {} });
    await this.#triggers.removeAll({ labels: {} });
  }

  override async prune(policies: Record<string, TableRetentionPolicy>, options?: PruneOptions): Promise<PruneResult[]> {
    const triggers: RemoveBefore = async (before, limit) => this.#triggers.removeBefore("actualFireAt", before, limit);
    return prune("schedules", { triggers }, HoldfastSchedules.retentionTables, { policies, options });
  }

  /** @throws DuplicateError */
  override async createSchedule(schedule: Schedule): Promise<Schedule> {
    const document = scheduleDocument(schedule);
    if (await this.#schedules.add(document)) return document.value;
    throw new DuplicateError(`Schedule ${JSON.stringify(schedule.id)} already exists: update it.`, {
      facts: { entity: "schedule", id: schedule.id },
    });
  }

  override async getSchedule(id: string): Promise<Schedule | null> {
    const schedule = await this.#schedules.get(id);
    return schedule && toSchedule(schedule);
  }

  override async listSchedules({ status, workflowId, ownerType, ownerId }: ScheduleFilter = {}): Promise<Schedule[]> {
    const labels = {
      ...(status && { status }),
      ...(workflowId && { workflow: labelOf(workflowId) }),
      ...(ownerType !== undefined && { ownerType: labelOf(ownerType) }),
      ...(ownerId !== undefined && { ownerId: labelOf(ownerId) }),
    };
    const schedules: Schedule[] = [];
    for await (const schedule of this.#schedules.iterate({ labels })) schedules.push(toSchedule(schedule));
    return schedules;
  }

  override async listDueSchedules(now: number, limit: number = Number.MAX_SAFE_INTEGER): Promise<Schedule[]> {
    const due = { labels: {}, ranges: { dueAt: { lte: now } }, orderBy: "dueAt", order: "asc" } as const;
    return (await this.#schedules.list(due, { offset: 0, limit })).map(toSchedule);
  }

  /** @throws NotFoundError */
  override async updateSchedule(id: string, patch: ScheduleUpdate): Promise<Schedule> {
    const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
    const changed = await this.#schedules.change(id, (schedule) =>
      scheduleDocument({ ...schedule, ...given, updatedAt: Date.now() }),
    );
    if (changed) return toSchedule(changed);
    throw new NotFoundError(`Schedule ${JSON.stringify(id)} was not found: create it first.`, {
      facts: { entity: "schedule", id },
    });
  }

  /** Of several processes that advance one tick, one gets true. */
  override async updateScheduleNextFire(
    ...[id, expectedNextFireAt, newNextFireAt, lastFireAt, lastRunId]: Parameters<
      SchedulesStorage["updateScheduleNextFire"]
    >
  ): Promise<boolean> {
    let isAdvanced = false;
    await this.#schedules.change(id, (schedule) => {
      isAdvanced = schedule.status === "active" && schedule.nextFireAt === expectedNextFireAt;
      const next = { nextFireAt: newNextFireAt, lastFireAt, lastRunId, updatedAt: Date.now() };
      return isAdvanced ? scheduleDocument({ ...schedule, ...next }) : null;
    });
    return isAdvanced;
  }

  override async deleteSchedule(id: string): Promise<void> {
    await this.#home.place.transaction(async (tx) => {
      await this.#schedules.on(tx).removeMany([id]);
      await this.#triggers.on(tx).removeAll({ labels: { schedule: labelOf(id) } });
    });
  }

  override async recordTrigger(trigger: ScheduleTrigger): Promise<void> {
    const { id = newId(), triggerKind = "schedule-fire", scheduleId, actualFireAt } = trigger;
    const value = plain({ ...trigger, id, triggerKind });
    await this.#triggers.putMany([{ id, value, labels: { schedule: labelOf(scheduleId) }, sorts: { actualFireAt } }]);
  }

  override async listTriggers(
    scheduleId: string,
    { limit = Number.MAX_SAFE_INTEGER, fromActualFireAt: gte, toActualFireAt: lt }: ScheduleTriggerListOptions = {},
  ): Promise<ScheduleTrigger[]> {
    const actualFireAt = { ...(gte !== undefined && { gte }), ...(lt !== undefined && { lt }) };
    const of = { labels: { schedule: labelOf(scheduleId) }, ranges: { actualFireAt } };
    return this.#triggers.list({ ...of, orderBy: "actualFireAt", order: "desc" }, { offset: 0, limit });
  }
}

/** A schedule as a document. One that is active has a place among those that fall due. */
function scheduleDocument(schedule: Schedule): NewDocument<Schedule> {
  const { id, status, target, ownerType = null, ownerId = null, createdAt, nextFireAt } = schedule;
  return {
    id,
    value: plain(schedule),
    labels: {
      status,
      ownerType: labelOf(ownerType),
      ownerId: labelOf(ownerId),
      ...(target.type === "workflow" && { workflow: labelOf(target.workflowId) }),
    },
    sorts: { createdAt, ...(status === "active" && { dueAt: nextFireAt }) },
  };
}

function toSchedule(stored: Schedule): Schedule {
  return { ...stored, target: normalizeScheduleTarget(stored.target) };
}
