// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import { exec, many, type StatementFunction } from "../database/statement.ts";

/** The parameters of {@link lockExecution}. */
export interface LockExecutionParameters {
  readonly id: string;
}

/**
 * Locks the execution of one transition that changes it, as `lock_executions` does.
 * Index: executions_pkey. Locks: the execution.
 */
export const lockExecution: StatementFunction<LockExecutionParameters, void> = exec({
  name: "transition/lockExecution",
  prepared: true,
  parameters: ["id"],
  object: () => ({}),
  elements: {},
  text: `select count(*) as "locked!"
from (select $1::text as id) as one
left join lateral (
  select stored.version from holdfast.executions as stored where stored.id = one.id for no key update
) as execution on true
where case
  when execution.version is not null then true
  else holdfast.fail('HF004', format('execution %s does not exist: create it first', one.id),
    json_build_object('entity', 'execution', 'id', one.id))
end`,
});

/** The parameters of {@link lockExecutions}. */
export interface LockExecutionsParameters {
  readonly changed: readonly string[];
  readonly added: readonly string[];
}

/**
 * Locks the executions of transitions before anything of theirs: those that change, as the change will, and those that something is
 * added to, as foreign keys will. Whoever locks an execution and then works on what belongs to it goes the same way round. Fails
 * with HF004 where one does not exist.
 * Index: executions_pkey. Locks: executions in id order, those that change first.
 */
export const lockExecutions: StatementFunction<LockExecutionsParameters, void> = exec({
  name: "transition/lockExecutions",
  prepared: true,
  parameters: ["changed","added"],
  object: () => ({}),
  elements: {"changed":"text","added":"text"},
  text: `with changing as materialized (
  select input.id, execution.version is not null as is_there
  from (
    select given.id from unnest((select $1::text[])) as given(id) order by given.id collate "C"
  ) as input
  left join lateral (
    select stored.version from holdfast.executions as stored where stored.id = input.id for no key update
  ) as execution on true
), growing as materialized (
  select input.id, execution.version is not null as is_there
  from (
    select given.id
    from unnest((select $2::text[])) as given(id)
    where (select count(*) from changing) >= 0
    order by given.id collate "C"
  ) as input
  left join lateral (
    select stored.version from holdfast.executions as stored where stored.id = input.id for key share
  ) as execution on true
)
select count(*) as "locked!"
from (
  select growing.id, growing.is_there from growing
  union all
  select changing.id, changing.is_there from changing
) as touched
where case
  when touched.is_there then true
  else holdfast.fail('HF004', format('execution %s does not exist: create it first', touched.id),
    json_build_object('entity', 'execution', 'id', touched.id))
end`,
});

/** The parameters of {@link requireJobClaims}. */
export interface RequireJobClaimsParameters {
  readonly ids: readonly string[];
  readonly tokens: readonly number[];
  readonly executionIds: readonly string[];
}

/** A row of {@link requireJobClaims}. */
export interface RequireJobClaimsRow {
  readonly id: string;
}

/**
 * Fails with HF002 unless every given claim of a job still holds, and with HF006 where the job belongs to another execution than
 * the given one; holds them for the rest of the transaction.
 * Each row is locked by a sub-select of its own: so the plan is one look-up a row, also from when there were few jobs.
 * Index: jobs_pkey. Locks: jobs in id order.
 */
export const requireJobClaims: StatementFunction<RequireJobClaimsParameters, readonly RequireJobClaimsRow[]> = many({
  name: "transition/requireJobClaims",
  prepared: true,
  parameters: ["ids","tokens","executionIds"],
  object: (row) => ({ id: row[0] }),
  elements: {"ids":"text","executionIds":"text"},
  text: `with input as (
  select given.id, given.token, given.execution_id
  from unnest((select $1::text[]), $2::bigint[], $3::text[]) as given(id, token, execution_id)
), locked as materialized (
  select claimed.id, claimed.token, claimed.lease_until, claimed.execution_id
  from (select input.id from input order by input.id collate "C") as wanted
  cross join lateral (
    select job.id, job.token, job.lease_until, job.execution_id
    from holdfast.jobs as job
    where job.id = wanted.id
    for no key update
  ) as claimed
)
select input.id as "id!"
from input
left join locked on locked.id = input.id
where case
  when locked.execution_id <> input.execution_id then
    holdfast.fail('HF006', format('job %s belongs to another execution than %s', input.id, input.execution_id),
      json_build_object('field', 'complete', 'entity', 'job', 'id', input.id))
  when holdfast.holds(locked.token, locked.lease_until, input.token) then true
  else holdfast.fail('HF002', format('the claim of job %s does not hold any more', input.id),
    json_build_object('entity', 'job', 'id', input.id, 'expected', input.token, 'actual', locked.token))
end`,
});

/** The parameters of {@link requireTimerClaims}. */
export interface RequireTimerClaimsParameters {
  readonly ids: readonly string[];
  readonly tokens: readonly number[];
  readonly executionIds: readonly string[];
}

/** A row of {@link requireTimerClaims}. */
export interface RequireTimerClaimsRow {
  readonly id: string;
}

/**
 * Fails with HF002 unless every given claim of a timer still holds, and with HF006 where the timer belongs to another execution than
 * the given one; holds them for the rest of the transaction.
 * Each row is locked by a sub-select of its own: so the plan is one look-up a row, also from when there were few timers.
 * Index: timers_pkey. Locks: timers in id order.
 */
export const requireTimerClaims: StatementFunction<RequireTimerClaimsParameters, readonly RequireTimerClaimsRow[]> = many({
  name: "transition/requireTimerClaims",
  prepared: true,
  parameters: ["ids","tokens","executionIds"],
  object: (row) => ({ id: row[0] }),
  elements: {"ids":"text","executionIds":"text"},
  text: `with input as (
  select given.id, given.token, given.execution_id
  from unnest((select $1::text[]), $2::bigint[], $3::text[]) as given(id, token, execution_id)
), locked as materialized (
  select claimed.id, claimed.token, claimed.lease_until, claimed.execution_id
  from (select input.id from input order by input.id collate "C") as wanted
  cross join lateral (
    select timer.id, timer.token, timer.lease_until, timer.execution_id
    from holdfast.timers as timer
    where timer.id = wanted.id
    for no key update
  ) as claimed
)
select input.id as "id!"
from input
left join locked on locked.id = input.id
where case
  when locked.execution_id <> input.execution_id then
    holdfast.fail('HF006', format('timer %s belongs to another execution than %s', input.id, input.execution_id),
      json_build_object('field', 'acknowledge', 'entity', 'timer', 'id', input.id))
  when holdfast.holds(locked.token, locked.lease_until, input.token) then true
  else holdfast.fail('HF002', format('the claim of timer %s does not hold any more', input.id),
    json_build_object('entity', 'timer', 'id', input.id, 'expected', input.token, 'actual', locked.token))
end`,
});
