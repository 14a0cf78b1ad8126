-- The tasks of an execution that ran at some time in a window, by start and then by creation, after a given place, without payloads.
-- Index: tasks_of_execution. All started tasks of the execution are read, and sorted up to the limit.
-- :many
select task.id, task.execution_id, task.sequence, task.version, task.parent_id, task.name, task.type, task.status, task.strategy,
  task.attempt, task.component, task.agent, task.action, task.tool, task.usage, task.created_at, task.updated_at, task.started_at,
  task.finished_at, (extract(epoch from task.started_at) * 1000000)::bigint::text as "micros!"
from holdfast.tasks as task
where task.execution_id = :executionId and task.started_at is not null
  and (:from?::timestamptz is null or coalesce(task.finished_at, holdfast.now()) >= :from)
  and (:to?::timestamptz is null or task.started_at <= :to)
  and (:afterMoment?::text is null
    or (task.started_at, task.sequence) > (:afterMoment::text::timestamptz, :afterSequence?::bigint))
order by task.started_at, task.sequence
limit :limit
