-- One former version of a state, of the execution's own (an empty component) or a component's.
-- Index: former_states_pkey.
-- :maybe
select former.execution_id as "execution_id!", former.component as "component!", former.version as "version!",
  former.updated_at as "updated_at!", former.replaced_at as "replaced_at!", former.state as "state?"
from holdfast.former_states as former
where former.execution_id = :id and former.component = :component and former.version = :version::bigint
