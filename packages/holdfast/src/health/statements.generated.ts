// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import type { WorkKind } from "../core/enums.generated.ts";
import { many, one, type StatementFunction } from "../core/plan.ts";

/** The parameters of {@link countStatuses}. */
export interface CountStatusesParameters {
  readonly countUpTo: number;
}

/** A row of {@link countStatuses}. */
export interface CountStatusesRow {
  readonly noun: string;
  readonly status: string;
  readonly count: number;
}

/**
 * How many rows each noun has in each status, up to a limit. Jobs are counted by queue.
 * Index: executions_status, tasks_status, timers_due, timers_claimed, timers_ended, schedules_of_state, waits_pkey, events_kept.
 */
export const countStatuses: StatementFunction<CountStatusesParameters, readonly CountStatusesRow[]> = many({
  name: "health/countStatuses",
  prepared: false,
  readsOnly: true,
  parameters: ["countUpTo"],
  object: (row) => ({ noun: row[0], status: row[1], count: row[2] }),
  elements: {},
  text: `select 'executions' as "noun!", known.status::text as "status!", (
    select count(*) from (
      select from holdfast.executions as stored where stored.status = known.status limit $1::integer
    ) as counted
  ) as "count!"
from unnest(enum_range(null::holdfast.status)) as known(status)
union all
select 'tasks', known.status::text, (
    select count(*) from (
      select from holdfast.tasks as stored where stored.status = known.status limit $1
    ) as counted
  )
from unnest(enum_range(null::holdfast.status)) as known(status)
union all
select 'timers', known.status::text, (
    select count(*) from (
      select from holdfast.timers as stored where stored.status = known.status limit $1
    ) as counted
  )
from unnest(enum_range(null::holdfast.timer_status)) as known(status)
union all
select 'schedules', known.status::text, (
    select count(*) from (
      select from holdfast.schedules as stored where stored.status = known.status limit $1
    ) as counted
  )
from unnest(enum_range(null::holdfast.schedule_status)) as known(status)
union all
select 'definitions', known.status::text, (
    select count(*) from (
      select from holdfast.definitions as stored where stored.status = known.status limit $1
    ) as counted
  )
from unnest(enum_range(null::holdfast.definition_status)) as known(status)
union all
select 'waits', 'waiting', (
    select count(*) from (select from holdfast.waits limit $1) as counted
  )
union all
select 'events', 'kept', (
    select count(*) from (
      select from holdfast.events as stored
      where stored.consumed_at is null and stored.expires_at > holdfast.now() limit $1
    ) as counted
  )`,
});

/** The parameters of {@link describeServer}. */
export interface DescribeServerParameters {
}

/** A row of {@link describeServer}. */
export interface DescribeServerRow {
  readonly version: string;
  readonly versionNumber: number;
  readonly startedAt: Date | null;
  readonly isStandby: boolean;
  readonly isReadOnly: boolean;
  readonly clockAt: Date;
  readonly role: string;
  readonly isSuperuser: boolean | null;
  readonly isEncrypted: boolean | null;
  readonly tlsVersion: string | null;
  readonly isLocal: boolean;
  readonly connectionsMax: number;
  readonly connections: number;
  readonly fsync: string;
  readonly fullPageWrites: string;
  readonly synchronousCommit: string;
  readonly jit: string;
  readonly autovacuum: string;
  readonly trackCounts: string;
  readonly trackActivities: string;
  readonly idleTimeout: string;
  readonly transactionAge: number;
  readonly seesOthers: boolean;
}

/**
 * The server of this session, and the settings that matter to a store.
 * Index: none.
 */
