-- The entries of an execution by number, from a given one on.
-- Index: history_entries_pkey.
-- :many
select execution_id, number, kind, recorded_at, payload
from holdfast.history_entries
where execution_id = :executionId and number >= :from
order by number
limit :limit
