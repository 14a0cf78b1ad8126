-- Ends tasks of steps whose executions are locked, and removes the waits that have their ids. A task that has ended with that status before
-- stays as it is, unless it must end `once`. Answers in input order. The payloads are those that the caller does not know: the input, and those of a task that had
-- ended before. Fails with HF004 without a task, with HF006 if it belongs to another execution, and with HF003 if it may not end again.
-- Index: tasks_pkey, waits_pkey. Locks: the waits; the tasks, the greatest id first.
-- :many
with input as materialized (
  select given.id collate "C" as id, given.execution_id, given.status, given.output, given.error, given.once, given.position
  from unnest((select :ids::text[]), :executionIds::text[], :statuses::holdfast.status[], :outputs?::json[], :errors?::json[],
    :once::boolean[]) with ordinality as given(id, execution_id, status, output, error, once, position)
), gone as (
  delete from holdfast.waits as wait
  using (select input.id, input.execution_id from input limit holdfast.at_most(cardinality(:ids::text[]))) as ended
  where wait.id = any(array[ended.id]) and wait.execution_id = ended.execution_id
), held as materialized (
  select wanted.id, wanted.status, wanted.output, wanted.error, wanted.position, found.task
  from (
    select input.id, input.execution_id, input.status, input.output, input.error, input.once, input.position
    from input order by input.id desc
  ) as wanted
  left join lateral (
    select stored as task from holdfast.tasks as stored where stored.id = wanted.id for no key update
  ) as found on true
  where case
    when (found.task).id is null then
      holdfast.fail('HF004', format('task %s does not exist: save it first', wanted.id),
        json_build_object('entity', 'task', 'id', wanted.id))
    when (found.task).execution_id <> wanted.execution_id then
      holdfast.fail('HF006', format('task %s belongs to another execution than %s', wanted.id, wanted.execution_id),
        json_build_object('field', 'endTasks', 'entity', 'task', 'id', wanted.id))
    when holdfast.is_terminal((found.task).status) and (wanted.once or (found.task).status <> wanted.status) then
      holdfast.fail('HF003', format('task %s has ended (%s) and does not change any more', wanted.id, (found.task).status),
        json_build_object('reason', 'ended', 'entity', 'task', 'id', wanted.id, 'status', (found.task).status))
    else true
  end
), ended as (
  update holdfast.tasks as stored set
    version = stored.version + 1, status = running.status, updated_at = holdfast.now(),
    started_at = holdfast.started_at(stored.started_at, running.status), finished_at = holdfast.now(),
    output = coalesce(running.output, stored.output), error = coalesce(running.error, stored.error)
  from (
    select held.id, held.status, held.output, held.error, held.position from held where not holdfast.is_terminal((held.task).status)
    limit holdfast.at_most(cardinality(:ids::text[]))
  ) as running
  where stored.id = any(array[running.id])
  returning running.position, running.output is null as keeps_output, running.error is null as keeps_error, stored as task
), done as (
  select ended.position, ended.keeps_output, ended.keeps_error, ended.task, false as was_ended from ended
  union all
  select held.position, true, true, held.task, true from held where holdfast.is_terminal((held.task).status)
)
select (done.task).id as "id!", (done.task).execution_id as "execution_id!", (done.task).sequence as "sequence!",
  (done.task).version as "version!", (done.task).parent_id as "parent_id?", (done.task).name as "name!", (done.task).type as "type!",
  (done.task).status as "status!", (done.task).strategy as "strategy!", (done.task).attempt as "attempt!",
  (done.task).component as "component?", (done.task).agent as "agent?", (done.task).action as "action?", (done.task).tool as "tool?",
  (done.task).usage as "usage!", (done.task).created_at as "created_at!", (done.task).updated_at as "updated_at!",
  (done.task).started_at as "started_at?", (done.task).finished_at as "finished_at?", (done.task).input as "input?",
  case when done.was_ended or done.keeps_output then (done.task).output end as "output?",
  case when done.was_ended or done.keeps_error then (done.task).error end as "error?", done.was_ended as "was_ended!"
from done
order by done.position
