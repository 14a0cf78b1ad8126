-- The entries of an execution by number, from a given one on and after another; for a fork, without shared ones.
-- Index: history_entries_pkey.
-- :many both-orders
select number, position, kind, recorded_at, payload
from holdfast.history_entries
where execution_id = :executionId and number >= :from and number > :after
order by number
limit :limit
