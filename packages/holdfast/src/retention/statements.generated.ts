// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import { exec, many, one, type StatementFunction } from "../core/plan.ts";

/** The parameters of {@link claimTurn}. */
export interface ClaimTurnParameters {
  readonly everyMs: number;
}

/** A row of {@link claimTurn}. */
export interface ClaimTurnRow {
  readonly isTaken: boolean;
  readonly nextMs: number;
}

/**
 * Takes the next turn of retention if it is due, which postpones it for everybody. Returns the delay until the next one, in milliseconds.
 * Index: turns_pkey. Locks: the row.
 */
export const claimTurn: StatementFunction<ClaimTurnParameters, ClaimTurnRow> = one({
  name: "retention/claimTurn",
  prepared: true,
  readsOnly: false,
  parameters: ["everyMs"],
  object: (row) => ({ isTaken: row[0], nextMs: row[1] }),
  elements: {},
  text: `with taken as (
  update holdfast.turns as turn set due_at = holdfast.now() + $1::bigint * interval '1 millisecond'
  where turn.name = 'retention' and turn.due_at <= holdfast.now()
  returning turn.due_at
)
select taken.due_at is not null as "is_taken!",
  case
    when turn.due_at <= holdfast.now() then $1::bigint
    else ceil(extract(epoch from turn.due_at - holdfast.now()) * 1000)::bigint
  end as "next_ms!"
from holdfast.turns as turn
left join taken on true
where turn.name = 'retention'`,
});

/** The parameters of {@link countEndedExecutions}. */
export interface CountEndedExecutionsParameters {
  readonly keepMs: number;
}

/** A row of {@link countEndedExecutions}. */
export interface CountEndedExecutionsRow {
  readonly expired: number;
}

/**
 * Counts the executions that retention would remove: they ended at least this long ago, and nothing holds them or their descendants,
 * whose parents stay too.
 * Index: executions_ended, executions_pkey, executions_parent, jobs_of_execution, ended_jobs_pkey, timers_of_execution.
 */
export const countEndedExecutions: StatementFunction<CountEndedExecutionsParameters, CountEndedExecutionsRow> = one({
  name: "retention/countEndedExecutions",
  prepared: true,
  readsOnly: true,
  parameters: ["keepMs"],
  object: (row) => ({ expired: row[0] }),
  elements: {},
  text: `with recursive ended as materialized (
  select execution.id, execution.parent_id
  from holdfast.executions as execution
  where execution.finished_at <= holdfast.now() - $1::bigint * interval '1 millisecond'
), held as (
  select ended.id
  from ended
  where exists (
      select from holdfast.executions as child
      where child.parent_id = ended.id
        and (child.finished_at is null or child.finished_at > holdfast.now() - $1::bigint * interval '1 millisecond')
    )
    or exists (
      select from holdfast.jobs as job
      where job.execution_id = ended.id and not exists (select from holdfast.ended_jobs as over where over.id = job.id)
    )
    or exists (
      select from holdfast.timers as timer where timer.execution_id = ended.id and timer.status = 'claimed'
    )
  union
  select below.parent_id
  from held
  join ended as below on below.id = held.id
  where below.parent_id is not null
)
select count(*) as "expired!"
from ended
where ended.id not in (select held.id from held)`,
});

/** The parameters of {@link findEndedExecutions}. */
export interface FindEndedExecutionsParameters {
  readonly keepMs: number;
  readonly afterMicroseconds: string;
  readonly afterId: string;
  readonly limit: number;
}

/** A row of {@link findEndedExecutions}. */
export interface FindEndedExecutionsRow {
  readonly id: string;
  readonly endedMicroseconds: string;
  readonly isFree: boolean;
}

/**
 * Executions that ended at least this long ago, oldest first, after the given one. Also returns whether nothing holds each: no unfinished
 * job, no claimed timer, no child (which is removed before its parent).
 * Index: executions_ended, executions_parent, jobs_of_execution, ended_jobs_pkey, timers_of_execution.
 */
export const findEndedExecutions: StatementFunction<FindEndedExecutionsParameters, readonly FindEndedExecutionsRow[]> = many({
  name: "retention/findEndedExecutions",
  prepared: true,
  readsOnly: true,
  parameters: ["keepMs","afterMicroseconds","afterId","limit"],
  object: (row) => ({ id: row[0], endedMicroseconds: row[1], isFree: row[2] }),
  elements: {},
  text: `with ended as materialized (
  select execution.id, execution.finished_at
  from holdfast.executions as execution
  where execution.finished_at <= holdfast.now() - $1::bigint * interval '1 millisecond'
    and (execution.finished_at, execution.id) > (
      timestamptz 'epoch' + $2::text::bigint * interval '1 microsecond', $3::text
    )
  order by execution.finished_at, execution.id
  limit $4
)
select ended.id as "id!", (extract(epoch from ended.finished_at) * 1000000)::bigint::text as "ended_microseconds!",
  not exists (select from holdfast.executions as child where child.parent_id = ended.id)
  and not exists (
    select from holdfast.jobs as job
    where job.execution_id = ended.id and not exists (select from holdfast.ended_jobs as over where over.id = job.id)
  )
  and not exists (
    select from holdfast.timers as timer where timer.execution_id = ended.id and timer.status = 'claimed'
  ) as "is_free!"
from ended
order by ended.finished_at, ended.id`,
});

