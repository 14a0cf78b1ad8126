// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import type { JsonText } from "../core/codec.ts";
import type { Status, Strategy, WakeReason } from "../core/enums.generated.ts";
import { exec, many, maybe, one, type InBothOrders, type InEachLockMode, type StatementFunction } from "../core/plan.ts";

/** The parameters of {@link acquireLeases}. */
export interface AcquireLeasesParameters {
  readonly ids: readonly string[];
  readonly holders: readonly string[];
  readonly leaseMs: readonly number[];
}

/** A row of {@link acquireLeases}. */
export interface AcquireLeasesRow {
  readonly token: number | null;
  readonly leaseUntil: Date;
}

/**
 * Gives the leases of executions to holders. Answers in input order, without a token if another lease has not expired. Each token is
 * greater than all before it. An execution that waits in a queue is taken out of it. Fails with HF004 without the execution, and with
 * HF003 if it has ended.
 * Index: executions_pkey, leases_pkey; in a queue also ready_executions, scheduled_pkey, group_lines_pkey. Locks: executions, shared, in
 * id order; then their leases in id order. Expired leases are locked for update, to wait for uncommitted steps under them.
 */
export const acquireLeases: StatementFunction<AcquireLeasesParameters, readonly AcquireLeasesRow[]> = many({
  name: "executions/acquireLeases",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","holders","leaseMs"],
  object: (row) => ({ token: row[0], leaseUntil: row[1] }),
  elements: {"ids":"text","holders":"text","leaseMs":"int8"},
  text: `with input as materialized (
  select given.id collate "C" as id, given.holder, holdfast.now() + given.lease_ms * interval '1 millisecond' as lease_until, given.position
  from unnest((select $1::text[]), $2::text[], $3::bigint[]) with ordinality as given(id, holder, lease_ms, position)
), present as materialized (
  select wanted.id, wanted.holder, wanted.lease_until, execution.queue
  from (select input.id, input.holder, input.lease_until from input order by input.id) as wanted
  left join lateral (
    select stored.id, stored.status, stored.queue from holdfast.executions as stored where stored.id = wanted.id for key share
  ) as execution on true
  where case
    when execution.id is null then
      holdfast.fail('HF004', format('execution %s does not exist: create it first', wanted.id),
        json_build_object('entity', 'execution', 'id', wanted.id))
    else holdfast.is_open(execution.id, execution.status)
  end
), expired as materialized (
  select lease.id
  from present
  cross join lateral (
    select stored.id
    from holdfast.leases as stored
    where stored.id = present.id and stored.kind = 'execution' and stored.lease_until <= holdfast.now()
    for update
  ) as lease
  where present.queue is null
), acquired as (
  insert into holdfast.leases as stored (kind, id, token, lease_until, claimed_at, attempts, holder, is_linked)
  select 'execution', present.id, nextval('holdfast.tokens'), present.lease_until, holdfast.now(), 1, present.holder, false
  from present
  where present.queue is null and (select count(*) from expired) >= 0
  order by present.id
  on conflict (id, kind) do update set
    token = excluded.token, lease_until = excluded.lease_until, claimed_at = excluded.claimed_at, attempts = stored.attempts + 1,
    holder = excluded.holder
  where stored.lease_until <= holdfast.now()
  returning stored.id, stored.token
), queued as materialized (
  select present.id, holdfast.acquire_queued(present.id, present.queue, present.holder, present.lease_until) as token
  from present
  where present.queue is not null
)
select coalesce(acquired.token, queued.token) as "token?", input.lease_until as "lease_until!"
from input
left join acquired on acquired.id = input.id
left join queued on queued.id = input.id
order by input.position`,
});

/** The parameters of {@link addUsage}. */
export interface AddUsageParameters {
  readonly ids: readonly string[];
  readonly usages: readonly JsonText[];
}

/** A row of {@link addUsage}. */
export interface AddUsageRow {
  readonly usage: JsonText;
}

/**
 * Adds to the counters of executions. Answers each input, in order, with the sums after all of them; an execution may appear several
 * times. Fails with HF004 if one does not exist. Written as an insert that always finds its row; see change_executions.
 * Index: executions_pkey. Locks: executions in id order.
 */
export const addUsage: StatementFunction<AddUsageParameters, readonly AddUsageRow[]> = many({
  name: "executions/addUsage",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","usages"],
  object: (row) => ({ usage: row[0] }),
  elements: {"ids":"text"},
  text: `with input as (
  select given.id, given.usage, given.position
  from unnest((select $1::text[]), $2::jsonb[]) with ordinality as given(id, usage, position)
), added as (
  select summed.id, jsonb_object_agg(summed.name, summed.total) filter (where summed.name is not null) as usage
  from (
    select input.id, counter.key as name, sum(counter.value::numeric) as total
    from input
    left join lateral jsonb_each_text(input.usage) as counter on true
    group by input.id, counter.key
  ) as summed
  group by summed.id
), changed as (
  insert into holdfast.executions as stored (id, sequence, version, status, strategy, created_at, updated_at, labels, usage)
    overriding system value
  select added.id, 0, 0, 'pending', 'wait_all', holdfast.now(), holdfast.now(), '{}', coalesce(added.usage, '{}')
  from added
  where case
    when (select present.version from holdfast.executions as present where present.id = added.id) is null then
      holdfast.fail('HF004', format('execution %s does not exist: create it first', added.id),
        json_build_object('entity', 'execution', 'id', added.id))
    else true
  end
  order by added.id collate "C"
  on conflict (id) do update set usage = holdfast.add_usage(stored.usage, excluded.usage), updated_at = excluded.updated_at
  returning stored.id, stored.version, stored.usage
)
select changed.usage as "usage!"
from input
full join changed on changed.id = input.id
where case
  when changed.version = 0 then
    holdfast.fail('HF004', format('execution %s does not exist: create it first', input.id),
      json_build_object('entity', 'execution', 'id', input.id))
  else true
end
order by input.position`,
});

/** The parameters of {@link availabilityOfExecutions}. */
export interface AvailabilityOfExecutionsParameters {
  readonly ids: readonly string[];
}

/** A row of {@link availabilityOfExecutions}. */
export interface AvailabilityOfExecutionsRow {
  readonly availableAt: Date | null;
  readonly holder: string | null;
  readonly token: number | null;
  readonly isPresent: boolean;
}

/**
 * From when on executions of queues can be claimed: the time for which they are due, or the end of their lease, with its holder. Answers in
 * input order, with nulls for one that is in no queue, or has ended.
 * Index: ready_executions, scheduled_pkey, group_lines_pkey, leases_pkey.
 */
export const availabilityOfExecutions: StatementFunction<AvailabilityOfExecutionsParameters, readonly AvailabilityOfExecutionsRow[]> = many({
  name: "executions/availabilityOfExecutions",
  prepared: true,
  readsOnly: true,
  parameters: ["ids"],
  object: (row) => ({ availableAt: row[0], holder: row[1], token: row[2], isPresent: row[3] }),
  elements: {"ids":"text"},
  text: `select place.available_at as "available_at?", place.holder as "holder?", place.token as "token?", place.id is not null as "is_present!"
from unnest((select $1::text[])) with ordinality as given(id, position)
left join lateral (
  select work.id, work.run_at as available_at, null::text as holder, null::bigint as token
  from holdfast.ready as work where work.id = given.id and work.kind = 'execution'
  union all
  select work.id, nullif(work.run_at, 'infinity'), null, null
  from holdfast.scheduled as work where work.id = given.id and work.kind = 'execution'
  union all
  select work.id, work.run_at, null, null
  from holdfast.group_lines as work where work.id = given.id and work.kind = 'execution'
  union all
  select lease.id, lease.lease_until, lease.holder, lease.token
  from holdfast.leases as lease where lease.id = given.id and lease.kind = 'execution'
  limit 1
) as place on true
order by given.position`,
});

/** The parameters of {@link cancelExecutions}. */
export interface CancelExecutionsParameters {
  readonly ids: readonly string[];
  readonly trees: readonly boolean[];
  readonly errors: readonly (JsonText | null)[];
}

/** A row of {@link cancelExecutions}. */
export interface CancelExecutionsRow {
  readonly canceled: readonly string[];
  readonly woken: readonly string[];
}

/**
 * Cancels unfinished executions by holdfast.cancel_executions. Returns in input order which were canceled, and the queues that may have
 * work now.
 * Locks: those of holdfast.lock_canceled if there may be several, then those of holdfast.cancel_executions.
 */
export const cancelExecutions: StatementFunction<CancelExecutionsParameters, readonly CancelExecutionsRow[]> = many({
  name: "executions/cancelExecutions",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","trees","errors"],
  object: (row) => ({ canceled: row[0], woken: row[1] }),
  elements: {"ids":"text","errors":"json"},
  text: `with locked as materialized (
  select case when cardinality($1::text[]) > 1 or true = any($2::boolean[]) then
    holdfast.lock_canceled($1::text[], $2::boolean[], '{}')
  end as ids
)
select done.canceled as "canceled!", done.woken as "woken!"
from (
  select given.id, given.error, given.tree, given.position
  from unnest((select $1::text[]), $3::json[], $2::boolean[]) with ordinality as given(id, error, tree, position)
  order by given.id collate "C"
) as ordered
cross join locked
cross join lateral holdfast.cancel_executions(
  case when locked.ids is null or ordered.id = any(locked.ids) then array[ordered.id] else '{}' end, ordered.error, ordered.tree
) as done
order by ordered.position`,
});

/** The parameters of {@link changeExecution}. */
export interface ChangeExecutionParameters {
  readonly id: string;
  readonly status: Status | null;
  readonly labels: JsonText | null;
  readonly usage: JsonText | null;
  readonly state: JsonText | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
  readonly token: number | null;
  readonly expected: number | null;
}

/** A row of {@link changeExecution}. */
export interface ChangeExecutionRow {
  readonly id: string;
  readonly version: number;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly idempotencyKey: string | null;
  readonly labels: JsonText;
  readonly usage: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly ends: boolean;
}

/**
 * Changes one execution, as `change_executions` does, in half the time for a lone caller.
 * Index: executions_pkey, leases_pkey. Locks: the execution, then its lease.
 */
export const changeExecution: StatementFunction<ChangeExecutionParameters, ChangeExecutionRow> = one({
  name: "executions/changeExecution",
  prepared: true,
  readsOnly: false,
  parameters: ["id","status","labels","usage","state","output","error","token","expected"],
  object: (row) => ({ id: row[0], version: row[1], status: row[2], strategy: row[3], definitionName: row[4], definitionVersion: row[5], parentId: row[6], parentTaskId: row[7], idempotencyKey: row[8], labels: row[9], usage: row[10], createdAt: row[11], updatedAt: row[12], startedAt: row[13], finishedAt: row[14], ends: row[15] }),
  elements: {},
  text: `insert into holdfast.executions as stored (id, sequence, version, status, strategy, created_at, updated_at, started_at, finished_at,
  labels, usage, state, output, error) overriding system value
select $1::text, 0, 0, coalesce($2::holdfast.status, 'pending'), 'wait_all', holdfast.now(), holdfast.now(),
  holdfast.started_at(null, $2), holdfast.finished_at(null, $2), coalesce($3::jsonb, '{}'),
  coalesce($4::jsonb, '{}'), $5::json, $6::json, $7::json
from (select $1::text as id) as one
left join lateral (
  select execution.id
  from holdfast.executions as execution
  where execution.id = one.id and holdfast.is_terminal($2)
  for update
) as ending on true
where case
  when exists (select from holdfast.executions as present where present.id = $1::text) then true
  else holdfast.fail('HF004', format('execution %s does not exist: create it first', $1::text),
    json_build_object('entity', 'execution', 'id', $1::text))
end
on conflict (id) do update set
  version = stored.version + 1,
  status = coalesce($2, stored.status),
  updated_at = excluded.updated_at,
  started_at = coalesce(stored.started_at, excluded.started_at),
  finished_at = coalesce(stored.finished_at, excluded.finished_at),
  labels = case when $3::jsonb is null then stored.labels else holdfast.merge_labels(stored.labels, $3) end,
  usage = case when $4::jsonb is null then stored.usage else holdfast.add_usage(stored.usage, $4) end,
  state = coalesce(excluded.state, stored.state),
  output = coalesce(excluded.output, stored.output),
  error = coalesce(excluded.error, stored.error)
where case
  when $8::bigint is not null and not holdfast.hold_lease(stored.id, $8) then false
  when $9::bigint <> stored.version then
    holdfast.fail('HF001', format('execution %s is not at the expected version: read it again', stored.id),
      json_build_object('entity', 'execution', 'id', stored.id, 'expected', $9, 'actual', stored.version))
  else true
end
returning
  case
    when stored.version > 0 or holdfast.fail('HF004', format('execution %s does not exist: create it first', stored.id),
      json_build_object('entity', 'execution', 'id', stored.id)) then stored.id
  end as "id!", stored.version as "version!", stored.status as "status!", stored.strategy as "strategy!",
  stored.definition_name as "definition_name?", stored.definition_version as "definition_version?",
  stored.parent_id as "parent_id?", stored.parent_task_id as "parent_task_id?",
  stored.idempotency_key as "idempotency_key?", stored.labels as "labels!",
  stored.usage as "usage!", stored.created_at as "created_at!", stored.updated_at as "updated_at!",
  stored.started_at as "started_at?", stored.finished_at as "finished_at?",
  coalesce(stored.finished_at = stored.updated_at, false) and (
    select former.finished_at from holdfast.executions as former where former.id = stored.id limit 1
  ) is null as "ends!"`,
});

/** The parameters of {@link changeExecutions}. */
export interface ChangeExecutionsParameters {
  readonly ids: readonly string[];
  readonly tokens: readonly (number | null)[];
  readonly expected: readonly (number | null)[];
  readonly statuses: readonly (Status | null)[];
  readonly labels: readonly (JsonText | null)[];
  readonly usages: readonly (JsonText | null)[];
  readonly states: readonly (JsonText | null)[];
  readonly outputs: readonly (JsonText | null)[];
  readonly errors: readonly (JsonText | null)[];
}

/** A row of {@link changeExecutions}. */
export interface ChangeExecutionsRow {
  readonly id: string;
  readonly version: number;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly idempotencyKey: string | null;
  readonly labels: JsonText;
  readonly usage: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly ends: boolean;
}

/**
 * Changes the given fields of each execution, leaves the rest, adds one to its version, and answers in input order. Labels are merged,
 * usage is added. Fails with HF004 if an execution does not exist, and with HF002 if a token does not hold the lease. Fails with HF001 at
 * another version than expected, and with HF003 for a status that cannot follow the stored one. Written as an insert that always finds
 * its row, because an insert waits only at the newest row version. An update begins at the version of its snapshot. A session that has
 * locked the newest version would wait for one that is still on its way there.
 * Index: executions_pkey, leases_pkey. Locks: executions in id order, and after each its lease.
 */
