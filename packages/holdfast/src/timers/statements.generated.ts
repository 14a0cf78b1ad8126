// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import type { JsonText } from "../core/codec.ts";
import type { TimerStatus } from "../core/enums.generated.ts";
import { many, maybe, one, type InBothOrders, type StatementFunction } from "../core/plan.ts";

/** The parameters of {@link acknowledgeTimer}. */
export interface AcknowledgeTimerParameters {
  readonly id: string;
  readonly token: number;
}

/** A row of {@link acknowledgeTimer}. */
export interface AcknowledgeTimerRow {
  readonly id: string;
}

/**
 * Marks one claimed timer as fired, as `acknowledge_timers` does, if the claim holds. Takes half the time for a lone caller. Otherwise it
 * returns no row and changes nothing. The conditions are in a CASE, so that the timer is looked up by its id alone, even in a plan from
 * when there were few.
 * Index: timers_pkey. Locks: the timer.
 */
export const acknowledgeTimer: StatementFunction<AcknowledgeTimerParameters, AcknowledgeTimerRow | null> = maybe({
  name: "timers/acknowledgeTimer",
  prepared: true,
  readsOnly: false,
  parameters: ["id","token"],
  object: (row) => ({ id: row[0] }),
  elements: {},
  text: `update holdfast.timers as stored set status = 'fired', fired_at = holdfast.now(), lease_until = null
where stored.id = $1::text
  and case when stored.status = 'claimed' then holdfast.holds(stored.token, stored.lease_until, $2::bigint) else false end
returning stored.id as "id!"`,
});

/** The parameters of {@link acknowledgeTimers}. */
export interface AcknowledgeTimersParameters {
  readonly isSettled: boolean;
  readonly ids: readonly string[];
  readonly tokens: readonly number[];
}

/** A row of {@link acknowledgeTimers}. */
export interface AcknowledgeTimersRow {
  readonly ok: boolean;
  readonly status: TimerStatus | null;
  readonly token: number | null;
  readonly holder: string | null;
  readonly leaseUntil: Date | null;
  readonly firedAt: Date | null;
}

/**
 * Marks claimed timers as fired. Answers in input order whether the claim held, and otherwise the stored state. A timer that the same
 * claim has fired before counts as held, so a call whose answer was lost can be repeated. Settled claims were checked and locked by an
 * earlier statement of the transaction. They hold to its end, even if their leases expire meanwhile. Each row is locked by its own
 * sub-select, so the plan is one look-up per row, even from when there were few timers.
 * Index: timers_pkey. Locks: timers in id order.
 */
export const acknowledgeTimers: StatementFunction<AcknowledgeTimersParameters, readonly AcknowledgeTimersRow[]> = many({
  name: "timers/acknowledgeTimers",
  prepared: true,
  readsOnly: false,
  parameters: ["isSettled","ids","tokens"],
  object: (row) => ({ ok: row[0], status: row[1], token: row[2], holder: row[3], leaseUntil: row[4], firedAt: row[5] }),
  elements: {"ids":"text","tokens":"int8"},
  text: `with locked as materialized (
  select input.id, input.position, timer.status, timer.token, timer.holder, timer.lease_until, timer.fired_at,
    coalesce(timer.status = 'claimed' and case
      when $1::boolean then timer.token = input.token
      else holdfast.holds(timer.token, timer.lease_until, input.token)
    end, false) as is_held,
    coalesce(timer.status = 'fired' and timer.token = input.token, false) as is_done
  from (
    select given.id, given.token, given.position
    from unnest((select $2::text[]), $3::bigint[]) with ordinality as given(id, token, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select timer.status, timer.token, timer.holder, timer.lease_until, timer.fired_at
    from holdfast.timers as timer
    where timer.id = input.id
    for no key update
  ) as timer on true
), fired as (
  update holdfast.timers as stored set status = 'fired', fired_at = holdfast.now(), lease_until = null
  from (
    select locked.id
    from locked
    where locked.is_held
    limit holdfast.at_most(cardinality($2::text[]))
  ) as held
  where stored.id = held.id
)
select locked.is_held or locked.is_done as "ok!", locked.status as "status?", locked.token as "token?", locked.holder as "holder?",
  locked.lease_until as "lease_until?", locked.fired_at as "fired_at?"
from locked
order by locked.position`,
});

/** The parameters of {@link addTimers}. */
export interface AddTimersParameters {
  readonly executionIds: readonly string[];
  readonly ids: readonly string[];
  readonly steps: readonly string[];
  readonly fireAt: readonly (Date | null)[];
  readonly afterMs: readonly (number | null)[];
  readonly payloads: readonly (JsonText | null)[];
  readonly traceContexts: readonly (string | null)[];
}

/** A row of {@link addTimers}. */
export interface AddTimersRow {
  readonly id: string;
  readonly status: TimerStatus;
  readonly fireAt: Date;
}

/**
 * Schedules timers without a dedupe key, one per input row, as `schedule_timers` does. None of them can exist already. Fails with HF003
 * if the execution has ended.
 * Index: timers_pkey, executions_pkey. Locks: executions, shared, in id order.
 */
