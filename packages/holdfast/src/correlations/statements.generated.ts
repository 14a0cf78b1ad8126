// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import type { JsonText } from "../core/codec.ts";
import type { WaitStatus } from "../core/enums.generated.ts";
import { exec, many, maybe, one, type InBothOrders, type StatementFunction } from "../core/plan.ts";

/** The parameters of {@link cancelWaits}. */
export interface CancelWaitsParameters {
  readonly ids: readonly string[];
  readonly executionIds: readonly (string | null)[];
}

/** A row of {@link cancelWaits}. */
export interface CancelWaitsRow {
  readonly canceled: boolean;
}

/**
 * Removes waits. Returns in input order whether each existed; if so, nothing will be delivered to it any more. Fails with HF006 if an
 * execution is given and the wait belongs to another.
 * Index: waits_pkey. Locks: waits in key and sequence order.
 */
export const cancelWaits: StatementFunction<CancelWaitsParameters, readonly CancelWaitsRow[]> = many({
  name: "correlations/cancelWaits",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","executionIds"],
  object: (row) => ({ canceled: row[0] }),
  elements: {"ids":"text","executionIds":"text"},
  text: `with input as (
  select given.id, given.execution_id, given.position
  from unnest((select $1::text[]), $2::text[]) with ordinality as given(id, execution_id, position)
), locked as materialized (
  select stored.id, stored.execution_id
  from input
  join holdfast.waits as stored on stored.id = input.id
  order by stored.key, stored.sequence
  for update of stored
), removed as (
  delete from holdfast.waits as stored
  where stored.id = any(array(select locked.id::text from locked))
)
select locked.id is not null as "canceled!"
from input
left join locked on locked.id = input.id
where holdfast.is_within(input.execution_id, locked.execution_id, 'wait', input.id, 'cancelWaits')
order by input.position`,
});

/** The parameters of {@link cancelWaitsOfExecutions}. */
export interface CancelWaitsOfExecutionsParameters {
  readonly executionIds: readonly string[];
  readonly steps: readonly (string | null)[];
}

/** A row of {@link cancelWaitsOfExecutions}. */
export interface CancelWaitsOfExecutionsRow {
  readonly canceled: number;
}

/**
 * Removes the waits of executions, or of the named steps. Returns in input order how many each had.
 * Index: waits_execution_id_step_key_key, waits_pkey. Locks: waits in key and sequence order.
 */
export const cancelWaitsOfExecutions: StatementFunction<CancelWaitsOfExecutionsParameters, readonly CancelWaitsOfExecutionsRow[]> = many({
  name: "correlations/cancelWaitsOfExecutions",
  prepared: true,
  readsOnly: false,
  parameters: ["executionIds","steps"],
  object: (row) => ({ canceled: row[0] }),
  elements: {"executionIds":"text","steps":"text"},
  text: `with input as (
  select given.execution_id, given.step, given.position
  from unnest((select $1::text[]), $2::text[]) with ordinality as given(execution_id, step, position)
), locked as materialized (
  select stored.id, stored.execution_id
  from input
  join holdfast.waits as stored on stored.execution_id = input.execution_id and (input.step is null or stored.step = input.step)
  order by stored.key, stored.sequence
  for update of stored
), removed as (
  delete from holdfast.waits as stored
  where stored.id = any(array(select locked.id::text from locked))
)
select (select count(*) from locked where locked.execution_id = input.execution_id) as "canceled!"
from input
order by input.position`,
});

/** The parameters of {@link countExpiredEvents}. */
export interface CountExpiredEventsParameters {
  readonly keepMs: number;
}

/** A row of {@link countExpiredEvents}. */
export interface CountExpiredEventsRow {
  readonly expired: number;
}

/**
 * Counts the events that remove_expired_events would remove in all.
 * Index: events_over.
 */
export const countExpiredEvents: StatementFunction<CountExpiredEventsParameters, CountExpiredEventsRow> = one({
  name: "correlations/countExpiredEvents",
  prepared: true,
  readsOnly: true,
  parameters: ["keepMs"],
  object: (row) => ({ expired: row[0] }),
  elements: {},
  text: `select count(*) as "expired!"
from holdfast.events as event
where coalesce(event.consumed_at, event.expires_at) <= holdfast.now() - $1::bigint * interval '1 millisecond'`,
});

