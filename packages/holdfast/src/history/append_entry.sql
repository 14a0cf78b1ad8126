-- Appends one entry that expects its number to the history of an execution that has entries, as `append_to_one` does, in two thirds of
-- its time. Where there are none, where the entry would not get that number, or where the execution has ended, there is no row, and
-- nothing is written.
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
returning number as "number!"
