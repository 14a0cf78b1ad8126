-- Ids of the jobs of a filter, after a given one: of an execution, or of a queue and the tables of the wanted statuses. Most ready jobs of
-- a queue are in select_ready_jobs.
-- Index: jobs_of_execution; else ended_jobs_retriable, leases_of_queue, blocked_jobs_of_queue, scheduled_due and group_lines_order;
-- jobs_pkey for each match.
-- :many unprepared
select job.id as "id!"
from (
  select stored.id from holdfast.jobs as stored where stored.execution_id = :executionId?::text and stored.id > :after
  union all
  select stored.id from holdfast.blocked_jobs as stored
  where :executionId?::text is null and stored.queue = :queue?::text and 'blocked' = any(:statuses::holdfast.job_status[])
    and stored.id > :after
  union all
  select stored.id from holdfast.scheduled as stored
  where :executionId?::text is null and stored.queue = :queue?::text and 'scheduled' = any(:statuses::holdfast.job_status[])
    and stored.id > :after and stored.kind = 'job'
  union all
  select stored.id from holdfast.group_lines as stored
  where :executionId?::text is null and stored.queue = :queue?::text and 'ready' = any(:statuses::holdfast.job_status[])
    and stored.id > :after and stored.kind = 'job'
  union all
  select member.id from holdfast.ready_chunks as stored cross join lateral unnest(stored.ids) as member(id)
  where :executionId?::text is null and stored.queue = :queue?::text and 'ready' = any(:statuses::holdfast.job_status[])
    and member.id > :after
  union all
  select member.id from holdfast.lease_chunks as stored cross join lateral unnest(stored.ids) as member(id)
  where :executionId?::text is null and stored.queue = :queue?::text and 'running' = any(:statuses::holdfast.job_status[])
    and member.id > :after
  union all
  select stored.id from holdfast.leases as stored
  where :executionId?::text is null and stored.queue = :queue?::text and 'running' = any(:statuses::holdfast.job_status[])
    and stored.id > :after and stored.kind = 'job'
  union all
  select stored.id from holdfast.ended_jobs as stored
  where :executionId?::text is null and stored.queue = :queue?::text and stored.status = any(:statuses::holdfast.job_status[])
    and stored.status <> 'succeeded' and stored.id > :after
  -- In this order already here, so that the look-ups below are as many as are wanted, not as many as the queue has.
  order by 1
) as found
cross join lateral (
  select stored.id, stored.queue, stored.group_key, stored.created_at, stored.status
  from holdfast.job_records as stored
  where stored.id = found.id
  -- Cuts nothing off. It keeps this an index look-up, for no more rows than are wanted.
  limit 1
) as job
where job.status = any(:statuses::holdfast.job_status[])
  and (:queue?::text is null or job.queue = :queue)
  and (:group?::text is null or job.group_key = :group)
  and (:pushedBefore?::timestamptz is null or job.created_at < :pushedBefore)
order by found.id
limit :limit
