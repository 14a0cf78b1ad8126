-- Cancels unfinished executions by holdfast.cancel_executions. Returns in input order which were canceled, and the queues that may have
-- work now.
-- Locks: those of holdfast.lock_canceled if there may be several, then those of holdfast.cancel_executions.
-- :many
with locked as materialized (
  select case when cardinality(:ids::text[]) > 1 or true = any(:trees::boolean[]) then
    holdfast.lock_canceled(:ids::text[], :trees::boolean[], '{}')
  end as ids
)
select done.canceled as "canceled!", done.woken as "woken!"
from (
  select given.id, given.error, given.tree, given.position
  from unnest((select :ids::text[]), :errors?::json[], :trees::boolean[]) with ordinality as given(id, error, tree, position)
  order by given.id collate "C"
) as ordered
cross join locked
-- An execution that was made since then is left alone: its parts are not locked.
cross join lateral holdfast.cancel_executions(
  case when locked.ids is null or ordered.id = any(locked.ids) then array[ordered.id] else '{}' end, ordered.error, ordered.tree
) as done
order by ordered.position