export const describeServer: StatementFunction<DescribeServerParameters, DescribeServerRow> = one({
  name: "health/describeServer",
  prepared: false,
  readsOnly: false,
  parameters: [],
  object: (row) => ({ version: row[0], versionNumber: row[1], startedAt: row[2], isStandby: row[3], isReadOnly: row[4], clockAt: row[5], role: row[6], isSuperuser: row[7], isEncrypted: row[8], tlsVersion: row[9], isLocal: row[10], connectionsMax: row[11], connections: row[12], fsync: row[13], fullPageWrites: row[14], synchronousCommit: row[15], jit: row[16], autovacuum: row[17], trackCounts: row[18], trackActivities: row[19], idleTimeout: row[20], transactionAge: row[21], seesOthers: row[22] }),
  elements: {},
  text: `select current_setting('server_version') as "version!", current_setting('server_version_num')::integer as "version_number!",
  pg_catalog.pg_postmaster_start_time() as "started_at?", pg_catalog.pg_is_in_recovery() as "is_standby!",
  current_setting('transaction_read_only') = 'on' as "is_read_only!",
  clock_timestamp() as "clock_at!",
  current_user::text as "role!",
  (select role.rolsuper from pg_catalog.pg_roles as role where role.rolname = current_user) as "is_superuser?",
  (select link.ssl from pg_catalog.pg_stat_ssl as link where link.pid = pg_backend_pid()) as "is_encrypted?",
  (select link.version from pg_catalog.pg_stat_ssl as link where link.pid = pg_backend_pid()) as "tls_version?",
  (inet_client_addr() is null or host(inet_client_addr()) = any('{127.0.0.1,::1}')
    or inet_client_addr() = inet_server_addr()) as "is_local!",
  current_setting('max_connections')::integer as "connections_max!",
  (select sum(activity.numbackends) from pg_catalog.pg_stat_database as activity)::bigint as "connections!",
  current_setting('fsync') as "fsync!", current_setting('full_page_writes') as "full_page_writes!",
  current_setting('synchronous_commit') as "synchronous_commit!", current_setting('jit') as "jit!",
  current_setting('autovacuum') as "autovacuum!", current_setting('track_counts') as "track_counts!",
  current_setting('track_activities') as "track_activities!",
  current_setting('idle_in_transaction_session_timeout') as "idle_timeout!",
  (select age(own.datfrozenxid) from pg_catalog.pg_database as own where own.datname = current_database()) as "transaction_age!",
  pg_has_role(current_user, 'pg_read_all_stats', 'usage') as "sees_others!"`,
});

/** The parameters of {@link listObjects}. */
export interface ListObjectsParameters {
}

/** A row of {@link listObjects}. */
export interface ListObjectsRow {
  readonly kind: string;
  readonly name: string;
  readonly digest: string;
}

/**
 * The tables, constraints, triggers and functions of the schema, each with a digest of its content. That of a table covers its columns, and
 * that of a function its source. The source of `now` is left out, because tests replace it.
 * Index: pg_class_relname_nsp_index, pg_attribute_relid_attnum_index, pg_proc_proname_args_nsp_index.
 */
export const listObjects: StatementFunction<ListObjectsParameters, readonly ListObjectsRow[]> = many({
  name: "health/listObjects",
  prepared: false,
  readsOnly: true,
  parameters: [],
  object: (row) => ({ kind: row[0], name: row[1], digest: row[2] }),
  elements: {},
  text: `with own as (
  select space.oid, '"' || space.nspname || '".' as quoted, quote_ident(space.nspname) || '.' as plain
  from pg_catalog.pg_namespace as space
  join pg_catalog.pg_class as jobs on jobs.relnamespace = space.oid
  where jobs.oid = 'holdfast.jobs'::regclass
)
select found.kind as "kind!", found.name as "name!", found.digest as "digest!"
from (
  select 'table' as kind, stored.relname::text as name, (
      select md5(string_agg(
        part.attname || ' ' || replace(pg_catalog.format_type(part.atttypid, part.atttypmod), own.plain, '~.')
          || case when part.attnotnull then ' not null' else '' end,
        ',' order by part.attnum
      ))
      from pg_catalog.pg_attribute as part
      where part.attrelid = stored.oid and part.attnum > 0 and not part.attisdropped
    ) as digest
  from pg_catalog.pg_class as stored cross join own
  where stored.relkind = 'r' and stored.relnamespace = own.oid
  union all
  select 'constraint', stored.relname || '.' || rule.conname, case when rule.convalidated then '' else 'not validated' end
  from pg_catalog.pg_constraint as rule
  join pg_catalog.pg_class as stored on stored.oid = rule.conrelid
  cross join own
  where stored.relnamespace = own.oid and rule.contype <> 'n'
  union all
  select 'trigger', stored.relname || '.' || rule.tgname, case when rule.tgenabled = 'O' then '' else 'disabled' end
  from pg_catalog.pg_trigger as rule
  join pg_catalog.pg_class as stored on stored.oid = rule.tgrelid
  cross join own
  where stored.relnamespace = own.oid and not rule.tgisinternal
  union all
  select 'function',
    routine.proname || '(' || replace(pg_catalog.pg_get_function_identity_arguments(routine.oid), own.plain, '~.') || ')',
    case when routine.proname = 'now' then '' else md5(replace(routine.prosrc, own.quoted, '~.')) end
  from pg_catalog.pg_proc as routine cross join own
  where routine.pronamespace = own.oid
) as found
order by found.kind, found.name collate "C"`,
});

