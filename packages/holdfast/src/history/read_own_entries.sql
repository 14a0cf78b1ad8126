-- The entries of an execution by number, from a given one on; of a fork, without those that it shares.
-- Index: history_entries_pkey.
-- :many
select number, position, kind, recorded_at, payload
from holdfast.history_entries
where execution_id = :executionId and number >= :from
order by number
limit :limit
