-- Changes the status of tasks, one per input row. Answers in input order without payloads. A null output or error keeps the stored value.
-- On failure nothing is written. HF004: no such task. HF001: another version than expected. HF006: the task belongs to another execution
-- than given. HF003: the status may not change that way (by the table's trigger), or the execution has ended. Written as an insert that
-- always finds its row; see change_executions.
-- Index: tasks_pkey, executions_pkey. Locks: the executions, shared, in id order; then tasks by id, the greatest first.
-- :many
with input as materialized (
  select given.id collate "C" as id, given.status, given.output, given.error, given.usage, given.expected,
    given.execution_id, given.position
  from unnest((select :ids::text[]), :statuses::holdfast.status[], :outputs?::json[], :errors?::json[], :usages?::jsonb[],
    :expected?::bigint[], :executionIds?::text[]) with ordinality as given(id, status, output, error, usage, expected, execution_id, position)
), owner as materialized (
  -- Before the tasks, as in every write of tasks.
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
), written as (
  insert into holdfast.tasks as stored (id, execution_id, sequence, version, name, type, status, strategy, attempt, created_at, updated_at,
    started_at, finished_at, output, error, usage) overriding system value
  select input.id, coalesce(input.execution_id, '-'), nextval('holdfast.tasks_sequence_seq'), 0, '-', 'basic', input.status, 'wait_all', 1, holdfast.now(), holdfast.now(),
    holdfast.started_at(null, input.status), holdfast.finished_at(null, input.status), input.output, input.error,
    coalesce(input.usage, '{}')
  from input
  where (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) >= 0 and case
    when (select present.version from holdfast.tasks as present where present.id = input.id) is null then
      holdfast.fail('HF004', format('task %s does not exist: save it first', input.id),
        json_build_object('entity', 'task', 'id', input.id))
    else true
  end
  order by input.id desc
  on conflict (id) do update set
    status = excluded.status, version = stored.version + 1, updated_at = excluded.updated_at,
    started_at = coalesce(stored.started_at, excluded.started_at), finished_at = coalesce(stored.finished_at, excluded.finished_at),
    output = coalesce(excluded.output, stored.output), error = coalesce(excluded.error, stored.error),
    usage = case when excluded.usage = '{}' then stored.usage else holdfast.add_usage(stored.usage, excluded.usage) end
  where case
    when excluded.execution_id <> stored.execution_id and excluded.id in (select input.id from input where input.execution_id is not null) then
      holdfast.fail('HF006', format('task %s belongs to another execution than %s', stored.id, excluded.execution_id),
        json_build_object('field', 'taskStatuses', 'entity', 'task', 'id', stored.id))
    when excluded.id in (select input.id from input where input.expected is not null)
      and (stored.id, stored.version) not in (select input.id, input.expected from input where input.expected is not null)
    then
      holdfast.fail('HF001', format('task %s is not at the expected version', stored.id), json_build_object('entity', 'task', 'id', stored.id,
        'expected', (select input.expected from input where input.id = stored.id), 'actual', stored.version))
    else true
  end
  returning stored.id, stored.execution_id, stored.sequence, stored.version, stored.parent_id, stored.name, stored.type,
    stored.status, stored.strategy, stored.attempt, stored.component, stored.agent, stored.action, stored.tool, stored.usage,
    stored.created_at, stored.updated_at, stored.started_at, stored.finished_at
)
select written.id as "id!", written.execution_id as "execution_id!", written.sequence as "sequence!",
  written.version as "version!", written.parent_id as "parent_id?", written.name as "name!", written.type as "type!",
  written.status as "status!", written.strategy as "strategy!", written.attempt as "attempt!",
  written.component as "component?", written.agent as "agent?", written.action as "action?", written.tool as "tool?",
  written.usage as "usage!", written.created_at as "created_at!", written.updated_at as "updated_at!",
  written.started_at as "started_at?", written.finished_at as "finished_at?"
from input
-- All of them match. A full join is never a nested loop, which the planner would choose for another join because it expects few rows.
full join written on written.id = input.id
where case
  -- It was removed after this statement began: the row that would be inserted instead has no version.
  when written.version = 0 then
    holdfast.fail('HF004', format('task %s does not exist: save it first', input.id),
      json_build_object('entity', 'task', 'id', input.id))
  else true
end
order by input.position