export const addTimers: StatementFunction<AddTimersParameters, readonly AddTimersRow[]> = many({
  name: "timers/addTimers",
  prepared: true,
  readsOnly: false,
  parameters: ["executionIds","ids","steps","fireAt","afterMs","payloads","traceContexts"],
  object: (row) => ({ id: row[0], status: row[1], fireAt: row[2] }),
  elements: {"executionIds":"text","ids":"text","steps":"text","afterMs":"int8","payloads":"json","traceContexts":"text"},
  text: `with owner as materialized (
  select execution.id, execution.status
  from (
    select distinct given.id collate "C" as id from unnest((select $1::text[])) as given(id) order by 1
  ) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
)
insert into holdfast.timers as stored (id, execution_id, step, status, fire_at, created_at, payload, trace_context)
select given.id, given.execution_id, given.step, 'scheduled', coalesce(given.fire_at, holdfast.after_ms(given.after_ms)),
  holdfast.now(), given.payload, given.trace_context
from unnest((select $2::text[]), $1::text[], $3::text[], $4::timestamptz[], $5::bigint[],
  $6::json[], $7::text[])
  with ordinality as given(id, execution_id, step, fire_at, after_ms, payload, trace_context, position)
where (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) >= 0
order by given.execution_id collate "C", given.position
returning stored.id as "id!", stored.status as "status!", stored.fire_at as "fire_at!"`,
});

/** The parameters of {@link cancelTimers}. */
export interface CancelTimersParameters {
  readonly ids: readonly string[];
  readonly executionIds: readonly (string | null)[];
}

/** A row of {@link cancelTimers}. */
export interface CancelTimersRow {
  readonly canceled: boolean;
}

/**
 * Cancels timers that are scheduled, or whose claim expired. Returns in input order whether each will never fire. A canceled timer is
 * removed. One with a dedupe key stays as canceled, so that a replayed step does not schedule it again. Fails with HF006 if an execution
 * is given and the timer belongs to another.
 * Index: timers_pkey. Locks: timers in id order.
 */
export const cancelTimers: StatementFunction<CancelTimersParameters, readonly CancelTimersRow[]> = many({
  name: "timers/cancelTimers",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","executionIds"],
  object: (row) => ({ canceled: row[0] }),
  elements: {"ids":"text","executionIds":"text"},
  text: `with input as (
  select given.id, given.execution_id, given.position
  from unnest((select $1::text[]), $2::text[]) with ordinality as given(id, execution_id, position)
), locked as materialized (
  select stored.id, stored.execution_id, stored.dedupe_key is not null as stays
  from input
  join holdfast.timers as stored on stored.id = input.id
  where stored.status = 'scheduled' or (stored.status = 'claimed' and stored.lease_until <= holdfast.now())
  order by stored.id
  for update of stored
), marked as (
  update holdfast.timers as stored set status = 'canceled', canceled_at = holdfast.now(), holder = null, lease_until = null
  from (
    select locked.id
    from locked
    where locked.stays
    limit holdfast.at_most(cardinality($1::text[]))
  ) as kept
  where stored.id = kept.id
), removed as (
  delete from holdfast.timers as stored
  using (
    select locked.id
    from locked
    where not locked.stays
    limit holdfast.at_most(cardinality($1::text[]))
  ) as gone
  where stored.id = gone.id
)
select locked.id is not null as "canceled!"
from input
left join locked on locked.id = input.id
where holdfast.is_within(input.execution_id, locked.execution_id, 'timer', input.id, 'cancelTimers')
order by input.position`,
});

/** The parameters of {@link cancelTimersOfExecutions}. */
export interface CancelTimersOfExecutionsParameters {
  readonly executionIds: readonly string[];
  readonly steps: readonly (string | null)[];
}

/** A row of {@link cancelTimersOfExecutions}. */
export interface CancelTimersOfExecutionsRow {
  readonly canceled: number;
}

/**
 * Cancels the timers of executions, or of the named steps, as cancel_timers does. Returns in input order how many of each will never
 * fire.
 * Index: timers_of_execution, timers_pkey. Locks: timers in id order.
 */
export const cancelTimersOfExecutions: StatementFunction<CancelTimersOfExecutionsParameters, readonly CancelTimersOfExecutionsRow[]> = many({
  name: "timers/cancelTimersOfExecutions",
  prepared: true,
  readsOnly: false,
  parameters: ["executionIds","steps"],
  object: (row) => ({ canceled: row[0] }),
  elements: {"executionIds":"text","steps":"text"},
  text: `with input as (
  select given.execution_id, given.step, given.position
  from unnest((select $1::text[]), $2::text[]) with ordinality as given(execution_id, step, position)
), locked as materialized (
  select stored.id, stored.execution_id, stored.dedupe_key is not null as stays
  from input
  join holdfast.timers as stored on stored.execution_id = input.execution_id
  where (input.step is null or stored.step = input.step)
    and (stored.status = 'scheduled' or (stored.status = 'claimed' and stored.lease_until <= holdfast.now()))
  order by stored.id
  for update of stored
), marked as (
  update holdfast.timers as stored set status = 'canceled', canceled_at = holdfast.now(), holder = null, lease_until = null
  from (
    select locked.id
    from locked
    where locked.stays
    limit holdfast.at_most((select count(*) from locked))
  ) as kept
  where stored.id = kept.id
), removed as (
  delete from holdfast.timers as stored
  using (
    select locked.id
    from locked
    where not locked.stays
    limit holdfast.at_most((select count(*) from locked))
  ) as gone
  where stored.id = gone.id
)
select (select count(*) from locked where locked.execution_id = input.execution_id) as "canceled!"
from input
order by input.position`,
});

