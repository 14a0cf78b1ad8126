// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import type { JsonText } from "../core/codec.ts";
import type { CatchUpPolicy, OverlapPolicy, ScheduleStatus } from "../core/enums.generated.ts";
import { exec, many, maybe, one, type InBothOrders, type StatementFunction } from "../core/plan.ts";

/** The parameters of {@link advanceSchedules}. */
export interface AdvanceSchedulesParameters {
  readonly ids: readonly string[];
  readonly nextAt: readonly (Date | null)[];
  readonly lastTickAt: readonly (Date | null)[];
  readonly missedFrom: readonly (Date | null)[];
  readonly missedTo: readonly (Date | null)[];
  readonly pushed: readonly number[];
  readonly skipped: readonly number[];
  readonly trackedSchedules: readonly string[];
  readonly trackedJobs: readonly string[];
}

/**
 * Moves schedules on after their ticks were handled in this transaction, which has locked them. Sets the next tick, the counters, and the
 * jobs that the overlap policy must consider. The token moves on, so repeating the call changes nothing.
 * Index: schedules_pkey. Locks: only schedules, which are locked already.
 */
export const advanceSchedules: StatementFunction<AdvanceSchedulesParameters, void> = exec({
  name: "schedules/advanceSchedules",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","nextAt","lastTickAt","missedFrom","missedTo","pushed","skipped","trackedSchedules","trackedJobs"],
  object: () => ({}),
  elements: {"ids":"text","pushed":"int8","skipped":"int8","trackedSchedules":"text","trackedJobs":"text"},
  text: `with input as (
  select given.id, given.next_at, given.last_tick_at, given.missed_from, given.missed_to, given.pushed, given.skipped
  from unnest((select $1::text[]), $2::timestamptz[], $3::timestamptz[], $4::timestamptz[],
    $5::timestamptz[], $6::bigint[], $7::bigint[])
    as given(id, next_at, last_tick_at, missed_from, missed_to, pushed, skipped)
  limit cardinality($1::text[])
)
update holdfast.schedules as stored set
  status = case
    when input.next_at is not null then 'active'
    when stored.status = 'active' then 'ended'
    else stored.status
  end::holdfast.schedule_status,
  next_at = input.next_at,
  available_at = input.next_at,
  token = nextval('holdfast.tokens'),
  last_tick_at = coalesce(input.last_tick_at, stored.last_tick_at),
  missed_from = coalesce(input.missed_from, stored.missed_from),
  missed_to = coalesce(input.missed_to, stored.missed_to),
  pushed_count = stored.pushed_count + input.pushed,
  skipped_count = stored.skipped_count + input.skipped,
  job_ids = array(
    select given.job_id
    from unnest((select $8::text[]), $9::text[]) with ordinality as given(schedule_id, job_id, position)
    where given.schedule_id = stored.id
    order by given.position
  )
from input
where stored.id = input.id`,
});

/** The parameters of {@link claimSchedules}. */
export interface ClaimSchedulesParameters {
  readonly limit: number;
  readonly leaseMs: number;
}

/** A row of {@link claimSchedules}. */
export interface ClaimSchedulesRow {
  readonly id: string;
  readonly queue: string;
  readonly overlap: OverlapPolicy;
  readonly catchUp: CatchUpPolicy;
  readonly catchUpLimit: number;
  readonly missedAfterMs: number;
  readonly cron: string | null;
  readonly timeZone: string;
  readonly everyMs: number | null;
  readonly anchorAt: Date;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly nextAt: Date;
  readonly token: number;
  readonly lastTickAt: Date | null;
  readonly jobOptions: JsonText;
  readonly payload: JsonText | null;
  readonly openJobs: readonly string[];
  readonly now: Date;
}

/**
 * Claims schedules with a due tick, the longest due first, and those whose claim expired. Each comes with its unfinished jobs, as they
 * are once the schedule is locked. The function job_status_of reads them anew: the process that handled the previous tick may have pushed
 * them after this statement began.
 * Index: schedules_available, schedules_pkey, jobs_pkey. Locks: schedules that nobody else has locked.
 */
