-- Gives leases back, and answers, in input order, whether each was still held. The token is stale from then on.
-- Index: executions_pkey. Locks: executions in id order.
-- :many
with input as (
  select given.id, given.token, given.position
  from unnest((select :ids::text[]), :tokens::bigint[]) with ordinality as given(id, token, position)
  order by given.id collate "C"
), current as materialized (
  select input.id, input.position, holdfast.holds(stored.token, stored.lease_until, input.token) is true as is_held
  from input
  left join lateral (
    select execution.token, execution.lease_until
    from holdfast.executions as execution
    where execution.id = input.id
    for no key update
  ) as stored on true
), released as (
  update holdfast.executions as stored set holder = null, lease_until = null
  -- Cuts nothing; see change_executions.
  from (select current.id from current where current.is_held limit cardinality(:ids::text[])) as held
  where stored.id = held.id
)
select current.is_held as "is_released!"
from current
order by current.position
