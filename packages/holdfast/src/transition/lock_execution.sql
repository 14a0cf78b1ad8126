-- Locks the execution of one transition that changes it, as `lock_executions` does.
-- Index: executions_pkey. Locks: the execution.
-- :exec
select count(*) as "locked!"
from (select :id::text as id) as one
left join lateral (
  select stored.version from holdfast.executions as stored where stored.id = one.id for no key update
) as execution on true
where case
  when execution.version is not null then true
  else holdfast.fail('HF004', format('execution %s does not exist: create it first', one.id),
    json_build_object('entity', 'execution', 'id', one.id))
end
