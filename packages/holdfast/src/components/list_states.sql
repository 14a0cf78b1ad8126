-- The component states of an execution by component name, after a given one.
-- Index: component_states_pkey.
-- :many both-orders
select execution_id, component, version, created_at, updated_at, state
from holdfast.component_states
where execution_id = :executionId and component > :after
order by component
limit :limit
