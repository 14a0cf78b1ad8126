-- The payloads of executions after their steps, in input order.
-- Index: executions_pkey.
-- :many
select stored.id as "id!", stored.input as "input?", stored.state as "state?", stored.output as "output?", stored.error as "error?"
from unnest((select :ids::text[])) with ordinality as given(id, position)
cross join lateral (
  select execution.id, execution.input, execution.state, execution.output, execution.error
  from holdfast.executions as execution where execution.id = given.id limit 1
) as stored
order by given.position