/** The parameters of {@link claimTimers}. */
export interface ClaimTimersParameters {
  readonly limit: number;
  readonly holder: string | null;
  readonly leaseMs: number;
}

/** A row of {@link claimTimers}. */
export interface ClaimTimersRow {
  readonly id: string;
  readonly token: number;
  readonly executionId: string;
  readonly step: string;
  readonly fireAt: Date;
  readonly dedupeKey: string | null;
  readonly leaseUntil: Date;
  readonly createdAt: Date;
  readonly payload: JsonText | null;
  readonly traceContext: string | null;
  readonly waitId: string | null;
  readonly waitKey: string | null;
}

/**
 * Claims at most `limit` timers, each under a new token and a lease. First come those whose claim expired, then expired waits, then due
 * timers. An expired wait becomes a timer of its step. Pollers skip each other's rows. Answers by fire_at and sequence. The ids go
 * through an array, which the planner expects to be short. For a LIMIT that it cannot know, it expects a fraction of the whole table.
 * Index: timers_claimed, timers_due, timers_pkey, waits_expiring. Locks: timers, skipping those that others hold; then those of
 * holdfast.expire_waits.
 */
export const claimTimers: StatementFunction<ClaimTimersParameters, readonly ClaimTimersRow[]> = many({
  name: "timers/claimTimers",
  prepared: true,
  readsOnly: false,
  parameters: ["limit","holder","leaseMs"],
  object: (row) => ({ id: row[0], token: row[1], executionId: row[2], step: row[3], fireAt: row[4], dedupeKey: row[5], leaseUntil: row[6], createdAt: row[7], payload: row[8], traceContext: row[9], waitId: row[10], waitKey: row[11] }),
  elements: {},
  text: `with expired as materialized (
  select stored.id
  from holdfast.timers as stored
  where stored.status = 'claimed' and stored.lease_until <= holdfast.now()
  order by stored.lease_until
  limit $1
  for no key update skip locked
), made as materialized (
  select holdfast.expire_waits(
    $1::bigint - (select count(*) from expired), $2, holdfast.now() + $3::bigint * interval '1 millisecond'
  ) as timer
  from (
    select stored.expires_at
    from holdfast.waits as stored
    where not stored.is_park and stored.expires_at <= holdfast.now()
    order by stored.expires_at
    limit 1
  ) as soonest
), due as materialized (
  select stored.id
  from holdfast.timers as stored
  where stored.status = 'scheduled' and stored.fire_at <= holdfast.now()
  order by stored.fire_at, stored.sequence
  limit $1::bigint - (select count(*) from expired) - (select count(*) from made)
  for no key update skip locked
), claimed as (
  update holdfast.timers as stored set
    status = 'claimed', token = nextval('holdfast.tokens'), holder = $2,
    lease_until = holdfast.now() + $3::bigint * interval '1 millisecond'
  from (
    select found.id
    from unnest(array(select expired.id::text from expired union all select due.id::text from due)) as found(id)
    limit holdfast.at_most((select $1::bigint))
  ) as taken
  where stored.id = taken.id
  returning stored.id, stored.sequence, stored.execution_id, stored.step, stored.fire_at, stored.dedupe_key, stored.token,
    stored.lease_until, stored.created_at, stored.payload, stored.trace_context, stored.wait_id, stored.wait_key
)
select claim.id as "id!", claim.token as "token!", claim.execution_id as "execution_id!", claim.step as "step!",
  claim.fire_at as "fire_at!", claim.dedupe_key as "dedupe_key?", claim.lease_until as "lease_until!",
  claim.created_at as "created_at!", claim.payload as "payload?", claim.trace_context as "trace_context?", claim.wait_id as "wait_id?", claim.wait_key as "wait_key?"
from (
  select (made.timer).id, (made.timer).token, (made.timer).execution_id, (made.timer).step, (made.timer).fire_at, (made.timer).dedupe_key,
    (made.timer).lease_until, (made.timer).created_at, (made.timer).payload, (made.timer).trace_context, (made.timer).wait_id, (made.timer).wait_key,
    (made.timer).sequence
  from made
  union all
  select claimed.id, claimed.token, claimed.execution_id, claimed.step, claimed.fire_at, claimed.dedupe_key, claimed.lease_until,
    claimed.created_at, claimed.payload, claimed.trace_context, claimed.wait_id, claimed.wait_key, claimed.sequence
  from claimed
) as claim
order by claim.fire_at, claim.sequence`,
});

