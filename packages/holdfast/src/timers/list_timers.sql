-- Timers by fire_at and sequence, after a position, of an execution or in a state where these are given.
-- Index: timers_of_execution; without an execution timers_due or timers_claimed for their states, and else timers_fire.
-- :many unprepared
select id, sequence, execution_id, step, state, fire_at, dedupe_key, holder, token, lease_until, created_at, fired_at,
  canceled_at, payload
from holdfast.timers
where (:executionId?::text is null or execution_id = :executionId)
  and (:state?::holdfast.timer_state is null or state = :state)
  and (:afterFireAt?::timestamptz is null or (fire_at, sequence) > (:afterFireAt, :afterSequence::bigint))
order by fire_at, sequence
limit :limit