export const changeExecutions: StatementFunction<ChangeExecutionsParameters, readonly ChangeExecutionsRow[]> = many({
  name: "executions/changeExecutions",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","tokens","expected","statuses","labels","usages","states","outputs","errors"],
  object: (row) => ({ id: row[0], version: row[1], status: row[2], strategy: row[3], definitionName: row[4], definitionVersion: row[5], parentId: row[6], parentTaskId: row[7], idempotencyKey: row[8], labels: row[9], usage: row[10], createdAt: row[11], updatedAt: row[12], startedAt: row[13], finishedAt: row[14], ends: row[15] }),
  elements: {"ids":"text","tokens":"int8","expected":"int8","states":"json","outputs":"json","errors":"json"},
  text: `with input as materialized (
  select given.id collate "C" as id, given.token, given.expected, given.status, given.labels, given.usage, given.state, given.output,
    given.error, given.position
  from unnest((select $1::text[]), $2::bigint[], $3::bigint[], $4::holdfast.status[], $5::jsonb[], $6::jsonb[],
      $7::json[], $8::json[], $9::json[])
    with ordinality as given(id, token, expected, status, labels, usage, state, output, error, position)
), changed as (
  insert into holdfast.executions as stored (id, sequence, version, status, strategy, created_at, updated_at, started_at, finished_at,
    labels, usage, state, output, error) overriding system value
  select input.id, 0, 0, coalesce(input.status, 'pending'), 'wait_all', holdfast.now(), holdfast.now(),
    holdfast.started_at(null, input.status), holdfast.finished_at(null, input.status), coalesce(input.labels, '{}'),
    coalesce(input.usage, '{}'), input.state, input.output, input.error
  from (
    select each.id, each.status, each.labels, each.usage, each.state, each.output, each.error from input as each order by each.id
  ) as input
  left join lateral (
    select execution.id
    from holdfast.executions as execution
    where execution.id = input.id and holdfast.is_terminal(input.status)
    for update
  ) as ending on true
  where case
    when (select present.version from holdfast.executions as present where present.id = input.id) is null then
      holdfast.fail('HF004', format('execution %s does not exist: create it first', input.id),
        json_build_object('entity', 'execution', 'id', input.id))
    else true
  end
  order by input.id
  on conflict (id) do update set
    version = stored.version + 1,
    status = case when excluded.id in (select input.id from input where input.status is not null) then excluded.status else stored.status end,
    updated_at = excluded.updated_at,
    started_at = coalesce(stored.started_at, excluded.started_at),
    finished_at = coalesce(stored.finished_at, excluded.finished_at),
    labels = case when excluded.labels = '{}' then stored.labels else holdfast.merge_labels(stored.labels, excluded.labels) end,
    usage = case when excluded.usage = '{}' then stored.usage else holdfast.add_usage(stored.usage, excluded.usage) end,
    state = coalesce(excluded.state, stored.state),
    output = coalesce(excluded.output, stored.output),
    error = coalesce(excluded.error, stored.error)
  where case
    when excluded.id in (select input.id from input where input.token is not null)
      and not holdfast.hold_lease(stored.id, (select input.token from input where input.id = stored.id))
    then false
    when excluded.id in (select input.id from input where input.expected is not null)
      and (stored.id, stored.version) not in (select input.id, input.expected from input where input.expected is not null)
    then
      holdfast.fail('HF001', format('execution %s is not at the expected version: read it again', stored.id),
        json_build_object('entity', 'execution', 'id', stored.id,
          'expected', (select input.expected from input where input.id = stored.id), 'actual', stored.version))
    else true
  end
  returning stored.id, stored.version, stored.status, stored.strategy, stored.definition_name, stored.definition_version,
    stored.parent_id, stored.parent_task_id, stored.idempotency_key, stored.labels, stored.usage, stored.created_at,
    stored.updated_at, stored.started_at, stored.finished_at
)
select changed.id as "id!", changed.version as "version!", changed.status as "status!", changed.strategy as "strategy!",
  changed.definition_name as "definition_name?", changed.definition_version as "definition_version?",
  changed.parent_id as "parent_id?", changed.parent_task_id as "parent_task_id?",
  changed.idempotency_key as "idempotency_key?", changed.labels as "labels!",
  changed.usage as "usage!", changed.created_at as "created_at!", changed.updated_at as "updated_at!",
  changed.started_at as "started_at?", changed.finished_at as "finished_at?",
  coalesce(changed.finished_at = changed.updated_at, false) and (
    select former.finished_at from holdfast.executions as former where former.id = changed.id limit 1
  ) is null as "ends!"
from input
full join changed on changed.id = input.id
where case
  when changed.version = 0 then
    holdfast.fail('HF004', format('execution %s does not exist: create it first', input.id),
      json_build_object('entity', 'execution', 'id', input.id))
  else true
end
order by input.position`,
});

/** The parameters of {@link claimChanging}. */
export interface ClaimChangingParameters {
  readonly queues: readonly string[];
  readonly capabilities: readonly string[];
  readonly limit: number;
  readonly leaseMs: number;
  readonly holder: string | null;
  readonly status: Status | null;
  readonly usage: JsonText | null;
  readonly expiredError: JsonText;
  readonly expiredLast: boolean;
}

/** A row of {@link claimChanging}. */
export interface ClaimChangingRow {
  readonly position: number;
  readonly token: number;
  readonly attempts: number;
  readonly leaseUntil: Date;
  readonly id: string;
  readonly version: number;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly idempotencyKey: string | null;
  readonly labels: JsonText;
  readonly usage: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly input: JsonText | null;
  readonly state: JsonText | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
  readonly traceContext: string | null;
  readonly wasParked: boolean;
  readonly wokenBy: WakeReason | null;
  readonly step: string | null;
  readonly key: string | null;
  readonly payload: JsonText | null;
  readonly wakeTraceContext: string | null;
}

/**
 * Claims at most `limit` executions of queues that are not paused, and returns them whole. The usual claim is of one queue without
 * limits, without a holder's name. It takes ready executions that require nothing, in the order of rank, turn, time and creation.
 * holdfast.claim_executions makes any other claim within this statement. It also takes over if work is due, a lease has expired or a
 * group was opened. A claim writes to the execution only what its caller says, and then skips those that others have locked. Rows are
 * found again by their place (ctid), which nobody changes while they are locked.
 * Index: ready_order, in order; scheduled_due, leases_of_queue, openings_of_queue, executions_pkey, parks_pkey. Locks: rows of ready,
 * and executions that it changes, skipping those that others have locked; or see the steps.
 */
export const claimChanging: StatementFunction<ClaimChangingParameters, readonly ClaimChangingRow[]> = many({
  name: "executions/claimChanging",
  prepared: true,
  readsOnly: false,
  parameters: ["queues","capabilities","limit","leaseMs","holder","status","usage","expiredError","expiredLast"],
  object: (row) => ({ position: row[0], token: row[1], attempts: row[2], leaseUntil: row[3], id: row[4], version: row[5], status: row[6], strategy: row[7], definitionName: row[8], definitionVersion: row[9], parentId: row[10], parentTaskId: row[11], idempotencyKey: row[12], labels: row[13], usage: row[14], createdAt: row[15], updatedAt: row[16], startedAt: row[17], finishedAt: row[18], input: row[19], state: row[20], output: row[21], error: row[22], traceContext: row[23], wasParked: row[24], wokenBy: row[25], step: row[26], key: row[27], payload: row[28], wakeTraceContext: row[29] }),
  elements: {"queues":"text","capabilities":"text"},
  text: `with standing as materialized (
  select setting.paused_at is not null as is_paused,
    cardinality($1::text[]) > 1 or cardinality($2::text[]) > 0 or setting.paused_at is null and (
      coalesce(setting.is_limited, false) or exists (
        select from holdfast.scheduled as work where work.queue = ($1::text[])[1] and work.run_at <= holdfast.now()
      ) or exists (
        select from holdfast.leases as lease where lease.queue = ($1::text[])[1] and lease.lease_until <= holdfast.now()
      ) or (
        select true from holdfast.openings as opening where opening.queue = ($1::text[])[1] order by opening.group_key limit 1
      ) is not null
    ) as needs_more
  from (select) as one
  left join holdfast.queues as setting on setting.name = ($1::text[])[1]
), head as materialized (
  select found.ctid as place
  from holdfast.ready as found
  where found.queue = ($1::text[])[1] and found.kind = 'execution' and found.route = ''
    and holdfast.lock_claimable(found.id)
  order by found.rank, found.turn, found.run_at, found.sequence
  limit (select case when standing.is_paused or standing.needs_more then 0 else $3::bigint end from standing)
  for update skip locked
), picked as materialized (
  select array_agg(head.place) as places from head
), gone as (
  delete from holdfast.ready as work
  using (
    select given.place, given.position
    from picked
    cross join lateral unnest(picked.places) with ordinality as given(place, position)
    limit (select $3::bigint)
  ) as chosen
  where work.ctid = chosen.place
  returning work.id, work.queue, work.attempts + 1 as attempts, case when work.has_place then work.group_key end as group_key,
    chosen.position, nextval('holdfast.tokens') as token
), leased as (
  insert into holdfast.leases (kind, id, token, queue, lease_until, claimed_at, attempts, holder, group_key, is_linked)
  select 'execution', gone.id, gone.token, gone.queue, holdfast.now() + $4::bigint * interval '1 millisecond', holdfast.now(),
    gone.attempts, $5::text, gone.group_key, false
  from gone
), changed as (
  update holdfast.executions as stored set
    version = stored.version + 1, status = coalesce($6::holdfast.status, stored.status), updated_at = holdfast.now(),
    started_at = holdfast.started_at(stored.started_at, coalesce($6, stored.status)),
    usage = case when $7::jsonb is null then stored.usage else holdfast.add_usage(stored.usage, $7) end
  from (select gone.position, gone.id, gone.token, gone.attempts from gone limit (select $3::bigint)) as taken
  where stored.id = any(array[taken.id])
  returning taken.position, taken.token, taken.attempts, stored as whole
)
select claimed.position as "position!", claimed.token as "token!", claimed.attempts as "attempts!",
  holdfast.now() + $4::bigint * interval '1 millisecond' as "lease_until!", (claimed.execution).id as "id!",
  (claimed.execution).version as "version!", (claimed.execution).status as "status!", (claimed.execution).strategy as "strategy!",
  (claimed.execution).definition_name as "definition_name?", (claimed.execution).definition_version as "definition_version?",
  (claimed.execution).parent_id as "parent_id?", (claimed.execution).parent_task_id as "parent_task_id?",
  (claimed.execution).idempotency_key as "idempotency_key?", (claimed.execution).labels as "labels!", (claimed.execution).usage as "usage!",
  (claimed.execution).created_at as "created_at!", (claimed.execution).updated_at as "updated_at!", (claimed.execution).started_at as "started_at?",
  (claimed.execution).finished_at as "finished_at?", (claimed.execution).input as "input?", (claimed.execution).state as "state?",
  (claimed.execution).output as "output?", (claimed.execution).error as "error?", (claimed.execution).trace_context as "trace_context?",
  (claimed.park).execution_id is not null as "was_parked!", (claimed.park).woken_by as "woken_by?", (claimed.park).step as "step?",
  (claimed.park).key as "key?", (claimed.park).payload as "payload?", (claimed.park).trace_context as "wake_trace_context?"
from (
  select changed.position, changed.token, changed.attempts, changed.whole as execution, park.whole as park
  from changed
  left join lateral (
    select stored as whole from holdfast.parks as stored where stored.execution_id = (changed.whole).id limit 1
  ) as park on true
  union all
  select general.pos, general.token, general.attempts, general.execution, general.park
  from standing
  cross join lateral holdfast.claim_executions($1, $3::bigint, $4::bigint, $5::text, $2,
    $8::json, $9::boolean, $6, $7) as general
  where standing.needs_more
) as claimed`,
});

/** The parameters of {@link claimExecutions}. */
export interface ClaimExecutionsParameters {
  readonly queues: readonly string[];
  readonly capabilities: readonly string[];
  readonly limit: number;
  readonly leaseMs: number;
  readonly holder: string | null;
  readonly expiredError: JsonText;
  readonly expiredLast: boolean;
}

/** A row of {@link claimExecutions}. */
export interface ClaimExecutionsRow {
  readonly position: number;
  readonly token: number;
  readonly attempts: number;
  readonly leaseUntil: Date;
  readonly id: string;
  readonly version: number;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly idempotencyKey: string | null;
  readonly labels: JsonText;
  readonly usage: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly input: JsonText | null;
  readonly state: JsonText | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
  readonly traceContext: string | null;
  readonly wasParked: boolean;
  readonly wokenBy: WakeReason | null;
  readonly step: string | null;
  readonly key: string | null;
  readonly payload: JsonText | null;
  readonly wakeTraceContext: string | null;
}

/**
 * Claims at most `limit` executions of queues that are not paused, and returns them whole. The usual claim is of one queue without
 * limits, without a holder's name. It takes ready executions that require nothing, in the order of rank, turn, time and creation.
 * holdfast.claim_executions makes any other claim within this statement. It also takes over if work is due, a lease has expired or a
 * group was opened. A claim writes to the execution only what its caller says, and then skips those that others have locked. Rows are
 * found again by their place (ctid), which nobody changes while they are locked.
 * Index: ready_order, in order; scheduled_due, leases_of_queue, openings_of_queue, executions_pkey, parks_pkey. Locks: rows of ready,
 * and executions that it changes, skipping those that others have locked; or see the steps.
 */