/** The parameters of {@link countExpiredTimers}. */
export interface CountExpiredTimersParameters {
  readonly keepMs: number;
}

/** A row of {@link countExpiredTimers}. */
export interface CountExpiredTimersRow {
  readonly expired: number;
}

/**
 * Counts the timers that remove_expired_timers would remove in all.
 * Index: timers_expiring.
 */
export const countExpiredTimers: StatementFunction<CountExpiredTimersParameters, CountExpiredTimersRow> = one({
  name: "timers/countExpiredTimers",
  prepared: true,
  readsOnly: true,
  parameters: ["keepMs"],
  object: (row) => ({ expired: row[0] }),
  elements: {},
  text: `select count(*) as "expired!"
from holdfast.timers as timer
where timer.status in ('fired', 'canceled') and timer.dedupe_key is null
  and coalesce(timer.fired_at, timer.canceled_at) <= holdfast.now() - $1::bigint * interval '1 millisecond'`,
});

/** The parameters of {@link getTimer}. */
export interface GetTimerParameters {
  readonly id: string;
}

/** A row of {@link getTimer}. */
export interface GetTimerRow {
  readonly id: string;
  readonly executionId: string;
  readonly step: string;
  readonly status: TimerStatus;
  readonly fireAt: Date;
  readonly dedupeKey: string | null;
  readonly holder: string | null;
  readonly token: number;
  readonly leaseUntil: Date | null;
  readonly createdAt: Date;
  readonly firedAt: Date | null;
  readonly canceledAt: Date | null;
  readonly payload: JsonText | null;
  readonly waitId: string | null;
  readonly waitKey: string | null;
}

/**
 * Reads one timer.
 * Index: timers_pkey.
 */
export const getTimer: StatementFunction<GetTimerParameters, GetTimerRow | null> = maybe({
  name: "timers/getTimer",
  prepared: true,
  readsOnly: true,
  parameters: ["id"],
  object: (row) => ({ id: row[0], executionId: row[1], step: row[2], status: row[3], fireAt: row[4], dedupeKey: row[5], holder: row[6], token: row[7], leaseUntil: row[8], createdAt: row[9], firedAt: row[10], canceledAt: row[11], payload: row[12], waitId: row[13], waitKey: row[14] }),
  elements: {},
  text: `select id, execution_id, step, status, fire_at, dedupe_key, holder, token, lease_until, created_at, fired_at, canceled_at, payload,
  wait_id, wait_key
from holdfast.timers
where id = $1`,
});

/** The parameters of {@link heartbeatTimers}. */
export interface HeartbeatTimersParameters {
  readonly ids: readonly string[];
  readonly tokens: readonly number[];
  readonly leaseMs: number;
}

/** A row of {@link heartbeatTimers}. */
export interface HeartbeatTimersRow {
  readonly leaseUntil: Date | null;
}

/**
 * Renews the leases of claimed timers from now on. Returns their new ends in input order; null if a claim no longer holds. Each row is
 * locked by its own sub-select, so the plan is one look-up per row, even from when there were few timers.
 * Index: timers_pkey. Locks: timers in id order.
 */
export const heartbeatTimers: StatementFunction<HeartbeatTimersParameters, readonly HeartbeatTimersRow[]> = many({
  name: "timers/heartbeatTimers",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","tokens","leaseMs"],
  object: (row) => ({ leaseUntil: row[0] }),
  elements: {"ids":"text","tokens":"int8"},
  text: `with locked as materialized (
  select input.id, input.position, timer.id is not null as is_held
  from (
    select given.id, given.token, given.position
    from unnest((select $1::text[]), $2::bigint[]) with ordinality as given(id, token, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select timer.id
    from holdfast.timers as timer
    where timer.id = input.id and timer.status = 'claimed' and holdfast.holds(timer.token, timer.lease_until, input.token)
    for no key update
  ) as timer on true
), extended as (
  update holdfast.timers as stored set lease_until = holdfast.now() + $3::bigint * interval '1 millisecond'
  from (
    select locked.id
    from locked
    where locked.is_held
    limit holdfast.at_most(cardinality($1::text[]))
  ) as held
  where stored.id = held.id
)
select case when locked.is_held then holdfast.now() + $3::bigint * interval '1 millisecond' end as "lease_until?"
from locked
order by locked.position`,
});

/** The parameters of {@link listTimers}. */
export interface ListTimersParameters {
  readonly status: TimerStatus | null;
  readonly afterMoment: string | null;
  readonly afterSequence: number | null;
  readonly limit: number;
}

