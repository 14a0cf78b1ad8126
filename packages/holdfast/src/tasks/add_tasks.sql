-- Inserts tasks whose ids were made for them, so that nobody can have named them before, and which are put under no others: what
-- `save_tasks` does, in a third of its time. Fails with HF004 where the execution is missing, and with HF003
-- where it has ended. They get their sequence in input order.
-- Index: executions_pkey. Locks: the executions, shared, in id order.
-- :many
with input as materialized (
  select given.id, given.execution_id collate "C" as execution_id, given.name, given.type, given.status, given.strategy,
    given.attempt, given.component, given.agent, given.action, given.tool, given.input, given.output, given.error, given.position
  from unnest(
    (select :ids::text[]), :executionIds::text[], :names::text[], :types?::holdfast.task_type[], :statuses?::holdfast.status[],
    :strategies?::holdfast.strategy[], :attempts?::integer[], :components?::text[], :agents?::text[], :actions?::text[],
    :tools?::text[], :inputs?::json[], :outputs?::json[], :errors?::json[]
  ) with ordinality as given(
    id, execution_id, name, type, status, strategy, attempt, component, agent, action, tool, input, output, error, position
  )
), owner as materialized (
  -- Here, and not by the foreign key, which would lock in input order.
  select execution.id, execution.status
  from (select distinct input.execution_id as id from input order by 1) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
)
insert into holdfast.tasks as stored (
  id, execution_id, version, name, type, status, strategy, attempt, component, agent, action, tool, created_at, updated_at,
  started_at, finished_at, input, output, error
)
select input.id, input.execution_id, 1, input.name, coalesce(input.type, 'basic'), coalesce(input.status, 'pending'),
  coalesce(input.strategy, 'wait_all'), coalesce(input.attempt, 1), nullif(input.component, ''), nullif(input.agent, ''),
  nullif(input.action, ''), nullif(input.tool, ''), holdfast.now(), holdfast.now(), holdfast.started_at(null, input.status),
  holdfast.finished_at(null, input.status), input.input, input.output, input.error
from input
where input.execution_id in (select owner.id from owner where holdfast.is_open(owner.id, owner.status))
  or holdfast.fail('HF004', format('executionId of task %s is %s, which does not exist: create the execution first', input.id,
    input.execution_id), json_build_object('field', 'executionId', 'entity', 'execution', 'id', input.execution_id))
order by input.position
returning stored.id as "id!", stored.execution_id as "execution_id!", stored.sequence as "sequence!",
  stored.version as "version!", stored.parent_id as "parent_id?", stored.name as "name!", stored.type as "type!",
  stored.status as "status!", stored.strategy as "strategy!", stored.attempt as "attempt!",
  stored.component as "component?", stored.agent as "agent?", stored.action as "action?", stored.tool as "tool?",
  stored.usage as "usage!", stored.created_at as "created_at!", stored.updated_at as "updated_at!",
  stored.started_at as "started_at?", stored.finished_at as "finished_at?"