export const claimSchedules: StatementFunction<ClaimSchedulesParameters, readonly ClaimSchedulesRow[]> = many({
  name: "schedules/claimSchedules",
  prepared: true,
  readsOnly: false,
  parameters: ["limit","leaseMs"],
  object: (row) => ({ id: row[0], queue: row[1], overlap: row[2], catchUp: row[3], catchUpLimit: row[4], missedAfterMs: row[5], cron: row[6], timeZone: row[7], everyMs: row[8], anchorAt: row[9], startsAt: row[10], endsAt: row[11], nextAt: row[12], token: row[13], lastTickAt: row[14], jobOptions: row[15], payload: row[16], openJobs: row[17], now: row[18] }),
  elements: {},
  text: `with due as materialized (
  select stored.id
  from holdfast.schedules as stored
  where stored.available_at <= holdfast.now()
  order by stored.available_at
  limit $1
  for no key update skip locked
), claimed as (
  update holdfast.schedules as stored set
    token = nextval('holdfast.tokens'),
    available_at = holdfast.now() + $2::bigint * interval '1 millisecond'
  from (
    select found.id
    from unnest(array(select due.id::text from due)) as found(id)
    limit holdfast.at_most((select $1::bigint))
  ) as taken
  where stored.id = taken.id
  returning stored.id, stored.queue, stored.overlap, stored.catch_up, stored.catch_up_limit, stored.missed_after_ms, stored.cron,
    stored.time_zone, stored.every_ms, stored.anchor_at, stored.starts_at, stored.ends_at, stored.next_at, stored.token,
    stored.last_tick_at, stored.job_ids, stored.job_options, stored.payload
)
select claimed.id as "id!", claimed.queue as "queue!", claimed.overlap as "overlap!", claimed.catch_up as "catch_up!",
  claimed.catch_up_limit as "catch_up_limit!", claimed.missed_after_ms as "missed_after_ms!", claimed.cron as "cron?",
  claimed.time_zone as "time_zone!", claimed.every_ms as "every_ms?", claimed.anchor_at as "anchor_at!",
  claimed.starts_at as "starts_at?", claimed.ends_at as "ends_at?", claimed.next_at as "next_at!", claimed.token as "token!",
  claimed.last_tick_at as "last_tick_at?", claimed.job_options as "job_options!", claimed.payload as "payload?",
  array(
    select given.job_id
    from unnest(claimed.job_ids) with ordinality as given(job_id, position)
    where holdfast.job_status_of(given.job_id) in ('blocked', 'scheduled', 'ready', 'running')
    order by given.position
  ) as "open_jobs!",
  holdfast.now() as "now!"
from claimed`,
});

/** The parameters of {@link countExpiredSchedules}. */
export interface CountExpiredSchedulesParameters {
  readonly keepMs: number;
}

/** A row of {@link countExpiredSchedules}. */
export interface CountExpiredSchedulesRow {
  readonly expired: number;
}

/**
 * Counts the schedules that remove_expired_schedules would remove in all.
 * Index: schedules_ended.
 */
export const countExpiredSchedules: StatementFunction<CountExpiredSchedulesParameters, CountExpiredSchedulesRow> = one({
  name: "schedules/countExpiredSchedules",
  prepared: true,
  readsOnly: true,
  parameters: ["keepMs"],
  object: (row) => ({ expired: row[0] }),
  elements: {},
  text: `select count(*) as "expired!"
from holdfast.schedules as schedule
where schedule.status = 'ended'
  and greatest(schedule.updated_at, schedule.ends_at) <= holdfast.now() - $1::bigint * interval '1 millisecond'`,
});

/** The parameters of {@link countSchedules}. */
export interface CountSchedulesParameters {
  readonly queue: string | null;
  readonly status: ScheduleStatus | null;
}

/** A row of {@link countSchedules}. */
export interface CountSchedulesRow {
  readonly count: number;
}

/**
 * Counts schedules, optionally of a queue or in a status.
 * Index: schedules_of_queue, schedules_of_state.
 */
export const countSchedules: StatementFunction<CountSchedulesParameters, CountSchedulesRow> = one({
  name: "schedules/countSchedules",
  prepared: false,
  readsOnly: true,
  parameters: ["queue","status"],
  object: (row) => ({ count: row[0] }),
  elements: {},
  text: `select count(*) as "count!"
from holdfast.schedules
where ($1::text is null or queue = $1)
  and ($2::holdfast.schedule_status is null or status = $2)`,
});

/** The parameters of {@link getRule}. */
export interface GetRuleParameters {
  readonly id: string;
}

/** A row of {@link getRule}. */
export interface GetRuleRow {
  readonly cron: string | null;
  readonly timeZone: string;
  readonly everyMs: number | null;
  readonly anchorAt: Date;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly nextAt: Date | null;
  readonly now: Date;
}

/**
 * The rule of a schedule, and the time.
 * Index: schedules_pkey.
 */