export const claimExecutions: StatementFunction<ClaimExecutionsParameters, readonly ClaimExecutionsRow[]> = many({
  name: "executions/claimExecutions",
  prepared: true,
  readsOnly: false,
  parameters: ["queues","capabilities","limit","leaseMs","holder","expiredError","expiredLast"],
  object: (row) => ({ position: row[0], token: row[1], attempts: row[2], leaseUntil: row[3], id: row[4], version: row[5], status: row[6], strategy: row[7], definitionName: row[8], definitionVersion: row[9], parentId: row[10], parentTaskId: row[11], idempotencyKey: row[12], labels: row[13], usage: row[14], createdAt: row[15], updatedAt: row[16], startedAt: row[17], finishedAt: row[18], input: row[19], state: row[20], output: row[21], error: row[22], traceContext: row[23], wasParked: row[24], wokenBy: row[25], step: row[26], key: row[27], payload: row[28], wakeTraceContext: row[29] }),
  elements: {"queues":"text","capabilities":"text"},
  text: `with standing as materialized (
  select setting.paused_at is not null as is_paused,
    cardinality($1::text[]) > 1 or cardinality($2::text[]) > 0 or setting.paused_at is null and (
      coalesce(setting.is_limited, false) or exists (
        select from holdfast.scheduled as work where work.queue = ($1::text[])[1] and work.run_at <= holdfast.now()
      ) or exists (
        select from holdfast.leases as lease where lease.queue = ($1::text[])[1] and lease.lease_until <= holdfast.now()
      ) or (
        select true from holdfast.openings as opening where opening.queue = ($1::text[])[1] order by opening.group_key limit 1
      ) is not null
    ) as needs_more
  from (select) as one
  left join holdfast.queues as setting on setting.name = ($1::text[])[1]
), head as materialized (
  select found.ctid as place
  from holdfast.ready as found
  where found.queue = ($1::text[])[1] and found.kind = 'execution' and found.route = ''
  order by found.rank, found.turn, found.run_at, found.sequence
  limit (select case when standing.is_paused or standing.needs_more then 0 else $3::bigint end from standing)
  for update skip locked
), picked as materialized (
  select array_agg(head.place) as places from head
), gone as (
  delete from holdfast.ready as work
  using (
    select given.place, given.position
    from picked
    cross join lateral unnest(picked.places) with ordinality as given(place, position)
    limit (select $3::bigint)
  ) as chosen
  where work.ctid = chosen.place
  returning work.id, work.queue, work.attempts + 1 as attempts, case when work.has_place then work.group_key end as group_key,
    chosen.position, nextval('holdfast.tokens') as token
), leased as (
  insert into holdfast.leases (kind, id, token, queue, lease_until, claimed_at, attempts, holder, group_key, is_linked)
  select 'execution', gone.id, gone.token, gone.queue, holdfast.now() + $4::bigint * interval '1 millisecond', holdfast.now(),
    gone.attempts, $5::text, gone.group_key, false
  from gone
)
select claimed.position as "position!", claimed.token as "token!", claimed.attempts as "attempts!",
  holdfast.now() + $4::bigint * interval '1 millisecond' as "lease_until!", (claimed.execution).id as "id!",
  (claimed.execution).version as "version!", (claimed.execution).status as "status!", (claimed.execution).strategy as "strategy!",
  (claimed.execution).definition_name as "definition_name?", (claimed.execution).definition_version as "definition_version?",
  (claimed.execution).parent_id as "parent_id?", (claimed.execution).parent_task_id as "parent_task_id?",
  (claimed.execution).idempotency_key as "idempotency_key?", (claimed.execution).labels as "labels!", (claimed.execution).usage as "usage!",
  (claimed.execution).created_at as "created_at!", (claimed.execution).updated_at as "updated_at!", (claimed.execution).started_at as "started_at?",
  (claimed.execution).finished_at as "finished_at?", (claimed.execution).input as "input?", (claimed.execution).state as "state?",
  (claimed.execution).output as "output?", (claimed.execution).error as "error?", (claimed.execution).trace_context as "trace_context?",
  (claimed.park).execution_id is not null as "was_parked!", (claimed.park).woken_by as "woken_by?", (claimed.park).step as "step?",
  (claimed.park).key as "key?", (claimed.park).payload as "payload?", (claimed.park).trace_context as "wake_trace_context?"
from (
  select gone.position, gone.token, gone.attempts, taken.whole as execution, park.whole as park
  from gone
  cross join lateral (select stored as whole from holdfast.executions as stored where stored.id = gone.id limit 1) as taken
  left join lateral (
    select stored as whole from holdfast.parks as stored where stored.execution_id = gone.id limit 1
  ) as park on true
  union all
  select general.pos, general.token, general.attempts, general.execution, general.park
  from standing
  cross join lateral holdfast.claim_executions($1, $3::bigint, $4::bigint, $5::text, $2,
    $6::json, $7::boolean) as general
  where standing.needs_more
) as claimed`,
});

/** The parameters of {@link countExecutions}. */
export interface CountExecutionsParameters {
  readonly statuses: readonly Status[];
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly queue: string | null;
  readonly createdAfter: Date | null;
  readonly createdBefore: Date | null;
  readonly labels: JsonText | null;
  readonly isDriven: boolean;
  readonly rangeNames: readonly string[];
  readonly lowNumbers: readonly number[];
  readonly lowTexts: readonly string[];
  readonly highNumbers: readonly number[];
  readonly highTexts: readonly string[];
  readonly isLeased: boolean | null;
  readonly correlationKey: string | null;
}

/** A row of {@link countExecutions}. */
export interface CountExecutionsRow {
  readonly count: number;
}

/**
 * Counts the executions that pass the filters. Ranges of labels are checked row by row. The narrowest comes first and, if few executions
 * are in it, drives the plan.
 * Index: executions_created, executions_status, executions_of_definition, executions_parent, executions_parent_task, executions_of_queue,
 * executions_labels, or executions_pkey with waits_of_key or execution_labels_value, depending on the filters; execution_labels_pkey, leases_pkey.
 */
export const countExecutions: StatementFunction<CountExecutionsParameters, CountExecutionsRow> = one({
  name: "executions/countExecutions",
  prepared: false,
  readsOnly: true,
  parameters: ["statuses","definitionName","definitionVersion","parentId","parentTaskId","queue","createdAfter","createdBefore","labels","isDriven","rangeNames","lowNumbers","lowTexts","highNumbers","highTexts","isLeased","correlationKey"],
  object: (row) => ({ count: row[0] }),
  elements: {"rangeNames":"text","lowTexts":"text","highTexts":"text"},
  text: `select count(*) as "count!"
from holdfast.executions
where (cardinality($1::holdfast.status[]) = 0
    or cardinality($1::holdfast.status[]) = 1 and status = ($1::holdfast.status[])[1]
    or cardinality($1::holdfast.status[]) > 1 and status = any($1::holdfast.status[]))
  and ($2::text is null or definition_name = $2)
  and ($3::integer is null or definition_version = $3)
  and ($4::text is null or parent_id = $4)
  and ($5::text is null or parent_task_id = $5)
  and ($6::text is null or queue = $6)
  and ($7::timestamptz is null or created_at >= $7)
  and ($8::timestamptz is null or created_at < $8)
  and ($9::jsonb is null or (labels @> $9 and labels <> '{}'))
  and (not $10::boolean or id = any(array(
    select label.execution_id::text from holdfast.execution_labels as label
    where label.name = ($11::text[])[1]
      and (label.number, label.text) >= (($12::float8[])[1], ($13::text[])[1])
      and (label.number, label.text) < (($14::float8[])[1], ($15::text[])[1])
  )))
  and ($10 or cardinality($11) = 0 or exists (
    select from holdfast.execution_labels as label
    where label.execution_id = executions.id and label.name = ($11)[1]
      and (label.number, label.text) >= (($12)[1], ($13)[1])
      and (label.number, label.text) < (($14)[1], ($15)[1])
  ))
  and (cardinality($11) <= 1
    or holdfast.has_labels(id, $11, $12, $13, $14, $15))
  and ($16::boolean is null or ((
    select true from holdfast.leases as lease
    where lease.id = executions.id and lease.kind = 'execution' and lease.lease_until > holdfast.now()
  ) is true) = $16)
  and ($17::text is null or id = any(array(
    select wait.execution_id::text from holdfast.waits as wait
    where wait.key = $17 and (wait.expires_at is null or wait.expires_at > holdfast.now())
  )))`,
});

/** The parameters of {@link countExecutionsBy}. */
export interface CountExecutionsByParameters {
  readonly by: string;
  readonly statuses: readonly Status[];
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly queue: string | null;
  readonly createdAfter: Date | null;
  readonly createdBefore: Date | null;
  readonly labels: JsonText | null;
  readonly isDriven: boolean;
  readonly rangeNames: readonly string[];
  readonly lowNumbers: readonly number[];
  readonly lowTexts: readonly string[];
  readonly highNumbers: readonly number[];
  readonly highTexts: readonly string[];
  readonly isLeased: boolean | null;
  readonly correlationKey: string | null;
  readonly limit: number;
}

/** A row of {@link countExecutionsBy}. */
export interface CountExecutionsByRow {
  readonly value: string;
  readonly count: number;
}

/**
 * Counts the executions that pass the filters by status or by definition: the most frequent values, up to a limit.
 * Index: executions_created, executions_status, executions_of_definition, executions_parent, executions_parent_task, executions_of_queue,
 * executions_labels, or executions_pkey with waits_of_key or execution_labels_value, depending on the filters; execution_labels_pkey, leases_pkey.
 */
export const countExecutionsBy: StatementFunction<CountExecutionsByParameters, readonly CountExecutionsByRow[]> = many({
  name: "executions/countExecutionsBy",
  prepared: false,
  readsOnly: true,
  parameters: ["by","statuses","definitionName","definitionVersion","parentId","parentTaskId","queue","createdAfter","createdBefore","labels","isDriven","rangeNames","lowNumbers","lowTexts","highNumbers","highTexts","isLeased","correlationKey","limit"],
  object: (row) => ({ value: row[0], count: row[1] }),
  elements: {"rangeNames":"text","lowTexts":"text","highTexts":"text"},
  text: `select case $1::text when 'status' then execution.status::text else execution.definition_name end as "value!", count(*) as "count!"
from holdfast.executions as execution
where ($1 = 'status' or execution.definition_name is not null)
  and (cardinality($2::holdfast.status[]) = 0
    or cardinality($2::holdfast.status[]) = 1 and execution.status = ($2::holdfast.status[])[1]
    or cardinality($2::holdfast.status[]) > 1 and execution.status = any($2::holdfast.status[]))
  and ($3::text is null or execution.definition_name = $3)
  and ($4::integer is null or execution.definition_version = $4)
  and ($5::text is null or execution.parent_id = $5)
  and ($6::text is null or execution.parent_task_id = $6)
  and ($7::text is null or execution.queue = $7)
  and ($8::timestamptz is null or execution.created_at >= $8)
  and ($9::timestamptz is null or execution.created_at < $9)
  and ($10::jsonb is null or (execution.labels @> $10 and execution.labels <> '{}'))
  and (not $11::boolean or execution.id = any(array(
    select label.execution_id::text from holdfast.execution_labels as label
    where label.name = ($12::text[])[1]
      and (label.number, label.text) >= (($13::float8[])[1], ($14::text[])[1])
      and (label.number, label.text) < (($15::float8[])[1], ($16::text[])[1])
  )))
  and ($11 or cardinality($12) = 0 or exists (
    select from holdfast.execution_labels as label
    where label.execution_id = execution.id and label.name = ($12)[1]
      and (label.number, label.text) >= (($13)[1], ($14)[1])
      and (label.number, label.text) < (($15)[1], ($16)[1])
  ))
  and (cardinality($12) <= 1
    or holdfast.has_labels(execution.id, $12, $13, $14, $15, $16))
  and ($17::boolean is null or ((
    select true from holdfast.leases as lease
    where lease.id = execution.id and lease.kind = 'execution' and lease.lease_until > holdfast.now()
  ) is true) = $17)
  and ($18::text is null or execution.id = any(array(
    select wait.execution_id::text from holdfast.waits as wait
    where wait.key = $18 and (wait.expires_at is null or wait.expires_at > holdfast.now())
  )))
group by 1
order by count(*) desc, 1
limit $19`,
});

/** The parameters of {@link countExecutionsByLabel}. */
export interface CountExecutionsByLabelParameters {
  readonly label: string;
  readonly statuses: readonly Status[];
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly queue: string | null;
  readonly createdAfter: Date | null;
  readonly createdBefore: Date | null;
  readonly labels: JsonText | null;
  readonly rangeNames: readonly string[];
  readonly lowNumbers: readonly number[];
  readonly lowTexts: readonly string[];
  readonly highNumbers: readonly number[];
  readonly highTexts: readonly string[];
  readonly isLeased: boolean | null;
  readonly correlationKey: string | null;
  readonly limit: number;
}

/** A row of {@link countExecutionsByLabel}. */
export interface CountExecutionsByLabelRow {
  readonly number: number;
  readonly text: string;
  readonly count: number;
}

/**
 * Counts the executions that pass the filters by the values of a label: the most frequent values, up to a limit. Without filters, the
 * planner removes the join with executions.
 * Index: execution_labels_value, executions_pkey, leases_pkey.
 */
export const countExecutionsByLabel: StatementFunction<CountExecutionsByLabelParameters, readonly CountExecutionsByLabelRow[]> = many({
  name: "executions/countExecutionsByLabel",
  prepared: false,
  readsOnly: true,
  parameters: ["label","statuses","definitionName","definitionVersion","parentId","parentTaskId","queue","createdAfter","createdBefore","labels","rangeNames","lowNumbers","lowTexts","highNumbers","highTexts","isLeased","correlationKey","limit"],
  object: (row) => ({ number: row[0], text: row[1], count: row[2] }),
  elements: {"rangeNames":"text","lowTexts":"text","highTexts":"text"},
  text: `select label.number as "number!", label.text as "text!", count(*) as "count!"
from holdfast.execution_labels as label
left join holdfast.executions as execution on execution.id = label.execution_id
where label.name = $1
  and (cardinality($2::holdfast.status[]) = 0
    or cardinality($2::holdfast.status[]) = 1 and execution.status = ($2::holdfast.status[])[1]
    or cardinality($2::holdfast.status[]) > 1 and execution.status = any($2::holdfast.status[]))
  and ($3::text is null or execution.definition_name = $3)
  and ($4::integer is null or execution.definition_version = $4)
  and ($5::text is null or execution.parent_id = $5)
  and ($6::text is null or execution.parent_task_id = $6)
  and ($7::text is null or execution.queue = $7)
  and ($8::timestamptz is null or execution.created_at >= $8)
  and ($9::timestamptz is null or execution.created_at < $9)
  and ($10::jsonb is null or (execution.labels @> $10 and execution.labels <> '{}'))
  and (cardinality($11::text[]) = 0 or holdfast.has_labels(execution.id, $11::text[], $12::float8[],
    $13::text[], $14::float8[], $15::text[]))
  and ($16::boolean is null or ((
    select true from holdfast.leases as lease
    where lease.id = execution.id and lease.kind = 'execution' and lease.lease_until > holdfast.now()
  ) is true) = $16)
  and ($17::text is null or execution.id = any(array(
    select wait.execution_id::text from holdfast.waits as wait
    where wait.key = $17 and (wait.expires_at is null or wait.expires_at > holdfast.now())
  )))
group by label.number, label.text
order by count(*) desc, label.number, label.text
limit $18`,
});

/** The parameters of {@link countLabelRanges}. */
export interface CountLabelRangesParameters {
  readonly limit: number;
  readonly rangeNames: readonly string[];
  readonly lowNumbers: readonly number[];
  readonly lowTexts: readonly string[];
  readonly highNumbers: readonly number[];
  readonly highTexts: readonly string[];
}

