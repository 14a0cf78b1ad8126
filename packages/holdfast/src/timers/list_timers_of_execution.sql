-- The timers of an execution by fire_at and sequence, after a position, optionally in one status.
-- Index: timers_of_execution.
-- :many both-orders unprepared
select id, sequence, execution_id, step, status, fire_at, dedupe_key, holder, token, lease_until, created_at, fired_at,
  canceled_at, payload, wait_id, wait_key,
  (extract(epoch from fire_at) * 1000000)::bigint::text as "micros!"
from holdfast.timers
where execution_id = :executionId
  and (:status?::holdfast.timer_status is null or status = :status)
  and (:afterMoment?::text is null or (fire_at, sequence) > (:afterMoment::text::timestamptz, :afterSequence?::bigint))
order by fire_at, sequence
limit :limit