export const getRule: StatementFunction<GetRuleParameters, GetRuleRow | null> = maybe({
  name: "schedules/getRule",
  prepared: true,
  readsOnly: true,
  parameters: ["id"],
  object: (row) => ({ cron: row[0], timeZone: row[1], everyMs: row[2], anchorAt: row[3], startsAt: row[4], endsAt: row[5], nextAt: row[6], now: row[7] }),
  elements: {},
  text: `select cron, time_zone, every_ms, anchor_at, starts_at, ends_at, next_at, holdfast.now() as "now!"
from holdfast.schedules
where id = $1`,
});

/** The parameters of {@link getSchedule}. */
export interface GetScheduleParameters {
  readonly id: string;
}

/** A row of {@link getSchedule}. */
export interface GetScheduleRow {
  readonly id: string;
  readonly queue: string;
  readonly status: ScheduleStatus;
  readonly overlap: OverlapPolicy;
  readonly catchUp: CatchUpPolicy;
  readonly catchUpLimit: number;
  readonly missedAfterMs: number;
  readonly cron: string | null;
  readonly timeZone: string;
  readonly everyMs: number | null;
  readonly anchorAt: Date;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly nextAt: Date | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly pausedAt: Date | null;
  readonly lastTickAt: Date | null;
  readonly missedFrom: Date | null;
  readonly missedTo: Date | null;
  readonly pushedCount: number;
  readonly skippedCount: number;
  readonly jobOptions: JsonText;
  readonly payload: JsonText | null;
}

/**
 * Reads a schedule by id.
 * Index: schedules_pkey.
 */
export const getSchedule: StatementFunction<GetScheduleParameters, GetScheduleRow | null> = maybe({
  name: "schedules/getSchedule",
  prepared: true,
  readsOnly: true,
  parameters: ["id"],
  object: (row) => ({ id: row[0], queue: row[1], status: row[2], overlap: row[3], catchUp: row[4], catchUpLimit: row[5], missedAfterMs: row[6], cron: row[7], timeZone: row[8], everyMs: row[9], anchorAt: row[10], startsAt: row[11], endsAt: row[12], nextAt: row[13], version: row[14], createdAt: row[15], updatedAt: row[16], pausedAt: row[17], lastTickAt: row[18], missedFrom: row[19], missedTo: row[20], pushedCount: row[21], skippedCount: row[22], jobOptions: row[23], payload: row[24] }),
  elements: {},
  text: `select id, queue, status, overlap, catch_up, catch_up_limit, missed_after_ms, cron, time_zone, every_ms, anchor_at, starts_at, ends_at,
  next_at, version, created_at, updated_at, paused_at, last_tick_at, missed_from, missed_to, pushed_count, skipped_count,
  job_options, payload
from holdfast.schedules
where id = $1`,
});

/** The parameters of {@link listSchedules}. */
export interface ListSchedulesParameters {
  readonly after: string;
  readonly queue: string | null;
  readonly status: ScheduleStatus | null;
  readonly limit: number;
}

/** A row of {@link listSchedules}. */
export interface ListSchedulesRow {
  readonly id: string;
  readonly queue: string;
  readonly status: ScheduleStatus;
  readonly overlap: OverlapPolicy;
  readonly catchUp: CatchUpPolicy;
  readonly catchUpLimit: number;
  readonly missedAfterMs: number;
  readonly cron: string | null;
  readonly timeZone: string;
  readonly everyMs: number | null;
  readonly anchorAt: Date;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly nextAt: Date | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly pausedAt: Date | null;
  readonly lastTickAt: Date | null;
  readonly missedFrom: Date | null;
  readonly missedTo: Date | null;
  readonly pushedCount: number;
  readonly skippedCount: number;
  readonly jobOptions: JsonText;
  readonly payload: JsonText | null;
}

/**
 * Schedules by id, after an id, optionally of a queue and in a status.
 * Index: schedules_of_queue, schedules_of_state, schedules_pkey.
 */
