-- Writes one task that is put under no other, as `save_tasks` does: a lone caller's takes half the time in this form. What is checked
-- of the task as it was before is checked again where it is written, once it is locked.
-- Index: tasks_pkey, executions_pkey. Locks: the execution, shared; then the task.
-- :one
with owner as materialized (
  -- Before the task: a session that locked the execution and saves would wait for us, and we for it.
  select execution.id, execution.status
  from holdfast.executions as execution
  where execution.id = :executionId::text
  for key share
)
insert into holdfast.tasks as stored (
  id, execution_id, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool,
  created_at, updated_at, started_at, finished_at, input, output, error
)
select :id::text, :executionId::text, 1, nullif(:parentId?::text, ''), :name::text, coalesce(:type?::holdfast.task_type, 'basic'),
  coalesce(:status?::holdfast.status, 'pending'), coalesce(:strategy?::holdfast.strategy, 'wait_all'),
  coalesce(:attempt?::integer, 1), nullif(:component?::text, ''), nullif(:agent?::text, ''), nullif(:action?::text, ''),
  nullif(:tool?::text, ''), holdfast.now(), holdfast.now(), holdfast.started_at(null, :status?),
  holdfast.finished_at(null, :status?), :input?::json, :output?::json, :error?::json
from (
  select (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) as owners, exists (select from holdfast.tasks as present where present.id = :id::text) as is_stored
) as before
where case
  when not before.is_stored and :expected?::bigint <> 0 then
    holdfast.fail('HF001', format('task %s is not at the expected version', :id::text),
      json_build_object('entity', 'task', 'id', :id::text, 'expected', :expected?, 'actual', 0))
  when not before.is_stored and before.owners = 0 then
    holdfast.fail('HF004', format('executionId of task %s is %s, which does not exist: create the execution first', :id::text,
      :executionId::text), json_build_object('field', 'executionId', 'entity', 'execution', 'id', :executionId::text))
  else true
end
on conflict (id) do update set
  version = stored.version + 1, parent_id = nullif(coalesce(:parentId?, stored.parent_id), ''), name = excluded.name,
  type = coalesce(:type?, stored.type), status = coalesce(:status?, stored.status),
  strategy = coalesce(:strategy?, stored.strategy), attempt = coalesce(:attempt?, stored.attempt),
  component = nullif(coalesce(:component?, stored.component), ''), agent = nullif(coalesce(:agent?, stored.agent), ''),
  action = nullif(coalesce(:action?, stored.action), ''), tool = nullif(coalesce(:tool?, stored.tool), ''),
  updated_at = excluded.updated_at, started_at = holdfast.started_at(stored.started_at, coalesce(:status?, stored.status)),
  finished_at = holdfast.finished_at(stored.finished_at, coalesce(:status?, stored.status)),
  input = coalesce(excluded.input, stored.input), output = coalesce(excluded.output, stored.output),
  error = coalesce(excluded.error, stored.error)
where case
  when :expected? <> stored.version then
    holdfast.fail('HF001', format('task %s is not at the expected version', stored.id),
      json_build_object('entity', 'task', 'id', stored.id, 'expected', :expected?, 'actual', stored.version))
  when stored.execution_id <> excluded.execution_id then
    holdfast.fail('HF006', format('executionId is %s, but task %s belongs to another execution', excluded.execution_id, stored.id),
      json_build_object('field', 'executionId', 'entity', 'task', 'id', stored.id))
  else true
end
returning stored.id as "id!", stored.execution_id as "execution_id!", stored.sequence as "sequence!",
  case
    when stored.version > 1 or coalesce(:expected?, 0) = 0
      or holdfast.fail('HF001', format('task %s is not at the expected version', stored.id),
        json_build_object('entity', 'task', 'id', stored.id, 'expected', :expected?, 'actual', 0)) then stored.version
  end as "version!", stored.parent_id as "parent_id?", stored.name as "name!", stored.type as "type!",
  stored.status as "status!", stored.strategy as "strategy!", stored.attempt as "attempt!",
  stored.component as "component?", stored.agent as "agent?", stored.action as "action?", stored.tool as "tool?",
  stored.usage as "usage!", stored.created_at as "created_at!", stored.updated_at as "updated_at!",
  stored.started_at as "started_at?", stored.finished_at as "finished_at?"
