-- The newest entry of an execution.
-- Index: history_entries_pkey.
-- :maybe
select execution_id, number, kind, recorded_at, payload
from holdfast.history_entries
where execution_id = :executionId
order by number desc
limit 1
