-- Cancels unfinished executions by holdfast.cancel_executions, which names its locks. Returns in input order which were canceled, and the
-- queues that may have work now.
-- :many
select done.canceled as "canceled!", done.woken as "woken!"
from (
  select given.id, given.error, given.tree, given.position
  from unnest((select :ids::text[]), :errors?::json[], :trees::boolean[]) with ordinality as given(id, error, tree, position)
  order by given.id collate "C"
) as ordered
cross join lateral holdfast.cancel_executions(array[ordered.id], ordered.error, ordered.tree) as done
order by ordered.position
