// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import type { JsonText } from "../database/codec.ts";
import { exec, many, type StatementFunction } from "../database/statement.ts";

/** The parameters of {@link clearExecutions}. */
export interface ClearExecutionsParameters {
  readonly ids: readonly string[];
  readonly cancels: readonly boolean[];
}

/** A row of {@link clearExecutions}. */
export interface ClearExecutionsRow {
  readonly woken: readonly string[];
  readonly canceled: readonly string[];
}

/**
 * Removes what is left of executions that are about to end, each by holdfast.clear_execution, and cancels their children with all that is
 * below them where that is asked for. Answers in input order the queues in which there may be work now, and the children.
 * Index: executions_parent. Locks: see the steps.
 */
export const clearExecutions: StatementFunction<ClearExecutionsParameters, readonly ClearExecutionsRow[]> = many({
  name: "transition/clearExecutions",
  prepared: true,
  parameters: ["ids","cancels"],
  object: (row) => ({ woken: row[0], canceled: row[1] }),
  elements: {"ids":"text"},
  text: `with input as materialized (
  select given.id, given.cancels, given.position
  from unnest((select $1::text[]), $2::boolean[]) with ordinality as given(id, cancels, position)
), cleared as materialized (
  select ordered.id, ordered.cancels, ordered.position, holdfast.clear_execution(ordered.id) as woken
  from (select input.id, input.cancels, input.position from input order by input.id collate "C") as ordered
), canceled as materialized (
  select cleared.position, below.canceled, below.woken
  from cleared
  cross join lateral holdfast.cancel_executions(
    array(
      select child.id::text from holdfast.executions as child where child.parent_id = cleared.id and child.finished_at is null
    ),
    null, true
  ) as below
  where cleared.cancels
)
select cleared.woken || coalesce(canceled.woken, '{}') as "woken!", coalesce(canceled.canceled, '{}') as "canceled!"
from cleared
left join canceled on canceled.position = cleared.position
order by cleared.position`,
});

/** The parameters of {@link lockExecution}. */
export interface LockExecutionParameters {
  readonly id: string;
  readonly mode: string;
  readonly token: number | null;
  readonly holder: string | null;
  readonly version: number | null;
  readonly statuses: string | null;
}

/**
 * Locks the execution of one transition, and checks what it requires, as `lock_executions` does. What only adds to it, under a token that
 * is only checked, writes nothing and waits for no other such step.
 * Index: executions_pkey, leases_pkey. Locks: the execution, as `mode` says, then its lease, shared.
 */
export const lockExecution: StatementFunction<LockExecutionParameters, void> = exec({
  name: "transition/lockExecution",
  prepared: true,
  parameters: ["id","mode","token","holder","version","statuses"],
  object: () => ({}),
  elements: {},
  text: `select count(*) as "locked!"
from (select $1::text as id) as one
left join lateral (
  select stored.id, stored.version, stored.status
  from holdfast.executions as stored
  where stored.id = one.id and $2::text = 'add'
  for key share
) as growing on true
left join lateral (
  select stored.id, stored.version, stored.status
  from holdfast.executions as stored
  where stored.id = one.id and $2 = 'hold'
  for share
) as held on true
left join lateral (
  select stored.id, stored.version, stored.status
  from holdfast.executions as stored
  where stored.id = one.id and $2 = 'change'
  for no key update
) as changing on true
left join lateral (
  select stored.id, stored.version, stored.status
  from holdfast.executions as stored
  where stored.id = one.id and $2 = 'end'
  for update
) as ending on true
left join lateral (
  select lease.id
  from holdfast.leases as lease
  where lease.id = coalesce(growing.id, held.id, changing.id, ending.id) and lease.kind = 'execution'
    and lease.lease_until > holdfast.now() and ($3::bigint is not null or $4::text is not null)
    and ($3 is null or lease.token = $3) and ($4 is null or lease.holder = $4)
  for key share
) as fence on true
where case
  when coalesce(growing.id, held.id, changing.id, ending.id) is null then
    holdfast.fail('HF004', format('execution %s does not exist: create it first', one.id),
      json_build_object('entity', 'execution', 'id', one.id))
  when fence.id is null and ($3 is not null or $4 is not null) then
    holdfast.fail('HF002', format('the lease of execution %s is no longer held: stop its work', one.id),
      json_build_object('entity', 'execution', 'id', one.id, 'token', $3))
  else holdfast.meets(one.id, coalesce(growing.version, held.version, changing.version, ending.version),
    coalesce(growing.status, held.status, changing.status, ending.status), $5::bigint, $6::text)
end`,
});

/** The parameters of {@link lockExecutions}. */
export interface LockExecutionsParameters {
  readonly ids: readonly string[];
  readonly modes: readonly string[];
  readonly tokens: readonly (number | null)[];
  readonly holders: readonly (string | null)[];
  readonly versions: readonly (number | null)[];
  readonly statuses: readonly (string | null)[];
}