/** A row of {@link listTimers}. */
export interface ListTimersRow {
  readonly id: string;
  readonly sequence: number;
  readonly executionId: string;
  readonly step: string;
  readonly status: TimerStatus;
  readonly fireAt: Date;
  readonly dedupeKey: string | null;
  readonly holder: string | null;
  readonly token: number;
  readonly leaseUntil: Date | null;
  readonly createdAt: Date;
  readonly firedAt: Date | null;
  readonly canceledAt: Date | null;
  readonly payload: JsonText | null;
  readonly waitId: string | null;
  readonly waitKey: string | null;
  readonly micros: string;
}

/**
 * Timers of all executions by fire_at and sequence, after a position, optionally in one status. Each status has its own index in that
 * order (claimed ones are few and sorted), and the pages of all statuses are merged.
 * Index: timers_due, timers_claimed, timers_ended, timers_pkey.
 */
export const listTimers: InBothOrders<ListTimersParameters, readonly ListTimersRow[]> = {
  asc: many({
  name: "timers/listTimers",
  prepared: false,
  readsOnly: true,
  parameters: ["status","afterMoment","afterSequence","limit"],
  object: (row) => ({ id: row[0], sequence: row[1], executionId: row[2], step: row[3], status: row[4], fireAt: row[5], dedupeKey: row[6], holder: row[7], token: row[8], leaseUntil: row[9], createdAt: row[10], firedAt: row[11], canceledAt: row[12], payload: row[13], waitId: row[14], waitKey: row[15], micros: row[16] }),
  elements: {},
  text: `with scheduled as (
  select id, fire_at, sequence from holdfast.timers
  where status = 'scheduled' and ($1::holdfast.timer_status is null or $1 = 'scheduled')
    and ($2::text is null or (fire_at, sequence) > ($2::text::timestamptz, $3::bigint))
  order by fire_at, sequence
  limit $4
), claimed as (
  select id, fire_at, sequence from holdfast.timers
  where status = 'claimed' and ($1 is null or $1 = 'claimed')
    and ($2::text is null or (fire_at, sequence) > ($2::text::timestamptz, $3::bigint))
  order by fire_at, sequence
  limit $4
), fired as (
  select id, fire_at, sequence from holdfast.timers
  where status = 'fired' and ($1 is null or $1 = 'fired')
    and ($2::text is null or (fire_at, sequence) > ($2::text::timestamptz, $3::bigint))
  order by fire_at, sequence
  limit $4
), canceled as (
  select id, fire_at, sequence from holdfast.timers
  where status = 'canceled' and ($1 is null or $1 = 'canceled')
    and ($2::text is null or (fire_at, sequence) > ($2::text::timestamptz, $3::bigint))
  order by fire_at, sequence
  limit $4
), page as (
  select scheduled.id, scheduled.fire_at, scheduled.sequence from scheduled
  union all select claimed.id, claimed.fire_at, claimed.sequence from claimed
  union all select fired.id, fired.fire_at, fired.sequence from fired
  union all select canceled.id, canceled.fire_at, canceled.sequence from canceled
  order by fire_at, sequence
  limit $4
)
select stored.id as "id!", stored.sequence as "sequence!", stored.execution_id as "execution_id!", stored.step as "step!",
  stored.status as "status!", stored.fire_at as "fire_at!", stored.dedupe_key as "dedupe_key?", stored.holder as "holder?",
  stored.token as "token!", stored.lease_until as "lease_until?", stored.created_at as "created_at!",
  stored.fired_at as "fired_at?", stored.canceled_at as "canceled_at?", stored.payload as "payload?",
  stored.wait_id as "wait_id?", stored.wait_key as "wait_key?",
  (extract(epoch from stored.fire_at) * 1000000)::bigint::text as "micros!"
from page
join holdfast.timers as stored on stored.id = page.id
order by stored.fire_at, stored.sequence`,
}),
  desc: many({
  name: "timers/listTimers desc",
  prepared: false,
  readsOnly: true,
  parameters: ["status","afterMoment","afterSequence","limit"],
  object: (row) => ({ id: row[0], sequence: row[1], executionId: row[2], step: row[3], status: row[4], fireAt: row[5], dedupeKey: row[6], holder: row[7], token: row[8], leaseUntil: row[9], createdAt: row[10], firedAt: row[11], canceledAt: row[12], payload: row[13], waitId: row[14], waitKey: row[15], micros: row[16] }),
  elements: {},
  text: `with scheduled as (
  select id, fire_at, sequence from holdfast.timers
  where status = 'scheduled' and ($1::holdfast.timer_status is null or $1 = 'scheduled')
    and ($2::text is null or (fire_at, sequence) < ($2::text::timestamptz, $3::bigint))
  order by fire_at desc, sequence desc
  limit $4
), claimed as (
  select id, fire_at, sequence from holdfast.timers
  where status = 'claimed' and ($1 is null or $1 = 'claimed')
    and ($2::text is null or (fire_at, sequence) < ($2::text::timestamptz, $3::bigint))
  order by fire_at desc, sequence desc
  limit $4
), fired as (
  select id, fire_at, sequence from holdfast.timers
  where status = 'fired' and ($1 is null or $1 = 'fired')
    and ($2::text is null or (fire_at, sequence) < ($2::text::timestamptz, $3::bigint))
  order by fire_at desc, sequence desc
  limit $4
), canceled as (
  select id, fire_at, sequence from holdfast.timers
  where status = 'canceled' and ($1 is null or $1 = 'canceled')
    and ($2::text is null or (fire_at, sequence) < ($2::text::timestamptz, $3::bigint))
  order by fire_at desc, sequence desc
  limit $4
), page as (
  select scheduled.id, scheduled.fire_at, scheduled.sequence from scheduled
  union all select claimed.id, claimed.fire_at, claimed.sequence from claimed
  union all select fired.id, fired.fire_at, fired.sequence from fired
  union all select canceled.id, canceled.fire_at, canceled.sequence from canceled
  order by fire_at desc, sequence desc
  limit $4
)
select stored.id as "id!", stored.sequence as "sequence!", stored.execution_id as "execution_id!", stored.step as "step!",
  stored.status as "status!", stored.fire_at as "fire_at!", stored.dedupe_key as "dedupe_key?", stored.holder as "holder?",
  stored.token as "token!", stored.lease_until as "lease_until?", stored.created_at as "created_at!",
  stored.fired_at as "fired_at?", stored.canceled_at as "canceled_at?", stored.payload as "payload?",
  stored.wait_id as "wait_id?", stored.wait_key as "wait_key?",
  (extract(epoch from stored.fire_at) * 1000000)::bigint::text as "micros!"
from page
join holdfast.timers as stored on stored.id = page.id
order by stored.fire_at desc, stored.sequence desc`,
}),
};