/** The parameters of {@link listOldTransactions}. */
export interface ListOldTransactionsParameters {
  readonly olderMs: number;
  readonly limit: number;
}

/** A row of {@link listOldTransactions}. */
export interface ListOldTransactionsRow {
  readonly kind: string;
  readonly name: string;
  readonly role: string;
  readonly state: string;
  readonly openMs: number;
}

/**
 * Transactions that have been open for long, in any database of the server: of sessions, prepared ones, and replication slots that nobody
 * reads. They keep vacuum from removing dead rows. Those of other roles are visible to a role that may see others' activity.
 * Index: none.
 */
export const listOldTransactions: StatementFunction<ListOldTransactionsParameters, readonly ListOldTransactionsRow[]> = many({
  name: "health/listOldTransactions",
  prepared: false,
  readsOnly: false,
  parameters: ["olderMs","limit"],
  object: (row) => ({ kind: row[0], name: row[1], role: row[2], state: row[3], openMs: row[4] }),
  elements: {},
  text: `select open.kind as "kind!", open.name as "name!", open.role as "role!", open.state as "state!", open.open_ms as "open_ms!"
from (
  select 'session' as kind, activity.pid::text as name, coalesce(activity.usename, '')::text as role,
    coalesce(activity.state, '') as state, (extract(epoch from clock_timestamp() - activity.xact_start) * 1000)::float8 as open_ms
  from pg_catalog.pg_stat_activity as activity
  where activity.pid <> pg_backend_pid() and activity.xact_start < clock_timestamp() - $1::float8 * interval '1 millisecond'
    and activity.backend_type in ('client backend', 'walsender')
  union all
  select 'prepared', prepared.gid, prepared.owner::text, 'prepared', (extract(epoch from clock_timestamp() - prepared.prepared) * 1000)::float8
  from pg_catalog.pg_prepared_xacts as prepared
  where prepared.prepared < clock_timestamp() - $1 * interval '1 millisecond'
  union all
  select 'slot', slot.slot_name::text, '', 'inactive', 0
  from pg_catalog.pg_replication_slots as slot
  where not slot.active and coalesce(slot.xmin, slot.catalog_xmin) is not null
) as open
order by open.open_ms desc, open.name
limit $2`,
});

/** The parameters of {@link listReplicas}. */
export interface ListReplicasParameters {
}

/** A row of {@link listReplicas}. */
export interface ListReplicasRow {
  readonly name: string;
  readonly state: string | null;
  readonly syncState: string | null;
  readonly lagBytes: number | null;
  readonly lagMs: number | null;
}

/**
 * The servers that replicate this one, and how far they are behind. A role that may not see others' activity learns only their number.
 * Index: none.
 */
export const listReplicas: StatementFunction<ListReplicasParameters, readonly ListReplicasRow[]> = many({
  name: "health/listReplicas",
  prepared: false,
  readsOnly: false,
  parameters: [],
  object: (row) => ({ name: row[0], state: row[1], syncState: row[2], lagBytes: row[3], lagMs: row[4] }),
  elements: {},
  text: `select coalesce(replica.application_name, '') as "name!", replica.state as "state?", replica.sync_state as "sync_state?",
  case
    when not pg_catalog.pg_is_in_recovery() then pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), replica.replay_lsn)::bigint
  end as "lag_bytes?",
  (extract(epoch from replica.replay_lag) * 1000)::float8 as "lag_ms?"
from pg_catalog.pg_stat_replication as replica
order by replica.application_name, replica.pid`,
});