export const listSchedules: InBothOrders<ListSchedulesParameters, readonly ListSchedulesRow[]> = {
  asc: many({
  name: "schedules/listSchedules",
  prepared: false,
  readsOnly: true,
  parameters: ["after","queue","status","limit"],
  object: (row) => ({ id: row[0], queue: row[1], status: row[2], overlap: row[3], catchUp: row[4], catchUpLimit: row[5], missedAfterMs: row[6], cron: row[7], timeZone: row[8], everyMs: row[9], anchorAt: row[10], startsAt: row[11], endsAt: row[12], nextAt: row[13], version: row[14], createdAt: row[15], updatedAt: row[16], pausedAt: row[17], lastTickAt: row[18], missedFrom: row[19], missedTo: row[20], pushedCount: row[21], skippedCount: row[22], jobOptions: row[23], payload: row[24] }),
  elements: {},
  text: `select id, queue, status, overlap, catch_up, catch_up_limit, missed_after_ms, cron, time_zone, every_ms, anchor_at, starts_at, ends_at,
  next_at, version, created_at, updated_at, paused_at, last_tick_at, missed_from, missed_to, pushed_count, skipped_count,
  job_options, payload
from holdfast.schedules
where id > $1
  and ($2::text is null or queue = $2)
  and ($3::holdfast.schedule_status is null or status = $3)
order by id
limit $4`,
}),
  desc: many({
  name: "schedules/listSchedules desc",
  prepared: false,
  readsOnly: true,
  parameters: ["after","queue","status","limit"],
  object: (row) => ({ id: row[0], queue: row[1], status: row[2], overlap: row[3], catchUp: row[4], catchUpLimit: row[5], missedAfterMs: row[6], cron: row[7], timeZone: row[8], everyMs: row[9], anchorAt: row[10], startsAt: row[11], endsAt: row[12], nextAt: row[13], version: row[14], createdAt: row[15], updatedAt: row[16], pausedAt: row[17], lastTickAt: row[18], missedFrom: row[19], missedTo: row[20], pushedCount: row[21], skippedCount: row[22], jobOptions: row[23], payload: row[24] }),
  elements: {},
  text: `select id, queue, status, overlap, catch_up, catch_up_limit, missed_after_ms, cron, time_zone, every_ms, anchor_at, starts_at, ends_at,
  next_at, version, created_at, updated_at, paused_at, last_tick_at, missed_from, missed_to, pushed_count, skipped_count,
  job_options, payload
from holdfast.schedules
where id < $1
  and ($2::text is null or queue = $2)
  and ($3::holdfast.schedule_status is null or status = $3)
order by id desc
limit $4`,
}),
};

/** The parameters of {@link lockScheduleIds}. */
export interface LockScheduleIdsParameters {
  readonly ids: readonly string[];
}

/**
 * Serializes sessions that save schedules of one id, even if it does not exist yet.
 */
export const lockScheduleIds: StatementFunction<LockScheduleIdsParameters, void> = exec({
  name: "schedules/lockScheduleIds",
  prepared: true,
  readsOnly: false,
  parameters: ["ids"],
  object: () => ({}),
  elements: {"ids":"text"},
  text: `select holdfast.lock_keys('schedule', $1::text[])`,
});

/** The parameters of {@link lockSchedules}. */
export interface LockSchedulesParameters {
  readonly ids: readonly string[];
}

/** A row of {@link lockSchedules}. */
export interface LockSchedulesRow {
  readonly id: string | null;
  readonly status: ScheduleStatus | null;
  readonly cron: string | null;
  readonly timeZone: string | null;
  readonly everyMs: number | null;
  readonly anchorAt: Date | null;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly nextAt: Date | null;
  readonly lastTickAt: Date | null;
  readonly version: number | null;
  readonly overlap: OverlapPolicy | null;
  readonly queue: string | null;
  readonly jobOptions: JsonText | null;
  readonly payload: JsonText | null;
  readonly openJobs: readonly string[];
  readonly now: Date;
}

/**
 * Locks schedules and returns their state in input order, with their unfinished jobs, as they are once locked. Runs behind
 * holdfast.lock_keys if a schedule may be about to be created.
 * Index: schedules_pkey, jobs_pkey. Locks: schedules in id order.
 */
