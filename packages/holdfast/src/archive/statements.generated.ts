// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import { many, maybe, one, type StatementFunction } from "../core/plan.ts";

/** The parameters of {@link findDefinition}. */
export interface FindDefinitionParameters {
  readonly name: string;
  readonly version: number;
}

/** A row of {@link findDefinition}. */
export interface FindDefinitionRow {
  readonly document: string | null;
  readonly hasActive: boolean;
}

/**
 * The document of a definition version as text, and whether any version of that definition is active.
 * Index: definitions_pkey, definitions_active.
 */
export const findDefinition: StatementFunction<FindDefinitionParameters, FindDefinitionRow> = one({
  name: "archive/findDefinition",
  prepared: true,
  readsOnly: true,
  parameters: ["name","version"],
  object: (row) => ({ document: row[0], hasActive: row[1] }),
  elements: {},
  text: `select (
    select stored.document::text from holdfast.definitions as stored where stored.name = $1 and stored.version = $2
  ) as "document?",
  exists (
    select from holdfast.definitions as stored where stored.name = $1 and stored.status = 'active'
  ) as "has_active!"`,
});

/** The parameters of {@link findExecutions}. */
export interface FindExecutionsParameters {
  readonly ids: readonly string[];
}

/** A row of {@link findExecutions}. */
export interface FindExecutionsRow {
  readonly id: string;
}

/**
 * Which of these executions exist.
 * Index: executions_pkey.
 */
export const findExecutions: StatementFunction<FindExecutionsParameters, readonly FindExecutionsRow[]> = many({
  name: "archive/findExecutions",
  prepared: true,
  readsOnly: true,
  parameters: ["ids"],
  object: (row) => ({ id: row[0] }),
  elements: {"ids":"text"},
  text: `select id
from holdfast.executions
where id = any ($1::text[])
order by id`,
});

/** The parameters of {@link findOutsideJob}. */
export interface FindOutsideJobParameters {
  readonly ids: readonly string[];
}

/** A row of {@link findOutsideJob}. */
export interface FindOutsideJobRow {
  readonly id: string;
  readonly afterId: string;
}

/**
 * A job of these executions that depends on a job of another execution, or of none; and that job.
 * Index: jobs_of_execution, job_dependencies_of_job, jobs_pkey.
 */
export const findOutsideJob: StatementFunction<FindOutsideJobParameters, FindOutsideJobRow | null> = maybe({
  name: "archive/findOutsideJob",
  prepared: true,
  readsOnly: true,
  parameters: ["ids"],
  object: (row) => ({ id: row[0], afterId: row[1] }),
  elements: {"ids":"text"},
  text: `select job.id as "id!", first.id as "after_id!"
from holdfast.jobs as job
join holdfast.job_dependencies as edge on edge.job_id = job.id
join holdfast.jobs as first on first.id = edge.after_id
where job.execution_id = any ($1::text[])
  and (first.execution_id is null or first.execution_id <> all ($1::text[]))
limit 1`,
});

/** The parameters of {@link listFamily}. */
export interface ListFamilyParameters {
  readonly id: string;
}

/** A row of {@link listFamily}. */
export interface ListFamilyRow {
  readonly id: string;
}

/**
 * An execution and all its descendants.
 * Index: executions_pkey, executions_parent.
 */
export const listFamily: StatementFunction<ListFamilyParameters, readonly ListFamilyRow[]> = many({
  name: "archive/listFamily",
  prepared: true,
  readsOnly: true,
  parameters: ["id"],
  object: (row) => ({ id: row[0] }),
  elements: {},
  text: `with recursive family as (
  select root.id from holdfast.executions as root where root.id = $1
  union
  select child.id
  from family
  join holdfast.executions as child on child.parent_id = family.id
)
select family.id as "id!"
from family`,
});

/** The parameters of {@link placeExecutions}. */
export interface PlaceExecutionsParameters {
  readonly after: string;
  readonly isWhole: boolean;
  readonly executionIds: readonly string[];
  readonly limit: number;
}

/** A row of {@link placeExecutions}. */
export interface PlaceExecutionsRow {
  readonly last: string | null;
  readonly placed: number;
}

/**
 * Makes imported executions claimable that are in a queue, and neither leased nor scheduled. Takes a page of the given executions, or of
 * all, after an id. Returns the last id, or null after the last page. They keep their creation order. The queue settings are those of
 * this store, so the next claim gives groups their slots anew.
 * Index: executions_pkey, leases_pkey, scheduled_pkey. Locks: only rows that this transaction has created.
 */
export const placeExecutions: StatementFunction<PlaceExecutionsParameters, PlaceExecutionsRow> = one({
  name: "archive/placeExecutions",
  prepared: false,
  readsOnly: false,
  parameters: ["after","isWhole","executionIds","limit"],
  object: (row) => ({ last: row[0], placed: row[1] }),
  elements: {"executionIds":"text"},
  text: `with execution as materialized (
  select stored.id, stored.queue, stored.created_at, lease.group_key as place_of,
    stored.queue is not null and stored.finished_at is null and lease.id is null
      and not exists (select from holdfast.scheduled as work where work.id = stored.id and work.kind = 'execution') as is_waiting
  from holdfast.executions as stored
  left join holdfast.leases as lease on lease.id = stored.id and lease.kind = 'execution'
  where stored.id > $1 and ($2::boolean or stored.id = any($3::text[]))
  order by stored.id
  limit $4
), opened as (
  insert into holdfast.openings (queue, group_key, freed)
  select execution.queue, execution.place_of, -count(*)
  from execution
  where execution.place_of is not null
  group by execution.queue, execution.place_of
), placed as materialized (
  select holdfast.enqueue_execution(execution.id, execution.created_at, 0, null) from execution where execution.is_waiting
)
select (select max(execution.id::text collate "C") from execution) as "last?", (select count(*) from placed) as "placed!"`,
});

