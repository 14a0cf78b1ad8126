-- The entries of all executions after a place in their order, but only those that are older than every running transaction, so
-- that none is ever committed before one that was given. A shared entry is there once, under the execution that has it.
-- Index: history_entries_order.
-- :many
select execution_id, number, position, transaction::text as "transaction!", kind, recorded_at, payload
from holdfast.history_entries
where (transaction, position) > (:transaction::text::xid8, :position::bigint)
  and transaction < pg_snapshot_xmin(pg_current_snapshot())
order by transaction, position
limit :limit