/** A row of {@link countLabelRanges}. */
export interface CountLabelRangesRow {
  readonly count: number;
}

/**
 * Counts the executions that have a label in each of the ranges, up to a limit, in input order. Reads no more than that. With a hidden limit
 * and the order of the index, the planner makes no bitmap of the whole range.
 * Index: execution_labels_value.
 */
export const countLabelRanges: StatementFunction<CountLabelRangesParameters, readonly CountLabelRangesRow[]> = many({
  name: "executions/countLabelRanges",
  prepared: true,
  readsOnly: true,
  parameters: ["limit","rangeNames","lowNumbers","lowTexts","highNumbers","highTexts"],
  object: (row) => ({ count: row[0] }),
  elements: {"rangeNames":"text","lowTexts":"text","highTexts":"text"},
  text: `select (
    select count(*)
    from (
      select from holdfast.execution_labels as label
      where label.name = span.name
        and (label.number, label.text) >= (span.low_number, span.low_text)
        and (label.number, label.text) < (span.high_number, span.high_text)
      order by label.number, label.text
      limit (select $1::bigint)
    ) as found
  ) as "count!"
from unnest((select $2::text[]), $3::float8[], $4::text[], $5::float8[], $6::text[])
  with ordinality as span(name, low_number, low_text, high_number, high_text, position)
order by span.position`,
});

/** The parameters of {@link createExecution}. */
export interface CreateExecutionParameters {
  readonly definitionName: string | null;
  readonly definitionVersion: string | null;
  readonly id: string;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly idempotencyKey: string | null;
  readonly fingerprint: string | null;
  readonly idempotencyMs: number | null;
  readonly queue: string | null;
  readonly priority: number | null;
  readonly route: string | null;
  readonly maxAttempts: number | null;
  readonly labels: JsonText;
  readonly input: JsonText | null;
  readonly state: JsonText | null;
  readonly traceContext: string | null;
  readonly runAt: Date | null;
  readonly otherFingerprints: string | null;
}

/** A row of {@link createExecution}. */
export interface CreateExecutionRow {
  readonly outcome: string;
  readonly id: string;
  readonly version: number;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly idempotencyKey: string | null;
  readonly labels: JsonText;
  readonly usage: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly input: JsonText | null;
  readonly state: JsonText | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
}

/**
 * Creates one execution without a parent or a group, or returns the one that its idempotency key names. This is the usual case. An
 * execution in a queue becomes ready, or scheduled. In any other case, this statement changes and returns nothing, and create_executions
 * follows. Such cases are a missing or retired definition, a taken id, an expired key, or another transaction that is writing the key.
 * Index: executions_pkey, executions_idempotency, definitions_pkey, definitions_active, queues_pkey. Locks: the definition, shared; then
 * its new row. Waits for a creation under the same key.
 */
export const createExecution: StatementFunction<CreateExecutionParameters, CreateExecutionRow | null> = maybe({
  name: "executions/createExecution",
  prepared: true,
  readsOnly: false,
  parameters: ["definitionName","definitionVersion","id","status","strategy","idempotencyKey","fingerprint","idempotencyMs","queue","priority","route","maxAttempts","labels","input","state","traceContext","runAt","otherFingerprints"],
  object: (row) => ({ outcome: row[0], id: row[1], version: row[2], status: row[3], strategy: row[4], definitionName: row[5], definitionVersion: row[6], parentId: row[7], parentTaskId: row[8], idempotencyKey: row[9], labels: row[10], usage: row[11], createdAt: row[12], updatedAt: row[13], startedAt: row[14], finishedAt: row[15], input: row[16], state: row[17], output: row[18], error: row[19] }),
  elements: {},
  text: `with pinned as materialized (
  select stored.version
  from holdfast.definitions as stored
  where stored.name = $1::text and stored.status <> 'retired' and case $2::text
      when 'active' then stored.status = 'active'
      when 'latest' then stored.version = (
        select max(newest.version) from holdfast.definitions as newest where newest.name = $1
      )
      else stored.version::text = $2
    end
  limit 1
  for key share
), written as (
  insert into holdfast.executions as stored (id, version, status, strategy, definition_name, definition_version, idempotency_key,
    fingerprint, idempotent_until, queue, priority, route, max_attempts, created_at, updated_at, started_at, labels, input, state,
    trace_context)
  select $3::text, 1, $4::holdfast.status, $5::holdfast.strategy, $1, pinned.version, $6::text,
    $7::text, holdfast.now() + $8::bigint * interval '1 millisecond', $9::text, $10::integer,
    $11::text, $12::integer, holdfast.now(), holdfast.now(), holdfast.started_at(null, $4), $13::jsonb,
    $14::json, $15::json, $16::text
  from (select) as one
  left join pinned on true
  where $1 is null or pinned.version is not null
  on conflict do nothing
  returning stored.id, stored.sequence, stored.definition_version, stored.created_at, stored.started_at
), place as materialized (
  select written.id, written.sequence, coalesce($17::timestamptz, written.created_at) as run_at,
    coalesce($17 > holdfast.now(), false) as is_later,
    coalesce((
      select holdfast.work_rank($10, coalesce($17, holdfast.now()), setting.aging_ms)
      from holdfast.queues as setting where setting.name = $9
    ), $10) as rank
  from written
  where $9 is not null
), later as (
  insert into holdfast.scheduled (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, is_linked)
  select 'execution', place.id, $9, $11, place.rank, 0, place.run_at, place.sequence, $10, 0, false
  from place where place.is_later
), ready as (
  insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, has_place, is_linked)
  select 'execution', place.id, $9, $11, place.rank, 0, place.run_at, place.sequence, $10, 0, false, false
  from place where not place.is_later
)
select 'created' as "outcome!", written.id::text as "id!", 1::bigint as "version!", $4::holdfast.status as "status!",
  $5::holdfast.strategy as "strategy!", $1::text as "definition_name?",
  written.definition_version as "definition_version?", null::text as "parent_id?", null::text as "parent_task_id?",
  $6::text as "idempotency_key?",
  $13::jsonb as "labels!", '{}'::jsonb as "usage!", written.created_at as "created_at!", written.created_at as "updated_at!",
  written.started_at as "started_at?", null::timestamptz as "finished_at?", null::json as "input?", null::json as "state?",
  null::json as "output?", null::json as "error?"
from written
union all
select case when known.fingerprint = $7 or known.fingerprint = any(string_to_array($18::text, ' '))
    then 'replayed' else 'mismatch' end,
  known.id, known.version, known.status, known.strategy, known.definition_name, known.definition_version, known.parent_id,
  known.parent_task_id, known.idempotency_key, known.labels, known.usage, known.created_at, known.updated_at, known.started_at, known.finished_at,
  known.input, known.state, known.output, known.error
from holdfast.executions as known
where known.idempotency_key = $6 and (known.idempotent_until is null or known.idempotent_until > holdfast.now())`,
});

/** The parameters of {@link createExecutions}. */
export interface CreateExecutionsParameters {
  readonly ids: readonly string[];
  readonly definitionNames: readonly (string | null)[];
  readonly definitionVersions: readonly (string | null)[];
  readonly parentIds: readonly (string | null)[];
  readonly parentTaskIds: readonly (string | null)[];
  readonly hasParents: readonly boolean[];
  readonly statuses: readonly Status[];
  readonly strategies: readonly Strategy[];
  readonly idempotencyKeys: readonly (string | null)[];
  readonly fingerprints: readonly (string | null)[];
  readonly otherFingerprints: readonly (string | null)[];
  readonly idempotencyMs: readonly (number | null)[];
  readonly queues: readonly (string | null)[];
  readonly priorities: readonly (number | null)[];
  readonly routes: readonly (string | null)[];
  readonly groups: readonly (string | null)[];
  readonly maxAttempts: readonly (number | null)[];
  readonly runAts: readonly (Date | null)[];
  readonly labels: readonly JsonText[];
  readonly inputs: readonly (JsonText | null)[];
  readonly states: readonly (JsonText | null)[];
  readonly keptStates: readonly (number | null)[];
  readonly traceContexts: readonly (string | null)[];
}

/** A row of {@link createExecutions}. */
export interface CreateExecutionsRow {
  readonly outcome: string;
  readonly id: string;
  readonly version: number;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly idempotencyKey: string | null;
  readonly labels: JsonText;
  readonly usage: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly input: JsonText | null;
  readonly state: JsonText | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
}

/**
 * Creates executions, and answers in input order. If the idempotency key is known, returns its execution and creates nothing. Executions
 * with a queue are put there. Fails with HF003 if the definition is retired, with HF004 if it or the parent does not exist, and with
 * HF007 if the id exists. A parent may come earlier in the input, as `hasParents` says, so parents never form a cycle. Runs under the
 * advisory locks of the idempotency keys.
 * Index: executions_pkey, executions_idempotency, definitions_pkey, definitions_active. Locks: definitions and then parents, shared, in
 * key order; then its new rows, which are inserted in id order. They are created in input order.
 */
export const createExecutions: StatementFunction<CreateExecutionsParameters, readonly CreateExecutionsRow[]> = many({
  name: "executions/createExecutions",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","definitionNames","definitionVersions","parentIds","parentTaskIds","hasParents","statuses","strategies","idempotencyKeys","fingerprints","otherFingerprints","idempotencyMs","queues","priorities","routes","groups","maxAttempts","runAts","labels","inputs","states","keptStates","traceContexts"],
  object: (row) => ({ outcome: row[0], id: row[1], version: row[2], status: row[3], strategy: row[4], definitionName: row[5], definitionVersion: row[6], parentId: row[7], parentTaskId: row[8], idempotencyKey: row[9], labels: row[10], usage: row[11], createdAt: row[12], updatedAt: row[13], startedAt: row[14], finishedAt: row[15], input: row[16], state: row[17], output: row[18], error: row[19] }),
  elements: {"ids":"text","definitionNames":"text","definitionVersions":"text","parentIds":"text","parentTaskIds":"text","idempotencyKeys":"text","fingerprints":"text","otherFingerprints":"text","idempotencyMs":"int8","queues":"text","routes":"text","groups":"text","inputs":"json","states":"json","traceContexts":"text"},
  text: `with input as materialized (
  select given.id, given.definition_name, given.asked_version, given.parent_id, given.parent_task_id, given.has_parent, given.status, given.strategy,
    given.idempotency_key, given.fingerprint, given.other_fingerprints, given.idempotency_ms, given.queue, given.priority, given.route,
    given.group_key, given.max_attempts, given.run_at, given.labels, given.input, given.state, given.keeps_states, given.trace_context,
    given.position,
    nextval('holdfast.executions_sequence_seq') as sequence,
    case
      when given.idempotency_key is not null then (select stored.id from holdfast.execution_of_key(given.idempotency_key) as stored)
    end as known_id
  from unnest((select $1::text[]), $2::text[], $3::text[], $4::text[],
      $5::text[], $6::boolean[], $7::holdfast.status[], $8::holdfast.strategy[], $9::text[],
      $10::text[], $11::text[], $12::bigint[], $13::text[], $14::integer[],
      $15::text[], $16::text[], $17::integer[], $18::timestamptz[], $19::jsonb[], $20::json[],
      $21::json[], $22::integer[], $23::text[])
    with ordinality as given(id, definition_name, asked_version, parent_id, parent_task_id, has_parent, status, strategy,
      idempotency_key, fingerprint, other_fingerprints, idempotency_ms, queue, priority, route, group_key, max_attempts, run_at, labels, input, state,
      keeps_states, trace_context, position)
), pinned as materialized (
  select named.name, named.asked, holdfast.pin_definition(named.name, named.asked) as version
  from (
    select distinct input.definition_name collate "C" as name, input.asked_version as asked
    from input where input.known_id is null and input.definition_name is not null
    order by 1, 2
  ) as named
), above as materialized (
  select holdfast.hold_parent(named.id, named.child)
  from (
    select input.parent_id collate "C" as id, min(input.id) as child
    from input
    where input.known_id is null and input.parent_id is not null and not input.has_parent and (select count(*) from pinned) >= 0
    group by 1
    order by 1
  ) as named
), written as materialized (
  insert into holdfast.executions as stored (id, sequence, version, status, strategy, definition_name, definition_version, parent_id,
    parent_task_id, idempotency_key, fingerprint, idempotent_until, queue, priority, route, group_key, max_attempts, created_at, updated_at, started_at,
    labels, input, state, keeps_states, trace_context) overriding system value
  select input.id, input.sequence, 1, input.status, input.strategy, input.definition_name, pinned.version, input.parent_id,
    input.parent_task_id, input.idempotency_key, input.fingerprint, holdfast.now() + input.idempotency_ms * interval '1 millisecond', input.queue,
    input.priority, input.route, input.group_key, input.max_attempts, holdfast.now(), holdfast.now(),
    holdfast.started_at(null, input.status), input.labels, input.input, input.state, nullif(input.keeps_states, 0), input.trace_context
  from input
  left join pinned on pinned.name = input.definition_name and pinned.asked = input.asked_version
  where input.known_id is null and (select count(*) from above) >= 0
  order by input.id collate "C"
  on conflict do nothing
  returning stored.id, stored as whole
), queued as materialized (
  select holdfast.enqueue_new(array_agg(input.id order by input.position), array_agg(input.run_at order by input.position))
  from input
  join written on written.id = input.id
  where input.queue is not null
  having count(*) > 0
), answer as (
  select input.position, input.id as asked_id, input.fingerprint, input.other_fingerprints, written.id is not null as is_new,
    coalesce(written.whole, (select stored from holdfast.execution_of_key(input.idempotency_key) as stored)) as whole
  from input
  full join written on written.id = input.id
  where (select count(*) from queued) >= 0
)
select holdfast.creation_outcome(answer.is_new, answer.asked_id, answer.whole, answer.fingerprint, answer.other_fingerprints) as "outcome!",
  (answer.whole).id::text as "id!", (answer.whole).version as "version!", (answer.whole).status as "status!",
  (answer.whole).strategy as "strategy!", (answer.whole).definition_name::text as "definition_name?",
  (answer.whole).definition_version as "definition_version?", (answer.whole).parent_id::text as "parent_id?",
  (answer.whole).parent_task_id::text as "parent_task_id?", (answer.whole).idempotency_key::text as "idempotency_key?", (answer.whole).labels as "labels!", (answer.whole).usage as "usage!",
  (answer.whole).created_at as "created_at!", (answer.whole).updated_at as "updated_at!", (answer.whole).started_at as "started_at?",
  (answer.whole).finished_at as "finished_at?",
  case when not answer.is_new then (answer.whole).input end as "input?", case when not answer.is_new then (answer.whole).state end as "state?",
  case when not answer.is_new then (answer.whole).output end as "output?",
  case when not answer.is_new then (answer.whole).error end as "error?"
from answer
order by answer.position`,
});

