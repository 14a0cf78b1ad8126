-- Counts the jobs of a queue, or of all, by status. Ended jobs are summed from counts of their ends.
-- Index: blocked_jobs_of_queue, scheduled_due, ready_order, group_lines_order, leases_of_queue, job_counts_of_queue.
-- :many unprepared scan: without a queue, all of the tables that hold what has not ended
select 'blocked'::holdfast.job_status as "status!", count(*) as "count!"
from holdfast.blocked_jobs as job where :queue?::text is null or job.queue = :queue
union all
select 'scheduled', count(*)
from holdfast.scheduled as work where work.kind = 'job' and (:queue?::text is null or work.queue = :queue)
union all
select 'ready', (
    select count(*) from holdfast.ready as work where work.kind = 'job' and (:queue?::text is null or work.queue = :queue)
  ) + (
    select count(*) from holdfast.group_lines as work where work.kind = 'job' and (:queue?::text is null or work.queue = :queue)
  ) + (
    select coalesce(sum(cardinality(chunk.ids)), 0)::bigint
    from holdfast.ready_chunks as chunk where :queue?::text is null or chunk.queue = :queue
  )
union all
select 'running', (
    select count(*) from holdfast.leases as lease where lease.kind = 'job' and (:queue?::text is null or lease.queue = :queue)
  ) + (
    select coalesce(sum(holdfast.count_running(chunk)), 0)::bigint
    from holdfast.lease_chunks as chunk where :queue?::text is null or chunk.queue = :queue
  )
union all
select ended.status, sum(ended.count)::bigint
from holdfast.job_counts as ended where :queue?::text is null or ended.queue = :queue
group by ended.status
