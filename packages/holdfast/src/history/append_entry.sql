-- Appends one entry with an expected number to a history that has entries, as `append_to_one` does, in two thirds of the time. Returns no
-- row, and writes nothing, if the history is empty, the number does not match, or the execution has ended.
-- Index: history_heads_pkey. Locks: the history_heads.
-- :maybe
with head as (
  update holdfast.history_heads as head set next = head.next + 1, transaction = greatest(head.transaction, pg_current_xact_id())
  where head.execution_id = :executionId::text and head.next = :expected::bigint and head.ended_as is null
  returning head.next - 1 as number, head.transaction
)
insert into holdfast.history_entries (execution_id, number, transaction, kind, recorded_at, payload)
select :executionId::text, head.number, head.transaction, :kind::text, holdfast.now(), :payload?::json
from head
returning number as "number!", recorded_at as "recorded_at!"
