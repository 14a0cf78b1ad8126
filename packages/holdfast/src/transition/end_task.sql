-- Ends one task as a step of its execution, and appends entries, if there are any. Combines `lock_execution`, `end_tasks` and
-- `append_to_one` in one statement. Each part depends on the one before, so that every plan runs them in this order.
-- Index: executions_pkey, leases_pkey, tasks_pkey, waits_pkey, history_heads_pkey. Locks: see holdfast.hold_execution; then a wait; then
-- the task; then the history_heads.
-- :one
with owner as materialized (
  select holdfast.hold_execution(:executionId::text, :mode::text, :token?::bigint, :holder?::text, :lax::boolean, :version?::bigint,
    :statuses?::text) as id
), gone as (
  delete from holdfast.waits as wait
  where wait.id = (select :id::text from owner where owner.id is not null) and wait.execution_id = :executionId
  returning wait.id
), held as materialized (
  select owner.id as execution_id, found.task
  from owner
  left join lateral (
    select stored as task from holdfast.tasks as stored where stored.id = :id and owner.id is not null for no key update
  ) as found on true
  where (select count(*) from gone) >= 0 and case
    when (found.task).id is null then
      holdfast.fail('HF004', format('task %s does not exist: save it first', :id::text),
        json_build_object('entity', 'task', 'id', :id::text))
    when (found.task).execution_id <> owner.id then
      holdfast.fail('HF006', format('task %s belongs to another execution than %s', :id::text, owner.id),
        json_build_object('field', 'endTasks', 'entity', 'task', 'id', :id::text))
    when holdfast.is_terminal((found.task).status) and (:once::boolean or (found.task).status <> :status::holdfast.status) then
      holdfast.fail('HF003', format('task %s has ended (%s) and does not change any more', :id::text, (found.task).status),
        json_build_object('reason', 'ended', 'entity', 'task', 'id', :id::text, 'status', (found.task).status))
    else true
  end
), ended as (
  update holdfast.tasks as stored set
    version = stored.version + 1, status = :status, updated_at = holdfast.now(),
    started_at = holdfast.started_at(stored.started_at, :status), finished_at = holdfast.now(),
    output = coalesce(:output?::json, stored.output), error = coalesce(:error?::json, stored.error)
  where stored.id = (select :id::text from held where not holdfast.is_terminal((held.task).status))
  returning stored as task
), done as (
  select :output is null as keeps_output, :error is null as keeps_error, ended.task, false as was_ended from ended
  union all
  select true, true, held.task, true from held where holdfast.is_terminal((held.task).status)
)
select (done.task).id as "id!", (done.task).execution_id as "execution_id!", (done.task).sequence as "sequence!",
  (done.task).version as "version!", (done.task).parent_id as "parent_id?", (done.task).name as "name!", (done.task).type as "type!",
  (done.task).status as "status!", (done.task).strategy as "strategy!", (done.task).attempt as "attempt!",
  (done.task).component as "component?", (done.task).agent as "agent?", (done.task).action as "action?", (done.task).tool as "tool?",
  (done.task).usage as "usage!", (done.task).created_at as "created_at!", (done.task).updated_at as "updated_at!",
  (done.task).started_at as "started_at?", (done.task).finished_at as "finished_at?", (done.task).input as "input?",
  case when done.was_ended or done.keeps_output then (done.task).output end as "output?",
  case when done.was_ended or done.keeps_error then (done.task).error end as "error?", done.was_ended as "was_ended!",
  (logged.entries).first as "first?", (logged.entries).recorded_at as "recorded_at?"
from done
cross join lateral (
  select case when cardinality(:kinds::text[]) > 0 then
    holdfast.append_to((done.task).execution_id, :kinds, :payloads?::json[], :expectedNumber?::bigint)
  end as entries
) as logged
