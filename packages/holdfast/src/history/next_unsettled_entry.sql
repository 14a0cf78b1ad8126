-- The position of the next entry after a place in the order of all. Running transactions may still hold it back.
-- Index: history_entries_order.
-- :maybe
select position
from holdfast.history_entries
where (transaction, position) > (:transaction::text::xid8, :position::bigint)
order by transaction, position
limit 1
