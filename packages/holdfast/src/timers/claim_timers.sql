-- Claims at most `limit` timers, each under a new token and a lease. First come those whose claim expired, then expired waits, then due
-- timers. An expired wait becomes a timer of its step. Pollers skip each other's rows. Answers by fire_at and sequence. The ids go
-- through an array, which the planner expects to be short. For a LIMIT that it cannot know, it expects a fraction of the whole table.
-- Index: timers_claimed, timers_due, timers_pkey, waits_expiring. Locks: timers, skipping those that others hold; then those of
-- holdfast.expire_waits.
-- :many
with expired as materialized (
  select stored.id
  from holdfast.timers as stored
  where stored.status = 'claimed' and stored.lease_until <= holdfast.now()
  order by stored.lease_until
  limit :limit
  for no key update skip locked
), made as materialized (
  select holdfast.expire_waits(
    :limit::bigint - (select count(*) from expired), :holder?, holdfast.now() + :leaseMs::bigint * interval '1 millisecond'
  ) as timer
  from (
    -- Usually there is none, and this look-up is all.
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
  limit :limit::bigint - (select count(*) from expired) - (select count(*) from made)
  for no key update skip locked
), claimed as (
  update holdfast.timers as stored set
    status = 'claimed', token = nextval('holdfast.tokens'), holder = :holder?,
    lease_until = holdfast.now() + :leaseMs::bigint * interval '1 millisecond'
  from (
    select found.id
    from unnest(array(select expired.id::text from expired union all select due.id::text from due)) as found(id)
    limit holdfast.at_most((select :limit::bigint))
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
order by claim.fire_at, claim.sequence
