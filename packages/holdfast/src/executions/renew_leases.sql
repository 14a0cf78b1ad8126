-- Prolongs leases from now on, and answers, in input order, whether each was still held. That of an ended execution is not.
-- Index: executions_pkey. Locks: executions in id order.
-- :many
with input as (
  select given.id, given.token, holdfast.now() + given.lease_ms * interval '1 millisecond' as lease_until, given.position
  from unnest((select :ids::text[]), :tokens::bigint[], :leaseMs::bigint[]) with ordinality as given(id, token, lease_ms, position)
  order by given.id collate "C"
), current as materialized (
  select input.id, input.lease_until, input.position,
    holdfast.holds(stored.token, stored.lease_until, input.token) is true and not holdfast.is_terminal(stored.status) as is_held
  from input
  left join lateral (
    select execution.token, execution.lease_until, execution.status
    from holdfast.executions as execution
    where execution.id = input.id
    for no key update
  ) as stored on true
), renewed as (
  update holdfast.executions as stored set lease_until = held.lease_until
  -- Cuts nothing; see change_executions.
  from (select current.id, current.lease_until from current where current.is_held limit cardinality(:ids::text[])) as held
  where stored.id = held.id
)
select current.is_held as "is_held!"
from current
order by current.position
