// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import { exec, many, type StatementFunction } from "../database/statement.ts";

/** The parameters of {@link lockExecution}. */
export interface LockExecutionParameters {
  readonly id: string;
  readonly token: number | null;
  readonly expected: number | null;
}

/**
 * Locks the execution of one transition that changes it, and checks what it expects, as `lock_executions` does.
 * Index: executions_pkey. Locks: the execution.
 */
export const lockExecution: StatementFunction<LockExecutionParameters, void> = exec({
  name: "transition/lockExecution",
  prepared: true,
  parameters: ["id","token","expected"],
  object: () => ({}),
  elements: {},
  text: `select count(*) as "locked!"
from (select $1::text as id) as one
left join lateral (
  select stored.version, stored.token, stored.lease_until
  from holdfast.executions as stored
  where stored.id = one.id
  for no key update
) as execution on true
where case
  when execution.version is null then
    holdfast.fail('HF004', format('execution %s does not exist: create it first', one.id),
      json_build_object('entity', 'execution', 'id', one.id))
  when $2::bigint is not null and holdfast.holds(execution.token, execution.lease_until, $2) is not true then
    holdfast.fail('HF002', format('the lease of execution %s is no longer held: stop its work', one.id),
      json_build_object('entity', 'execution', 'id', one.id, 'token', $2))
  when $3::bigint <> execution.version then
    holdfast.fail('HF001', format('execution %s is not at the expected version: read it again', one.id),
      json_build_object('entity', 'execution', 'id', one.id, 'expected', $3, 'actual', execution.version))
  else true
end`,
});

/** The parameters of {@link lockExecutions}. */
export interface LockExecutionsParameters {
  readonly ids: readonly string[];
  readonly modes: readonly string[];
  readonly tokens: readonly (number | null)[];
  readonly expected: readonly (number | null)[];
}

/**
 * Locks the executions of transitions before anything of theirs: those that end, so that nobody adds to them meanwhile, those that
 * change, as the change will, and those that something is added to. Whoever locks an execution and then works on what belongs to it
 * goes the same way round. Fails with HF004 where one does not exist, HF002 where a token does not hold the lease, and HF001 where
 * another version is expected.
 * Index: executions_pkey. Locks: executions in id order.
 */
export const lockExecutions: StatementFunction<LockExecutionsParameters, void> = exec({
  name: "transition/lockExecutions",
  prepared: true,
  parameters: ["ids","modes","tokens","expected"],
  object: () => ({}),
  elements: {"ids":"text","modes":"text","tokens":"int8","expected":"int8"},
  text: `with input as (
  select given.id, given.mode, given.token, given.expected
  from unnest((select $1::text[]), $2::text[], $3::bigint[], $4::bigint[])
    as given(id, mode, token, expected)
), locked as materialized (
  select named.id, coalesce(ending.version, changing.version, growing.version) as version,
    coalesce(ending.token, changing.token, growing.token) as token,
    coalesce(ending.lease_until, changing.lease_until, growing.lease_until) as lease_until
  from (
    select input.id collate "C" as id, bool_or(input.mode = 'end') as ends, bool_or(input.mode <> 'add') as changes
    from input
    group by 1
    order by 1
  ) as named
  left join lateral (
    select stored.version, stored.token, stored.lease_until
    from holdfast.executions as stored
    where stored.id = named.id and named.ends
    for update
  ) as ending on true
  left join lateral (
    select stored.version, stored.token, stored.lease_until
    from holdfast.executions as stored
    where stored.id = named.id and named.changes and not named.ends
    for no key update
  ) as changing on true
  left join lateral (
    select stored.version, stored.token, stored.lease_until
    from holdfast.executions as stored
    where stored.id = named.id and not named.changes
    for key share
  ) as growing on true
)
select count(*) as "locked!"
from input
join locked on locked.id = input.id
where case
  when locked.version is null then
    holdfast.fail('HF004', format('execution %s does not exist: create it first', input.id),
      json_build_object('entity', 'execution', 'id', input.id))
  when input.token is not null and holdfast.holds(locked.token, locked.lease_until, input.token) is not true then
    holdfast.fail('HF002', format('the lease of execution %s is no longer held: stop its work', input.id),
      json_build_object('entity', 'execution', 'id', input.id, 'token', input.token))
  when input.expected <> locked.version then
    holdfast.fail('HF001', format('execution %s is not at the expected version: read it again', input.id),
      json_build_object('entity', 'execution', 'id', input.id, 'expected', input.expected, 'actual', locked.version))
  else true
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
  elements: {"ids":"text","tokens":"int8","executionIds":"text"},
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
    json_build_object('entity', 'job', 'id', input.id, 'token', input.token))
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
  elements: {"ids":"text","tokens":"int8","executionIds":"text"},
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
    json_build_object('entity', 'timer', 'id', input.id, 'token', input.token))
end`,
});