/** The parameters of {@link listTimersOfExecution}. */
export interface ListTimersOfExecutionParameters {
  readonly executionId: string;
  readonly status: TimerStatus | null;
  readonly afterMoment: string | null;
  readonly afterSequence: number | null;
  readonly limit: number;
}

/** A row of {@link listTimersOfExecution}. */
export interface ListTimersOfExecutionRow {
  readonly id: string;
  readonly sequence: number;
  readonly executionId: string;
  readonly step: string;
  readonly status: TimerStatus;
  readonly fireAt: Date;
  readonly dedupeKey: string | null;
  readonly holder: string | null;
  readonly token: number;
  readonly leaseUntil: Date | null;
  readonly createdAt: Date;
  readonly firedAt: Date | null;
  readonly canceledAt: Date | null;
  readonly payload: JsonText | null;
  readonly waitId: string | null;
  readonly waitKey: string | null;
  readonly micros: string;
}

/**
 * The timers of an execution by fire_at and sequence, after a position, optionally in one status.
 * Index: timers_of_execution.
 */
export const listTimersOfExecution: InBothOrders<ListTimersOfExecutionParameters, readonly ListTimersOfExecutionRow[]> = {
  asc: many({
  name: "timers/listTimersOfExecution",
  prepared: false,
  readsOnly: true,
  parameters: ["executionId","status","afterMoment","afterSequence","limit"],
  object: (row) => ({ id: row[0], sequence: row[1], executionId: row[2], step: row[3], status: row[4], fireAt: row[5], dedupeKey: row[6], holder: row[7], token: row[8], leaseUntil: row[9], createdAt: row[10], firedAt: row[11], canceledAt: row[12], payload: row[13], waitId: row[14], waitKey: row[15], micros: row[16] }),
  elements: {},
  text: `select id, sequence, execution_id, step, status, fire_at, dedupe_key, holder, token, lease_until, created_at, fired_at,
  canceled_at, payload, wait_id, wait_key,
  (extract(epoch from fire_at) * 1000000)::bigint::text as "micros!"
from holdfast.timers
where execution_id = $1
  and ($2::holdfast.timer_status is null or status = $2)
  and ($3::text is null or (fire_at, sequence) > ($3::text::timestamptz, $4::bigint))
order by fire_at, sequence
limit $5`,
}),
  desc: many({
  name: "timers/listTimersOfExecution desc",
  prepared: false,
  readsOnly: true,
  parameters: ["executionId","status","afterMoment","afterSequence","limit"],
  object: (row) => ({ id: row[0], sequence: row[1], executionId: row[2], step: row[3], status: row[4], fireAt: row[5], dedupeKey: row[6], holder: row[7], token: row[8], leaseUntil: row[9], createdAt: row[10], firedAt: row[11], canceledAt: row[12], payload: row[13], waitId: row[14], waitKey: row[15], micros: row[16] }),
  elements: {},
  text: `select id, sequence, execution_id, step, status, fire_at, dedupe_key, holder, token, lease_until, created_at, fired_at,
  canceled_at, payload, wait_id, wait_key,
  (extract(epoch from fire_at) * 1000000)::bigint::text as "micros!"
from holdfast.timers
where execution_id = $1
  and ($2::holdfast.timer_status is null or status = $2)
  and ($3::text is null or (fire_at, sequence) < ($3::text::timestamptz, $4::bigint))
order by fire_at desc, sequence desc
limit $5`,
}),
};