/** The parameters of {@link deliverEvent}. */
export interface DeliverEventParameters {
  readonly key: string;
  readonly toAll: boolean;
  readonly id: string;
  readonly payload: JsonText | null;
  readonly traceContext: string | null;
  readonly expiresAt: Date | null;
  readonly ttlMs: number | null;
  readonly keeps: boolean;
}

/** A row of {@link deliverEvent}. */
export interface DeliverEventRow {
  readonly waits: JsonText | null;
  readonly woken: readonly string[] | null;
}

/**
 * Delivers one event without a dedupe id, as `deliver_events` does, in half the time. Wakes parked executions. Runs under the lock of
 * lock_correlation.
 * Index: waits_of_key, waits_pkey, scheduled_pkey. Locks: waits in sequence order, then those of holdfast.wake.
 */
export const deliverEvent: StatementFunction<DeliverEventParameters, DeliverEventRow> = one({
  name: "correlations/deliverEvent",
  prepared: true,
  readsOnly: false,
  parameters: ["key","toAll","id","payload","traceContext","expiresAt","ttlMs","keeps"],
  object: (row) => ({ waits: row[0], woken: row[1] }),
  elements: {},
  text: `with taken as materialized (
  select stored.id, stored.execution_id, stored.step, stored.sequence, stored.is_park, stored.created_at, stored.expires_at
  from holdfast.waits as stored
  where stored.key = $1::text and (stored.expires_at is null or stored.expires_at > holdfast.now())
    and (not stored.is_park or (
      select true from holdfast.scheduled as parked where parked.id = stored.execution_id and parked.kind = 'execution' limit 1
    ))
  order by stored.sequence
  limit (select case when not $2::boolean then 1 end)
  for update
), removed as (
  delete from holdfast.waits as stored
  where stored.id = any(array(select taken.id::text from taken where not taken.is_park))
), ended as (
  insert into holdfast.ended_waits (id, key, execution_id, step, status, created_at, expires_at, ended_at, event_id, payload,
    trace_context)
  select taken.id, $1::text, taken.execution_id, taken.step, 'delivered', taken.created_at, taken.expires_at, holdfast.now(), $3::text,
    $4::json, $5::text
  from taken
  order by taken.sequence
  on conflict (id) do nothing
), woken as materialized (
  select holdfast.wake_waiter(taken.execution_id, taken.step, $1::text, $4::json, $5::text) as queue from taken where taken.is_park
), kept as (
  insert into holdfast.events (id, key, created_at, expires_at, payload, trace_context)
  select $3::text, $1::text, holdfast.now(), coalesce($6::timestamptz, holdfast.after_ms($7::bigint)), $4::json,
    $5::text
  where not exists (select from taken) and $8::boolean
)
select json_agg(json_build_object('id', taken.id, 'executionId', taken.execution_id, 'step', taken.step) order by taken.sequence)
  as "waits?", (select array_agg(distinct woken.queue) from woken) as "woken?"
from taken`,
});

/** The parameters of {@link deliverEvents}. */
export interface DeliverEventsParameters {
  readonly ids: readonly string[];
  readonly keys: readonly string[];
  readonly dedupeIds: readonly (string | null)[];
  readonly toAll: readonly boolean[];
  readonly keeps: readonly boolean[];
  readonly expiresAt: readonly (Date | null)[];
  readonly ttlsMs: readonly (number | null)[];
  readonly payloads: readonly (JsonText | null)[];
  readonly traceContexts: readonly (string | null)[];
}

/** A row of {@link deliverEvents}. */
export interface DeliverEventsRow {
  readonly isDuplicate: boolean;
  readonly eventId: string;
  readonly waits: JsonText | null;
  readonly woken: readonly string[] | null;
}

/**
 * Delivers events, one per key, as if one after another. Takes the waits of the key, the oldest or all. If nobody waits, keeps the event,
 * unless the input says otherwise. Answers in input order. If the key has seen the dedupe id, changes nothing and returns the outcome of
 * the first delivery. Stores kept events, and an empty one if only its dedupe id must be remembered. Wakes parked executions. Runs under
 * the locks of lock_correlations.
 * Index: events_dedupe, waits_of_key, waits_pkey, scheduled_pkey. Locks: waits in key and sequence order, then those of
 * holdfast.take_in_turn and holdfast.wake.
 */
