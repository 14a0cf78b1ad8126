-- Jobs by id, after a given one, by queue, statuses and execution. Each status has its own tables, and only the wanted ones are read
-- (`tables`). So jobs in other statuses cost nothing. Ready jobs have no index by id, so those of the queue are sorted.
-- Index: jobs_pkey; jobs_of_execution, blocked_jobs_pkey, scheduled_pkey, group_lines_pkey, ready_order, leases_pkey, ended_jobs_pkey or
-- ended_jobs_retriable.
-- :many both-orders unprepared scan: of ready, without a queue
select job.id as "id!", job.queue as "queue!", job.status as "status!", job.on_dependency_failure as "on_dependency_failure!",
  job.blocked_by as "blocked_by!", job.priority as "priority!", job.attempts as "attempts!", job.max_attempts as "max_attempts!",
  job.backoff_ms as "backoff_ms!", job.backoff_max_ms as "backoff_max_ms!", job.timeout_ms as "timeout_ms?",
  job.token as "token!", job.run_at as "run_at!", job.lease_until as "lease_until?", job.created_at as "created_at!", job.started_at as "started_at?",
  job.finished_at as "finished_at?", job.holder as "holder?", job.group_key as "group_key?", job.route as "route!",
  job.unique_key as "unique_key?", job.execution_id as "execution_id?", job.fails_execution as "fails_execution!",
  case when :withPayloads::boolean then job.payload end as "payload?", case when :withPayloads then job.result end as "result?",
  case when :withPayloads then job.error end as "error?"
from (
  (
    select stored.id from holdfast.job_records as stored
    where cardinality(:tables::holdfast.job_status[]) = 0 and stored.id > :after
      and (:executionId?::text is null or stored.execution_id = :executionId)
      and (:queue?::text is null or stored.queue = :queue)
      and (cardinality(:statuses::holdfast.job_status[]) = 0 or stored.status = any(:statuses::holdfast.job_status[]))
    order by stored.id limit :limit
  )
  union all
  (
    select stored.id from holdfast.blocked_jobs as stored
    where 'blocked' = any(:tables) and stored.id > :after and (:queue is null or stored.queue = :queue)
    order by stored.id limit :limit
  )
  union all
  (
    select stored.id from holdfast.scheduled as stored
    where 'scheduled' = any(:tables) and stored.id > :after and stored.kind = 'job' and (:queue is null or stored.queue = :queue)
    order by stored.id limit :limit
  )
  union all
  (
    select stored.id from holdfast.group_lines as stored
    where 'ready' = any(:tables) and stored.id > :after and stored.kind = 'job' and (:queue is null or stored.queue = :queue)
    order by stored.id limit :limit
  )
  union all
  (
    select stored.id from holdfast.ready as stored
    where 'ready' = any(:tables) and stored.id > :after and stored.kind = 'job' and (:queue is null or stored.queue = :queue)
    order by stored.id limit :limit
  )
  union all
  (
    select member.id from holdfast.ready_chunks as stored cross join lateral unnest(stored.ids) as member(id)
    where 'ready' = any(:tables) and member.id > :after and (:queue is null or stored.queue = :queue)
    order by member.id limit :limit
  )
  union all
  (
    select member.id from holdfast.lease_chunks as stored cross join lateral unnest(stored.ids) as member(id)
    where 'running' = any(:tables) and member.id > :after and (:queue is null or stored.queue = :queue)
      and not exists (select from holdfast.ended_jobs as ended where ended.id = member.id)
    order by member.id limit :limit
  )
  union all
  (
    select stored.id from holdfast.leases as stored
    where 'running' = any(:tables) and stored.id > :after and stored.kind = 'job' and (:queue is null or stored.queue = :queue)
    order by stored.id limit :limit
  )
  union all
  (
    select stored.id from holdfast.ended_jobs as stored
    where 'succeeded' = any(:tables) and stored.id > :after and stored.status = 'succeeded' and (:queue is null or stored.queue = :queue)
    order by stored.id limit :limit
  )
  union all
  (
    select stored.id from holdfast.ended_jobs as stored
    where 'dead' = any(:tables) and stored.id > :after and stored.status = 'dead' and (:queue is null or stored.queue = :queue)
    order by stored.id limit :limit
  )
  union all
  (
    select stored.id from holdfast.ended_jobs as stored
    where 'canceled' = any(:tables) and stored.id > :after and stored.status = 'canceled' and (:queue is null or stored.queue = :queue)
    order by stored.id limit :limit
  )
) as found
join holdfast.job_records as job on job.id = found.id
order by found.id
limit :limit