export const lockSchedules: StatementFunction<LockSchedulesParameters, readonly LockSchedulesRow[]> = many({
  name: "schedules/lockSchedules",
  prepared: true,
  readsOnly: false,
  parameters: ["ids"],
  object: (row) => ({ id: row[0], status: row[1], cron: row[2], timeZone: row[3], everyMs: row[4], anchorAt: row[5], startsAt: row[6], endsAt: row[7], nextAt: row[8], lastTickAt: row[9], version: row[10], overlap: row[11], queue: row[12], jobOptions: row[13], payload: row[14], openJobs: row[15], now: row[16] }),
  elements: {"ids":"text"},
  text: `with locked as materialized (
  select input.id as given_id, input.position, stored.id, stored.status, stored.cron, stored.time_zone, stored.every_ms,
    stored.anchor_at, stored.starts_at, stored.ends_at, stored.next_at, stored.last_tick_at, stored.version, stored.overlap,
    stored.queue, stored.job_ids, stored.job_options, stored.payload
  from (
    select given.id, given.position
    from unnest((select $1::text[])) with ordinality as given(id, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select schedule.id, schedule.status, schedule.cron, schedule.time_zone, schedule.every_ms, schedule.anchor_at, schedule.starts_at,
      schedule.ends_at, schedule.next_at, schedule.last_tick_at, schedule.version, schedule.overlap, schedule.queue,
      schedule.job_ids, schedule.job_options, schedule.payload
    from holdfast.schedules as schedule
    where schedule.id = input.id
    for no key update
  ) as stored on true
)
select locked.id as "id?", locked.status as "status?", locked.cron as "cron?", locked.time_zone as "time_zone?",
  locked.every_ms as "every_ms?", locked.anchor_at as "anchor_at?", locked.starts_at as "starts_at?", locked.ends_at as "ends_at?",
  locked.next_at as "next_at?", locked.last_tick_at as "last_tick_at?", locked.version as "version?",
  locked.overlap as "overlap?", locked.queue as "queue?", locked.job_options as "job_options?", locked.payload as "payload?",
  array(
    select given.job_id
    from unnest(locked.job_ids) with ordinality as given(job_id, position)
    where holdfast.job_status_of(given.job_id) in ('blocked', 'scheduled', 'ready', 'running')
    order by given.position
  ) as "open_jobs!",
  holdfast.now() as "now!"
from locked
order by locked.position`,
});

/** The parameters of {@link nextSchedule}. */
export interface NextScheduleParameters {
}

/** A row of {@link nextSchedule}. */
export interface NextScheduleRow {
  readonly at: Date;
  readonly inMs: number;
}

/**
 * When a tick can next be claimed, in whole milliseconds and never early, with the delay from now by the database's clock. No row if none
 * comes.
 * Index: schedules_available (one entry).
 */
export const nextSchedule: StatementFunction<NextScheduleParameters, NextScheduleRow | null> = maybe({
  name: "schedules/nextSchedule",
  prepared: true,
  readsOnly: true,
  parameters: [],
  object: (row) => ({ at: row[0], inMs: row[1] }),
  elements: {},
  text: `with earliest as materialized (
  select date_trunc('milliseconds', stored.available_at + interval '999 microseconds') as due_at
  from holdfast.schedules as stored
  where stored.available_at is not null
  order by stored.available_at
  limit 1
)
select earliest.due_at as "at!",
  greatest(ceil(extract(epoch from earliest.due_at - holdfast.now()) * 1000), 0)::float8 as "in_ms!"
from earliest`,
});

/** The parameters of {@link pauseSchedules}. */
export interface PauseSchedulesParameters {
  readonly ids: readonly string[];
}

/** A row of {@link pauseSchedules}. */
export interface PauseSchedulesRow {
  readonly paused: boolean;
}

/**
 * Pauses active schedules, and returns in input order whether each was active. Claims of their ticks are lost: the token moves on.
 * Index: schedules_pkey. Locks: schedules in id order.
 */
export const pauseSchedules: StatementFunction<PauseSchedulesParameters, readonly PauseSchedulesRow[]> = many({
  name: "schedules/pauseSchedules",
  prepared: true,
  readsOnly: false,
  parameters: ["ids"],
  object: (row) => ({ paused: row[0] }),
  elements: {"ids":"text"},
  text: `with locked as materialized (
  select input.position, schedule.id
  from (
    select given.id, given.position
    from unnest((select $1::text[])) with ordinality as given(id, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select stored.id
    from holdfast.schedules as stored
    where stored.id = input.id and stored.status = 'active'
    for no key update
  ) as schedule on true
), paused as (
  update holdfast.schedules as stored set
    status = 'paused', paused_at = holdfast.now(), updated_at = holdfast.now(), next_at = null, available_at = null,
    token = nextval('holdfast.tokens'), version = stored.version + 1
  from (
    select locked.id
    from locked
    where locked.id is not null
    limit holdfast.at_most(cardinality($1::text[]))
  ) as active
  where stored.id = active.id
)
select locked.id is not null as "paused!"
from locked
order by locked.position`,
});

/** The parameters of {@link removeExpiredSchedules}. */
export interface RemoveExpiredSchedulesParameters {
  readonly keepMs: number;
  readonly limit: number;
}

