-- Locks the parent of new children. Fails with HF004 if it does not exist, and with HF003 if its execution has ended.
-- Index: tasks_pkey, executions_pkey. Locks: the execution, then the task, both shared.
-- :exec
with owner as materialized (
  select execution.id, execution.status
  from holdfast.executions as execution
  where execution.id = (select parent.execution_id from holdfast.tasks as parent where parent.id = :parentId)
  for key share
), locked as materialized (
  select task.id
  from holdfast.tasks as task
  where task.id = :parentId and (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) >= 0
  for key share
)
select holdfast.fail('HF004', format('parentId is %s, which does not exist: save the parent first', :parentId::text),
  json_build_object('field', 'parentId', 'entity', 'task', 'id', :parentId::text)) as "failed!"
where not exists (select from locked)
