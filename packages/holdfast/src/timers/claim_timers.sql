-- Claims timers: first those whose claim ran out, then the due ones, at most `limit`, each under a new token and a lease.
-- Bounded however many are due; several pollers pass each other's rows by. Answers by fire_at and sequence.
-- The ids go through an array, whose length the planner takes for small; of what a LIMIT leaves that it cannot know it expects a
-- part of the whole table.
-- Index: timers_claimed, timers_due, timers_pkey. Locks: timers, skipping those that others hold.
-- :many
with expired as materialized (
  select stored.id
  from holdfast.timers as stored
  where stored.status = 'claimed' and stored.lease_until <= holdfast.now()
  order by stored.lease_until
  limit :limit
  for no key update skip locked
), due as materialized (
  select stored.id
  from holdfast.timers as stored
  where stored.status = 'scheduled' and stored.fire_at <= holdfast.now()
  order by stored.fire_at, stored.sequence
  limit :limit::bigint - (select count(*) from expired)
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
    stored.lease_until, stored.created_at, stored.payload
)
select claimed.id as "id!", claimed.token as "token!", claimed.execution_id as "execution_id!", claimed.step as "step!",
  claimed.fire_at as "fire_at!", claimed.dedupe_key as "dedupe_key?", claimed.lease_until as "lease_until!",
  claimed.created_at as "created_at!", claimed.payload as "payload?"
from claimed
order by claimed.fire_at, claimed.sequence