/** The parameters of {@link placeJobs}. */
export interface PlaceJobsParameters {
  readonly after: string;
  readonly isWhole: boolean;
  readonly executionIds: readonly string[];
  readonly limit: number;
}

/** A row of {@link placeJobs}. */
export interface PlaceJobsRow {
  readonly last: string | null;
  readonly placed: number;
}

/**
 * Enqueues imported jobs that are in no other table, and counts those that have ended. Takes a page of the jobs of the given executions,
 * or of all, after an id. Returns the last id, or null after the last page. Among other jobs they come first in the turns of their
 * groups, because turns of another store mean nothing here. The queue settings are those of this store, so the next claim gives groups
 * their slots anew.
 * Index: jobs_pkey or jobs_of_execution, ended_jobs_pkey, leases_pkey, blocked_jobs_pkey, scheduled_pkey. Locks: jobs that this
 * transaction has created.
 */
export const placeJobs: StatementFunction<PlaceJobsParameters, PlaceJobsRow> = one({
  name: "archive/placeJobs",
  prepared: false,
  readsOnly: false,
  parameters: ["after","isWhole","executionIds","limit"],
  object: (row) => ({ last: row[0], placed: row[1] }),
  elements: {"executionIds":"text"},
  text: `with job as materialized (
  select stored.id, stored.queue, stored.priority, stored.run_at, ended.status as ended_as, lease.group_key as place_of,
    ended.status is null and lease.id is null
      and not exists (select from holdfast.blocked_jobs as blocked where blocked.id = stored.id)
      and not exists (select from holdfast.scheduled as work where work.id = stored.id and work.kind = 'job') as is_waiting
  from holdfast.jobs as stored
  left join holdfast.ended_jobs as ended on ended.id = stored.id
  left join holdfast.leases as lease on lease.id = stored.id and lease.kind = 'job'
  where stored.id > $1 and ($2::boolean or stored.execution_id = any($3::text[]))
  order by stored.id
  limit $4
), ranked as (
  update holdfast.jobs as stored set
    turn = 0, rank = holdfast.work_rank(job.priority, job.run_at, queue.aging_ms)
  from job
  left join holdfast.queues as queue on queue.name = job.queue
  where stored.id = job.id and job.is_waiting and not $2::boolean
  returning 1
), counted as (
  insert into holdfast.job_counts (queue, status, count)
  select job.queue, job.ended_as, count(*) from job where job.ended_as is not null group by job.queue, job.ended_as
), opened as (
  insert into holdfast.openings (queue, group_key, freed)
  select job.queue, job.place_of, -count(*) from job where job.place_of is not null group by job.queue, job.place_of
), placed as materialized (
  select count(*) as count
  from holdfast.enqueue_jobs(array(
    select job.id::text from job where job.is_waiting and (select count(*) from ranked) >= 0
  ))
)
select (select max(job.id::text collate "C") from job) as "last?", placed.count as "placed!"
from placed`,
});

/** The parameters of {@link readHistories}. */
export interface ReadHistoriesParameters {
  readonly ids: readonly string[];
  readonly afterId: string;
  readonly afterNumber: number;
  readonly limit: number;
}

/** A row of {@link readHistories}. */
export interface ReadHistoriesRow {
  readonly executionId: string;
  readonly number: string;
  readonly position: string;
  readonly kind: string;
  readonly recordedAt: string;
  readonly payload: string | null;
}

/**
 * The entries of executions, including those that forks share with others, after an execution and a number, as text.
 * Index: history_forks_pkey, history_entries_pkey.
 */
export const readHistories: StatementFunction<ReadHistoriesParameters, readonly ReadHistoriesRow[]> = many({
  name: "archive/readHistories",
  prepared: false,
  readsOnly: true,
  parameters: ["ids","afterId","afterNumber","limit"],
  object: (row) => ({ executionId: row[0], number: row[1], position: row[2], kind: row[3], recordedAt: row[4], payload: row[5] }),
  elements: {"ids":"text"},
  text: `select given.id as "execution_id!", entry.number::text as "number!", entry.position::text as "position!", entry.kind::text as "kind!",
  to_json(entry.recorded_at) #>> '{}' as "recorded_at!", entry.payload::text as "payload?"
from unnest($1::text[]) as given(id)
cross join lateral holdfast.history_lineage(given.id) as part
cross join lateral (
  select stored.number, stored.position, stored.kind, stored.recorded_at, stored.payload
  from holdfast.history_entries as stored
  where stored.execution_id = part.owner_id and stored.number > part.above and stored.number <= part.through
    and (given.id collate "C" <> $2 or stored.number > $3)
  order by stored.number
  limit $4
) as entry
where given.id collate "C" >= $2
order by given.id collate "C", entry.number
limit $4`,
});

/** The parameters of {@link unpackChunks}. */
export interface UnpackChunksParameters {
}

/** A row of {@link unpackChunks}. */
export interface UnpackChunksRow {
  readonly unpacked: string;
}

/**
 * Gives the jobs of held, imported chunks their own leases. See the function for what is read and locked.
 */
export const unpackChunks: StatementFunction<UnpackChunksParameters, readonly UnpackChunksRow[]> = many({
  name: "archive/unpackChunks",
  prepared: false,
  readsOnly: false,
  parameters: [],
  object: (row) => ({ unpacked: row[0] }),
  elements: {},
  text: `select holdfast.unpack_lease(chunk.token)::text as "unpacked!"
from (select held.token from holdfast.lease_chunks as held order by held.token) as chunk`,
});