/** The parameters of {@link hastenTurn}. */
export interface HastenTurnParameters {
  readonly afterMs: number;
}

/**
 * Brings the next turn of retention forward, because this one left rows to remove.
 * Index: turns_pkey. Locks: the row.
 */
export const hastenTurn: StatementFunction<HastenTurnParameters, void> = exec({
  name: "retention/hastenTurn",
  prepared: true,
  readsOnly: false,
  parameters: ["afterMs"],
  object: () => ({}),
  elements: {},
  text: `update holdfast.turns as turn set due_at = holdfast.now() + $1::bigint * interval '1 millisecond'
where turn.name = 'retention'`,
});

/** The parameters of {@link lockEndedExecutions}. */
export interface LockEndedExecutionsParameters {
  readonly ids: readonly string[];
}

/** A row of {@link lockEndedExecutions}. */
export interface LockEndedExecutionsRow {
  readonly id: string;
}

/**
 * Locks ended executions against additions, and returns which. A later statement of the transaction, with its own snapshot, then finds
 * everything they own.
 * Index: executions_pkey. Locks: the executions in id order, skipping those that others hold.
 */
export const lockEndedExecutions: StatementFunction<LockEndedExecutionsParameters, readonly LockEndedExecutionsRow[]> = many({
  name: "retention/lockEndedExecutions",
  prepared: true,
  readsOnly: false,
  parameters: ["ids"],
  object: (row) => ({ id: row[0] }),
  elements: {"ids":"text"},
  text: `select execution.id
from holdfast.executions as execution
where execution.id = any($1::text[]) and execution.finished_at is not null
order by execution.id
for update skip locked`,
});

/** The parameters of {@link removeEndedWaits}. */
export interface RemoveEndedWaitsParameters {
  readonly ids: readonly string[];
  readonly limit: number;
}

/** A row of {@link removeEndedWaits}. */
export interface RemoveEndedWaitsRow {
  readonly removed: number;
}

/**
 * Removes at most `limit` finished waits of ended executions that this transaction has locked, and returns their number. Nothing else of
 * an execution is removed while it has jobs. So an execution that got another job meanwhile is not taken apart.
 * Index: jobs_of_execution, ended_waits_of_execution. Locks: the removed rows, skipping those that others hold.
 */
export const removeEndedWaits: StatementFunction<RemoveEndedWaitsParameters, RemoveEndedWaitsRow> = one({
  name: "retention/removeEndedWaits",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","limit"],
  object: (row) => ({ removed: row[0] }),
  elements: {"ids":"text"},
  text: `with jobless as materialized (
  select ended.id
  from unnest((select $1::text[])) as ended(id)
  where not exists (select from holdfast.jobs as job where job.execution_id = ended.id)
), removed as (
  delete from holdfast.ended_waits as stored
  where stored.ctid = any(array(
    select found.ctid
    from jobless as ended
    cross join lateral (
      select wait.ctid
      from holdfast.ended_waits as wait
      where wait.execution_id = ended.id
      order by wait.sequence
      limit $2
      for update skip locked
    ) as found
    limit $2
  ))
  returning stored.execution_id
)
select count(*) as "removed!"
from removed`,
});

/** The parameters of {@link removeEntries}. */
export interface RemoveEntriesParameters {
  readonly ids: readonly string[];
  readonly limit: number;
}

/** A row of {@link removeEntries}. */
export interface RemoveEntriesRow {
  readonly removed: number;
}

/**
 * Removes at most `limit` history entries of ended executions that this transaction has locked, and returns their number. Nothing else of
 * an execution is removed while it has jobs. So an execution that got another job meanwhile is not taken apart. The newest entries go
 * first, so that the rest is still a valid history. Entries that forks share stay: a fork takes them over with the history's head.
 * Index: jobs_of_execution, history_entries_pkey, history_forks_of_source. Locks: the removed rows, skipping those that others hold.
 */
