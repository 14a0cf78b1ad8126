-- Creates tasks under one parent, in its execution. Answers in input order without payloads. Fails with HF007 if an id is taken.
-- lock_parent has locked the parent.
-- Index: tasks_pkey. Locks: the new tasks by id, the greatest first.
-- :many
with input as materialized (
  select given.id collate "C" as id, parent.execution_id, parent.id as parent_id,
    nextval('holdfast.tasks_sequence_seq') as sequence, given.name, given.type, given.status, given.strategy, given.attempt,
    given.component, given.agent, given.action, given.tool, given.input, given.output, given.error
  from unnest(
    (select :ids::text[]), :names::text[], :types?::holdfast.task_type[], :statuses?::holdfast.status[],
    :strategies?::holdfast.strategy[], :attempts?::integer[], :components?::text[], :agents?::text[], :actions?::text[],
    :tools?::text[], :inputs?::json[], :outputs?::json[], :errors?::json[]
  ) with ordinality as given(
    id, name, type, status, strategy, attempt, component, agent, action, tool, input, output, error, position
  )
  cross join holdfast.tasks as parent
  where parent.id = :parentId and case
    when (select taken.id from holdfast.tasks as taken where taken.id = given.id) is not null then
      holdfast.fail('HF007', format('task %s exists already: give its sibling another id', given.id),
        json_build_object('field', 'id', 'entity', 'task', 'id', given.id))
    else true
  end
  order by given.position
), written as (
  insert into holdfast.tasks as stored (
    id, execution_id, sequence, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool,
    created_at, updated_at, started_at, finished_at, input, output, error
  ) overriding system value
  select input.id, input.execution_id, input.sequence, 1, input.parent_id, input.name, coalesce(input.type, 'basic'),
    coalesce(input.status, 'pending'), coalesce(input.strategy, 'wait_all'), coalesce(input.attempt, 1),
    nullif(input.component, ''), nullif(input.agent, ''), nullif(input.action, ''), nullif(input.tool, ''), holdfast.now(),
    holdfast.now(), holdfast.started_at(null, coalesce(input.status, 'pending')),
    holdfast.finished_at(null, coalesce(input.status, 'pending')), input.input, input.output, input.error
  from input
  order by input.id desc
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
order by written.sequence