/** The parameters of {@link listVacuums}. */
export interface ListVacuumsParameters {
}

/** A row of {@link listVacuums}. */
export interface ListVacuumsRow {
  readonly name: string;
  readonly rows: number;
  readonly deadRows: number;
  readonly vacuumedAt: Date | null;
  readonly analyzedAt: Date | null;
  readonly isLeftOut: boolean;
}

/**
 * How vacuum keeps up with each table, by the server's statistics.
 * Index: pg_class_oid_index.
 */
export const listVacuums: StatementFunction<ListVacuumsParameters, readonly ListVacuumsRow[]> = many({
  name: "health/listVacuums",
  prepared: false,
  readsOnly: true,
  parameters: [],
  object: (row) => ({ name: row[0], rows: row[1], deadRows: row[2], vacuumedAt: row[3], analyzedAt: row[4], isLeftOut: row[5] }),
  elements: {},
  text: `select stored.relname as "name!", pg_catalog.pg_stat_get_live_tuples(stored.oid) as "rows!",
  pg_catalog.pg_stat_get_dead_tuples(stored.oid) as "dead_rows!",
  greatest(pg_catalog.pg_stat_get_last_vacuum_time(stored.oid), pg_catalog.pg_stat_get_last_autovacuum_time(stored.oid))
    as "vacuumed_at?",
  greatest(pg_catalog.pg_stat_get_last_analyze_time(stored.oid), pg_catalog.pg_stat_get_last_autoanalyze_time(stored.oid))
    as "analyzed_at?",
  coalesce(stored.reloptions::text like '%autovacuum_enabled=false%' or stored.reloptions::text like '%autovacuum_enabled=off%', false)
    as "is_left_out!"
from pg_catalog.pg_class as stored
where stored.relkind = 'r'
  and stored.relnamespace = (select jobs.relnamespace from pg_catalog.pg_class as jobs where jobs.oid = 'holdfast.jobs'::regclass)
order by stored.relname`,
});

/** The parameters of {@link measureQueues}. */
export interface MeasureQueuesParameters {
  readonly countUpTo: number;
  readonly limit: number;
}

/** A row of {@link measureQueues}. */
export interface MeasureQueuesRow {
  readonly queue: string;
  readonly kind: WorkKind;
  readonly pausedAt: Date | null;
  readonly ready: number;
  readonly scheduled: number;
  readonly blocked: number;
  readonly running: number;
  readonly expired: number;
  readonly dead: number;
  readonly oldestReadyAt: Date | null;
  readonly oldestExpiredAt: Date | null;
}

/**
 * The work of each queue by kind, with its oldest parts: those that have waited longest come first. The queues with waiting work are found
 * by stepping through indexes. Of each queue, it counts at most `countUpTo` rows of each table of waiting work, in index order, so the
 * oldest is one of these. What runs is read in a pass. Plain jobs are a hundred to a row, and read in a pass too.
 * Index: ready_order, group_lines_order, scheduled_due, blocked_jobs_of_queue, queues_pkey, job_counts_of_queue.
 */
