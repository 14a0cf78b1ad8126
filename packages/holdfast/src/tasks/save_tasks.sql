-- Writes tasks, and answers in input order without payloads. A new row has version 1; a write adds one.
-- What is null keeps what is stored, or becomes the default of a new row; '' clears an id. Fails and writes nothing where a
-- version is expected (0: no row yet) and another is found (HF001), where the execution or the parent is missing (HF004),
-- where the execution has ended (HF003), and where the task belongs to another one (HF006). New rows get their sequence in input order.
-- Rows are locked and inserted by one command, for which of them exist may change until it comes to them. It compares with the row
-- as it is once it is locked. The sub-selects of what each input gives are hashed. With them those are locked that another statement
-- of the plan is to write.
-- Index: tasks_pkey, executions_pkey. Locks: the executions, shared, in id order; then tasks by id, the greatest first,
-- in which order new rows are inserted too.
-- :many
with input as materialized (
  -- The numbers that are drawn for rows which exist are lost.
  select given.id collate "C" as id, given.execution_id collate "C" as execution_id, given.parent_id, given.name, given.type,
    given.status, given.strategy, given.attempt, given.component, given.agent, given.action, given.tool, given.input, given.output,
    given.error, given.expected, given.position, nextval('holdfast.tasks_sequence_seq') as sequence,
    (select present.version from holdfast.tasks as present where present.id = given.id) is not null as is_stored
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
  -- Before the tasks: a session that locked the execution and saves would wait for us, and we for it.
  select execution.id, execution.status
  from (select distinct input.execution_id as id from input order by 1) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
), checked as materialized (
  select input.id, input.execution_id, input.sequence, input.parent_id, input.name, input.type, input.status, input.strategy,
    input.attempt, input.component, input.agent, input.action, input.tool, input.input, input.output, input.error
  from input
  where case
    when not input.is_stored and input.expected > 0 then
      holdfast.fail('HF001', format('task %s is not at the expected version', input.id),
        json_build_object('entity', 'task', 'id', input.id, 'expected', input.expected, 'actual', 0))
    when not input.is_stored and input.execution_id not in (select owner.id from owner where holdfast.is_open(owner.id, owner.status)) then
      holdfast.fail('HF004', format('executionId of task %s is %s, which does not exist: create the execution first', input.id,
        input.execution_id), json_build_object('field', 'executionId', 'entity', 'execution', 'id', input.execution_id))
    when input.parent_id <> ''
      and input.parent_id is distinct from (select stored.parent_id from holdfast.tasks as stored where stored.id = input.id)
      and (select parent.execution_id from holdfast.tasks as parent where parent.id = input.parent_id) is distinct from input.execution_id
      and (input.execution_id, input.parent_id) not in (select sibling.execution_id, sibling.id from input as sibling)
    then
      holdfast.fail('HF004', format('parentId of task %s is %s, which is no task of execution %s: save the parent first', input.id,
        input.parent_id, input.execution_id), json_build_object('field', 'parentId', 'entity', 'task', 'id', input.parent_id))
    else true
  end
), step as (
  select checked.id, checked.execution_id, checked.sequence, checked.parent_id, checked.name, checked.type, checked.status,
    checked.strategy, checked.attempt, checked.component, checked.agent, checked.action, checked.tool, checked.input, checked.output,
    checked.error, null as other_id
  from checked
  where (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) >= 0
  union all
  select other.id, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, other.id
  from (select given.id collate "C" as id from unnest((select :otherIds::text[])) as given(id)) as other
), written as (
  insert into holdfast.tasks as stored (
    id, execution_id, sequence, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool,
    created_at, updated_at, started_at, finished_at, input, output, error
  ) overriding system value
  select step.id, step.execution_id, step.sequence, 1, nullif(step.parent_id, ''), step.name,
    coalesce(step.type, 'basic'), coalesce(step.status, 'pending'), coalesce(step.strategy, 'wait_all'),
    coalesce(step.attempt, 1), nullif(step.component, ''), nullif(step.agent, ''), nullif(step.action, ''),
    nullif(step.tool, ''), holdfast.now(), holdfast.now(), holdfast.started_at(null, step.status),
    holdfast.finished_at(null, step.status), step.input, step.output, step.error
  from (
    select each.id, each.execution_id, each.sequence, each.parent_id, each.name, each.type, each.status, each.strategy, each.attempt,
      each.component, each.agent, each.action, each.tool, each.input, each.output, each.error, each.other_id
    from step as each
    order by each.id desc
  ) as step
  left join lateral (
    select task.id from holdfast.tasks as task where task.id = step.other_id for no key update
  ) as other on true
  -- Of another nothing is inserted: no id is empty. It is said of the join, so that the other is locked before that.
  where case when step.other_id is null then true else other.id = '' end
  order by step.id desc
  on conflict (id) do update set
    version = stored.version + 1, name = excluded.name, updated_at = excluded.updated_at,
    parent_id = case when excluded.id in (select input.id from input where input.parent_id is null) then stored.parent_id else excluded.parent_id end,
    type = case when excluded.id in (select input.id from input where input.type is null) then stored.type else excluded.type end,
    status = case when excluded.id in (select input.id from input where input.status is null) then stored.status else excluded.status end,
    strategy = case when excluded.id in (select input.id from input where input.strategy is null) then stored.strategy else excluded.strategy end,
    attempt = case when excluded.id in (select input.id from input where input.attempt is null) then stored.attempt else excluded.attempt end,
    component = case when excluded.id in (select input.id from input where input.component = '') then null else coalesce(excluded.component, stored.component) end,
    agent = case when excluded.id in (select input.id from input where input.agent = '') then null else coalesce(excluded.agent, stored.agent) end,
    action = case when excluded.id in (select input.id from input where input.action = '') then null else coalesce(excluded.action, stored.action) end,
    tool = case when excluded.id in (select input.id from input where input.tool = '') then null else coalesce(excluded.tool, stored.tool) end,
    started_at = coalesce(stored.started_at, excluded.started_at), finished_at = coalesce(stored.finished_at, excluded.finished_at),
    input = coalesce(excluded.input, stored.input), output = coalesce(excluded.output, stored.output),
    error = coalesce(excluded.error, stored.error)
  where case
    when excluded.id in (select input.id from input where input.expected is not null)
      and (stored.id, stored.version) not in (select input.id, input.expected from input where input.expected is not null)
    then
      holdfast.fail('HF001', format('task %s is not at the expected version', stored.id), json_build_object('entity', 'task', 'id', stored.id,
        'expected', (select input.expected from input where input.id = stored.id), 'actual', stored.version))
    when stored.execution_id <> excluded.execution_id then
      holdfast.fail('HF006', format('executionId is %s, but task %s belongs to another execution', excluded.execution_id, stored.id),
        json_build_object('field', 'executionId', 'entity', 'task', 'id', stored.id))
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
from written
join input on input.id = written.id
where case
  -- It was removed after this statement began.
  when written.version = 1 and input.expected > 0 then
    holdfast.fail('HF001', format('task %s is not at the expected version', input.id),
      json_build_object('entity', 'task', 'id', input.id, 'expected', input.expected, 'actual', 0))
  else true
end
order by input.position
