-- Gives leases back, and answers, in input order, whether each was still held. The token is stale from then on.
-- Written as an insert that always finds its row; see change_executions. What is removed after it began, so that it inserts a row, is
-- tried again.
-- Index: executions_pkey. Locks: executions in id order.
-- :many
with input as materialized (
  select given.id collate "C" as id, given.token, given.position
  from unnest((select :ids::text[]), :tokens::bigint[]) with ordinality as given(id, token, position)
), released as (
  insert into holdfast.executions as stored (id, sequence, version, status, strategy, token, lease_until, created_at, updated_at, labels)
    overriding system value
  select input.id, 0, 0, 'pending', 'wait_all', input.token, null::timestamptz, holdfast.now(), holdfast.now(), '{}'
  from input
  where (select present.version from holdfast.executions as present where present.id = input.id) is not null
  order by input.id
  on conflict (id) do update set holder = null, lease_until = null
  where holdfast.holds(stored.token, stored.lease_until, excluded.token)
  returning stored.id, stored.version
)
select released.id is not null as "is_released!"
from input
left join released on released.id = input.id
where case
  when released.version = 0 then
    holdfast.fail('40001', format('execution %s was removed at the same moment', input.id), '{}')
  else true
end
order by input.position
