-- The status that an execution's strategy derives from its root tasks, once all are terminal. The newest attempt of each name decides.
-- Without tasks: succeeded.
-- Index: executions_pkey, tasks_of_execution.
-- :one
with root as (
  select task.status, rank() over (partition by task.name order by task.attempt desc) as age
  from holdfast.tasks as task
  where task.execution_id = :id and task.parent_id is null
), counted as (
  select count(*) as total,
    count(*) filter (where root.status = 'succeeded') as succeeded,
    count(*) filter (where root.status = 'failed') as failed,
    count(*) filter (where root.status = 'timed_out') as timed_out,
    count(*) filter (where root.status = 'canceled') as canceled
  from root
  where root.age = 1
)
select
  case
    when counted.total = 0 then 'succeeded'
    else holdfast.overall_status(execution.strategy, counted.total, 0, 0, counted.succeeded, counted.failed, counted.timed_out,
      counted.canceled)
  end as "status!"
from counted
cross join holdfast.executions as execution
where execution.id = :id