export const deliverEvents: StatementFunction<DeliverEventsParameters, readonly DeliverEventsRow[]> = many({
  name: "correlations/deliverEvents",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","keys","dedupeIds","toAll","keeps","expiresAt","ttlsMs","payloads","traceContexts"],
  object: (row) => ({ isDuplicate: row[0], eventId: row[1], waits: row[2], woken: row[3] }),
  elements: {"ids":"text","keys":"text","dedupeIds":"text","ttlsMs":"int8","payloads":"json","traceContexts":"text"},
  text: `with input as (
  select given.id, given.key, given.dedupe_id, given.takes_all, given.keeps, given.payload, given.trace_context, given.position,
    coalesce(given.expires_at, holdfast.after_ms(given.ttl_ms)) as expires_at
  from unnest((select $1::text[]), $2::text[], $3::text[], $4::boolean[], $5::boolean[],
    $6::timestamptz[], $7::bigint[], $8::json[], $9::text[])
    with ordinality as given(id, key, dedupe_id, takes_all, keeps, expires_at, ttl_ms, payload, trace_context, position)
), first as materialized (
  select input.position, known.id, known.delivered_to
  from input
  cross join lateral (
    select stored.id, stored.delivered_to
    from holdfast.events as stored
    where stored.key = input.key and stored.dedupe_id = input.dedupe_id
    limit holdfast.at_most(1)
  ) as known
), fresh as materialized (
  select input.id, input.key, input.dedupe_id, input.takes_all, input.keeps, input.payload, input.trace_context, input.position, input.expires_at
  from input
  where not exists (select from first where first.position = input.position)
  order by input.key collate "C"
), found as materialized (
  select fresh.position, fresh.id as event_id, fresh.payload, fresh.trace_context, waiter.wait
  from fresh
  cross join lateral (
    select stored as wait
    from holdfast.waits as stored
    where stored.key = fresh.key and (stored.expires_at is null or stored.expires_at > holdfast.now())
      and (not stored.is_park or (
        select true from holdfast.scheduled as parked where parked.id = stored.execution_id and parked.kind = 'execution'
      ))
    order by stored.sequence
    limit case when fresh.takes_all then null else 1 end
    for update
  ) as waiter
), shared as materialized (
  select (found.wait).execution_id from found where (found.wait).is_park group by (found.wait).execution_id having count(*) > 1 limit 1
), taken as materialized (
  select found.position, found.event_id, found.payload, found.trace_context, found.wait from found where not exists (select from shared)
  union all
  select fresh.position, fresh.id, fresh.payload, fresh.trace_context, turn.wait
  from holdfast.take_in_turn(array(select fresh.id::text from fresh order by fresh.position),
    array(select fresh.key::text from fresh order by fresh.position), array(select fresh.takes_all from fresh order by fresh.position)) as turn
  join fresh on fresh.id = turn.event
  where exists (select from shared)
), removed as (
  delete from holdfast.waits as stored
  using (select (taken.wait).id from taken where not (taken.wait).is_park limit holdfast.at_most((select count(*) from taken))) as gone
  where stored.id = gone.id
), ended as (
  insert into holdfast.ended_waits (id, key, execution_id, step, status, created_at, expires_at, ended_at, event_id, payload,
    trace_context)
  select (taken.wait).id, (taken.wait).key, (taken.wait).execution_id, (taken.wait).step, 'delivered', (taken.wait).created_at,
    (taken.wait).expires_at, holdfast.now(), taken.event_id, taken.payload,
    taken.trace_context
  from taken
  order by taken.position, (taken.wait).sequence
  on conflict (id) do nothing
), woken as materialized (
  select taken.position, holdfast.wake_waiter((taken.wait).execution_id, (taken.wait).step, (taken.wait).key, taken.payload,
    taken.trace_context) as queue
  from taken
  where (taken.wait).is_park
), resumed as materialized (
  select taken.position, json_agg(json_build_object('id', (taken.wait).id, 'executionId', (taken.wait).execution_id,
    'step', (taken.wait).step) order by (taken.wait).sequence) as waits
  from taken
  group by taken.position
), kept as (
  insert into holdfast.events (id, key, dedupe_id, created_at, expires_at, consumed_at, payload, trace_context, delivered_to)
  select fresh.id, fresh.key, fresh.dedupe_id, holdfast.now(), fresh.expires_at,
    case when resumed.position is not null then holdfast.now() end,
    case when resumed.position is null then fresh.payload end, case when resumed.position is null then fresh.trace_context end,
    resumed.waits
  from fresh
  left join resumed on resumed.position = fresh.position
  where case when resumed.position is null then fresh.keeps else fresh.dedupe_id is not null end
  order by fresh.key collate "C"
)
select first.position is not null as "is_duplicate!", coalesce(first.id, input.id) as "event_id!",
  coalesce(first.delivered_to, resumed.waits) as "waits?",
  (select array_agg(distinct woken.queue) from woken where woken.position = input.position) as "woken?"
from input
left join first on first.position = input.position
left join resumed on resumed.position = input.position
order by input.position`,
});

