-- Counts an execution's entries. Numbers have no gaps, so the next one gives the count.
-- Index: history_heads_pkey.
-- :maybe
select next - 1 as "count!"
from holdfast.history_heads
where execution_id = :executionId
