-- Removes executions with everything that is theirs, children too, and answers, in input order, whether each was there.
-- Index: executions_pkey. Locks: executions in id order.
-- :many
with input as (
  select given.id, given.position
  from unnest((select :ids::text[])) with ordinality as given(id, position)
  order by given.id collate "C"
), current as materialized (
  select input.id, input.position, stored.version is not null as is_there
  from input
  left join lateral (
    select execution.version from holdfast.executions as execution where execution.id = input.id for update
  ) as stored on true
), removed as (
  delete from holdfast.executions as stored
  -- Cuts nothing; see change_executions.
  using (select current.id from current where current.is_there limit cardinality(:ids::text[])) as present
  where stored.id = present.id
)
select current.is_there as "removed!"
from current
order by current.position
