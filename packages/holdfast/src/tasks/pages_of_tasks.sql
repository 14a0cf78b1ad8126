-- The last task of each page of a level of an execution's tree, in creation order, with the number of tasks in that page. Parent '' means
-- the tasks without one.
-- Index: tasks_of_parent, or tasks_of_execution.
-- :many unprepared
with level as (
  select task.sequence, row_number() over (order by task.sequence) - 1 as place
  from holdfast.tasks as task
  where task.execution_id = :executionId
    and (:parentId = '' and task.parent_id is null or task.parent_id = :parentId)
    and (cardinality(:statuses::holdfast.status[]) = 0 or task.status = any(:statuses::holdfast.status[]))
)
select max(level.sequence) as "last!", count(*) as "count!"
from level
group by level.place / :size::bigint
order by level.place / :size::bigint
