-- Prolongs leases from now on, and answers, in input order, whether each was still held. That of an ended execution is not.
-- Written as an insert that always finds its row; see change_executions. What is removed after it began, so that it inserts a row, is
-- tried again.
-- Index: executions_pkey. Locks: executions in id order.
-- :many
with input as materialized (
  select given.id collate "C" as id, given.token, holdfast.now() + given.lease_ms * interval '1 millisecond' as lease_until, given.position
  from unnest((select :ids::text[]), :tokens::bigint[], :leaseMs::bigint[]) with ordinality as given(id, token, lease_ms, position)
), renewed as (
  insert into holdfast.executions as stored (id, sequence, version, status, strategy, token, lease_until, created_at, updated_at, labels)
    overriding system value
  select input.id, 0, 0, 'pending', 'wait_all', input.token, input.lease_until, holdfast.now(), holdfast.now(), '{}'
  from input
  where (select present.version from holdfast.executions as present where present.id = input.id) is not null
  order by input.id
  on conflict (id) do update set lease_until = excluded.lease_until
  where holdfast.holds(stored.token, stored.lease_until, excluded.token) and not holdfast.is_terminal(stored.status)
  returning stored.id, stored.version
)
select renewed.id is not null as "is_held!"
from input
left join renewed on renewed.id = input.id
where case
  when renewed.version = 0 then
    holdfast.fail('40001', format('execution %s was removed at the same moment', input.id), '{}')
  else true
end
order by input.position
