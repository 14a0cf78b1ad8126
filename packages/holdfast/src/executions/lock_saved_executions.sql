-- Locks the executions that several statements of a transaction will write, all in one order.
-- Index: executions_pkey. Locks: executions in id order.
-- :exec
with locked as materialized (
  select execution.version
  from (
    select given.id from unnest((select :ids::text[])) as given(id) order by given.id collate "C"
  ) as input
  cross join lateral (
    select stored.version from holdfast.executions as stored where stored.id = input.id for no key update
  ) as execution
)
select count(*) as "locked!"
from locked
