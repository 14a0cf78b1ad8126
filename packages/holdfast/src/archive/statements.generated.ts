// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import { exec, many, maybe, one, type StatementFunction } from "../database/statement.ts";

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
 * The document of a version of a definition as text, and whether any version of that definition is active.
 * Index: definitions_pkey, definitions_active.
 */
export const findDefinition: StatementFunction<FindDefinitionParameters, FindDefinitionRow> = one({
  name: "archive/findDefinition",
  prepared: true,
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
 * A job of these executions that comes after one of another, or of none; and which.
 * Index: jobs_of_execution, job_dependencies_of_job, jobs_pkey.
 */
export const findOutsideJob: StatementFunction<FindOutsideJobParameters, FindOutsideJobRow | null> = maybe({
  name: "archive/findOutsideJob",
  prepared: true,
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

/** The parameters of {@link limitJobs}. */
export interface LimitJobsParameters {
  readonly ids: readonly string[];
}

/**
 * Puts imported jobs into the lines of their groups where their queue, as it is here, limits groups; a trigger opens these groups.
 * Index: jobs_pkey. Locks: jobs that this transaction has made.
 */
export const limitJobs: StatementFunction<LimitJobsParameters, void> = exec({
  name: "archive/limitJobs",
  prepared: true,
  parameters: ["ids"],
  object: () => ({}),
  elements: {"ids":"text"},
  text: `update holdfast.jobs as job set has_group_limit = true
from holdfast.queues as queue
where job.id = any($1::text[]) and job.group_key is not null and queue.name = job.queue and queue.has_group_limit`,
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
 * An execution and all that are below it.
 * Index: executions_pkey, executions_parent.
 */
export const listFamily: StatementFunction<ListFamilyParameters, readonly ListFamilyRow[]> = many({
  name: "archive/listFamily",
  prepared: true,
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
 * The entries of executions, those that forks share with others too, after an execution and a number, as text.
 * Index: history_forks_pkey, history_entries_pkey.
 */
export const readHistories: StatementFunction<ReadHistoriesParameters, readonly ReadHistoriesRow[]> = many({
  name: "archive/readHistories",
  prepared: false,
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