/** The parameters of {@link getWait}. */
export interface GetWaitParameters {
  readonly id: string;
}

/** A row of {@link getWait}. */
export interface GetWaitRow {
  readonly id: string;
  readonly key: string;
  readonly executionId: string;
  readonly step: string;
  readonly status: WaitStatus;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly endedAt: Date | null;
  readonly eventId: string | null;
  readonly payload: JsonText | null;
  readonly traceContext: string | null;
}

/**
 * Reads one wait, pending or finished.
 * Index: waits_pkey, ended_waits_pkey.
 */
export const getWait: StatementFunction<GetWaitParameters, GetWaitRow | null> = maybe({
  name: "correlations/getWait",
  prepared: true,
  readsOnly: true,
  parameters: ["id"],
  object: (row) => ({ id: row[0], key: row[1], executionId: row[2], step: row[3], status: row[4], createdAt: row[5], expiresAt: row[6], endedAt: row[7], eventId: row[8], payload: row[9], traceContext: row[10] }),
  elements: {},
  text: `select stored.id as "id!", stored.key as "key!", stored.execution_id as "execution_id!", stored.step as "step!",
  case when stored.expires_at <= holdfast.now() then 'expired' else 'waiting' end::holdfast.wait_status as "status!",
  stored.created_at as "created_at!", stored.expires_at as "expires_at?", null::timestamptz as "ended_at?", null::text as "event_id?",
  null::json as "payload?", null::text as "trace_context?"
from holdfast.waits as stored
where stored.id = $1
union all
select ended.id, ended.key, ended.execution_id, ended.step, ended.status, ended.created_at, ended.expires_at, ended.ended_at,
  ended.event_id, ended.payload, ended.trace_context
from holdfast.ended_waits as ended
where ended.id = $1
limit 1`,
});

/** The parameters of {@link listEndedWaits}. */
export interface ListEndedWaitsParameters {
  readonly executionId: string;
  readonly after: number;
  readonly status: WaitStatus;
  readonly key: string | null;
  readonly limit: number;
}

/** A row of {@link listEndedWaits}. */
export interface ListEndedWaitsRow {
  readonly id: string;
  readonly sequence: number;
  readonly key: string;
  readonly executionId: string;
  readonly step: string;
  readonly status: WaitStatus;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly endedAt: Date;
  readonly eventId: string | null;
  readonly payload: JsonText | null;
  readonly traceContext: string | null;
}

/**
 * Finished waits of an execution in the order of their ends, after a position, optionally of one key. An expired wait is finished once a
 * pump has fired it.
 * Index: ended_waits_of_execution.
 */
export const listEndedWaits: InBothOrders<ListEndedWaitsParameters, readonly ListEndedWaitsRow[]> = {
  asc: many({
  name: "correlations/listEndedWaits",
  prepared: false,
  readsOnly: true,
  parameters: ["executionId","after","status","key","limit"],
  object: (row) => ({ id: row[0], sequence: row[1], key: row[2], executionId: row[3], step: row[4], status: row[5], createdAt: row[6], expiresAt: row[7], endedAt: row[8], eventId: row[9], payload: row[10], traceContext: row[11] }),
  elements: {},
  text: `select id, sequence, key, execution_id, step, status, created_at, expires_at, ended_at, event_id, payload, trace_context
from holdfast.ended_waits
where execution_id = $1 and sequence > $2
  and status = $3
  and ($4::text is null or key = $4)
order by sequence
limit $5`,
}),
  desc: many({
  name: "correlations/listEndedWaits desc",
  prepared: false,
  readsOnly: true,
  parameters: ["executionId","after","status","key","limit"],
  object: (row) => ({ id: row[0], sequence: row[1], key: row[2], executionId: row[3], step: row[4], status: row[5], createdAt: row[6], expiresAt: row[7], endedAt: row[8], eventId: row[9], payload: row[10], traceContext: row[11] }),
  elements: {},
  text: `select id, sequence, key, execution_id, step, status, created_at, expires_at, ended_at, event_id, payload, trace_context
from holdfast.ended_waits
where execution_id = $1 and sequence < $2
  and status = $3
  and ($4::text is null or key = $4)
order by sequence desc
limit $5`,
}),
};