/**
 * Locks the executions of transitions before anything of theirs: those that end, so that nobody adds to them meanwhile, those that
 * change, as the change will, those whose version or status must stay, and those that something is added to. Whoever locks an execution and then works on what belongs to it
 * goes the same way round. Fails with HF004 where one does not exist, HF002 where a token or a holder does not hold the lease,
 * and HF001 or HF003 where another version or status is required.
 * Index: executions_pkey, leases_pkey. Locks: executions in id order, then the leases of those with a token.
 */
export const lockExecutions: StatementFunction<LockExecutionsParameters, void> = exec({
  name: "transition/lockExecutions",
  prepared: true,
  parameters: ["ids","modes","tokens","holders","versions","statuses"],
  object: () => ({}),
  elements: {"ids":"text","modes":"text","tokens":"int8","holders":"text","versions":"int8","statuses":"text"},
  text: `with input as (
  select given.id, given.mode, given.token, given.holder, given.version, given.statuses
  from unnest((select $1::text[]), $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::text[])
    as given(id, mode, token, holder, version, statuses)
), locked as materialized (
  select named.id, coalesce(ending.version, changing.version, held.version, growing.version) as version,
    coalesce(ending.status, changing.status, held.status, growing.status) as status
  from (
    select input.id collate "C" as id, bool_or(input.mode = 'end') as ends, bool_or(input.mode in ('change', 'end')) as changes,
      bool_or(input.mode <> 'add') as holds
    from input
    group by 1
    order by 1
  ) as named
  left join lateral (
    select stored.version, stored.status
    from holdfast.executions as stored
    where stored.id = named.id and named.ends
    for update
  ) as ending on true
  left join lateral (
    select stored.version, stored.status
    from holdfast.executions as stored
    where stored.id = named.id and named.changes and not named.ends
    for no key update
  ) as changing on true
  left join lateral (
    select stored.version, stored.status
    from holdfast.executions as stored
    where stored.id = named.id and named.holds and not named.changes
    for share
  ) as held on true
  left join lateral (
    select stored.version, stored.status
    from holdfast.executions as stored
    where stored.id = named.id and not named.holds
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
  when (input.token is not null or input.holder is not null) and not holdfast.hold_lease(input.id, input.token, input.holder) then false
  else holdfast.meets(input.id, locked.version, locked.status, input.version, input.statuses)
end`,
});

/** The parameters of {@link parkExecutions}. */
export interface ParkExecutionsParameters {
  readonly ids: readonly string[];
  readonly untilAt: readonly (Date | null)[];
  readonly afterMs: readonly (number | null)[];
  readonly waits: readonly JsonText[];
  readonly forChildren: readonly boolean[];
}

/** A row of {@link parkExecutions}. */
export interface ParkExecutionsRow {
  readonly queue: string;
  readonly isReady: boolean;
}

/**
 * Parks executions, each by holdfast.park, which says what it locks; answers in input order the queue of each, and whether it is claimable
 * at once. What an execution waits for comes as a JSON array of [id, step, key].
 */
export const parkExecutions: StatementFunction<ParkExecutionsParameters, readonly ParkExecutionsRow[]> = many({
  name: "transition/parkExecutions",
  prepared: true,
  parameters: ["ids","untilAt","afterMs","waits","forChildren"],
  object: (row) => ({ queue: row[0], isReady: row[1] }),
  elements: {"ids":"text","afterMs":"int8","waits":"json"},
  text: `with input as materialized (
  select given.id, coalesce(given.until_at, holdfast.after_ms(given.after_ms)) as until_at, given.waits, given.for_children, given.position
  from unnest((select $1::text[]), $2::timestamptz[], $3::bigint[], $4::json[], $5::boolean[])
    with ordinality as given(id, until_at, after_ms, waits, for_children, position)
), parked as materialized (
  select ordered.position, each.queue, each.is_ready
  from (select input.id, input.until_at, input.waits, input.for_children, input.position from input order by input.id collate "C") as ordered
  cross join lateral holdfast.park(
    ordered.id, ordered.until_at,
    array(select wait ->> 0 from json_array_elements(ordered.waits) as wait),
    array(select wait ->> 1 from json_array_elements(ordered.waits) as wait),
    array(select wait ->> 2 from json_array_elements(ordered.waits) as wait),
    ordered.for_children
  ) as each
)
select parked.queue as "queue!", parked.is_ready as "is_ready!"
from parked
order by parked.position`,
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
 * Index: leases_pkey, jobs_pkey. Locks: leases in id order.
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
  select claimed.id, claimed.token, claimed.lease_until
  from (select input.id from input order by input.id collate "C") as wanted
  cross join lateral (
    select lease.id, lease.token, lease.lease_until
    from holdfast.leases as lease
    where lease.id = wanted.id and lease.kind = 'job'
    for no key update
  ) as claimed
)
select input.id as "id!"
from input
left join locked on locked.id = input.id
left join lateral (
  select stored.execution_id from holdfast.jobs as stored where stored.id = input.id limit 1
) as job on true
where case
  when job.execution_id <> input.execution_id then
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