/** The parameters of {@link createQueued}. */
export interface CreateQueuedParameters {
  readonly id: string;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly queue: string;
  readonly priority: number;
  readonly route: string;
  readonly maxAttempts: number;
  readonly labels: JsonText;
  readonly input: JsonText | null;
  readonly state: JsonText | null;
  readonly traceContext: string | null;
}

/** A row of {@link createQueued}. */
export interface CreateQueuedRow {
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
}

/**
 * Creates one ready execution in a queue: the usual case of create_execution, in two thirds of its instructions. It has no definition, key,
 * parent or group. Returns what the caller does not know, and nothing if the id is taken.
 * Index: executions_pkey, queues_pkey. Locks: its new row.
 */
export const createQueued: StatementFunction<CreateQueuedParameters, CreateQueuedRow | null> = maybe({
  name: "executions/createQueued",
  prepared: true,
  readsOnly: false,
  parameters: ["id","status","strategy","queue","priority","route","maxAttempts","labels","input","state","traceContext"],
  object: (row) => ({ createdAt: row[0], updatedAt: row[1], startedAt: row[2] }),
  elements: {},
  text: `with written as (
  insert into holdfast.executions as stored (id, version, status, strategy, queue, priority, route, max_attempts, created_at, updated_at,
    started_at, labels, input, state, trace_context)
  values ($1::text, 1, $2::holdfast.status, $3::holdfast.strategy, $4::text, $5::integer, $6::text,
    $7::integer, holdfast.now(), holdfast.now(), holdfast.started_at(null, $2), $8::jsonb, $9::json,
    $10::json, $11::text)
  on conflict do nothing
  returning stored.sequence, stored.created_at, stored.started_at
), ready as (
  insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, has_place, is_linked)
  select 'execution', $1, $4, $6,
    coalesce((
      select holdfast.work_rank($5, holdfast.now(), setting.aging_ms) from holdfast.queues as setting where setting.name = $4
    ), $5),
    0, written.created_at, written.sequence, $5, 0, false, false
  from written
)
select written.created_at as "created_at!", written.created_at as "updated_at!", written.started_at as "started_at?" from written`,
});

/** The parameters of {@link executionExists}. */
export interface ExecutionExistsParameters {
  readonly id: string;
}

/** A row of {@link executionExists}. */
export interface ExecutionExistsRow {
  readonly id: string;
}

/**
 * Whether an execution exists, locked or not.
 * Index: executions_pkey.
 */
export const executionExists: StatementFunction<ExecutionExistsParameters, ExecutionExistsRow | null> = maybe({
  name: "executions/executionExists",
  prepared: true,
  readsOnly: true,
  parameters: ["id"],
  object: (row) => ({ id: row[0] }),
  elements: {},
  text: `select id
from holdfast.executions
where id = $1`,
});

/** The parameters of {@link failExecutions}. */
export interface FailExecutionsParameters {
  readonly ids: readonly string[];
  readonly tokens: readonly number[];
  readonly errors: readonly (JsonText | null)[];
  readonly afterMs: readonly (number | null)[];
}

/** A row of {@link failExecutions}. */
export interface FailExecutionsRow {
  readonly outcome: string;
  readonly queue: string | null;
  readonly parentId: string | null;
  readonly runAt: Date | null;
}

/**
 * Ends attempts in failure by holdfast.fail_execution, which names its locks. Returns in input order "again", "failed" or "lost", the
 * queue, and the time of the next claim.
 */
export const failExecutions: StatementFunction<FailExecutionsParameters, readonly FailExecutionsRow[]> = many({
  name: "executions/failExecutions",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","tokens","errors","afterMs"],
  object: (row) => ({ outcome: row[0], queue: row[1], parentId: row[2], runAt: row[3] }),
  elements: {"ids":"text","tokens":"int8","errors":"json","afterMs":"int8"},
  text: `select done.outcome as "outcome!", done.queue as "queue?", done.parent_id as "parent_id?",
  done.run_at as "run_at?"
from (
  select given.id, given.token, given.error, given.after_ms, given.position
  from unnest((select $1::text[]), $2::bigint[], $3::json[], $4::bigint[])
    with ordinality as given(id, token, error, after_ms, position)
  order by given.id collate "C"
) as ordered
cross join lateral holdfast.fail_execution(ordered.id, ordered.token, ordered.error, ordered.after_ms) as done
order by ordered.position`,
});

/** The parameters of {@link getExecution}. */
export interface GetExecutionParameters {
  readonly id: string;
}

/** A row of {@link getExecution}. */
export interface GetExecutionRow {
  readonly id: string;
  readonly version: number;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly idempotencyKey: string | null;
  readonly labels: JsonText;
  readonly usage: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly input: JsonText | null;
  readonly state: JsonText | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
}

/**
 * Reads one execution.
 * Index: executions_pkey.
 */
export const getExecution: StatementFunction<GetExecutionParameters, GetExecutionRow | null> = maybe({
  name: "executions/getExecution",
  prepared: true,
  readsOnly: true,
  parameters: ["id"],
  object: (row) => ({ id: row[0], version: row[1], status: row[2], strategy: row[3], definitionName: row[4], definitionVersion: row[5], parentId: row[6], parentTaskId: row[7], idempotencyKey: row[8], labels: row[9], usage: row[10], createdAt: row[11], updatedAt: row[12], startedAt: row[13], finishedAt: row[14], input: row[15], state: row[16], output: row[17], error: row[18] }),
  elements: {},
  text: `select id, version, status, strategy, definition_name, definition_version, parent_id, parent_task_id, idempotency_key, labels, usage,
  created_at, updated_at, started_at, finished_at, input, state, output, error
from holdfast.executions
where id = $1`,
});

/** The parameters of {@link getExecutions}. */
export interface GetExecutionsParameters {
  readonly withPayloads: boolean;
  readonly ids: readonly string[];
}

/** A row of {@link getExecutions}. */
export interface GetExecutionsRow {
  readonly id: string;
  readonly version: number;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly idempotencyKey: string | null;
  readonly labels: JsonText;
  readonly usage: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly input: JsonText | null;
  readonly state: JsonText | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
}

/**
 * Reads executions by id, in any order. Missing ones have no row.
 * Index: executions_pkey.
 */
export const getExecutions: StatementFunction<GetExecutionsParameters, readonly GetExecutionsRow[]> = many({
  name: "executions/getExecutions",
  prepared: true,
  readsOnly: true,
  parameters: ["withPayloads","ids"],
  object: (row) => ({ id: row[0], version: row[1], status: row[2], strategy: row[3], definitionName: row[4], definitionVersion: row[5], parentId: row[6], parentTaskId: row[7], idempotencyKey: row[8], labels: row[9], usage: row[10], createdAt: row[11], updatedAt: row[12], startedAt: row[13], finishedAt: row[14], input: row[15], state: row[16], output: row[17], error: row[18] }),
  elements: {"ids":"text"},
  text: `select id, version, status, strategy, definition_name, definition_version, parent_id, parent_task_id, idempotency_key, labels, usage,
  created_at, updated_at, started_at, finished_at, case when $1::boolean then input end as "input?", case when $1 then state end as "state?",
  case when $1 then output end as "output?", case when $1 then error end as "error?"
from holdfast.executions
where id = any((select $2::text[])::text[])`,
});

/** The parameters of {@link getFormerState}. */
export interface GetFormerStateParameters {
  readonly id: string;
  readonly component: string;
  readonly version: number;
}

/** A row of {@link getFormerState}. */
export interface GetFormerStateRow {
  readonly executionId: string;
  readonly component: string;
  readonly version: number;
  readonly updatedAt: Date;
  readonly replacedAt: Date;
  readonly state: JsonText | null;
}

/**
 * One former version of a state, of the execution's own (an empty component) or a component's.
 * Index: former_states_pkey.
 */
export const getFormerState: StatementFunction<GetFormerStateParameters, GetFormerStateRow | null> = maybe({
  name: "executions/getFormerState",
  prepared: true,
  readsOnly: true,
  parameters: ["id","component","version"],
  object: (row) => ({ executionId: row[0], component: row[1], version: row[2], updatedAt: row[3], replacedAt: row[4], state: row[5] }),
  elements: {},
  text: `select former.execution_id as "execution_id!", former.component as "component!", former.version as "version!",
  former.updated_at as "updated_at!", former.replaced_at as "replaced_at!", former.state as "state?"
from holdfast.former_states as former
where former.execution_id = $1 and former.component = $2 and former.version = $3::bigint`,
});

/** The parameters of {@link getLease}. */
export interface GetLeaseParameters {
  readonly id: string;
}

/** A row of {@link getLease}. */
export interface GetLeaseRow {
  readonly holder: string | null;
  readonly token: number;
  readonly leaseUntil: Date;
}

/**
 * The lease of an execution, if one is held now.
 * Index: leases_pkey.
 */
export const getLease: StatementFunction<GetLeaseParameters, GetLeaseRow | null> = maybe({
  name: "executions/getLease",
  prepared: true,
  readsOnly: true,
  parameters: ["id"],
  object: (row) => ({ holder: row[0], token: row[1], leaseUntil: row[2] }),
  elements: {},
  text: `select holder, token, lease_until
from holdfast.leases
where id = $1 and kind = 'execution' and lease_until > holdfast.now()`,
});

/** The parameters of {@link heartbeatExecutions}. */
export interface HeartbeatExecutionsParameters {
  readonly ids: readonly string[];
  readonly tokens: readonly (number | null)[];
  readonly holders: readonly (string | null)[];
  readonly lax: readonly boolean[];
  readonly leaseMs: readonly number[];
}

/** A row of {@link heartbeatExecutions}. */
export interface HeartbeatExecutionsRow {
  readonly leaseUntil: Date | null;
}

/**
 * Renews leases from now on, each named by its token, its holder or both. Returns their new ends in input order; null for one that was no
 * longer held. A lax call also renews an expired lease that nobody has taken.
 * Index: leases_pkey. Locks: leases in id order.
 */
export const heartbeatExecutions: StatementFunction<HeartbeatExecutionsParameters, readonly HeartbeatExecutionsRow[]> = many({
  name: "executions/heartbeatExecutions",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","tokens","holders","lax","leaseMs"],
  object: (row) => ({ leaseUntil: row[0] }),
  elements: {"ids":"text","tokens":"int8","holders":"text","leaseMs":"int8"},
  text: `with input as materialized (
  select given.id collate "C" as id, given.token, given.holder, given.lax,
    holdfast.now() + given.lease_ms * interval '1 millisecond' as lease_until, given.position
  from unnest((select $1::text[]), $2::bigint[], $3::text[], $4::boolean[], $5::bigint[])
    with ordinality as given(id, token, holder, lax, lease_ms, position)
), held as materialized (
  select wanted.id, wanted.lease_until
  from (select input.id, input.token, input.holder, input.lax, input.lease_until from input order by input.id) as wanted
  cross join lateral (
    select stored.id
    from holdfast.leases as stored
    where stored.id = wanted.id and stored.kind = 'execution' and (wanted.lax or stored.lease_until > holdfast.now())
      and (wanted.token is null or stored.token = wanted.token) and (wanted.holder is null or stored.holder = wanted.holder)
    for no key update
  ) as lease
), renewed as (
  update holdfast.leases as stored set lease_until = held.lease_until
  from (
    select held.id, 'execution'::holdfast.work_kind as kind, held.lease_until from held
    limit holdfast.at_most(cardinality($1::text[]))
  ) as held
  where stored.id = any(array[held.id]) and stored.kind = held.kind
  returning stored.id, stored.lease_until
)
select renewed.lease_until as "lease_until?"
from input
left join renewed on renewed.id = input.id
order by input.position`,
});

/** The parameters of {@link keepStates}. */
export interface KeepStatesParameters {
  readonly id: string;
  readonly component: string;
  readonly count: number;
}

/** A row of {@link keepStates}. */
export interface KeepStatesRow {
  readonly isKnown: boolean;
}

/**
 * Sets how many former versions of a state are kept: the execution's own (an empty component), or a component's. See holdfast.keep_states.
 * Index: executions_pkey or component_states_pkey, former_states_pkey. Locks: those of holdfast.keep_states.
 */
export const keepStates: StatementFunction<KeepStatesParameters, KeepStatesRow> = one({
  name: "executions/keepStates",
  prepared: true,
  readsOnly: false,
  parameters: ["id","component","count"],
  object: (row) => ({ isKnown: row[0] }),
  elements: {},
  text: `select holdfast.keep_states($1::text, $2::text, $3::integer) as "is_known!"`,
});

/** The parameters of {@link listExecutions}. */
export interface ListExecutionsParameters {
  readonly withPayloads: boolean;
  readonly statuses: readonly Status[];
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly queue: string | null;
  readonly createdAfter: Date | null;
  readonly createdBefore: Date | null;
  readonly labels: JsonText | null;
  readonly isDriven: boolean;
  readonly rangeNames: readonly string[];
  readonly lowNumbers: readonly number[];
  readonly lowTexts: readonly string[];
  readonly highNumbers: readonly number[];
  readonly highTexts: readonly string[];
  readonly isLeased: boolean | null;
  readonly correlationKey: string | null;
  readonly afterMoment: string | null;
  readonly afterSequence: number | null;
  readonly limit: number;
}

/** A row of {@link listExecutions}. */
export interface ListExecutionsRow {
  readonly id: string;
  readonly version: number;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly idempotencyKey: string | null;
  readonly labels: JsonText;
  readonly usage: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly input: JsonText | null;
  readonly state: JsonText | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
  readonly micros: string;
  readonly sequence: number;
}

/**
 * The executions that pass the filters in creation order, after a given time and sequence number. Ranges of labels are checked row by
 * row. The narrowest comes first and, if few executions are in it, drives the plan.
 * Index: executions_created, executions_status, executions_of_definition, executions_parent, executions_parent_task, executions_of_queue,
 * executions_labels, or executions_pkey with waits_of_key or execution_labels_value, depending on the filters; execution_labels_pkey, leases_pkey.
 */
