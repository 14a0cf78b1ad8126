-- An execution and all its descendants.
-- Index: executions_pkey, executions_parent.
-- :many
with recursive family as (
  select root.id from holdfast.executions as root where root.id = :id
  union
  select child.id
  from family
  join holdfast.executions as child on child.parent_id = family.id
)
select family.id as "id!"
from family
