-- The entries of all executions after a place in their order, limited to those older than every running transaction. So none is ever
-- committed before one that was returned. A shared entry appears once, under its owner.
-- Index: history_entries_order.
-- :many both-orders
select execution_id, number, position, transaction::text as "transaction!", kind, recorded_at, payload
from holdfast.history_entries
where (transaction, position) > (:afterTransaction::text::xid8, :afterPosition::bigint)
  and transaction < pg_snapshot_xmin(pg_current_snapshot())
order by transaction, position
limit :limit
