-- How many entries an execution has: its numbers have no gaps, so that the next one tells.
-- Index: history_heads_pkey.
-- :maybe
select next - 1 as "count!"
from holdfast.history_heads
where execution_id = :executionId
