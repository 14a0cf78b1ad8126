-- Writes tasks that are put under no others and expect nothing, as `save_tasks` does: by one write of each, instead of a look, a lock
-- and a write. All of them give the same: a type, a status, a strategy and an attempt or none; and none clears what it has. What was
-- stored is looked up to know which executions must be there.
-- Index: tasks_pkey, executions_pkey. Locks: the executions, shared, in id order; then tasks by id, the greatest first,
-- in which order new rows are inserted too.
-- :many
with input as materialized (
  -- New rows get their sequence in input order; the numbers that are drawn for the others are lost.
  select given.id collate "C" as id, given.execution_id collate "C" as execution_id, given.name, given.type, given.status,
    given.strategy, given.attempt, given.component, given.agent, given.action, given.tool, given.input, given.output, given.error,
    nextval('holdfast.tasks_sequence_seq') as sequence,
    (select present.version from holdfast.tasks as present where present.id = given.id) is not null as is_stored
  from unnest(
    (select :ids::text[]), :executionIds::text[], :names::text[], :types?::holdfast.task_type[], :statuses?::holdfast.status[],
    :strategies?::holdfast.strategy[], :attempts?::integer[], :components?::text[], :agents?::text[], :actions?::text[],
    :tools?::text[], :inputs?::json[], :outputs?::json[], :errors?::json[]
  ) as given(
    id, execution_id, name, type, status, strategy, attempt, component, agent, action, tool, input, output, error
  )
), owner as materialized (
  -- Before the tasks: a session that locked the execution and saves would wait for us, and we for it.
  select execution.id, execution.status
  from (select distinct input.execution_id as id from input order by 1) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
)
insert into holdfast.tasks as stored (
  id, execution_id, sequence, version, name, type, status, strategy, attempt, component, agent, action, tool, created_at, updated_at,
  started_at, finished_at, input, output, error
) overriding system value
select input.id, input.execution_id, input.sequence, 1, input.name, coalesce(input.type, 'basic'), coalesce(input.status, 'pending'),
  coalesce(input.strategy, 'wait_all'), coalesce(input.attempt, 1), input.component, input.agent, input.action, input.tool,
  holdfast.now(), holdfast.now(), holdfast.started_at(null, input.status), holdfast.finished_at(null, input.status), input.input,
  input.output, input.error
from input
where input.execution_id in (select owner.id from owner where holdfast.is_open(owner.id, owner.status)) or input.is_stored
  or holdfast.fail('HF004', format('executionId of task %s is %s, which does not exist: create the execution first', input.id,
    input.execution_id), json_build_object('field', 'executionId', 'entity', 'execution', 'id', input.execution_id))
order by input.id desc
on conflict (id) do update set
  version = stored.version + 1, name = excluded.name,
  type = case when :hasType::boolean then excluded.type else stored.type end,
  status = case when :hasStatus::boolean then excluded.status else stored.status end,
  strategy = case when :hasStrategy::boolean then excluded.strategy else stored.strategy end,
  attempt = case when :hasAttempt::boolean then excluded.attempt else stored.attempt end,
  component = coalesce(excluded.component, stored.component), agent = coalesce(excluded.agent, stored.agent),
  action = coalesce(excluded.action, stored.action), tool = coalesce(excluded.tool, stored.tool), updated_at = excluded.updated_at,
  started_at = holdfast.started_at(stored.started_at, case when :hasStatus then excluded.status else stored.status end),
  finished_at = holdfast.finished_at(stored.finished_at, case when :hasStatus then excluded.status else stored.status end),
  input = coalesce(excluded.input, stored.input), output = coalesce(excluded.output, stored.output),
  error = coalesce(excluded.error, stored.error)
where stored.execution_id = excluded.execution_id
  or holdfast.fail('HF006', format('executionId is %s, but task %s belongs to another execution', excluded.execution_id, stored.id),
    json_build_object('field', 'executionId', 'entity', 'task', 'id', stored.id))
returning stored.id as "id!", stored.execution_id as "execution_id!", stored.sequence as "sequence!",
  stored.version as "version!", stored.parent_id as "parent_id?", stored.name as "name!", stored.type as "type!",
  stored.status as "status!", stored.strategy as "strategy!", stored.attempt as "attempt!",
  stored.component as "component?", stored.agent as "agent?", stored.action as "action?", stored.tool as "tool?",
  stored.usage as "usage!", stored.created_at as "created_at!", stored.updated_at as "updated_at!",
  stored.started_at as "started_at?", stored.finished_at as "finished_at?"
