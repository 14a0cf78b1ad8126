-- Writes tasks, one a row of input, and answers in input order without payloads. A new row has version 1; a write adds one.
-- What is null keeps what is stored, or becomes the default of a new row; '' clears an id. Fails and writes nothing where a
-- version is expected (0: no row yet) and another is found (HF001), where the execution or the parent is missing (HF004),
-- where the execution has ended (HF003), and where the task belongs to another one (HF006). New rows get their sequence in input order.
-- A row that another transaction inserts meanwhile was not merged with: 40001, and the session tries again.
-- Index: tasks_pkey, executions_pkey. Locks: the executions, shared, in id order; then tasks by id, the greatest first,
-- rows to update before rows to insert.
-- :many
with input as (
  select given.id collate "C" as id, given.execution_id, given.parent_id, given.name, given.type, given.status, given.strategy,
    given.attempt, given.component, given.agent, given.action, given.tool, given.input, given.output, given.error,
    given.expected, given.position
  from unnest(
    (select :ids::text[]), :executionIds::text[], :parentIds?::text[], :names::text[], :types?::holdfast.task_type[],
    :statuses?::holdfast.status[], :strategies?::holdfast.strategy[], :attempts?::integer[], :components?::text[],
    :agents?::text[], :actions?::text[], :tools?::text[], :inputs?::json[], :outputs?::json[], :errors?::json[],
    :expected?::bigint[]
  ) with ordinality as given(
    id, execution_id, parent_id, name, type, status, strategy, attempt, component, agent, action, tool, input, output, error,
    expected, position
  )
), owner as materialized (
  -- Before the tasks: whoever has locked the execution and saves would wait for us, and we for them.
  select execution.id, execution.status
  from (select distinct input.execution_id collate "C" as id from input order by 1) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
), current as materialized (
  -- Row by row: a join would be planned for ten rows and, while the table is small, read all of it ever after.
  select stored.id, stored.execution_id, stored.sequence, stored.version, stored.parent_id, stored.type, stored.status,
    stored.strategy, stored.attempt, stored.component, stored.agent, stored.action, stored.tool, stored.started_at,
    stored.finished_at
  from (select input.id from input where (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) >= 0 order by input.id desc) as wanted
  cross join lateral (
    select task.id, task.execution_id, task.sequence, task.version, task.parent_id, task.type, task.status, task.strategy,
      task.attempt, task.component, task.agent, task.action, task.tool, task.started_at, task.finished_at
    from holdfast.tasks as task
    where task.id = wanted.id
    for no key update
  ) as stored
), merged as materialized (
  select input.id, input.execution_id, coalesce(current.sequence, nextval('holdfast.tasks_sequence_seq')) as sequence,
    coalesce(current.version, 0) + 1 as version, nullif(coalesce(input.parent_id, current.parent_id), '') as parent_id,
    input.name, coalesce(input.type, current.type, 'basic') as type,
    coalesce(input.status, current.status, 'pending') as status,
    coalesce(input.strategy, current.strategy, 'wait_all') as strategy, coalesce(input.attempt, current.attempt, 1) as attempt,
    nullif(coalesce(input.component, current.component), '') as component,
    nullif(coalesce(input.agent, current.agent), '') as agent, nullif(coalesce(input.action, current.action), '') as action,
    nullif(coalesce(input.tool, current.tool), '') as tool, current.started_at, current.finished_at,
    input.input, input.output, input.error, input.position
  from input
  left join current on current.id = input.id
  where case
    when input.expected <> coalesce(current.version, 0) then
      holdfast.fail('HF001', format('task %s is not at the expected version', input.id), json_build_object(
        'entity', 'task', 'id', input.id, 'expected', input.expected, 'actual', coalesce(current.version, 0)))
    when current.execution_id <> input.execution_id then
      holdfast.fail('HF006', format('executionId is %s, but task %s belongs to another execution', input.execution_id, input.id),
        json_build_object('field', 'executionId', 'entity', 'task', 'id', input.id))
    when current.id is null and (
      select execution.id from holdfast.executions as execution where execution.id = input.execution_id
    ) is null then
      holdfast.fail('HF004', format('executionId of task %s is %s, which does not exist: create the execution first', input.id,
        input.execution_id), json_build_object('field', 'executionId', 'entity', 'execution', 'id', input.execution_id))
    when input.parent_id <> '' and input.parent_id is distinct from current.parent_id and (
      select parent.execution_id from holdfast.tasks as parent where parent.id = input.parent_id
    ) is distinct from input.execution_id and (input.execution_id, input.parent_id) not in (select sibling.execution_id, sibling.id from input as sibling) then
      holdfast.fail('HF004', format('parentId of task %s is %s, which is no task of execution %s: save the parent first', input.id,
        input.parent_id, input.execution_id), json_build_object('field', 'parentId', 'entity', 'task', 'id', input.parent_id))
    else true
  end
  order by input.position
), written as (
  insert into holdfast.tasks as stored (
    id, execution_id, sequence, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool,
    created_at, updated_at, started_at, finished_at, input, output, error
  ) overriding system value
  select merged.id, merged.execution_id, merged.sequence, merged.version, merged.parent_id, merged.name, merged.type,
    merged.status, merged.strategy, merged.attempt, merged.component, merged.agent, merged.action, merged.tool,
    holdfast.now(), holdfast.now(), holdfast.started_at(merged.started_at, merged.status),
    holdfast.finished_at(merged.finished_at, merged.status), merged.input, merged.output, merged.error
  from merged
  order by merged.id desc
  on conflict (id) do update set
    version = excluded.version, parent_id = excluded.parent_id, name = excluded.name, type = excluded.type,
    status = excluded.status, strategy = excluded.strategy, attempt = excluded.attempt, component = excluded.component,
    agent = excluded.agent, action = excluded.action, tool = excluded.tool, updated_at = excluded.updated_at,
    started_at = excluded.started_at, finished_at = excluded.finished_at, input = coalesce(excluded.input, stored.input),
    output = coalesce(excluded.output, stored.output), error = coalesce(excluded.error, stored.error)
  where excluded.version > 1
    or holdfast.fail('40001', format('task %s was created by another transaction meanwhile', stored.id), '{}')
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
from written
join merged on merged.id = written.id
order by merged.position
