-- Timers of all executions by fire_at and sequence, after a position, optionally in one status. Each status has its own index in that
-- order (claimed ones are few and sorted), and the pages of all statuses are merged.
-- Index: timers_due, timers_claimed, timers_ended, timers_pkey.
-- :many both-orders unprepared
with scheduled as (
  select id, fire_at, sequence from holdfast.timers
  where status = 'scheduled' and (:status?::holdfast.timer_status is null or :status = 'scheduled')
    and (:afterMoment?::text is null or (fire_at, sequence) > (:afterMoment::text::timestamptz, :afterSequence?::bigint))
  order by fire_at, sequence
  limit :limit
), claimed as (
  select id, fire_at, sequence from holdfast.timers
  where status = 'claimed' and (:status is null or :status = 'claimed')
    and (:afterMoment?::text is null or (fire_at, sequence) > (:afterMoment::text::timestamptz, :afterSequence?::bigint))
  order by fire_at, sequence
  limit :limit
), fired as (
  select id, fire_at, sequence from holdfast.timers
  where status = 'fired' and (:status is null or :status = 'fired')
    and (:afterMoment?::text is null or (fire_at, sequence) > (:afterMoment::text::timestamptz, :afterSequence?::bigint))
  order by fire_at, sequence
  limit :limit
), canceled as (
  select id, fire_at, sequence from holdfast.timers
  where status = 'canceled' and (:status is null or :status = 'canceled')
    and (:afterMoment?::text is null or (fire_at, sequence) > (:afterMoment::text::timestamptz, :afterSequence?::bigint))
  order by fire_at, sequence
  limit :limit
), page as (
  select scheduled.id, scheduled.fire_at, scheduled.sequence from scheduled
  union all select claimed.id, claimed.fire_at, claimed.sequence from claimed
  union all select fired.id, fired.fire_at, fired.sequence from fired
  union all select canceled.id, canceled.fire_at, canceled.sequence from canceled
  order by fire_at, sequence
  limit :limit
)
select stored.id as "id!", stored.sequence as "sequence!", stored.execution_id as "execution_id!", stored.step as "step!",
  stored.status as "status!", stored.fire_at as "fire_at!", stored.dedupe_key as "dedupe_key?", stored.holder as "holder?",
  stored.token as "token!", stored.lease_until as "lease_until?", stored.created_at as "created_at!",
  stored.fired_at as "fired_at?", stored.canceled_at as "canceled_at?", stored.payload as "payload?",
  stored.wait_id as "wait_id?", stored.wait_key as "wait_key?",
  (extract(epoch from stored.fire_at) * 1000000)::bigint::text as "micros!"
from page
join holdfast.timers as stored on stored.id = page.id
order by stored.fire_at, stored.sequence
