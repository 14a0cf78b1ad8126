-- Counts the timers that remove_expired_timers would remove in all.
-- Index: timers_expiring.
-- :one
select count(*) as "expired!"
from holdfast.timers as timer
where timer.status in ('fired', 'canceled') and timer.dedupe_key is null
  and coalesce(timer.fired_at, timer.canceled_at) <= holdfast.now() - :keepMs::bigint * interval '1 millisecond'
