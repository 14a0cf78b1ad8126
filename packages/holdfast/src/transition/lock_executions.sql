-- Locks the executions of transitions before anything of theirs: those that change, as the change will, and those that something is
-- added to, as foreign keys will. Whoever locks an execution and then works on what belongs to it goes the same way round.
-- Index: executions_pkey. Locks: executions in id order, those that change first.
-- :exec
with changing as materialized (
  select execution.id
  from (
    select given.id from unnest(:changed::text[]) as given(id) order by given.id collate "C"
  ) as input
  cross join lateral (
    select stored.id from holdfast.executions as stored where stored.id = input.id for no key update
  ) as execution
), growing as materialized (
  select execution.id
  from (
    select given.id
    from unnest(:added::text[]) as given(id)
    where (select count(*) from changing) >= 0
    order by given.id collate "C"
  ) as input
  cross join lateral (
    select stored.id from holdfast.executions as stored where stored.id = input.id for key share
  ) as execution
)
select count(*) as "locked!"
from growing
