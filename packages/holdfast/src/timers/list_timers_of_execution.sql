-- The timers of an execution by fire_at and sequence, after a position, in a status where one is given.
-- Index: timers_of_execution.
-- :many unprepared
select id, sequence, execution_id, step, status, fire_at, dedupe_key, holder, token, lease_until, created_at, fired_at,
  canceled_at, payload
from holdfast.timers
where execution_id = :executionId
  and (:status?::holdfast.timer_status is null or status = :status)
  and (:afterFireAt?::timestamptz is null or (fire_at, sequence) > (:afterFireAt, :afterSequence::bigint))
order by fire_at, sequence
limit :limit