export const measureQueues: StatementFunction<MeasureQueuesParameters, readonly MeasureQueuesRow[]> = many({
  name: "health/measureQueues",
  prepared: false,
  readsOnly: true,
  parameters: ["countUpTo","limit"],
  object: (row) => ({ queue: row[0], kind: row[1], pausedAt: row[2], ready: row[3], scheduled: row[4], blocked: row[5], running: row[6], expired: row[7], dead: row[8], oldestReadyAt: row[9], oldestExpiredAt: row[10] }),
  elements: {},
  text: `with recursive known as (
  select ''::text collate "C" as name
  union all
  select (
    select found.name from (
      (select work.queue from holdfast.ready as work where work.queue > known.name order by work.queue limit 1)
      union all
      (select work.queue from holdfast.group_lines as work where work.queue > known.name order by work.queue limit 1)
      union all
      (select work.queue from holdfast.scheduled as work where work.queue > known.name order by work.queue limit 1)
      union all
      (select work.queue from holdfast.blocked_jobs as work where work.queue > known.name order by work.queue limit 1)
    ) as found(name)
    order by found.name collate "C"
    limit 1
  )
  from known
  where known.name is not null
), work as (
  select known.name as queue, work_kind.of as kind, 'ready' as place, counted.amount, counted.moment
  from known
  cross join unnest(enum_range(null::holdfast.work_kind)) as work_kind(of)
  cross join lateral (
    select count(*) as amount, min(first.run_at) as moment
    from (
      select waiting.run_at from holdfast.ready as waiting where waiting.queue = known.name and waiting.kind = work_kind.of
      order by waiting.route asc, waiting.rank asc, waiting.turn asc, waiting.run_at asc, waiting.sequence asc
      limit $1::integer
    ) as first
  ) as counted
  union all
  select known.name, first.kind, 'ready', count(*), min(first.run_at)
  from known
  cross join lateral (
    select line.kind, line.run_at from holdfast.group_lines as line where line.queue = known.name
    order by line.group_key asc, line.rank asc, line.turn asc, line.run_at asc, line.sequence asc
    limit $1
  ) as first
  group by 1, 2
  union all
  select chunk.queue, 'job', 'ready', sum(cardinality(chunk.ids)), min(chunk.run_at)
  from holdfast.ready_chunks as chunk group by chunk.queue
  union all
  select known.name, first.kind, case when first.run_at <= holdfast.now() then 'ready' else 'scheduled' end, count(*), min(first.run_at)
  from known
  cross join lateral (
    select later.kind, later.run_at from holdfast.scheduled as later where later.queue = known.name order by later.run_at asc limit $1
  ) as first
  group by 1, 2, 3
  union all
  select known.name, 'job', 'blocked', count(*), null
  from known
  cross join lateral (
    select from holdfast.blocked_jobs as blocked where blocked.queue = known.name order by blocked.queue asc limit $1
  ) as first
  group by 1
  union all
  select lease.queue, lease.kind, case when lease.lease_until < holdfast.now() then 'expired' else 'running' end, count(*),
    min(lease.lease_until)
  from holdfast.leases as lease where lease.queue is not null group by 1, 2, 3
  union all
  select chunk.queue, 'job', case when chunk.lease_until < holdfast.now() then 'expired' else 'running' end,
    sum(holdfast.count_running(chunk)), min(chunk.lease_until)
  from holdfast.lease_chunks as chunk group by 1, 3
  union all
  select ended.queue, 'job', 'dead', sum(ended.count), null
  from holdfast.job_counts as ended where ended.status = 'dead' group by ended.queue
  union all
  select known.name, 'job', 'paused', 0, null from holdfast.queues as known where known.paused_at is not null
)
select work.queue as "queue!", work.kind as "kind!", known.paused_at as "paused_at?",
  least(coalesce(sum(work.amount) filter (where work.place = 'ready'), 0), $1)::bigint as "ready!",
  least(coalesce(sum(work.amount) filter (where work.place = 'scheduled'), 0), $1)::bigint as "scheduled!",
  coalesce(sum(work.amount) filter (where work.place = 'blocked'), 0)::bigint as "blocked!",
  coalesce(sum(work.amount) filter (where work.place in ('running', 'expired')), 0)::bigint as "running!",
  coalesce(sum(work.amount) filter (where work.place = 'expired'), 0)::bigint as "expired!",
  coalesce(sum(work.amount) filter (where work.place = 'dead'), 0)::bigint as "dead!",
  min(work.moment) filter (where work.place = 'ready') as "oldest_ready_at?",
  min(work.moment) filter (where work.place = 'expired') as "oldest_expired_at?"
from work
left join holdfast.queues as known on known.name = work.queue
where work.amount > 0 or work.place in ('dead', 'paused')
group by work.queue, work.kind, known.paused_at
order by "oldest_ready_at?" nulls last, work.queue, work.kind
limit $2`,
});

/** The parameters of {@link measureTables}. */
export interface MeasureTablesParameters {
}

/** A row of {@link measureTables}. */
export interface MeasureTablesRow {
  readonly name: string;
  readonly rows: number;
  readonly deadRows: number;
  readonly tableBytes: number;
  readonly indexBytes: number;
}

/**
 * The size of each table by the server's statistics, which follow writes with a short delay. If nothing was inserted since they began, as
 * after a crash, the planner's estimate is used.
 * Index: pg_class_oid_index, and pg_class itself, which has a row per table.
 */