/** The parameters of {@link listEvents}. */
export interface ListEventsParameters {
  readonly key: string;
  readonly after: number;
  readonly limit: number;
}

/** A row of {@link listEvents}. */
export interface ListEventsRow {
  readonly id: string;
  readonly sequence: number;
  readonly key: string;
  readonly dedupeId: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly payload: JsonText | null;
}

/**
 * The kept, unexpired events of a key in order of arrival, after a position.
 * Index: events_kept.
 */
export const listEvents: InBothOrders<ListEventsParameters, readonly ListEventsRow[]> = {
  asc: many({
  name: "correlations/listEvents",
  prepared: true,
  readsOnly: true,
  parameters: ["key","after","limit"],
  object: (row) => ({ id: row[0], sequence: row[1], key: row[2], dedupeId: row[3], createdAt: row[4], expiresAt: row[5], payload: row[6] }),
  elements: {},
  text: `select id, sequence, key, dedupe_id, created_at, expires_at, payload
from holdfast.events
where key = $1 and sequence > $2 and consumed_at is null and expires_at > holdfast.now()
order by sequence
limit $3`,
}),
  desc: many({
  name: "correlations/listEvents desc",
  prepared: true,
  readsOnly: true,
  parameters: ["key","after","limit"],
  object: (row) => ({ id: row[0], sequence: row[1], key: row[2], dedupeId: row[3], createdAt: row[4], expiresAt: row[5], payload: row[6] }),
  elements: {},
  text: `select id, sequence, key, dedupe_id, created_at, expires_at, payload
from holdfast.events
where key = $1 and sequence < $2 and consumed_at is null and expires_at > holdfast.now()
order by sequence desc
limit $3`,
}),
};

/** The parameters of {@link listWaits}. */
export interface ListWaitsParameters {
  readonly after: number;
  readonly executionId: string | null;
  readonly key: string | null;
  readonly limit: number;
}

/** A row of {@link listWaits}. */
export interface ListWaitsRow {
  readonly id: string;
  readonly sequence: number;
  readonly key: string;
  readonly executionId: string;
  readonly step: string;
  readonly status: WaitStatus;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly endedAt: Date | null;
  readonly eventId: string | null;
  readonly payload: JsonText | null;
  readonly traceContext: string | null;
}

/**
 * Unexpired waits in registration order, after a position, optionally of an execution or a key.
 * Index: waits_execution_id_step_key_key, waits_of_key, and waits_sequence without either.
 */
export const listWaits: InBothOrders<ListWaitsParameters, readonly ListWaitsRow[]> = {
  asc: many({
  name: "correlations/listWaits",
  prepared: false,
  readsOnly: true,
  parameters: ["after","executionId","key","limit"],
  object: (row) => ({ id: row[0], sequence: row[1], key: row[2], executionId: row[3], step: row[4], status: row[5], createdAt: row[6], expiresAt: row[7], endedAt: row[8], eventId: row[9], payload: row[10], traceContext: row[11] }),
  elements: {},
  text: `select id, sequence, key, execution_id, step, 'waiting'::holdfast.wait_status as "status!", created_at, expires_at,
  null::timestamptz as "ended_at?", null::text as "event_id?", null::json as "payload?", null::text as "trace_context?"
from holdfast.waits
where sequence > $1 and (expires_at is null or expires_at > holdfast.now())
  and ($2::text is null or execution_id = $2)
  and ($3::text is null or key = $3)
order by sequence
limit $4`,
}),
  desc: many({
  name: "correlations/listWaits desc",
  prepared: false,
  readsOnly: true,
  parameters: ["after","executionId","key","limit"],
  object: (row) => ({ id: row[0], sequence: row[1], key: row[2], executionId: row[3], step: row[4], status: row[5], createdAt: row[6], expiresAt: row[7], endedAt: row[8], eventId: row[9], payload: row[10], traceContext: row[11] }),
  elements: {},
  text: `select id, sequence, key, execution_id, step, 'waiting'::holdfast.wait_status as "status!", created_at, expires_at,
  null::timestamptz as "ended_at?", null::text as "event_id?", null::json as "payload?", null::text as "trace_context?"
from holdfast.waits
where sequence < $1 and (expires_at is null or expires_at > holdfast.now())
  and ($2::text is null or execution_id = $2)
  and ($3::text is null or key = $3)
order by sequence desc
limit $4`,
}),
};