/** A row of {@link removeExpiredSchedules}. */
export interface RemoveExpiredSchedulesRow {
  readonly removed: number;
}

/**
 * Removes at most `limit` schedules that ended, and have not changed since, at least this long ago, oldest first. Returns their number.
 * Index: schedules_ended. Locks: schedules, skipping those that others hold.
 */
export const removeExpiredSchedules: StatementFunction<RemoveExpiredSchedulesParameters, RemoveExpiredSchedulesRow> = one({
  name: "schedules/removeExpiredSchedules",
  prepared: true,
  readsOnly: false,
  parameters: ["keepMs","limit"],
  object: (row) => ({ removed: row[0] }),
  elements: {},
  text: `with removed as (
  delete from holdfast.schedules as stored
  where stored.ctid = any(array(
    select schedule.ctid
    from holdfast.schedules as schedule
    where schedule.status = 'ended'
      and greatest(schedule.updated_at, schedule.ends_at) <= holdfast.now() - $1::bigint * interval '1 millisecond'
    order by greatest(schedule.updated_at, schedule.ends_at)
    limit $2
    for update skip locked
  ))
  returning stored.id
)
select count(*) as "removed!"
from removed`,
});

/** The parameters of {@link removeSchedules}. */
export interface RemoveSchedulesParameters {
  readonly ids: readonly string[];
}

/** A row of {@link removeSchedules}. */
export interface RemoveSchedulesRow {
  readonly removed: boolean;
}

/**
 * Removes schedules, and returns in input order whether each existed. Their jobs stay.
 * Index: schedules_pkey. Locks: schedules in id order.
 */
export const removeSchedules: StatementFunction<RemoveSchedulesParameters, readonly RemoveSchedulesRow[]> = many({
  name: "schedules/removeSchedules",
  prepared: true,
  readsOnly: false,
  parameters: ["ids"],
  object: (row) => ({ removed: row[0] }),
  elements: {"ids":"text"},
  text: `with locked as materialized (
  select input.position, schedule.id
  from (
    select given.id, given.position
    from unnest((select $1::text[])) with ordinality as given(id, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select stored.id from holdfast.schedules as stored where stored.id = input.id for update
  ) as schedule on true
), removed as (
  delete from holdfast.schedules as stored
  using (
    select locked.id
    from locked
    where locked.id is not null
    limit holdfast.at_most(cardinality($1::text[]))
  ) as gone
  where stored.id = gone.id
)
select locked.id is not null as "removed!"
from locked
order by locked.position`,
});

/** The parameters of {@link requireScheduleClaims}. */
export interface RequireScheduleClaimsParameters {
  readonly ids: readonly string[];
  readonly tokens: readonly number[];
}

/** A row of {@link requireScheduleClaims}. */
export interface RequireScheduleClaimsRow {
  readonly id: string | null;
}

/**
 * Locks claimed schedules. Fails with HF002 if a claim does not hold: another process has claimed the schedule since, or it was changed
 * or removed. Each row is locked by its own sub-select, so the plan is one look-up per row, even from when there were few schedules.
 * Index: schedules_pkey. Locks: schedules in id order.
 */
export const requireScheduleClaims: StatementFunction<RequireScheduleClaimsParameters, readonly RequireScheduleClaimsRow[]> = many({
  name: "schedules/requireScheduleClaims",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","tokens"],
  object: (row) => ({ id: row[0] }),
  elements: {"ids":"text","tokens":"int8"},
  text: `with input as (
  select given.id, given.token
  from unnest((select $1::text[]), $2::bigint[]) as given(id, token)
), locked as materialized (
  select claimed.id, claimed.token, claimed.available_at
  from (select input.id from input order by input.id collate "C") as wanted
  cross join lateral (
    select schedule.id, schedule.token, schedule.available_at
    from holdfast.schedules as schedule
    where schedule.id = wanted.id
    for no key update
  ) as claimed
)
select locked.id as "id?"
from input
left join locked on locked.id = input.id
where case
  when coalesce(holdfast.holds(locked.token, locked.available_at, input.token), false) then true
  else holdfast.fail('HF002', format('the claim of schedule %s was lost', input.id),
    json_build_object('entity', 'schedule', 'id', input.id, 'token', input.token))
end`,
});

/** The parameters of {@link resumeSchedules}. */
export interface ResumeSchedulesParameters {
  readonly ids: readonly string[];
  readonly nextAt: readonly (Date | null)[];
}

/**
 * Ends the pause of schedules, which lock_schedules has locked and found paused, with their next ticks.
 * Index: schedules_pkey. Locks: only schedules, which are locked already.
 */
