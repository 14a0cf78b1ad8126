-- Jobs by id, after a given one: of a queue, in a status, of an execution. Each status has its tables, so what is in other statuses costs
-- nothing; of the branches here a call uses one, or the two of ready jobs. Ready jobs have no index by id: those of the queue are
-- sorted.
-- Index: jobs_pkey; jobs_of_execution, blocked_jobs_pkey, scheduled_pkey, group_lines_pkey, ready_order, leases_pkey, ended_jobs_pkey or
-- ended_jobs_retriable.
-- :many unprepared scan: of ready, without a queue
select job.id as "id!", job.queue as "queue!", job.status as "status!", job.on_dependency_failure as "on_dependency_failure!",
  job.blocked_by as "blocked_by!", job.priority as "priority!", job.attempts as "attempts!", job.max_attempts as "max_attempts!",
  job.backoff_ms as "backoff_ms!", job.backoff_max_ms as "backoff_max_ms!", job.token as "token!", job.run_at as "run_at!",
  job.lease_until as "lease_until?", job.created_at as "created_at!", job.started_at as "started_at?",
  job.finished_at as "finished_at?", job.holder as "holder?", job.group_key as "group_key?", job.route as "route!",
  job.unique_key as "unique_key?", job.execution_id as "execution_id?", job.payload as "payload?", job.result as "result?",
  job.error as "error?"
from (
  (
    select stored.id from holdfast.job_records as stored
    where (:executionId?::text is not null or :status?::holdfast.job_status is null) and stored.id > :after
      and (:executionId?::text is null or stored.execution_id = :executionId)
      and (:queue?::text is null or stored.queue = :queue) and (:status?::holdfast.job_status is null or stored.status = :status)
    order by stored.id limit :limit
  )
  union all
  (
    select stored.id from holdfast.blocked_jobs as stored
    where :executionId?::text is null and :status?::holdfast.job_status = 'blocked' and stored.id > :after
      and (:queue?::text is null or stored.queue = :queue)
    order by stored.id limit :limit
  )
  union all
  (
    select stored.id from holdfast.scheduled as stored
    where :executionId?::text is null and :status?::holdfast.job_status = 'scheduled' and stored.id > :after and stored.kind = 'job'
      and (:queue?::text is null or stored.queue = :queue)
    order by stored.id limit :limit
  )
  union all
  (
    select stored.id from holdfast.group_lines as stored
    where :executionId?::text is null and :status?::holdfast.job_status = 'ready' and stored.id > :after and stored.kind = 'job'
      and (:queue?::text is null or stored.queue = :queue)
    order by stored.id limit :limit
  )
  union all
  (
    select stored.id from holdfast.ready as stored
    where :executionId?::text is null and :status?::holdfast.job_status = 'ready' and stored.id > :after and stored.kind = 'job'
      and (:queue?::text is null or stored.queue = :queue)
    order by stored.id limit :limit
  )
  union all
  (
    select member.id
    from holdfast.ready_chunks as stored
    cross join lateral unnest(stored.ids) as member(id)
    where :executionId?::text is null and :status?::holdfast.job_status = 'ready' and member.id > :after
      and (:queue?::text is null or stored.queue = :queue)
    order by member.id limit :limit
  )
  union all
  (
    select member.id
    from holdfast.lease_chunks as stored
    cross join lateral unnest(stored.ids) as member(id)
    where :executionId?::text is null and :status?::holdfast.job_status = 'running' and member.id > :after
      and (:queue?::text is null or stored.queue = :queue)
      and not exists (select from holdfast.ended_jobs as ended where ended.id = member.id)
    order by member.id limit :limit
  )
  union all
  (
    select stored.id from holdfast.leases as stored
    where :executionId?::text is null and :status?::holdfast.job_status = 'running' and stored.id > :after and stored.kind = 'job'
      and (:queue?::text is null or stored.queue = :queue)
    order by stored.id limit :limit
  )
  union all
  (
    select stored.id from holdfast.ended_jobs as stored
    where :executionId?::text is null and :status?::holdfast.job_status = stored.status and :status in ('succeeded', 'dead', 'canceled')
      and stored.id > :after and (:queue?::text is null or stored.queue = :queue)
    order by stored.id limit :limit
  )
) as found
join holdfast.job_records as job on job.id = found.id
order by found.id
limit :limit