export const listExecutions: InBothOrders<ListExecutionsParameters, readonly ListExecutionsRow[]> = {
  asc: many({
  name: "executions/listExecutions",
  prepared: false,
  readsOnly: true,
  parameters: ["withPayloads","statuses","definitionName","definitionVersion","parentId","parentTaskId","queue","createdAfter","createdBefore","labels","isDriven","rangeNames","lowNumbers","lowTexts","highNumbers","highTexts","isLeased","correlationKey","afterMoment","afterSequence","limit"],
  object: (row) => ({ id: row[0], version: row[1], status: row[2], strategy: row[3], definitionName: row[4], definitionVersion: row[5], parentId: row[6], parentTaskId: row[7], idempotencyKey: row[8], labels: row[9], usage: row[10], createdAt: row[11], updatedAt: row[12], startedAt: row[13], finishedAt: row[14], input: row[15], state: row[16], output: row[17], error: row[18], micros: row[19], sequence: row[20] }),
  elements: {"rangeNames":"text","lowTexts":"text","highTexts":"text"},
  text: `select id, version, status, strategy, definition_name, definition_version, parent_id, parent_task_id, idempotency_key, labels, usage,
  created_at, updated_at, started_at, finished_at, case when $1 then input end as "input?", case when $1 then state end as "state?",
  case when $1 then output end as "output?", case when $1 then error end as "error?",
  (extract(epoch from created_at) * 1000000)::bigint::text as "micros!", sequence
from holdfast.executions
where (cardinality($2::holdfast.status[]) = 0
    or cardinality($2::holdfast.status[]) = 1 and status = ($2::holdfast.status[])[1]
    or cardinality($2::holdfast.status[]) > 1 and status = any($2::holdfast.status[]))
  and ($3::text is null or definition_name = $3)
  and ($4::integer is null or definition_version = $4)
  and ($5::text is null or parent_id = $5)
  and ($6::text is null or parent_task_id = $6)
  and ($7::text is null or queue = $7)
  and ($8::timestamptz is null or created_at >= $8)
  and ($9::timestamptz is null or created_at < $9)
  and ($10::jsonb is null or (labels @> $10 and labels <> '{}'))
  and (not $11::boolean or id = any(array(
    select label.execution_id::text from holdfast.execution_labels as label
    where label.name = ($12::text[])[1]
      and (label.number, label.text) >= (($13::float8[])[1], ($14::text[])[1])
      and (label.number, label.text) < (($15::float8[])[1], ($16::text[])[1])
  )))
  and ($11 or cardinality($12) = 0 or (
    select true from holdfast.execution_labels as label
    where label.execution_id = executions.id and label.name = ($12)[1]
      and (label.number, label.text) >= (($13)[1], ($14)[1])
      and (label.number, label.text) < (($15)[1], ($16)[1])
  ))
  and (cardinality($12) <= 1
    or holdfast.has_labels(id, $12, $13, $14, $15, $16))
  and ($17::boolean is null or ((
    select true from holdfast.leases as lease
    where lease.id = executions.id and lease.kind = 'execution' and lease.lease_until > holdfast.now()
  ) is true) = $17)
  and ($18::text is null or id = any(array(
    select wait.execution_id::text from holdfast.waits as wait
    where wait.key = $18 and (wait.expires_at is null or wait.expires_at > holdfast.now())
  )))
  and ($19::text is null or (created_at, sequence) > ($19::text::timestamptz, $20::bigint))
order by created_at, sequence
limit $21`,
}),
  desc: many({
  name: "executions/listExecutions desc",
  prepared: false,
  readsOnly: true,
  parameters: ["withPayloads","statuses","definitionName","definitionVersion","parentId","parentTaskId","queue","createdAfter","createdBefore","labels","isDriven","rangeNames","lowNumbers","lowTexts","highNumbers","highTexts","isLeased","correlationKey","afterMoment","afterSequence","limit"],
  object: (row) => ({ id: row[0], version: row[1], status: row[2], strategy: row[3], definitionName: row[4], definitionVersion: row[5], parentId: row[6], parentTaskId: row[7], idempotencyKey: row[8], labels: row[9], usage: row[10], createdAt: row[11], updatedAt: row[12], startedAt: row[13], finishedAt: row[14], input: row[15], state: row[16], output: row[17], error: row[18], micros: row[19], sequence: row[20] }),
  elements: {"rangeNames":"text","lowTexts":"text","highTexts":"text"},
  text: `select id, version, status, strategy, definition_name, definition_version, parent_id, parent_task_id, idempotency_key, labels, usage,
  created_at, updated_at, started_at, finished_at, case when $1 then input end as "input?", case when $1 then state end as "state?",
  case when $1 then output end as "output?", case when $1 then error end as "error?",
  (extract(epoch from created_at) * 1000000)::bigint::text as "micros!", sequence
from holdfast.executions
where (cardinality($2::holdfast.status[]) = 0
    or cardinality($2::holdfast.status[]) = 1 and status = ($2::holdfast.status[])[1]
    or cardinality($2::holdfast.status[]) > 1 and status = any($2::holdfast.status[]))
  and ($3::text is null or definition_name = $3)
  and ($4::integer is null or definition_version = $4)
  and ($5::text is null or parent_id = $5)
  and ($6::text is null or parent_task_id = $6)
  and ($7::text is null or queue = $7)
  and ($8::timestamptz is null or created_at >= $8)
  and ($9::timestamptz is null or created_at < $9)
  and ($10::jsonb is null or (labels @> $10 and labels <> '{}'))
  and (not $11::boolean or id = any(array(
    select label.execution_id::text from holdfast.execution_labels as label
    where label.name = ($12::text[])[1]
      and (label.number, label.text) >= (($13::float8[])[1], ($14::text[])[1])
      and (label.number, label.text) < (($15::float8[])[1], ($16::text[])[1])
  )))
  and ($11 or cardinality($12) = 0 or (
    select true from holdfast.execution_labels as label
    where label.execution_id = executions.id and label.name = ($12)[1]
      and (label.number, label.text) >= (($13)[1], ($14)[1])
      and (label.number, label.text) < (($15)[1], ($16)[1])
  ))
  and (cardinality($12) <= 1
    or holdfast.has_labels(id, $12, $13, $14, $15, $16))
  and ($17::boolean is null or ((
    select true from holdfast.leases as lease
    where lease.id = executions.id and lease.kind = 'execution' and lease.lease_until > holdfast.now()
  ) is true) = $17)
  and ($18::text is null or id = any(array(
    select wait.execution_id::text from holdfast.waits as wait
    where wait.key = $18 and (wait.expires_at is null or wait.expires_at > holdfast.now())
  )))
  and ($19::text is null or (created_at, sequence) < ($19::text::timestamptz, $20::bigint))
order by created_at desc, sequence desc
limit $21`,
}),
};

/** The parameters of {@link listExecutionsByLabel}. */
export interface ListExecutionsByLabelParameters {
  readonly withPayloads: boolean;
  readonly orderName: string;
  readonly lowNumber: number;
  readonly lowText: string;
  readonly highNumber: number;
  readonly highText: string;
  readonly afterId: string | null;
  readonly afterNumber: number | null;
  readonly afterText: string | null;
  readonly statuses: readonly Status[];
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly queue: string | null;
  readonly createdAfter: Date | null;
  readonly createdBefore: Date | null;
  readonly labels: JsonText | null;
  readonly commonLabels: JsonText | null;
  readonly isDriven: boolean;
  readonly rangeNames: readonly string[];
  readonly lowNumbers: readonly number[];
  readonly lowTexts: readonly string[];
  readonly highNumbers: readonly number[];
  readonly highTexts: readonly string[];
  readonly isLeased: boolean | null;
  readonly correlationKey: string | null;
  readonly limit: number;
}

/** A row of {@link listExecutionsByLabel}. */
export interface ListExecutionsByLabelRow {
  readonly id: string;
  readonly version: number;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly idempotencyKey: string | null;
  readonly labels: JsonText;
  readonly usage: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly input: JsonText | null;
  readonly state: JsonText | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
  readonly labelNumber: number;
  readonly labelText: string;
}

/**
 * The executions that have a label and pass the filters, by the label's value, then by id, after a given place. If few executions are in
 * the first range, it drives the plan, and the found ones are sorted. Otherwise they are read in order until the page is full.
 * Index: execution_labels_value, execution_labels_pkey, executions_pkey, leases_pkey.
 */
export const listExecutionsByLabel: InBothOrders<ListExecutionsByLabelParameters, readonly ListExecutionsByLabelRow[]> = {
  asc: many({
  name: "executions/listExecutionsByLabel",
  prepared: false,
  readsOnly: true,
  parameters: ["withPayloads","orderName","lowNumber","lowText","highNumber","highText","afterId","afterNumber","afterText","statuses","definitionName","definitionVersion","parentId","parentTaskId","queue","createdAfter","createdBefore","labels","commonLabels","isDriven","rangeNames","lowNumbers","lowTexts","highNumbers","highTexts","isLeased","correlationKey","limit"],
  object: (row) => ({ id: row[0], version: row[1], status: row[2], strategy: row[3], definitionName: row[4], definitionVersion: row[5], parentId: row[6], parentTaskId: row[7], idempotencyKey: row[8], labels: row[9], usage: row[10], createdAt: row[11], updatedAt: row[12], startedAt: row[13], finishedAt: row[14], input: row[15], state: row[16], output: row[17], error: row[18], labelNumber: row[19], labelText: row[20] }),
  elements: {"rangeNames":"text","lowTexts":"text","highTexts":"text"},
  text: `select execution.id, execution.version, execution.status, execution.strategy, execution.definition_name,
  execution.definition_version, execution.parent_id, execution.parent_task_id, execution.idempotency_key, execution.labels, execution.usage,
  execution.created_at, execution.updated_at, execution.started_at, execution.finished_at,
  case when $1 then execution.input end as "input?", case when $1 then execution.state end as "state?",
  case when $1 then execution.output end as "output?", case when $1 then execution.error end as "error?",
  label.number as "label_number!", label.text as "label_text!"
from holdfast.execution_labels as label
join holdfast.executions as execution on execution.id = label.execution_id
where label.name = $2
  and (label.number, label.text) >= ($3::float8, $4::text)
  and (label.number, label.text) < ($5::float8, $6::text)
  and ($7::text is null
    or (label.number, label.text, label.execution_id) > ($8::float8, $9::text, $7))
  and (cardinality($10::holdfast.status[]) = 0
    or cardinality($10::holdfast.status[]) = 1 and execution.status = ($10::holdfast.status[])[1]
    or cardinality($10::holdfast.status[]) > 1 and execution.status = any($10::holdfast.status[]))
  and ($11::text is null or execution.definition_name = $11)
  and ($12::integer is null or execution.definition_version = $12)
  and ($13::text is null or execution.parent_id = $13)
  and ($14::text is null or execution.parent_task_id = $14)
  and ($15::text is null or execution.queue = $15)
  and ($16::timestamptz is null or execution.created_at >= $16)
  and ($17::timestamptz is null or execution.created_at < $17)
  and ($18::jsonb is null or (execution.labels @> $18 and execution.labels <> '{}'))
  and ($19::jsonb is null or (select execution.labels @> $19))
  and (not $20::boolean or label.execution_id = any(array(
    select driver.execution_id::text from holdfast.execution_labels as driver
    where driver.name = ($21::text[])[1]
      and (driver.number, driver.text) >= (($22::float8[])[1], ($23::text[])[1])
      and (driver.number, driver.text) < (($24::float8[])[1], ($25::text[])[1])
  )))
  and (cardinality($21::text[]) = 0 or holdfast.has_labels(execution.id, $21::text[], $22::float8[],
    $23::text[], $24::float8[], $25::text[]))
  and ($26::boolean is null or ((
    select true from holdfast.leases as lease
    where lease.id = execution.id and lease.kind = 'execution' and lease.lease_until > holdfast.now()
  ) is true) = $26)
  and ($27::text is null or execution.id = any(array(
    select wait.execution_id::text from holdfast.waits as wait
    where wait.key = $27 and (wait.expires_at is null or wait.expires_at > holdfast.now())
  )))
order by label.number, label.text, label.execution_id
limit $28`,
}),
  desc: many({
  name: "executions/listExecutionsByLabel desc",
  prepared: false,
  readsOnly: true,
  parameters: ["withPayloads","orderName","lowNumber","lowText","highNumber","highText","afterId","afterNumber","afterText","statuses","definitionName","definitionVersion","parentId","parentTaskId","queue","createdAfter","createdBefore","labels","commonLabels","isDriven","rangeNames","lowNumbers","lowTexts","highNumbers","highTexts","isLeased","correlationKey","limit"],
  object: (row) => ({ id: row[0], version: row[1], status: row[2], strategy: row[3], definitionName: row[4], definitionVersion: row[5], parentId: row[6], parentTaskId: row[7], idempotencyKey: row[8], labels: row[9], usage: row[10], createdAt: row[11], updatedAt: row[12], startedAt: row[13], finishedAt: row[14], input: row[15], state: row[16], output: row[17], error: row[18], labelNumber: row[19], labelText: row[20] }),
  elements: {"rangeNames":"text","lowTexts":"text","highTexts":"text"},
  text: `select execution.id, execution.version, execution.status, execution.strategy, execution.definition_name,
  execution.definition_version, execution.parent_id, execution.parent_task_id, execution.idempotency_key, execution.labels, execution.usage,
  execution.created_at, execution.updated_at, execution.started_at, execution.finished_at,
  case when $1 then execution.input end as "input?", case when $1 then execution.state end as "state?",
  case when $1 then execution.output end as "output?", case when $1 then execution.error end as "error?",
  label.number as "label_number!", label.text as "label_text!"
from holdfast.execution_labels as label
join holdfast.executions as execution on execution.id = label.execution_id
where label.name = $2
  and (label.number, label.text) >= ($3::float8, $4::text)
  and (label.number, label.text) < ($5::float8, $6::text)
  and ($7::text is null
    or (label.number, label.text, label.execution_id) < ($8::float8, $9::text, $7))
  and (cardinality($10::holdfast.status[]) = 0
    or cardinality($10::holdfast.status[]) = 1 and execution.status = ($10::holdfast.status[])[1]
    or cardinality($10::holdfast.status[]) > 1 and execution.status = any($10::holdfast.status[]))
  and ($11::text is null or execution.definition_name = $11)
  and ($12::integer is null or execution.definition_version = $12)
  and ($13::text is null or execution.parent_id = $13)
  and ($14::text is null or execution.parent_task_id = $14)
  and ($15::text is null or execution.queue = $15)
  and ($16::timestamptz is null or execution.created_at >= $16)
  and ($17::timestamptz is null or execution.created_at < $17)
  and ($18::jsonb is null or (execution.labels @> $18 and execution.labels <> '{}'))
  and ($19::jsonb is null or (select execution.labels @> $19))
  and (not $20::boolean or label.execution_id = any(array(
    select driver.execution_id::text from holdfast.execution_labels as driver
    where driver.name = ($21::text[])[1]
      and (driver.number, driver.text) >= (($22::float8[])[1], ($23::text[])[1])
      and (driver.number, driver.text) < (($24::float8[])[1], ($25::text[])[1])
  )))
  and (cardinality($21::text[]) = 0 or holdfast.has_labels(execution.id, $21::text[], $22::float8[],
    $23::text[], $24::float8[], $25::text[]))
  and ($26::boolean is null or ((
    select true from holdfast.leases as lease
    where lease.id = execution.id and lease.kind = 'execution' and lease.lease_until > holdfast.now()
  ) is true) = $26)
  and ($27::text is null or execution.id = any(array(
    select wait.execution_id::text from holdfast.waits as wait
    where wait.key = $27 and (wait.expires_at is null or wait.expires_at > holdfast.now())
  )))
order by label.number desc, label.text desc, label.execution_id desc
limit $28`,
}),
};

