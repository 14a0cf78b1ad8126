-- Groups the tasks of an execution by the names of their parents and, unless `byParent`, their own. Returns the largest groups, the number
-- of all groups, and the id of a group of one.
-- Index: tasks_of_execution, tasks_pkey.
-- :many
with member as (
  select task.id, task.status, task.started_at, task.finished_at, parent.name as parent_name,
    case when :byParent::boolean then null else task.name end as name
  from holdfast.tasks as task
  left join holdfast.tasks as parent on parent.id = task.parent_id
  where task.execution_id = :executionId
), gathered as (
  select member.parent_name, member.name, count(*) as total, min(member.id::text) as first_id,
    min(member.started_at) as started_at, max(member.finished_at) as finished_at,
    bool_and(member.finished_at is not null) as is_over,
    count(*) filter (where member.status = 'pending') as pending, count(*) filter (where member.status = 'running') as running,
    count(*) filter (where member.status = 'waiting') as waiting, count(*) filter (where member.status = 'paused') as paused,
    count(*) filter (where member.status = 'succeeded') as succeeded, count(*) filter (where member.status = 'failed') as failed,
    count(*) filter (where member.status = 'timed_out') as timed_out, count(*) filter (where member.status = 'canceled') as canceled
  from member
  group by member.parent_name, member.name
)
select gathered.parent_name as "parent_name?", gathered.name as "name?", gathered.total as "total!",
  case when gathered.total = 1 then gathered.first_id end as "id?", gathered.started_at as "started_at?",
  case when gathered.is_over then gathered.finished_at end as "finished_at?", gathered.pending as "pending!",
  gathered.running as "running!", gathered.waiting as "waiting!", gathered.paused as "paused!", gathered.succeeded as "succeeded!",
  gathered.failed as "failed!", gathered.timed_out as "timed_out!", gathered.canceled as "canceled!",
  (count(*) over ())::integer as "groups!", (sum(gathered.total) over ())::bigint as "tasks!"
from gathered
order by gathered.total desc, gathered.parent_name nulls first, gathered.name
limit :limit