export const resumeSchedules: StatementFunction<ResumeSchedulesParameters, void> = exec({
  name: "schedules/resumeSchedules",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","nextAt"],
  object: () => ({}),
  elements: {"ids":"text"},
  text: `update holdfast.schedules as stored set
  status = case when input.next_at is null then 'ended' else 'active' end::holdfast.schedule_status,
  paused_at = null, updated_at = holdfast.now(), next_at = input.next_at, available_at = input.next_at,
  token = nextval('holdfast.tokens'), version = stored.version + 1
from (
  select given.id, given.next_at
  from unnest((select $1::text[]), $2::timestamptz[]) as given(id, next_at)
  limit cardinality($1::text[])
) as input
where stored.id = input.id`,
});

/** The parameters of {@link saveSchedules}. */
export interface SaveSchedulesParameters {
  readonly ids: readonly string[];
  readonly queues: readonly string[];
  readonly overlaps: readonly OverlapPolicy[];
  readonly catchUps: readonly CatchUpPolicy[];
  readonly catchUpLimits: readonly number[];
  readonly missedAfterMs: readonly number[];
  readonly crons: readonly (string | null)[];
  readonly timeZones: readonly string[];
  readonly everyMs: readonly (number | null)[];
  readonly anchorsAt: readonly Date[];
  readonly startsAt: readonly (Date | null)[];
  readonly endsAt: readonly (Date | null)[];
  readonly nextAt: readonly (Date | null)[];
  readonly arePaused: readonly boolean[];
  readonly jobOptions: readonly JsonText[];
  readonly payloads: readonly (JsonText | null)[];
}

/** A row of {@link saveSchedules}. */
export interface SaveSchedulesRow {
  readonly id: string;
  readonly queue: string;
  readonly status: ScheduleStatus;
  readonly overlap: OverlapPolicy;
  readonly catchUp: CatchUpPolicy;
  readonly catchUpLimit: number;
  readonly missedAfterMs: number;
  readonly cron: string | null;
  readonly timeZone: string;
  readonly everyMs: number | null;
  readonly anchorAt: Date;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly nextAt: Date | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly pausedAt: Date | null;
  readonly lastTickAt: Date | null;
  readonly missedFrom: Date | null;
  readonly missedTo: Date | null;
  readonly pushedCount: number;
  readonly skippedCount: number;
  readonly jobOptions: JsonText;
  readonly payload: JsonText | null;
}

/**
 * Creates schedules, or updates existing ones, and returns in input order what is stored. A paused schedule stays paused. Its counters,
 * and the jobs that its overlap policy considers, stay too. Claims of its ticks are lost: the token moves on. Runs behind lock_schedules,
 * whose caller computed the next ticks.
 * Index: schedules_pkey. Locks: schedules, which are locked already.
 */
