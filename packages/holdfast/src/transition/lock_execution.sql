-- Locks the execution of one transition, and checks what it requires, as `lock_executions` does. What only adds to it, under a token that
-- is only checked, writes nothing and waits for no other such step.
-- Index: executions_pkey, leases_pkey. Locks: the execution, as `mode` says, then its lease, shared.
-- :exec
select count(*) as "locked!"
from (select :id::text as id) as one
left join lateral (
  select stored.id, stored.version, stored.status
  from holdfast.executions as stored
  where stored.id = one.id and :mode::text = 'add'
  for key share
) as growing on true
left join lateral (
  select stored.id, stored.version, stored.status
  from holdfast.executions as stored
  where stored.id = one.id and :mode = 'hold'
  for share
) as held on true
left join lateral (
  select stored.id, stored.version, stored.status
  from holdfast.executions as stored
  where stored.id = one.id and :mode = 'change'
  for no key update
) as changing on true
left join lateral (
  select stored.id, stored.version, stored.status
  from holdfast.executions as stored
  where stored.id = one.id and :mode = 'end'
  for update
) as ending on true
left join lateral (
  -- Of the execution's row, so that it is locked after that.
  select lease.id
  from holdfast.leases as lease
  where lease.id = coalesce(growing.id, held.id, changing.id, ending.id) and lease.kind = 'execution'
    and lease.lease_until > holdfast.now() and (:token?::bigint is not null or :holder?::text is not null)
    and (:token is null or lease.token = :token) and (:holder is null or lease.holder = :holder)
  for key share
) as fence on true
where case
  when coalesce(growing.id, held.id, changing.id, ending.id) is null then
    holdfast.fail('HF004', format('execution %s does not exist: create it first', one.id),
      json_build_object('entity', 'execution', 'id', one.id))
  when fence.id is null and (:token is not null or :holder is not null) then
    holdfast.fail('HF002', format('the lease of execution %s is no longer held: stop its work', one.id),
      json_build_object('entity', 'execution', 'id', one.id, 'token', :token))
  else holdfast.meets(one.id, coalesce(growing.version, held.version, changing.version, ending.version),
    coalesce(growing.status, held.status, changing.status, ending.status), :version?::bigint, :statuses?::text)
end