/** The parameters of {@link listFormerStates}. */
export interface ListFormerStatesParameters {
  readonly withStates: boolean;
  readonly id: string;
  readonly component: string;
  readonly after: number;
  readonly limit: number;
}

/** A row of {@link listFormerStates}. */
export interface ListFormerStatesRow {
  readonly executionId: string;
  readonly component: string;
  readonly version: number;
  readonly updatedAt: Date;
  readonly replacedAt: Date;
  readonly state: JsonText | null;
}

/**
 * The former versions of a state that were kept, after a given one: of the execution's own (an empty component), or a component's.
 * Index: former_states_pkey.
 */
export const listFormerStates: InBothOrders<ListFormerStatesParameters, readonly ListFormerStatesRow[]> = {
  asc: many({
  name: "executions/listFormerStates",
  prepared: true,
  readsOnly: true,
  parameters: ["withStates","id","component","after","limit"],
  object: (row) => ({ executionId: row[0], component: row[1], version: row[2], updatedAt: row[3], replacedAt: row[4], state: row[5] }),
  elements: {},
  text: `select former.execution_id as "execution_id!", former.component as "component!", former.version as "version!",
  former.updated_at as "updated_at!", former.replaced_at as "replaced_at!", case when $1::boolean then former.state end as "state?"
from holdfast.former_states as former
where former.execution_id = $2 and former.component = $3 and former.version > $4::bigint
order by former.version
limit $5`,
}),
  desc: many({
  name: "executions/listFormerStates desc",
  prepared: true,
  readsOnly: true,
  parameters: ["withStates","id","component","after","limit"],
  object: (row) => ({ executionId: row[0], component: row[1], version: row[2], updatedAt: row[3], replacedAt: row[4], state: row[5] }),
  elements: {},
  text: `select former.execution_id as "execution_id!", former.component as "component!", former.version as "version!",
  former.updated_at as "updated_at!", former.replaced_at as "replaced_at!", case when $1::boolean then former.state end as "state?"
from holdfast.former_states as former
where former.execution_id = $2 and former.component = $3 and former.version < $4::bigint
order by former.version desc
limit $5`,
}),
};

/** The parameters of {@link lockExecution}. */
export interface LockExecutionParameters {
  readonly id: string;
}

/** A row of {@link lockExecution}. */
export interface LockExecutionRow {
  readonly id: string;
  readonly version: number;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly idempotencyKey: string | null;
  readonly labels: JsonText;
  readonly usage: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly input: JsonText | null;
  readonly state: JsonText | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
}

/**
 * Locks one execution until the transaction ends. Locked for update, so that nothing new can refer to it either: no task, wait, timer
 * or child is added meanwhile.
 * Index: executions_pkey. Locks: the execution.
 */
export const lockExecution: InEachLockMode<LockExecutionParameters, LockExecutionRow | null> = {
  wait: maybe({
  name: "executions/lockExecution",
  prepared: true,
  readsOnly: false,
  parameters: ["id"],
  object: (row) => ({ id: row[0], version: row[1], status: row[2], strategy: row[3], definitionName: row[4], definitionVersion: row[5], parentId: row[6], parentTaskId: row[7], idempotencyKey: row[8], labels: row[9], usage: row[10], createdAt: row[11], updatedAt: row[12], startedAt: row[13], finishedAt: row[14], input: row[15], state: row[16], output: row[17], error: row[18] }),
  elements: {},
  text: `select id, version, status, strategy, definition_name, definition_version, parent_id, parent_task_id, idempotency_key, labels, usage,
  created_at, updated_at, started_at, finished_at, input, state, output, error
from holdfast.executions
where id = $1
for update`,
}),
  nowait: maybe({
  name: "executions/lockExecution nowait",
  prepared: true,
  readsOnly: false,
  parameters: ["id"],
  object: (row) => ({ id: row[0], version: row[1], status: row[2], strategy: row[3], definitionName: row[4], definitionVersion: row[5], parentId: row[6], parentTaskId: row[7], idempotencyKey: row[8], labels: row[9], usage: row[10], createdAt: row[11], updatedAt: row[12], startedAt: row[13], finishedAt: row[14], input: row[15], state: row[16], output: row[17], error: row[18] }),
  elements: {},
  text: `select id, version, status, strategy, definition_name, definition_version, parent_id, parent_task_id, idempotency_key, labels, usage,
  created_at, updated_at, started_at, finished_at, input, state, output, error
from holdfast.executions
where id = $1
for update nowait`,
}),
  skip_locked: maybe({
  name: "executions/lockExecution skip_locked",
  prepared: true,
  readsOnly: false,
  parameters: ["id"],
  object: (row) => ({ id: row[0], version: row[1], status: row[2], strategy: row[3], definitionName: row[4], definitionVersion: row[5], parentId: row[6], parentTaskId: row[7], idempotencyKey: row[8], labels: row[9], usage: row[10], createdAt: row[11], updatedAt: row[12], startedAt: row[13], finishedAt: row[14], input: row[15], state: row[16], output: row[17], error: row[18] }),
  elements: {},
  text: `select id, version, status, strategy, definition_name, definition_version, parent_id, parent_task_id, idempotency_key, labels, usage,
  created_at, updated_at, started_at, finished_at, input, state, output, error
from holdfast.executions
where id = $1
for update skip locked`,
}),
};

/** The parameters of {@link lockIdempotencyKeys}. */
export interface LockIdempotencyKeysParameters {
  readonly keys: readonly string[];
}

/**
 * Serializes transactions that create executions under one idempotency key, so that the next statement sees what the previous one
 * created.
 * Locks: an advisory transaction lock per key, in hash order.
 */
export const lockIdempotencyKeys: StatementFunction<LockIdempotencyKeysParameters, void> = exec({
  name: "executions/lockIdempotencyKeys",
  prepared: true,
  readsOnly: false,
  parameters: ["keys"],
  object: () => ({}),
  elements: {"keys":"text"},
  text: `select holdfast.lock_keys('execution', $1::text[])`,
});

/** The parameters of {@link lockRemovedExecutions}. */
export interface LockRemovedExecutionsParameters {
  readonly ids: readonly string[];
}

/** A row of {@link lockRemovedExecutions}. */
export interface LockRemovedExecutionsRow {
  readonly id: string;
}

/**
 * Locks executions to be removed, and their descendants, which are removed too. Returns those that exist. This is a separate statement,
 * so that the next one sees everything that was added to them before.
 * Locks: those of holdfast.lock_families.
 */
export const lockRemovedExecutions: StatementFunction<LockRemovedExecutionsParameters, readonly LockRemovedExecutionsRow[]> = many({
  name: "executions/lockRemovedExecutions",
  prepared: true,
  readsOnly: false,
  parameters: ["ids"],
  object: (row) => ({ id: row[0] }),
  elements: {"ids":"text"},
  text: `select locked.id as "id!"
from unnest(holdfast.lock_families($1::text[], array_fill(true, array[cardinality($1::text[])]), false)) as locked(id)`,
});

/** The parameters of {@link lockSavedExecutions}. */
export interface LockSavedExecutionsParameters {
  readonly ids: readonly string[];
}

/**
 * Locks the executions that several statements of a transaction will write, all in one order.
 * Index: executions_pkey. Locks: executions in id order.
 */
export const lockSavedExecutions: StatementFunction<LockSavedExecutionsParameters, void> = exec({
  name: "executions/lockSavedExecutions",
  prepared: true,
  readsOnly: false,
  parameters: ["ids"],
  object: () => ({}),
  elements: {"ids":"text"},
  text: `with locked as materialized (
  select execution.version
  from (
    select given.id from unnest((select $1::text[])) as given(id) order by given.id collate "C"
  ) as input
  cross join lateral (
    select stored.version from holdfast.executions as stored where stored.id = input.id for no key update
  ) as execution
)
select count(*) as "locked!"
from locked`,
});

/** The parameters of {@link measureEnds}. */
export interface MeasureEndsParameters {
  readonly since: Date;
  readonly limit: number;
}

/** A row of {@link measureEnds}. */
export interface MeasureEndsRow {
  readonly now: Date;
  readonly created: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly canceled: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly max: number | null;
}

/**
 * Counts the executions that were created since a time and those that ended since, with how long these took in milliseconds. Reads at most
 * `limit` of each, the newest.
 * Index: executions_created, executions_ended.
 */
export const measureEnds: StatementFunction<MeasureEndsParameters, MeasureEndsRow> = one({
  name: "executions/measureEnds",
  prepared: true,
  readsOnly: true,
  parameters: ["since","limit"],
  object: (row) => ({ now: row[0], created: row[1], succeeded: row[2], failed: row[3], timedOut: row[4], canceled: row[5], p50: row[6], p95: row[7], max: row[8] }),
  elements: {},
  text: `with ended as materialized (
  select execution.status, extract(epoch from execution.finished_at - execution.created_at)::float8 * 1000 as total_ms
  from holdfast.executions as execution
  where execution.finished_at > $1::timestamptz
  order by execution.finished_at desc
  limit $2
)
select holdfast.now() as "now!",
  (
    select count(*) from (
      select from holdfast.executions as execution where execution.created_at > $1 order by execution.created_at desc limit $2
    ) as newest
  ) as "created!",
  count(*) filter (where ended.status = 'succeeded') as "succeeded!", count(*) filter (where ended.status = 'failed') as "failed!",
  count(*) filter (where ended.status = 'timed_out') as "timed_out!", count(*) filter (where ended.status = 'canceled') as "canceled!",
  percentile_disc(0.5) within group (order by ended.total_ms) as "p50?", percentile_disc(0.95) within group (order by ended.total_ms) as "p95?",
  max(ended.total_ms) as "max?"
from ended`,
});

/** The parameters of {@link outcomeOfTasks}. */
export interface OutcomeOfTasksParameters {
  readonly id: string;
}

/** A row of {@link outcomeOfTasks}. */
export interface OutcomeOfTasksRow {
  readonly status: Status;
}

/**
 * The status that an execution's strategy derives from its root tasks, once all are terminal. The newest attempt of each name decides.
 * Without tasks: succeeded.
 * Index: executions_pkey, tasks_of_execution.
 */
export const outcomeOfTasks: StatementFunction<OutcomeOfTasksParameters, OutcomeOfTasksRow> = one({
  name: "executions/outcomeOfTasks",
  prepared: true,
  readsOnly: true,
  parameters: ["id"],
  object: (row) => ({ status: row[0] }),
  elements: {},
  text: `with root as (
  select task.status, rank() over (partition by task.name order by task.attempt desc) as age
  from holdfast.tasks as task
  where task.execution_id = $1 and task.parent_id is null
), counted as (
  select count(*) as total,
    count(*) filter (where root.status = 'succeeded') as succeeded,
    count(*) filter (where root.status = 'failed') as failed,
    count(*) filter (where root.status = 'timed_out') as timed_out,
    count(*) filter (where root.status = 'canceled') as canceled
  from root
  where root.age = 1
)
select
  case
    when counted.total = 0 then 'succeeded'
    else holdfast.overall_status(execution.strategy, counted.total, 0, 0, counted.succeeded, counted.failed, counted.timed_out,
      counted.canceled)
  end as "status!"
from counted
cross join holdfast.executions as execution
where execution.id = $1`,
});

/** The parameters of {@link outputsOfTasks}. */
export interface OutputsOfTasksParameters {
  readonly id: string;
}

/** A row of {@link outputsOfTasks}. */
export interface OutputsOfTasksRow {
  readonly name: string;
  readonly output: JsonText | null;
}

/**
 * The output of each root task of an execution, by name. Of several under one name, the newest attempt counts.
 * Index: tasks_of_execution.
 */
export const outputsOfTasks: StatementFunction<OutputsOfTasksParameters, readonly OutputsOfTasksRow[]> = many({
  name: "executions/outputsOfTasks",
  prepared: true,
  readsOnly: true,
  parameters: ["id"],
  object: (row) => ({ name: row[0], output: row[1] }),
  elements: {},
  text: `select distinct on (name) name, output
from holdfast.tasks
where execution_id = $1 and parent_id is null
order by name, attempt desc, sequence desc`,
});

/** The parameters of {@link releaseLeases}. */
export interface ReleaseLeasesParameters {
  readonly ids: readonly string[];
  readonly tokens: readonly number[];
}

/** A row of {@link releaseLeases}. */
export interface ReleaseLeasesRow {
  readonly isReleased: boolean;
  readonly queue: string | null;
}

/**
 * Gives leases back, and returns in input order whether each was still held, and the queue from which it can be claimed again at once.
 * Their tokens become stale.
 * Index: leases_pkey, executions_pkey. Locks: leases in id order.
 */
export const releaseLeases: StatementFunction<ReleaseLeasesParameters, readonly ReleaseLeasesRow[]> = many({
  name: "executions/releaseLeases",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","tokens"],
  object: (row) => ({ isReleased: row[0], queue: row[1] }),
  elements: {"ids":"text","tokens":"int8"},
  text: `with input as materialized (
  select given.id collate "C" as id, given.token, given.position
  from unnest((select $1::text[]), $2::bigint[]) with ordinality as given(id, token, position)
), held as materialized (
  select wanted.id
  from (select input.id, input.token from input order by input.id) as wanted
  cross join lateral (
    select stored.id
    from holdfast.leases as stored
    where stored.id = wanted.id and stored.kind = 'execution' and holdfast.holds(stored.token, stored.lease_until, wanted.token)
    for update
  ) as lease
), released as (
  delete from holdfast.leases as stored
  using (
    select held.id, 'execution'::holdfast.work_kind as kind from held
    limit holdfast.at_most(cardinality($1::text[]))
  ) as held
  where stored.id = any(array[held.id]) and stored.kind = held.kind
  returning stored.id, stored.queue, stored.attempts, stored.group_key
), back as materialized (
  select holdfast.enqueue_execution(released.id, holdfast.now(), released.attempts - 1, released.group_key)
  from released
  where released.queue is not null
)
select released.id is not null as "is_released!", released.queue as "queue?"
from input
left join released on released.id = input.id
where (select count(*) from back) >= 0
order by input.position`,
});

