-- Inserts tasks with generated ids, which nobody else can know, in input order. Answers without payloads, in any order. Null becomes the
-- default, and '' means no parent. Fails with HF004 without the execution or the parent, and with HF003 if the execution has ended. Takes
-- two thirds of the time of save_tasks, which looks tasks up and locks them in id order.
-- Index: executions_pkey, tasks_pkey. Locks: the executions, shared, in id order.
-- :many
with held as materialized (
  select case
    when hold.missing is null then true
    else holdfast.check_new_tasks((select :ids::text[]), (select :executionIds::text[]), null, hold.missing)
  end and case
    when :haveParents::boolean then
      holdfast.check_parents((select :ids::text[]), (select :executionIds::text[]), (select :parentIds?::text[]))
    else true
  end as is_held
  from (select holdfast.hold_executions((select :executionIds::text[])) as missing offset 0) as hold
)
insert into holdfast.tasks as stored (
  id, execution_id, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool,
  created_at, updated_at, started_at, finished_at, input, output, error
)
select step.id, step.execution_id, 1, nullif(step.parent_id, ''), step.name, coalesce(step.type, 'basic'),
  coalesce(step.status, 'pending'), coalesce(step.strategy, 'wait_all'), coalesce(step.attempt, 1), nullif(step.component, ''),
  nullif(step.agent, ''), nullif(step.action, ''), nullif(step.tool, ''), holdfast.now(), holdfast.now(),
  holdfast.started_at(null, step.status), holdfast.finished_at(null, step.status), step.input, step.output, step.error
from held
cross join unnest((select :ids::text[]), :executionIds::text[], :parentIds?::text[], :names::text[], :types?::holdfast.task_type[],
  :statuses?::holdfast.status[], :strategies?::holdfast.strategy[], :attempts?::integer[], :components?::text[], :agents?::text[],
  :actions?::text[], :tools?::text[], :inputs?::json[], :outputs?::json[], :errors?::json[]) with ordinality
  as step(id, execution_id, parent_id, name, type, status, strategy, attempt, component, agent, action, tool, input, output, error,
    position)
where held.is_held
order by step.position
returning stored.id as "id!", stored.execution_id as "execution_id!", stored.sequence as "sequence!", stored.version as "version!",
  stored.parent_id as "parent_id?", stored.name as "name!", stored.type as "type!", stored.status as "status!",
  stored.strategy as "strategy!", stored.attempt as "attempt!", stored.component as "component?", stored.agent as "agent?",
  stored.action as "action?", stored.tool as "tool?", stored.usage as "usage!", stored.created_at as "created_at!",
  stored.updated_at as "updated_at!", stored.started_at as "started_at?", stored.finished_at as "finished_at?"
