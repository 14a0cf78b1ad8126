-- Locks executions to be removed, and their descendants, which are removed too. Returns those that exist. This is a separate statement,
-- so that the next one sees everything that was added to them before.
-- Index: executions_pkey, executions_parent. Locks: executions in id order.
-- :many
with recursive family as (
  select given.id collate "C" as id from unnest((select :ids::text[])) as given(id)
  union
  select child.id
  from family
  cross join lateral (
    select stored.id::text as id
    from holdfast.executions as stored
    where stored.parent_id = family.id
    limit holdfast.at_most(1000000000)
  ) as child
), locked as materialized (
  select execution.id
  from (select family.id from family order by family.id) as wanted
  cross join lateral (
    select stored.id from holdfast.executions as stored where stored.id = wanted.id for update
  ) as execution
)
select locked.id as "id!"
from locked