export const saveSchedules: StatementFunction<SaveSchedulesParameters, readonly SaveSchedulesRow[]> = many({
  name: "schedules/saveSchedules",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","queues","overlaps","catchUps","catchUpLimits","missedAfterMs","crons","timeZones","everyMs","anchorsAt","startsAt","endsAt","nextAt","arePaused","jobOptions","payloads"],
  object: (row) => ({ id: row[0], queue: row[1], status: row[2], overlap: row[3], catchUp: row[4], catchUpLimit: row[5], missedAfterMs: row[6], cron: row[7], timeZone: row[8], everyMs: row[9], anchorAt: row[10], startsAt: row[11], endsAt: row[12], nextAt: row[13], version: row[14], createdAt: row[15], updatedAt: row[16], pausedAt: row[17], lastTickAt: row[18], missedFrom: row[19], missedTo: row[20], pushedCount: row[21], skippedCount: row[22], jobOptions: row[23], payload: row[24] }),
  elements: {"ids":"text","queues":"text","missedAfterMs":"int8","crons":"text","timeZones":"text","everyMs":"int8","jobOptions":"json","payloads":"json"},
  text: `with input as (
  select given.id, given.queue, given.overlap, given.catch_up, given.catch_up_limit, given.missed_after_ms, given.cron,
    given.time_zone, given.every_ms, given.anchor_at, given.starts_at, given.ends_at, given.next_at, given.is_paused,
    given.job_options, given.payload, given.position
  from unnest((select $1::text[]), $2::text[], $3::holdfast.overlap_policy[], $4::holdfast.catch_up_policy[],
    $5::integer[], $6::bigint[], $7::text[], $8::text[], $9::bigint[],
    $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::boolean[],
    $15::json[], $16::json[])
    with ordinality as given(id, queue, overlap, catch_up, catch_up_limit, missed_after_ms, cron, time_zone, every_ms, anchor_at,
      starts_at, ends_at, next_at, is_paused, job_options, payload, position)
), written as (
  insert into holdfast.schedules as stored (id, queue, status, overlap, catch_up, catch_up_limit, missed_after_ms, cron, time_zone,
    every_ms, anchor_at, starts_at, ends_at, next_at, available_at, created_at, updated_at, paused_at, job_options, payload)
  select input.id, input.queue,
    case when input.is_paused then 'paused' when input.next_at is null then 'ended' else 'active' end::holdfast.schedule_status,
    input.overlap, input.catch_up, input.catch_up_limit, input.missed_after_ms, input.cron, input.time_zone, input.every_ms,
    input.anchor_at, input.starts_at, input.ends_at, input.next_at, input.next_at, holdfast.now(), holdfast.now(),
    case when input.is_paused then holdfast.now() end, input.job_options, input.payload
  from input
  order by input.id collate "C"
  on conflict (id) do update set
    queue = excluded.queue, status = excluded.status, overlap = excluded.overlap, catch_up = excluded.catch_up,
    catch_up_limit = excluded.catch_up_limit, missed_after_ms = excluded.missed_after_ms, cron = excluded.cron,
    time_zone = excluded.time_zone, every_ms = excluded.every_ms, anchor_at = excluded.anchor_at, starts_at = excluded.starts_at,
    ends_at = excluded.ends_at, next_at = excluded.next_at, available_at = excluded.available_at, updated_at = excluded.updated_at,
    job_options = excluded.job_options, payload = excluded.payload, token = nextval('holdfast.tokens'), version = stored.version + 1
  returning stored.id, stored.queue, stored.status, stored.overlap, stored.catch_up, stored.catch_up_limit, stored.missed_after_ms,
    stored.cron, stored.time_zone, stored.every_ms, stored.anchor_at, stored.starts_at, stored.ends_at, stored.next_at,
    stored.version, stored.created_at, stored.updated_at, stored.paused_at, stored.last_tick_at, stored.missed_from,
    stored.missed_to, stored.pushed_count, stored.skipped_count, stored.job_options, stored.payload
)
select written.id as "id!", written.queue as "queue!", written.status as "status!", written.overlap as "overlap!",
  written.catch_up as "catch_up!", written.catch_up_limit as "catch_up_limit!", written.missed_after_ms as "missed_after_ms!",
  written.cron as "cron?", written.time_zone as "time_zone!", written.every_ms as "every_ms?", written.anchor_at as "anchor_at!",
  written.starts_at as "starts_at?", written.ends_at as "ends_at?", written.next_at as "next_at?", written.version as "version!",
  written.created_at as "created_at!", written.updated_at as "updated_at!", written.paused_at as "paused_at?",
  written.last_tick_at as "last_tick_at?", written.missed_from as "missed_from?", written.missed_to as "missed_to?",
  written.pushed_count as "pushed_count!", written.skipped_count as "skipped_count!", written.job_options as "job_options!",
  written.payload as "payload?"
from input
join written on written.id = input.id
order by input.position`,
});

/** The parameters of {@link upcomingSchedules}. */
export interface UpcomingSchedulesParameters {
  readonly limit: number;
}

/** A row of {@link upcomingSchedules}. */
export interface UpcomingSchedulesRow {
  readonly id: string;
  readonly queue: string;
  readonly cron: string | null;
  readonly timeZone: string;
  readonly everyMs: number | null;
  readonly anchorAt: Date;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly nextAt: Date;
}

/**
 * The rules of the active schedules that are due first, and the time.
 * Index: schedules_available (as many entries as the limit).
 */
export const upcomingSchedules: StatementFunction<UpcomingSchedulesParameters, readonly UpcomingSchedulesRow[]> = many({
  name: "schedules/upcomingSchedules",
  prepared: true,
  readsOnly: true,
  parameters: ["limit"],
  object: (row) => ({ id: row[0], queue: row[1], cron: row[2], timeZone: row[3], everyMs: row[4], anchorAt: row[5], startsAt: row[6], endsAt: row[7], nextAt: row[8] }),
  elements: {},
  text: `select id, queue, cron, time_zone, every_ms, anchor_at, starts_at, ends_at, next_at as "next_at!"
from holdfast.schedules
where available_at is not null
order by available_at
limit $1`,
});
