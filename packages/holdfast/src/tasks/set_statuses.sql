-- Changes the status of tasks, one a row of input, and answers in input order without payloads. A null output or error keeps
-- what is stored; usage is added. Fails and writes nothing where a task is missing (HF004), where a version is expected and another
-- is found (HF001), where an execution is given and the task belongs to another (HF006), and where the status may not change so
-- (HF003, by the table's trigger) or the execution has ended (HF003).
-- Index: tasks_pkey, executions_pkey. Locks: the executions, shared, in id order; then tasks by id, the greatest first.
-- :many
with input as (
  select given.id collate "C" as id, given.status, given.output, given.error, given.usage, given.expected,
    given.execution_id, given.position
  from unnest((select :ids::text[]), :statuses::holdfast.status[], :outputs?::json[], :errors?::json[], :usages?::jsonb[],
    :expected?::bigint[], :executionIds?::text[]) with ordinality as given(id, status, output, error, usage, expected, execution_id, position)
), owner as materialized (
  -- Before the tasks, as every write of tasks locks.
  select execution.id, execution.status
  from (
    select distinct task.execution_id as id
    from input
    cross join lateral (select stored.execution_id from holdfast.tasks as stored where stored.id = input.id limit 1) as task
    order by 1
  ) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
), locked as materialized (
  -- Row by row: a join would be planned for ten rows and, while the table is small, read all of it ever after.
  select stored.id, stored.version, stored.execution_id
  from (
    select input.id
    from input
    where (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) >= 0
    order by input.id desc
  ) as wanted
  cross join lateral (
    select task.id, task.version, task.execution_id from holdfast.tasks as task where task.id = wanted.id for no key update
  ) as stored
), checked as materialized (
  select input.id, input.status, input.output, input.error, input.usage, input.position
  from input
  left join locked on locked.id = input.id
  where case
    when locked.id is null then
      holdfast.fail('HF004', format('task %s does not exist: save it first', input.id),
        json_build_object('entity', 'task', 'id', input.id))
    when input.execution_id <> locked.execution_id then
      holdfast.fail('HF006', format('task %s belongs to another execution than %s', input.id, input.execution_id),
        json_build_object('field', 'taskStatuses', 'entity', 'task', 'id', input.id))
    when input.expected <> locked.version then
      holdfast.fail('HF001', format('task %s is not at the expected version', input.id), json_build_object(
        'entity', 'task', 'id', input.id, 'expected', input.expected, 'actual', locked.version))
    else true
  end
  -- Cuts nothing. It makes the planner expect one row, and so go by the index even in a plan from when the table was empty.
  limit cardinality(:ids::text[])
), written as (
  update holdfast.tasks as stored set
    status = checked.status, version = stored.version + 1, updated_at = holdfast.now(),
    started_at = holdfast.started_at(stored.started_at, checked.status),
    finished_at = holdfast.finished_at(stored.finished_at, checked.status),
    output = coalesce(checked.output, stored.output), error = coalesce(checked.error, stored.error),
    usage = case when checked.usage is null then stored.usage else holdfast.add_usage(stored.usage, checked.usage) end
  from checked
  where stored.id = checked.id
  returning stored.id, stored.execution_id, stored.sequence, stored.version, stored.parent_id, stored.name, stored.type,
    stored.status, stored.strategy, stored.attempt, stored.component, stored.agent, stored.action, stored.tool, stored.usage,
    stored.created_at, stored.updated_at, stored.started_at, stored.finished_at, checked.position
)
select written.id as "id!", written.execution_id as "execution_id!", written.sequence as "sequence!",
  written.version as "version!", written.parent_id as "parent_id?", written.name as "name!", written.type as "type!",
  written.status as "status!", written.strategy as "strategy!", written.attempt as "attempt!",
  written.component as "component?", written.agent as "agent?", written.action as "action?", written.tool as "tool?",
  written.usage as "usage!", written.created_at as "created_at!", written.updated_at as "updated_at!",
  written.started_at as "started_at?", written.finished_at as "finished_at?"
from written
order by written.position
