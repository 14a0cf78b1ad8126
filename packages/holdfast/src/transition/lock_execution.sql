-- Locks the execution of one transition that changes it, and checks what it expects, as `lock_executions` does.
-- Index: executions_pkey. Locks: the execution.
-- :exec
select count(*) as "locked!"
from (select :id::text as id) as one
left join lateral (
  select stored.version, stored.token, stored.lease_until
  from holdfast.executions as stored
  where stored.id = one.id
  for no key update
) as execution on true
where case
  when execution.version is null then
    holdfast.fail('HF004', format('execution %s does not exist: create it first', one.id),
      json_build_object('entity', 'execution', 'id', one.id))
  when :token?::bigint is not null and holdfast.holds(execution.token, execution.lease_until, :token?) is not true then
    holdfast.fail('HF002', format('the lease of execution %s is no longer held: stop its work', one.id),
      json_build_object('entity', 'execution', 'id', one.id, 'token', :token?))
  when :expected?::bigint <> execution.version then
    holdfast.fail('HF001', format('execution %s is not at the expected version: read it again', one.id),
      json_build_object('entity', 'execution', 'id', one.id, 'expected', :expected?, 'actual', execution.version))
  else true
end
