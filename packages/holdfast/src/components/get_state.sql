-- The state of one component of one execution.
-- Index: component_states_pkey.
-- :maybe
select execution_id, component, version, created_at, updated_at, state
from holdfast.component_states
where execution_id = :executionId and component = :component