/** The parameters of {@link lockCorrelation}. */
export interface LockCorrelationParameters {
  readonly key: string;
}

/**
 * Serializes waits and deliveries of one key, as `lock_correlations` does for many. Takes the locks of holdfast.lock_keys without calling
 * it, because the call takes longer than the locks.
 */
export const lockCorrelation: StatementFunction<LockCorrelationParameters, void> = exec({
  name: "correlations/lockCorrelation",
  prepared: true,
  readsOnly: false,
  parameters: ["key"],
  object: () => ({}),
  elements: {},
  text: `select pg_advisory_xact_lock_shared(hashtextextended('correlation', 0)),
  pg_advisory_xact_lock(hashtextextended('correlation:' || $1::text, 0))
where case
  when pg_catalog.current_setting('transaction_isolation') = 'repeatable read' then
    holdfast.fail('HF006', 'waits and deliveries cannot run in a repeatable read transaction: use read committed or serializable',
      json_build_object('field', 'isolation'))
  else true
end`,
});

/** The parameters of {@link lockCorrelations}. */
export interface LockCorrelationsParameters {
  readonly keys: readonly string[];
  readonly waitIds: readonly string[];
}

/**
 * Serializes waits and deliveries of common keys, and of the keys of existing waits, until their transactions end. This is a separate
 * statement, so that the snapshot of the next one sees what the former holder of the lock has committed. Under REPEATABLE READ no
 * snapshot would: a wait and an event could miss each other forever, so that level is refused. (SERIALIZABLE detects the conflict by
 * itself.)
 * Index: waits_pkey.
 */
export const lockCorrelations: StatementFunction<LockCorrelationsParameters, void> = exec({
  name: "correlations/lockCorrelations",
  prepared: true,
  readsOnly: false,
  parameters: ["keys","waitIds"],
  object: () => ({}),
  elements: {"keys":"text","waitIds":"text"},
  text: `select holdfast.lock_keys('correlation', array(
  select unnest((select $1::text[]))
  union
  select stored.key::text
  from unnest((select $2::text[])) as given(id)
  cross join lateral (select wait.key from holdfast.waits as wait where wait.id = given.id limit 1) as stored
))
where case
  when pg_catalog.current_setting('transaction_isolation') = 'repeatable read' then
    holdfast.fail('HF006', 'waits and deliveries cannot run in a repeatable read transaction: use read committed or serializable',
      json_build_object('field', 'isolation'))
  else true
end`,
});

/** The parameters of {@link registerWait}. */
export interface RegisterWaitParameters {
  readonly id: string;
  readonly isOwn: boolean;
  readonly key: string;
  readonly executionId: string;
  readonly step: string;
  readonly expiresAt: Date | null;
  readonly ttlMs: number | null;
}

/** A row of {@link registerWait}. */
export interface RegisterWaitRow {
  readonly status: WaitStatus;
  readonly id: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly endedAt: Date | null;
  readonly eventId: string | null;
  readonly payload: JsonText | null;
  readonly traceContext: string | null;
}

/**
 * Registers one wait, or takes a kept event for it, as `register_waits` does. Runs under the lock of lock_correlation.
 * Index: waits_pkey, waits_of_step, executions_pkey, events_kept, events_pkey. Locks: the execution, shared; then the event.
 */
export const registerWait: StatementFunction<RegisterWaitParameters, RegisterWaitRow> = one({
  name: "correlations/registerWait",
  prepared: true,
  readsOnly: false,
  parameters: ["id","isOwn","key","executionId","step","expiresAt","ttlMs"],
  object: (row) => ({ status: row[0], id: row[1], createdAt: row[2], expiresAt: row[3], endedAt: row[4], eventId: row[5], payload: row[6], traceContext: row[7] }),
  elements: {},
  text: `select outcome.status as "status!", outcome.wait_id as "id!", outcome.created_at as "created_at!", outcome.expires_at as "expires_at?",
  outcome.ended_at as "ended_at?", outcome.event_id as "event_id?", outcome.payload as "payload?",
  outcome.trace_context as "trace_context?"
from holdfast.register_wait($1::text, $2::boolean, $3::text, $4::text, $5::text,
  coalesce($6::timestamptz, holdfast.after_ms($7::bigint))) as outcome`,
});