/** The parameters of {@link nextTimer}. */
export interface NextTimerParameters {
}

/** A row of {@link nextTimer}. */
export interface NextTimerRow {
  readonly at: Date;
  readonly inMs: number;
}

/**
 * When the next timer can be claimed: the earliest scheduled time, end of a claim or expiry of a wait. In whole milliseconds, and never
 * early. Also returns the delay from now, by the database's clock. No row if there is no timer.
 * Index: timers_due, timers_claimed, waits_expiring (one entry each).
 */
export const nextTimer: StatementFunction<NextTimerParameters, NextTimerRow | null> = maybe({
  name: "timers/nextTimer",
  prepared: true,
  readsOnly: true,
  parameters: [],
  object: (row) => ({ at: row[0], inMs: row[1] }),
  elements: {},
  text: `with earliest as materialized (
  select least(
    (
      select stored.fire_at from holdfast.timers as stored
      where stored.status = 'scheduled' order by stored.fire_at, stored.sequence limit 1
    ),
    (
      select date_trunc('milliseconds', stored.lease_until + interval '999 microseconds') from holdfast.timers as stored
      where stored.status = 'claimed' order by stored.lease_until limit 1
    ),
    (
      select stored.expires_at from holdfast.waits as stored
      where not stored.is_park and stored.expires_at is not null
      order by stored.expires_at, stored.sequence limit 1
    )
  ) as due_at
)
select earliest.due_at as "at!",
  greatest(ceil(extract(epoch from earliest.due_at - holdfast.now()) * 1000), 0)::float8 as "in_ms!"
from earliest
where earliest.due_at is not null`,
});

/** The parameters of {@link releaseTimers}. */
export interface ReleaseTimersParameters {
  readonly ids: readonly string[];
  readonly tokens: readonly number[];
  readonly afterMs: readonly (number | null)[];
}

/** A row of {@link releaseTimers}. */
export interface ReleaseTimersRow {
  readonly ok: boolean;
  readonly status: TimerStatus | null;
  readonly token: number | null;
  readonly holder: string | null;
  readonly leaseUntil: Date | null;
  readonly firedAt: Date | null;
  readonly fireAt: Date | null;
}

/**
 * Gives claimed timers back, due at once or after a given delay. Answers in input order with the due time, or with the stored state if
 * the claim did not hold. Each row is locked by its own sub-select, so the plan is one look-up per row, even from when there were few
 * timers.
 * Index: timers_pkey. Locks: timers in id order.
 */
export const releaseTimers: StatementFunction<ReleaseTimersParameters, readonly ReleaseTimersRow[]> = many({
  name: "timers/releaseTimers",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","tokens","afterMs"],
  object: (row) => ({ ok: row[0], status: row[1], token: row[2], holder: row[3], leaseUntil: row[4], firedAt: row[5], fireAt: row[6] }),
  elements: {"ids":"text","tokens":"int8","afterMs":"int8"},
  text: `with locked as materialized (
  select input.id, input.after_ms, input.position, timer.status, timer.token, timer.holder, timer.lease_until, timer.fired_at,
    coalesce(timer.status = 'claimed' and holdfast.holds(timer.token, timer.lease_until, input.token), false) as is_held
  from (
    select given.id, given.token, given.after_ms, given.position
    from unnest((select $1::text[]), $2::bigint[], $3::bigint[])
      with ordinality as given(id, token, after_ms, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select timer.status, timer.token, timer.holder, timer.lease_until, timer.fired_at
    from holdfast.timers as timer
    where timer.id = input.id
    for no key update
  ) as timer on true
), released as (
  update holdfast.timers as stored set
    status = 'scheduled', holder = null, lease_until = null,
    fire_at = case when held.after_ms is null then stored.fire_at else holdfast.after_ms(held.after_ms) end
  from (
    select locked.id, locked.after_ms
    from locked
    where locked.is_held
    limit holdfast.at_most(cardinality($1::text[]))
  ) as held
  where stored.id = held.id
  returning stored.id, stored.fire_at
)
select locked.is_held as "ok!", locked.status as "status?", locked.token as "token?", locked.holder as "holder?",
  locked.lease_until as "lease_until?", locked.fired_at as "fired_at?", released.fire_at as "fire_at?"
from locked
left join released on released.id = locked.id
order by locked.position`,
});

/** The parameters of {@link removeExpiredTimers}. */
export interface RemoveExpiredTimersParameters {
  readonly keepMs: number;
  readonly limit: number;
}

/** A row of {@link removeExpiredTimers}. */
export interface RemoveExpiredTimersRow {
  readonly removed: number;
}

/**
 * Removes at most `limit` timers that fired or were canceled at least this long ago, oldest first, and returns their number. Those with a
 * dedupe key stay as long as their execution, whose step may schedule them again.
 * Index: timers_expiring. Locks: timers, skipping those that others hold.
 */
