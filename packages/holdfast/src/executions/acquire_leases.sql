-- Gives the leases of executions to holders, and answers in input order: no token where another lease has not run out. Each
-- token is greater than all before it. Fails with HF004 where there is no such execution, and with HF003 where it has ended.
-- Index: executions_pkey. Locks: executions in id order.
-- :many
with input as (
  select given.id, given.holder, holdfast.now() + given.lease_ms * interval '1 millisecond' as lease_until, given.position
  from unnest((select :ids::text[]), :holders::text[], :leaseMs::bigint[]) with ordinality as given(id, holder, lease_ms, position)
  order by given.id collate "C"
), current as materialized (
  select input.id, input.holder, input.lease_until, input.position,
    case when stored.token is not null then nextval('holdfast.tokens') end as token,
    stored.lease_until is null or stored.lease_until <= holdfast.now() as is_free, stored.status
  from input
  left join lateral (
    select execution.token, execution.lease_until, execution.status
    from holdfast.executions as execution
    where execution.id = input.id
    for no key update
  ) as stored on true
), acquired as (
  update holdfast.executions as stored set holder = free.holder, token = free.token, lease_until = free.lease_until
  from (
    select current.id, current.holder, current.token, current.lease_until
    from current
    where current.token is not null and current.is_free
    -- Cuts nothing; see change_executions.
    limit cardinality(:ids::text[])
  ) as free
  where stored.id = free.id
)
select case when current.is_free then current.token end as "token?", current.lease_until as "lease_until!"
from current
where case
  when current.token is null then
    holdfast.fail('HF004', format('execution %s does not exist: create it first', current.id),
      json_build_object('entity', 'execution', 'id', current.id))
  else holdfast.is_open(current.id, current.status)
end
order by current.position