/** The parameters of {@link registerWaits}. */
export interface RegisterWaitsParameters {
  readonly ids: readonly string[];
  readonly areOwn: readonly boolean[];
  readonly keys: readonly string[];
  readonly executionIds: readonly string[];
  readonly steps: readonly string[];
  readonly expiresAt: readonly (Date | null)[];
  readonly ttlsMs: readonly (number | null)[];
}

/** A row of {@link registerWaits}. */
export interface RegisterWaitsRow {
  readonly status: WaitStatus;
  readonly id: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly endedAt: Date | null;
  readonly eventId: string | null;
  readonly payload: JsonText | null;
  readonly traceContext: string | null;
}

/**
 * Registers waits, one per input row, or takes the oldest kept event for each. Answers in input order. An existing wait of the
 * execution's step stays as it is and takes nothing. Runs under the locks of lock_correlations.
 * Index: waits_pkey, waits_of_step, executions_pkey, events_kept, events_pkey. Locks: the executions, shared, in id order; then events,
 * in input order: nobody else waits for an event of a locked key.
 */
export const registerWaits: StatementFunction<RegisterWaitsParameters, readonly RegisterWaitsRow[]> = many({
  name: "correlations/registerWaits",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","areOwn","keys","executionIds","steps","expiresAt","ttlsMs"],
  object: (row) => ({ status: row[0], id: row[1], createdAt: row[2], expiresAt: row[3], endedAt: row[4], eventId: row[5], payload: row[6], traceContext: row[7] }),
  elements: {"ids":"text","keys":"text","executionIds":"text","steps":"text","ttlsMs":"int8"},
  text: `with input as materialized (
  select given.id, given.is_own, given.key, given.execution_id, given.step, given.position,
    coalesce(given.expires_at, holdfast.after_ms(given.ttl_ms)) as expires_at
  from unnest((select $1::text[]), $2::boolean[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
    $7::bigint[])
    with ordinality as given(id, is_own, key, execution_id, step, expires_at, ttl_ms, position)
), shared as materialized (
  select holdfast.share_executions(array_agg(input.execution_id)) as executions from input
), registered as materialized (
  select input.position, holdfast.register_wait(input.id, input.is_own, input.key, input.execution_id, input.step, input.expires_at)
    as outcome
  from (
    select each.id, each.is_own, each.key, each.execution_id, each.step, each.expires_at, each.position
    from input as each
    order by each.position
  ) as input
  where (select shared.executions from shared) >= 0
)
select (registered.outcome).status as "status!", (registered.outcome).wait_id as "id!",
  (registered.outcome).created_at as "created_at!", (registered.outcome).expires_at as "expires_at?",
  (registered.outcome).ended_at as "ended_at?", (registered.outcome).event_id as "event_id?", (registered.outcome).payload as "payload?",
  (registered.outcome).trace_context as "trace_context?"
from registered
order by registered.position`,
});

/** The parameters of {@link removeExpiredEvents}. */
export interface RemoveExpiredEventsParameters {
  readonly keepMs: number;
  readonly limit: number;
}

/** A row of {@link removeExpiredEvents}. */
export interface RemoveExpiredEventsRow {
  readonly removed: number;
}

/**
 * Removes at most `limit` events that a waiter took or that expired at least this long ago, oldest first, with the dedupe ids that they
 * remember. Returns their number.
 * Index: events_over. Locks: events, skipping those that others hold.
 */
export const removeExpiredEvents: StatementFunction<RemoveExpiredEventsParameters, RemoveExpiredEventsRow> = one({
  name: "correlations/removeExpiredEvents",
  prepared: true,
  readsOnly: false,
  parameters: ["keepMs","limit"],
  object: (row) => ({ removed: row[0] }),
  elements: {},
  text: `with removed as (
  delete from holdfast.events as stored
  where stored.ctid = any(array(
    select event.ctid
    from holdfast.events as event
    where coalesce(event.consumed_at, event.expires_at) <= holdfast.now() - $1::bigint * interval '1 millisecond'
    order by coalesce(event.consumed_at, event.expires_at)
    limit $2
    for update skip locked
  ))
  returning stored.id
)
select count(*) as "removed!"
from removed`,
});
