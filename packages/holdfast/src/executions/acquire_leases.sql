-- Gives the leases of executions to holders, and answers in input order: no token where another lease has not run out. Each
-- token is one above the last. Fails with HF004 where there is no such execution.
-- Index: executions_pkey. Locks: executions in id order.
-- :many
with input as (
  select given.id, given.holder, given.lease_ms, given.position
  from unnest(:ids::text[], :holders::text[], :leaseMs::bigint[]) with ordinality as given(id, holder, lease_ms, position)
), current as materialized (
  select stored.id, stored.lease_until
  from input
  join holdfast.executions as stored on stored.id = input.id
  order by stored.id
  for no key update of stored
), acquired as (
  update holdfast.executions as stored set
    holder = input.holder, token = stored.token + 1,
    lease_until = holdfast.now() + input.lease_ms * interval '1 millisecond'
  from current
  join input on input.id = current.id
  where stored.id = current.id and (current.lease_until is null or current.lease_until <= holdfast.now())
  returning stored.id, stored.token, stored.lease_until
)
select acquired.token as "token?", acquired.lease_until as "lease_until?"
from input
left join current on current.id = input.id
left join acquired on acquired.id = input.id
where case
  when current.id is null then
    holdfast.fail('HF004', format('execution %s does not exist: create it first', input.id),
      json_build_object('entity', 'execution', 'id', input.id))
  else true
end
order by input.position