/** The parameters of {@link removeExecutions}. */
export interface RemoveExecutionsParameters {
  readonly familyIds: readonly string[];
  readonly ids: readonly string[];
}

/**
 * Removes executions with everything they own, including children, which are the rest of the family. The owned rows are locked first,
 * because the foreign keys would remove them in no particular order. Runs behind lock_removed_executions; an execution created in between
 * stays.
 * Index: executions_pkey, jobs_of_execution, timers_of_execution, tasks_of_execution, component_states_pkey,
 * waits_execution_id_step_key_key, history_heads_pkey. Locks: jobs, as remove_jobs does; timers by id; waits by key and sequence; tasks
 * by id, the greatest first; component states and history_heads in key order.
 */
export const removeExecutions: StatementFunction<RemoveExecutionsParameters, void> = exec({
  name: "executions/removeExecutions",
  prepared: true,
  readsOnly: false,
  parameters: ["familyIds","ids"],
  object: () => ({}),
  elements: {"familyIds":"text","ids":"text"},
  text: `with job as materialized (
  select holdfast.remove_jobs(array(
    select stored.id::text from holdfast.jobs as stored where stored.execution_id = any((select $1::text[])::text[])
  )) as woken
), timer as materialized (
  select stored.id
  from holdfast.timers as stored
  where stored.execution_id = any((select $1::text[])::text[]) and (select count(*) from job) >= 0
  order by stored.id
  for update
), wait as materialized (
  select stored.id
  from holdfast.waits as stored
  where stored.execution_id = any((select $1::text[])::text[]) and (select count(*) from timer) >= 0
  order by stored.key, stored.sequence
  for update
), task as materialized (
  select stored.id
  from holdfast.tasks as stored
  where stored.execution_id = any((select $1::text[])::text[]) and (select count(*) from wait) >= 0
  order by stored.id desc
  for update
), state as materialized (
  select stored.execution_id
  from holdfast.component_states as stored
  where stored.execution_id = any((select $1::text[])::text[]) and (select count(*) from task) >= 0
  order by stored.execution_id, stored.component
  for update
), head as materialized (
  select stored.execution_id
  from holdfast.history_heads as stored
  where stored.execution_id = any((select $1::text[])::text[]) and (select count(*) from state) >= 0
  order by stored.execution_id
  for update
)
delete from holdfast.executions as stored
using (
  select given.id
  from unnest((select $2::text[])) as given(id)
  where (select count(*) from head) >= 0
  limit holdfast.at_most(cardinality($2::text[]))
) as gone
where stored.id = gone.id`,
});

/** The parameters of {@link rescueExecutions}. */
export interface RescueExecutionsParameters {
  readonly queues: readonly string[];
  readonly limit: number;
  readonly expiredError: JsonText;
}

/** A row of {@link rescueExecutions}. */
export interface RescueExecutionsRow {
  readonly reclaimed: number;
  readonly died: number;
  readonly woken: readonly string[] | null;
}

/**
 * Takes at most `limit` executions from holders whose leases have expired. Reads the named queues, or all that have leases, which it
 * finds by stepping through the index. Returns how many wait again, how many have failed, and which queues have work.
 * Index: leases_of_queue. Locks: see holdfast.rescue_executions.
 */
export const rescueExecutions: StatementFunction<RescueExecutionsParameters, RescueExecutionsRow> = one({
  name: "executions/rescueExecutions",
  prepared: true,
  readsOnly: false,
  parameters: ["queues","limit","expiredError"],
  object: (row) => ({ reclaimed: row[0], died: row[1], woken: row[2] }),
  elements: {"queues":"text"},
  text: `with recursive busy as (
  (
    select lease.queue as name
    from holdfast.leases as lease
    where lease.queue is not null and cardinality((select $1::text[])) = 0
    order by lease.queue
    limit 1
  )
  union all
  select (select lease.queue from holdfast.leases as lease where lease.queue > busy.name order by lease.queue limit 1)
  from busy
  where busy.name is not null
), wanted as materialized (
  select busy.name from busy where busy.name is not null
  union
  select given.name from unnest((select $1::text[])) as given(name)
), rescued as materialized (
  select ordered.name, each.reclaimed, each.died
  from (select wanted.name from wanted order by wanted.name collate "C") as ordered
  cross join lateral holdfast.rescue_executions(ordered.name, $2::bigint, $3::json, false) as each
)
select coalesce(sum(rescued.reclaimed), 0)::bigint as "reclaimed!", coalesce(sum(rescued.died), 0)::bigint as "died!",
  array_agg(rescued.name) filter (where rescued.reclaimed > 0) as "woken?"
from rescued`,
});

/** The parameters of {@link saveExecution}. */
export interface SaveExecutionParameters {
  readonly id: string;
  readonly status: Status | null;
  readonly strategy: Strategy | null;
  readonly labels: JsonText | null;
  readonly input: JsonText | null;
  readonly state: JsonText | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
  readonly token: number | null;
  readonly expected: number | null;
}

/** A row of {@link saveExecution}. */
export interface SaveExecutionRow {
  readonly id: string;
  readonly version: number;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly idempotencyKey: string | null;
  readonly labels: JsonText;
  readonly usage: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly ends: boolean;
}

/**
 * Writes one execution that names no definition, parent or number of former states, as `save_executions` does, in half the time. It checks
 * the row once it is locked. A new row has no lease, and no version that anybody can have read.
 * Index: executions_pkey, leases_pkey. Locks: the execution, then its lease.
 */
export const saveExecution: StatementFunction<SaveExecutionParameters, SaveExecutionRow> = one({
  name: "executions/saveExecution",
  prepared: true,
  readsOnly: false,
  parameters: ["id","status","strategy","labels","input","state","output","error","token","expected"],
  object: (row) => ({ id: row[0], version: row[1], status: row[2], strategy: row[3], definitionName: row[4], definitionVersion: row[5], parentId: row[6], parentTaskId: row[7], idempotencyKey: row[8], labels: row[9], usage: row[10], createdAt: row[11], updatedAt: row[12], startedAt: row[13], finishedAt: row[14], ends: row[15] }),
  elements: {},
  text: `insert into holdfast.executions as stored (id, version, status, strategy, created_at, updated_at, started_at, finished_at, labels,
  input, state, output, error)
values ($1::text, 1, coalesce($2::holdfast.status, 'pending'), coalesce($3::holdfast.strategy, 'wait_all'),
  holdfast.now(), holdfast.now(), holdfast.started_at(null, $2), holdfast.finished_at(null, $2),
  coalesce($4::jsonb, '{}'), $5::json, $6::json, $7::json, $8::json)
on conflict (id) do update set
  version = stored.version + 1, status = coalesce($2, stored.status), strategy = coalesce($3, stored.strategy),
  updated_at = excluded.updated_at, started_at = holdfast.started_at(stored.started_at, coalesce($2, stored.status)),
  finished_at = holdfast.finished_at(stored.finished_at, coalesce($2, stored.status)),
  labels = coalesce($4, stored.labels), input = coalesce(excluded.input, stored.input),
  state = coalesce(excluded.state, stored.state), output = coalesce(excluded.output, stored.output),
  error = coalesce(excluded.error, stored.error)
where case
  when $9::bigint is not null and not holdfast.hold_lease(stored.id, $9) then false
  when $10::bigint <> stored.version then
    holdfast.fail('HF001', format('execution %s is not at the expected version: read it again', stored.id),
      json_build_object('entity', 'execution', 'id', stored.id, 'expected', $10, 'actual', stored.version))
  else true
end
returning stored.id as "id!",
  case
    when stored.version > 1 or ($9 is null and coalesce($10, 0) = 0) then stored.version
    when $9 is not null and holdfast.fail('HF002',
      format('the lease of execution %s is no longer held: stop its work', stored.id),
      json_build_object('entity', 'execution', 'id', stored.id, 'token', $9)) then null
    when holdfast.fail('HF001', format('execution %s is not at the expected version: read it again', stored.id),
      json_build_object('entity', 'execution', 'id', stored.id, 'expected', $10, 'actual', 0)) then null
  end as "version!",
  stored.status as "status!", stored.strategy as "strategy!",
  stored.definition_name as "definition_name?", stored.definition_version as "definition_version?",
  stored.parent_id as "parent_id?", stored.parent_task_id as "parent_task_id?",
  stored.idempotency_key as "idempotency_key?", stored.labels as "labels!",
  stored.usage as "usage!", stored.created_at as "created_at!", stored.updated_at as "updated_at!",
  stored.started_at as "started_at?", stored.finished_at as "finished_at?",
  coalesce(stored.finished_at = stored.updated_at, false) and (
    select former.finished_at from holdfast.executions as former where former.id = stored.id limit 1
  ) is null as "ends!"`,
});

/** The parameters of {@link saveExecutions}. */
export interface SaveExecutionsParameters {
  readonly ids: readonly string[];
  readonly tokens: readonly (number | null)[];
  readonly expected: readonly (number | null)[];
  readonly statuses: readonly (Status | null)[];
  readonly strategies: readonly (Strategy | null)[];
  readonly definitionNames: readonly (string | null)[];
  readonly definitionVersions: readonly (string | null)[];
  readonly parentIds: readonly (string | null)[];
  readonly parentTaskIds: readonly (string | null)[];
  readonly hasParents: readonly boolean[];
  readonly labels: readonly (JsonText | null)[];
  readonly inputs: readonly (JsonText | null)[];
  readonly states: readonly (JsonText | null)[];
  readonly keptStates: readonly (number | null)[];
  readonly outputs: readonly (JsonText | null)[];
  readonly errors: readonly (JsonText | null)[];
}

/** A row of {@link saveExecutions}. */
export interface SaveExecutionsRow {
  readonly id: string;
  readonly version: number;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly idempotencyKey: string | null;
  readonly labels: JsonText;
  readonly usage: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly ends: boolean;
}

/**
 * Writes executions, and answers in any order. Omitted fields keep their stored values. A new row gets the defaults and version 1; each
 * write adds one to the version. On failure nothing is written. HF002: a token does not hold the lease. HF001: another version than
 * expected (0: no row yet). HF004: no such definition or parent. HF006: the parent or its task is not the stored one. HF003: the status cannot follow
 * the stored one. `hasParents` says whether the parent of a row comes earlier in the input. Rows are created in input order.
 * Index: executions_pkey, leases_pkey, definitions_pkey, definitions_active. Locks: definitions, shared, in key order; then executions in
 * id order. New rows are inserted in that order too, and parents locked, shared.
 */
export const saveExecutions: StatementFunction<SaveExecutionsParameters, readonly SaveExecutionsRow[]> = many({
  name: "executions/saveExecutions",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","tokens","expected","statuses","strategies","definitionNames","definitionVersions","parentIds","parentTaskIds","hasParents","labels","inputs","states","keptStates","outputs","errors"],
  object: (row) => ({ id: row[0], version: row[1], status: row[2], strategy: row[3], definitionName: row[4], definitionVersion: row[5], parentId: row[6], parentTaskId: row[7], idempotencyKey: row[8], labels: row[9], usage: row[10], createdAt: row[11], updatedAt: row[12], startedAt: row[13], finishedAt: row[14], ends: row[15] }),
  elements: {"ids":"text","tokens":"int8","expected":"int8","definitionNames":"text","definitionVersions":"text","parentIds":"text","parentTaskIds":"text","inputs":"json","states":"json","outputs":"json","errors":"json"},
  text: `select saved.id as "id!", saved.version as "version!", saved.status as "status!", saved.strategy as "strategy!",
  saved.definition_name as "definition_name?", saved.definition_version as "definition_version?", saved.parent_id as "parent_id?",
  saved.parent_task_id as "parent_task_id?", saved.idempotency_key as "idempotency_key?", saved.labels as "labels!", saved.usage as "usage!", saved.created_at as "created_at!",
  saved.updated_at as "updated_at!", saved.started_at as "started_at?", saved.finished_at as "finished_at?",
  coalesce(saved.finished_at = saved.updated_at, false) and (
    select former.finished_at from holdfast.executions as former where former.id = saved.id limit 1
  ) is null as "ends!"
from holdfast.save_executions(
  $1::text[], $2::bigint[], $3::bigint[], $4::holdfast.status[], $5::holdfast.strategy[],
  $6::text[], $7::text[], $8::text[], $9::text[], $10::boolean[],
  $11::jsonb[], $12::json[], $13::json[], $14::integer[], $15::json[], $16::json[]
) as saved`,
});

/** The parameters of {@link unfinishedTasks}. */
export interface UnfinishedTasksParameters {
  readonly id: string;
}

/** A row of {@link unfinishedTasks}. */
export interface UnfinishedTasksRow {
  readonly pending: number;
  readonly running: number;
  readonly waiting: number;
  readonly paused: number;
}

/**
 * Counts the tasks of an execution in each status that is not terminal.
 * Index: tasks_of_execution.
 */
export const unfinishedTasks: StatementFunction<UnfinishedTasksParameters, UnfinishedTasksRow> = one({
  name: "executions/unfinishedTasks",
  prepared: true,
  readsOnly: true,
  parameters: ["id"],
  object: (row) => ({ pending: row[0], running: row[1], waiting: row[2], paused: row[3] }),
  elements: {},
  text: `select count(*) filter (where status = 'pending') as "pending!", count(*) filter (where status = 'running') as "running!",
  count(*) filter (where status = 'waiting') as "waiting!", count(*) filter (where status = 'paused') as "paused!"
from holdfast.tasks
where execution_id = $1 and not holdfast.is_terminal(status)`,
});

/** The parameters of {@link wakeExecutions}. */
export interface WakeExecutionsParameters {
  readonly ids: readonly string[];
  readonly payloads: readonly (JsonText | null)[];
  readonly traceContexts: readonly (string | null)[];
}

/** A row of {@link wakeExecutions}. */
export interface WakeExecutionsRow {
  readonly isWoken: boolean;
  readonly queue: string | null;
}

/**
 * Wakes executions by holdfast.wake_execution, which names its locks. Returns in input order whether each could be woken, and its queue
 * if it is claimable now.
 */
export const wakeExecutions: StatementFunction<WakeExecutionsParameters, readonly WakeExecutionsRow[]> = many({
  name: "executions/wakeExecutions",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","payloads","traceContexts"],
  object: (row) => ({ isWoken: row[0], queue: row[1] }),
  elements: {"ids":"text","payloads":"json","traceContexts":"text"},
  text: `select woken.is_woken as "is_woken!", woken.queue as "queue?"
from (
  select given.id, given.payload, given.trace_context, given.position
  from unnest((select $1::text[]), $2::json[], $3::text[])
    with ordinality as given(id, payload, trace_context, position)
  order by given.id collate "C"
) as ordered
cross join lateral holdfast.wake_execution(ordered.id, ordered.payload, ordered.trace_context) as woken
order by ordered.position`,
});