export const measureTables: StatementFunction<MeasureTablesParameters, readonly MeasureTablesRow[]> = many({
  name: "health/measureTables",
  prepared: false,
  readsOnly: true,
  parameters: [],
  object: (row) => ({ name: row[0], rows: row[1], deadRows: row[2], tableBytes: row[3], indexBytes: row[4] }),
  elements: {},
  text: `select stored.relname as "name!",
  case
    when pg_catalog.pg_stat_get_tuples_inserted(stored.oid) > 0 then pg_catalog.pg_stat_get_live_tuples(stored.oid)
    else greatest(stored.reltuples, 0)::bigint
  end as "rows!",
  pg_catalog.pg_stat_get_dead_tuples(stored.oid) as "dead_rows!",
  pg_catalog.pg_table_size(stored.oid) as "table_bytes!",
  pg_catalog.pg_indexes_size(stored.oid) as "index_bytes!"
from pg_catalog.pg_class as stored
where stored.relkind = 'r'
  and stored.relnamespace = (select jobs.relnamespace from pg_catalog.pg_class as jobs where jobs.oid = 'holdfast.jobs'::regclass)
order by stored.relname`,
});

/** The parameters of {@link measureWork}. */
export interface MeasureWorkParameters {
  readonly countUpTo: number;
}

/** A row of {@link measureWork}. */
export interface MeasureWorkRow {
  readonly at: Date;
  readonly leases: number;
  readonly expiredLeases: number;
  readonly oldestExpiredAt: Date | null;
  readonly dueTimers: number;
  readonly oldestDueAt: Date | null;
  readonly nextTimerAt: Date | null;
  readonly lateSchedules: number;
  readonly oldestLateAt: Date | null;
  readonly nextTickAt: Date | null;
}

/**
 * The leases that are held, and the timers and ticks that are due, with the oldest of each.
 * Index: timers_due, timers_claimed, schedules_available.
 */
export const measureWork: StatementFunction<MeasureWorkParameters, MeasureWorkRow> = one({
  name: "health/measureWork",
  prepared: false,
  readsOnly: true,
  parameters: ["countUpTo"],
  object: (row) => ({ at: row[0], leases: row[1], expiredLeases: row[2], oldestExpiredAt: row[3], dueTimers: row[4], oldestDueAt: row[5], nextTimerAt: row[6], lateSchedules: row[7], oldestLateAt: row[8], nextTickAt: row[9] }),
  elements: {},
  text: `select holdfast.now() as "at!",
  leases.held as "leases!", leases.expired as "expired_leases!", leases.oldest_expired_at as "oldest_expired_at?",
  timers.due as "due_timers!", timers.oldest_due_at as "oldest_due_at?", timers.next_at as "next_timer_at?",
  schedules.late as "late_schedules!", schedules.oldest_late_at as "oldest_late_at?", schedules.next_at as "next_tick_at?"
from (
  select count(*) as held, count(*) filter (where lease.lease_until < holdfast.now()) as expired,
    min(lease.lease_until) filter (where lease.lease_until < holdfast.now()) as oldest_expired_at
  from (
    select one.lease_until from holdfast.leases as one
    union all
    select chunk.lease_until from holdfast.lease_chunks as chunk
    cross join lateral generate_series(1, holdfast.count_running(chunk))
  ) as lease
) as leases
cross join (
  select (
      select count(*) from (
        select from holdfast.timers as stored
        where stored.status = 'scheduled' and stored.fire_at <= holdfast.now() limit $1::integer
      ) as counted
    ) as due,
    (
      select stored.fire_at from holdfast.timers as stored
      where stored.status = 'scheduled' and stored.fire_at <= holdfast.now()
      order by stored.fire_at, stored.sequence limit 1
    ) as oldest_due_at,
    (
      select stored.fire_at from holdfast.timers as stored
      where stored.status = 'scheduled' and stored.fire_at > holdfast.now()
      order by stored.fire_at, stored.sequence limit 1
    ) as next_at
) as timers
cross join (
  select count(*) filter (where stored.available_at <= holdfast.now()) as late,
    min(stored.available_at) filter (where stored.available_at <= holdfast.now()) as oldest_late_at,
    min(stored.available_at) filter (where stored.available_at > holdfast.now()) as next_at
  from holdfast.schedules as stored
  where stored.available_at is not null
) as schedules`,
});