export const removeEntries: StatementFunction<RemoveEntriesParameters, RemoveEntriesRow> = one({
  name: "retention/removeEntries",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","limit"],
  object: (row) => ({ removed: row[0] }),
  elements: {"ids":"text"},
  text: `with jobless as materialized (
  select ended.id
  from unnest((select $1::text[])) as ended(id)
  where not exists (select from holdfast.jobs as job where job.execution_id = ended.id)
), removed as (
  delete from holdfast.history_entries as stored
  where stored.ctid = any(array(
    select found.ctid
    from jobless as ended
    cross join lateral (
      select entry.ctid
      from holdfast.history_entries as entry
      where entry.execution_id = ended.id and entry.number > coalesce(
        (select max(fork.shared) from holdfast.history_forks as fork where fork.source_id = ended.id), 0
      )
      order by entry.number desc
      limit $2
      for update skip locked
    ) as found
    limit $2
  ))
  returning stored.execution_id
)
select count(*) as "removed!"
from removed`,
});

/** The parameters of {@link removeExecutions}. */
export interface RemoveExecutionsParameters {
  readonly ids: readonly string[];
}

/** A row of {@link removeExecutions}. */
export interface RemoveExecutionsRow {
  readonly removed: number;
}

/**
 * Removes ended executions that this transaction has locked, once only they and the heads of their histories are left. Forks take over
 * the entries that they share. Returns how many were removed.
 * Index: executions_pkey, executions_parent, jobs_of_execution, tasks_of_execution, component_states_pkey,
 * waits_execution_id_step_key_key, ended_waits_of_execution, timers_of_execution, history_entries_pkey, history_forks_of_source.
 */
export const removeExecutions: StatementFunction<RemoveExecutionsParameters, RemoveExecutionsRow> = one({
  name: "retention/removeExecutions",
  prepared: true,
  readsOnly: false,
  parameters: ["ids"],
  object: (row) => ({ removed: row[0] }),
  elements: {"ids":"text"},
  text: `with removed as (
  delete from holdfast.executions as stored
  where stored.id = any($1::text[])
    and not exists (select from holdfast.executions as child where child.parent_id = stored.id)
    and not exists (select from holdfast.jobs as job where job.execution_id = stored.id)
    and not exists (select from holdfast.tasks as task where task.execution_id = stored.id)
    and not exists (select from holdfast.component_states as state where state.execution_id = stored.id)
    and not exists (select from holdfast.waits as wait where wait.execution_id = stored.id)
    and not exists (select from holdfast.ended_waits as wait where wait.execution_id = stored.id)
    and not exists (select from holdfast.timers as timer where timer.execution_id = stored.id)
    and not exists (
      select from holdfast.history_entries as entry
      where entry.execution_id = stored.id and entry.number > coalesce(
        (select max(fork.shared) from holdfast.history_forks as fork where fork.source_id = stored.id), 0
      )
    )
  returning stored.id
)
select count(*) as "removed!"
from removed`,
});

/** The parameters of {@link removeJobs}. */
export interface RemoveJobsParameters {
  readonly ids: readonly string[];
  readonly limit: number;
}

/** A row of {@link removeJobs}. */
export interface RemoveJobsRow {
  readonly removed: number;
}

/**
 * Removes at most `limit` ended jobs of ended executions that this transaction has locked, and returns their number.
 * Index: jobs_of_execution, ended_jobs_pkey. Locks: the removed rows, skipping those that others hold.
 */
export const removeJobs: StatementFunction<RemoveJobsParameters, RemoveJobsRow> = one({
  name: "retention/removeJobs",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","limit"],
  object: (row) => ({ removed: row[0] }),
  elements: {"ids":"text"},
  text: `select holdfast.remove_ended_jobs(array(
  select found.id::text
  from unnest((select $1::text[])) as ended(id)
  cross join lateral (
    select over.id
    from holdfast.jobs as job
    cross join lateral (
      select stored.id from holdfast.ended_jobs as stored where stored.id = job.id for update skip locked
    ) as over
    where job.execution_id = ended.id
    order by job.id
    limit $2
  ) as found
  limit $2
)) as "removed!"`,
});

/** The parameters of {@link removeStates}. */
export interface RemoveStatesParameters {
  readonly ids: readonly string[];
  readonly limit: number;
}

/** A row of {@link removeStates}. */
export interface RemoveStatesRow {
  readonly removed: number;
}

/**
 * Removes at most `limit` component states of ended executions that this transaction has locked, and returns their number. Nothing else
 * of an execution is removed while it has jobs. So an execution that got another job meanwhile is not taken apart.
 * Index: jobs_of_execution, component_states_pkey. Locks: the removed rows, skipping those that others hold.
 */
export const removeStates: StatementFunction<RemoveStatesParameters, RemoveStatesRow> = one({
  name: "retention/removeStates",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","limit"],
  object: (row) => ({ removed: row[0] }),
  elements: {"ids":"text"},
  text: `with jobless as materialized (
  select ended.id
  from unnest((select $1::text[])) as ended(id)
  where not exists (select from holdfast.jobs as job where job.execution_id = ended.id)
), removed as (
  delete from holdfast.component_states as stored
  where stored.ctid = any(array(
    select found.ctid
    from jobless as ended
    cross join lateral (
      select state.ctid
      from holdfast.component_states as state
      where state.execution_id = ended.id
      order by state.component
      limit $2
      for update skip locked
    ) as found
    limit $2
  ))
  returning stored.execution_id
)
select count(*) as "removed!"
from removed`,
});

