-- Locks the sources of forks: the executions against removal, then their histories against concurrent appends. This is a separate
-- statement, so that the next one sees what those have written. The heads are written unchanged. So a session that removes the execution
-- above READ COMMITTED fails and retries, instead of missing the fork.
-- Index: executions_pkey, history_heads_pkey. Locks: executions, then history_heads, both in id order.
-- :exec
with input as materialized (
  select distinct given.id collate "C" as id from unnest((select :sourceIds::text[])) as given(id)
), source as materialized (
  select input.id, execution.version
  from (select ordered.id from input as ordered order by ordered.id) as input
  cross join lateral (
    select stored.version from holdfast.executions as stored where stored.id = input.id for key share
  ) as execution
), head as materialized (
  select source.id, locked.next
  from (select ordered.id from source as ordered order by ordered.id) as source
  cross join lateral (
    select stored.next from holdfast.history_heads as stored where stored.execution_id = source.id for no key update
  ) as locked
)
update holdfast.history_heads as stored set next = stored.next
from (select head.id from head limit holdfast.at_most(cardinality(:sourceIds::text[]))) as head
where stored.execution_id = head.id
