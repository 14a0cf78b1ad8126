-- Which groups of group_tasks come after which, by the dependencies of the jobs that have the ids of the tasks.
-- Index: tasks_of_execution, tasks_pkey, job_dependencies_of_job.
-- :many
with link as (
  select source.parent_name as from_parent, source.name as from_name, target_parent.name as to_parent,
    case when :byParent::boolean then null else target.name end as to_name
  from holdfast.tasks as target
  left join holdfast.tasks as target_parent on target_parent.id = target.parent_id
  cross join lateral (
    select edge.after_id::text as id from holdfast.job_dependencies as edge where edge.job_id = target.id
  ) as edge
  cross join lateral (
    select parent.name as parent_name, case when :byParent then null else task.name end as name
    from holdfast.tasks as task
    left join holdfast.tasks as parent on parent.id = task.parent_id
    where task.id = edge.id and task.execution_id = :executionId
  ) as source
  where target.execution_id = :executionId
)
select link.from_parent as "from_parent?", link.from_name as "from_name?", link.to_parent as "to_parent?", link.to_name as "to_name?",
  count(*) as "count!"
from link
group by link.from_parent, link.from_name, link.to_parent, link.to_name
order by count(*) desc, link.from_parent, link.from_name, link.to_parent, link.to_name
limit :limit