/** The parameters of {@link removeTasks}. */
export interface RemoveTasksParameters {
  readonly ids: readonly string[];
  readonly limit: number;
}

/** A row of {@link removeTasks}. */
export interface RemoveTasksRow {
  readonly removed: number;
}

/**
 * Removes at most `limit` tasks of ended executions that this transaction has locked, and returns their number. Nothing else of an
 * execution is removed while it has jobs. So an execution that got another job meanwhile is not taken apart. The newest tasks go first.
 * Descendants of a task are nearly always newer, and would otherwise all be removed with it in one statement.
 * Index: jobs_of_execution, tasks_of_execution. Locks: the removed rows, skipping those that others hold.
 */
export const removeTasks: StatementFunction<RemoveTasksParameters, RemoveTasksRow> = one({
  name: "retention/removeTasks",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","limit"],
  object: (row) => ({ removed: row[0] }),
  elements: {"ids":"text"},
  text: `with jobless as materialized (
  select ended.id
  from unnest((select $1::text[])) as ended(id)
  where not exists (select from holdfast.jobs as job where job.execution_id = ended.id)
), removed as (
  delete from holdfast.tasks as stored
  where stored.ctid = any(array(
    select found.ctid
    from jobless as ended
    cross join lateral (
      select task.ctid
      from holdfast.tasks as task
      where task.execution_id = ended.id
      order by task.sequence desc
      limit $2
      for update skip locked
    ) as found
    limit $2
  ))
  returning stored.execution_id
)
select count(*) as "removed!"
from removed`,
});

/** The parameters of {@link removeTimers}. */
export interface RemoveTimersParameters {
  readonly ids: readonly string[];
  readonly limit: number;
}

/** A row of {@link removeTimers}. */
export interface RemoveTimersRow {
  readonly removed: number;
}

/**
 * Removes at most `limit` timers of ended executions that this transaction has locked, and returns their number. Nothing else of an
 * execution is removed while it has jobs. So an execution that got another job meanwhile is not taken apart.
 * Index: jobs_of_execution, timers_of_execution. Locks: the removed rows, skipping those that others hold.
 */
export const removeTimers: StatementFunction<RemoveTimersParameters, RemoveTimersRow> = one({
  name: "retention/removeTimers",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","limit"],
  object: (row) => ({ removed: row[0] }),
  elements: {"ids":"text"},
  text: `with jobless as materialized (
  select ended.id
  from unnest((select $1::text[])) as ended(id)
  where not exists (select from holdfast.jobs as job where job.execution_id = ended.id)
), removed as (
  delete from holdfast.timers as stored
  where stored.ctid = any(array(
    select found.ctid
    from jobless as ended
    cross join lateral (
      select timer.ctid
      from holdfast.timers as timer
      where timer.execution_id = ended.id and timer.status <> 'claimed'
      order by timer.fire_at, timer.sequence
      limit $2
      for update skip locked
    ) as found
    limit $2
  ))
  returning stored.execution_id
)
select count(*) as "removed!"
from removed`,
});

/** The parameters of {@link removeWaits}. */
export interface RemoveWaitsParameters {
  readonly ids: readonly string[];
  readonly limit: number;
}

/** A row of {@link removeWaits}. */
export interface RemoveWaitsRow {
  readonly removed: number;
}

/**
 * Removes at most `limit` waits of ended executions that this transaction has locked, and returns their number. Nothing else of an
 * execution is removed while it has jobs. So an execution that got another job meanwhile is not taken apart.
 * Index: jobs_of_execution, waits_execution_id_step_key_key. Locks: the removed rows, skipping those that others hold.
 */
export const removeWaits: StatementFunction<RemoveWaitsParameters, RemoveWaitsRow> = one({
  name: "retention/removeWaits",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","limit"],
  object: (row) => ({ removed: row[0] }),
  elements: {"ids":"text"},
  text: `with jobless as materialized (
  select ended.id
  from unnest((select $1::text[])) as ended(id)
  where not exists (select from holdfast.jobs as job where job.execution_id = ended.id)
), removed as (
  delete from holdfast.waits as stored
  where stored.ctid = any(array(
    select found.ctid
    from jobless as ended
    cross join lateral (
      select wait.ctid
      from holdfast.waits as wait
      where wait.execution_id = ended.id
      order by wait.step, wait.key
      limit $2
      for update skip locked
    ) as found
    limit $2
  ))
  returning stored.execution_id
)
select count(*) as "removed!"
from removed`,
});
