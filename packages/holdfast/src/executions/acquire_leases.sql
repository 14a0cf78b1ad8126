-- Gives the leases of executions to holders, and answers in input order: no token where another lease has not run out. Each
-- token is greater than all before it. Fails with HF004 where there is no such execution, and with HF003 where it has ended.
-- Written as an insert that always finds its row; see change_executions.
-- Index: executions_pkey. Locks: executions in id order.
-- :many
with input as materialized (
  select given.id collate "C" as id, given.holder, holdfast.now() + given.lease_ms * interval '1 millisecond' as lease_until, given.position
  from unnest((select :ids::text[]), :holders::text[], :leaseMs::bigint[]) with ordinality as given(id, holder, lease_ms, position)
), acquired as (
  insert into holdfast.executions as stored (id, sequence, version, status, strategy, holder, lease_until, created_at, updated_at, labels)
    overriding system value
  select input.id, 0, 0, 'pending', 'wait_all', input.holder, input.lease_until, holdfast.now(), holdfast.now(), '{}'
  from input
  where case
    when (select present.version from holdfast.executions as present where present.id = input.id) is null then
      holdfast.fail('HF004', format('execution %s does not exist: create it first', input.id),
        json_build_object('entity', 'execution', 'id', input.id))
    else true
  end
  order by input.id
  on conflict (id) do update set
    holder = excluded.holder, token = nextval('holdfast.tokens'), lease_until = excluded.lease_until
  where holdfast.is_open(stored.id, stored.status) and (stored.lease_until is null or stored.lease_until <= holdfast.now())
  returning stored.id, stored.version, stored.token
)
select acquired.token as "token?", input.lease_until as "lease_until!"
from input
left join acquired on acquired.id = input.id
where case
  -- It was removed after this statement began: what would be inserted in its place has no version.
  when acquired.version = 0 then
    holdfast.fail('HF004', format('execution %s does not exist: create it first', input.id),
      json_build_object('entity', 'execution', 'id', input.id))
  else true
end
order by input.position
