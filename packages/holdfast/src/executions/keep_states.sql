-- Sets how many former versions of a state are kept: the execution's own (an empty component), or a component's. See holdfast.keep_states.
-- Index: executions_pkey or component_states_pkey, former_states_pkey. Locks: those of holdfast.keep_states.
-- :one
select holdfast.keep_states(:id::text, :component::text, :count::integer) as "is_known!"
