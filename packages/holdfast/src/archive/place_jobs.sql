-- Enqueues imported jobs that are in no other table, and counts those that have ended. Takes a page of the jobs of the given executions,
-- or of all, after an id. Returns the last id, or null after the last page. Among other jobs they come first in the turns of their
-- groups, because turns of another store mean nothing here. The queue settings are those of this store, so the next claim gives groups
-- their slots anew.
-- Index: jobs_pkey or jobs_of_execution, ended_jobs_pkey, leases_pkey, blocked_jobs_pkey, scheduled_pkey. Locks: jobs that this
-- transaction has created.
-- :one unprepared
with job as materialized (
  select stored.id, stored.queue, stored.priority, stored.run_at, ended.status as ended_as, lease.group_key as place_of,
    ended.status is null and lease.id is null
      and not exists (select from holdfast.blocked_jobs as blocked where blocked.id = stored.id)
      and not exists (select from holdfast.scheduled as work where work.id = stored.id and work.kind = 'job') as is_waiting
  from holdfast.jobs as stored
  left join holdfast.ended_jobs as ended on ended.id = stored.id
  left join holdfast.leases as lease on lease.id = stored.id and lease.kind = 'job'
  where stored.id > :after and (:isWhole::boolean or stored.execution_id = any(:executionIds::text[]))
  order by stored.id
  limit :limit
), ranked as (
  update holdfast.jobs as stored set
    turn = 0, rank = holdfast.work_rank(job.priority, job.run_at, queue.aging_ms)
  from job
  left join holdfast.queues as queue on queue.name = job.queue
  where stored.id = job.id and job.is_waiting and not :isWhole::boolean
  returning 1
), counted as (
  insert into holdfast.job_counts (queue, status, count)
  select job.queue, job.ended_as, count(*) from job where job.ended_as is not null group by job.queue, job.ended_as
), opened as (
  insert into holdfast.openings (queue, group_key, freed)
  select job.queue, job.place_of, -count(*) from job where job.place_of is not null group by job.queue, job.place_of
), placed as materialized (
  select count(*) as count
  from holdfast.enqueue_jobs(array(
    select job.id::text from job where job.is_waiting and (select count(*) from ranked) >= 0
  ))
)
select (select max(job.id::text collate "C") from job) as "last?", placed.count as "placed!"
from placed