/** The parameters of {@link missingIndexes}. */
export interface MissingIndexesParameters {
  readonly names: readonly string[];
}

/** A row of {@link missingIndexes}. */
export interface MissingIndexesRow {
  readonly name: string;
}

/**
 * Those of the given indexes that the schema lacks, or cannot use, as after an interrupted build.
 * Index: pg_class_relname_nsp_index, pg_index_indexrelid_index.
 */
export const missingIndexes: StatementFunction<MissingIndexesParameters, readonly MissingIndexesRow[]> = many({
  name: "health/missingIndexes",
  prepared: false,
  readsOnly: true,
  parameters: ["names"],
  object: (row) => ({ name: row[0] }),
  elements: {"names":"text"},
  text: `select expected.name as "name!"
from unnest((select $1::text[])) as expected(name)
where not exists (
  select
  from pg_catalog.pg_class as found
  join pg_catalog.pg_index as built on built.indexrelid = found.oid
  where found.relname = expected.name and built.indisvalid and built.indisready
    and found.relnamespace = (select jobs.relnamespace from pg_catalog.pg_class as jobs where jobs.oid = 'holdfast.jobs'::regclass)
)
order by expected.name`,
});

/** The parameters of {@link missingPrivileges}. */
export interface MissingPrivilegesParameters {
}

/** A row of {@link missingPrivileges}. */
export interface MissingPrivilegesRow {
  readonly kind: string;
  readonly name: string;
  readonly privileges: string;
}

/**
 * What the session's role may not do with the tables, sequences and functions of the schema, though a store does it. The ledger of
 * migrations is only read. The sequences of identity columns are only read too, by exports.
 * Index: pg_class_relname_nsp_index, pg_proc_proname_args_nsp_index.
 */
export const missingPrivileges: StatementFunction<MissingPrivilegesParameters, readonly MissingPrivilegesRow[]> = many({
  name: "health/missingPrivileges",
  prepared: false,
  readsOnly: true,
  parameters: [],
  object: (row) => ({ kind: row[0], name: row[1], privileges: row[2] }),
  elements: {},
  text: `select missing.kind as "kind!", missing.name as "name!", missing.privileges as "privileges!"
from (
  select 'table' as kind, stored.relname::text as name, (
      select string_agg(wanted.privilege, ', ')
      from unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) as wanted(privilege)
      where not has_table_privilege(stored.oid, wanted.privilege) and (stored.relname <> 'migrations' or wanted.privilege = 'SELECT')
    ) as privileges
  from pg_catalog.pg_class as stored
  where stored.relkind in ('r', 'v')
    and stored.relnamespace = (select jobs.relnamespace from pg_catalog.pg_class as jobs where jobs.oid = 'holdfast.jobs'::regclass)
    and (stored.relkind = 'r' or not has_table_privilege(stored.oid, 'SELECT'))
  union all
  select 'sequence', stored.relname::text, (
      select string_agg(wanted.privilege, ', ')
      from unnest('{USAGE,SELECT}'::text[]) as wanted(privilege)
      where not has_sequence_privilege(stored.oid, wanted.privilege) and (wanted.privilege = 'SELECT' or not exists (
        select from pg_catalog.pg_depend as owned
        where owned.classid = 'pg_catalog.pg_class'::regclass and owned.objid = stored.oid and owned.deptype = 'i'
      ))
    )
  from pg_catalog.pg_class as stored
  where stored.relkind = 'S'
    and stored.relnamespace = (select jobs.relnamespace from pg_catalog.pg_class as jobs where jobs.oid = 'holdfast.jobs'::regclass)
  union all
  select 'function', stored.proname::text, case when not has_function_privilege(stored.oid, 'EXECUTE') then 'EXECUTE' end
  from pg_catalog.pg_proc as stored
  where stored.pronamespace = (select jobs.relnamespace from pg_catalog.pg_class as jobs where jobs.oid = 'holdfast.jobs'::regclass)
) as missing
where missing.privileges is not null
order by missing.kind desc, missing.name`,
});