export const removeExpiredTimers: StatementFunction<RemoveExpiredTimersParameters, RemoveExpiredTimersRow> = one({
  name: "timers/removeExpiredTimers",
  prepared: true,
  readsOnly: false,
  parameters: ["keepMs","limit"],
  object: (row) => ({ removed: row[0] }),
  elements: {},
  text: `with removed as (
  delete from holdfast.timers as stored
  where stored.ctid = any(array(
    select timer.ctid
    from holdfast.timers as timer
    where timer.status in ('fired', 'canceled') and timer.dedupe_key is null
      and coalesce(timer.fired_at, timer.canceled_at) <= holdfast.now() - $1::bigint * interval '1 millisecond'
    order by coalesce(timer.fired_at, timer.canceled_at)
    limit $2
    for update skip locked
  ))
  returning stored.id
)
select count(*) as "removed!"
from removed`,
});

/** The parameters of {@link scheduleTimers}. */
export interface ScheduleTimersParameters {
  readonly ids: readonly string[];
  readonly executionIds: readonly string[];
  readonly steps: readonly string[];
  readonly fireAt: readonly (Date | null)[];
  readonly afterMs: readonly (number | null)[];
  readonly dedupeKeys: readonly (string | null)[];
  readonly payloads: readonly (JsonText | null)[];
  readonly traceContexts: readonly (string | null)[];
}

/** A row of {@link scheduleTimers}. */
export interface ScheduleTimersRow {
  readonly id: string;
  readonly status: TimerStatus;
  readonly fireAt: Date;
  readonly isNew: boolean;
}

/**
 * Schedules timers, one per input row, and answers in input order. If the execution has a timer with that dedupe key, in any status, that
 * one is kept. The conflict's update changes nothing, but waits for a concurrent writer and reads the row. Fails with HF003 if a timer is
 * new and the execution has ended.
 * Index: timers_dedupe, timers_pkey, executions_pkey. Locks: executions in id order; then the existing timers in id order, like every
 * statement that acknowledges or cancels them.
 */
export const scheduleTimers: StatementFunction<ScheduleTimersParameters, readonly ScheduleTimersRow[]> = many({
  name: "timers/scheduleTimers",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","executionIds","steps","fireAt","afterMs","dedupeKeys","payloads","traceContexts"],
  object: (row) => ({ id: row[0], status: row[1], fireAt: row[2], isNew: row[3] }),
  elements: {"ids":"text","executionIds":"text","steps":"text","afterMs":"int8","dedupeKeys":"text","payloads":"json","traceContexts":"text"},
  text: `with input as (
  select given.id, given.execution_id, given.step, given.dedupe_key, given.payload, given.trace_context, given.position,
    coalesce(given.fire_at, holdfast.after_ms(given.after_ms)) as fire_at
  from unnest((select $1::text[]), $2::text[], $3::text[], $4::timestamptz[], $5::bigint[],
    $6::text[], $7::json[], $8::text[])
    with ordinality as given(id, execution_id, step, fire_at, after_ms, dedupe_key, payload, trace_context, position)
), owner as materialized (
  select execution.id, execution.status, named.adds
  from (
    select input.execution_id collate "C" as id,
      bool_or(input.dedupe_key is null or (
        select known.status
        from holdfast.timers as known
        where known.execution_id = input.execution_id and known.dedupe_key = input.dedupe_key
      ) is null) as adds
    from input
    group by 1
    order by 1
  ) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for no key update
  ) as execution
), known as materialized (
  select stored.id
  from (
    select same.id
    from input
    cross join lateral (
      select timer.id
      from holdfast.timers as timer
      where timer.execution_id = input.execution_id and timer.dedupe_key = input.dedupe_key
      limit 1
    ) as same
    where (select count(*) from owner) >= 0
    order by same.id
  ) as named
  cross join lateral (select timer.id from holdfast.timers as timer where timer.id = named.id for no key update) as stored
), written as (
  insert into holdfast.timers as stored (id, execution_id, step, status, fire_at, dedupe_key, created_at, payload, trace_context)
  select input.id, input.execution_id, input.step, 'scheduled', input.fire_at, input.dedupe_key, holdfast.now(), input.payload,
    input.trace_context
  from input
  where (select count(*) from owner where not owner.adds or holdfast.is_open(owner.id, owner.status)) >= 0
    and (select count(*) from known) >= 0
  order by input.execution_id collate "C", input.dedupe_key collate "C" nulls first, input.position
  on conflict (execution_id, dedupe_key) where dedupe_key is not null do update set dedupe_key = excluded.dedupe_key
  returning stored.id, stored.execution_id, stored.dedupe_key, stored.status, stored.fire_at, stored.xmax = 0 as is_new
)
select coalesce(own.id, keyed.id) as "id!", coalesce(own.status, keyed.status) as "status!",
  coalesce(own.fire_at, keyed.fire_at) as "fire_at!", coalesce(own.is_new, keyed.is_new) as "is_new!"
from input
left join written as own on input.dedupe_key is null and own.id = input.id
left join written as keyed on keyed.execution_id = input.execution_id and keyed.dedupe_key = input.dedupe_key
order by input.position`,
});
