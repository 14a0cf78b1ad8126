-- The former versions of a state that were kept, after a given one: of the execution's own (an empty component), or a component's.
-- Index: former_states_pkey.
-- :many both-orders
select former.execution_id as "execution_id!", former.component as "component!", former.version as "version!",
  former.updated_at as "updated_at!", former.replaced_at as "replaced_at!", case when :withStates::boolean then former.state end as "state?"
from holdfast.former_states as former
where former.execution_id = :id and former.component = :component and former.version > :after::bigint
order by former.version
limit :limit
