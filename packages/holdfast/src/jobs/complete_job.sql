-- Completes one claimed job if its claim still holds, as complete_jobs does for many. This is the usual completion. Returns no row for a
-- job that does not exist.
-- Index: leases_pkey, ended_jobs_pkey, queues_pkey. Locks: the lease, then those of settle_jobs.
-- :maybe
with gone as (
  delete from holdfast.leases as lease
  where lease.id = :id and lease.kind = 'job' and lease.token = :token
    and (:isSettled::boolean or lease.lease_until > holdfast.now())
  returning lease.id, lease.queue, lease.attempts, lease.token, lease.claimed_at, lease.holder, lease.group_key, lease.is_linked
), ended as (
  insert into holdfast.ended_jobs (id, queue, status, attempts, token, started_at, finished_at, holder, result)
  select gone.id, gone.queue, 'succeeded', gone.attempts, gone.token, gone.claimed_at, holdfast.now(), gone.holder, :result?::json
  from gone
  returning 1
), counted as (
  insert into holdfast.job_counts (queue, status, count)
  select gone.queue, 'succeeded', 1 from gone
)
select true as "ok!", null::holdfast.job_status as "status?", null::bigint as "token?", null::integer as "attempts?",
  case when gone.is_linked and (select count(*) from ended) > 0 then holdfast.settle_jobs(array[gone.id]) end as "woken?",
  (select queue.name::text from holdfast.queues as queue where queue.name = gone.queue and queue.is_limited) as "freed?",
  case when gone.group_key is not null then holdfast.open_group(gone.queue, gone.group_key) end as "opened?"
from gone
union all
select job.status = 'succeeded' and job.token = :token, job.status, job.token, job.attempts, null, job.freed, null
from holdfast.complete_packed(:id, :token::bigint, :result?::json, :isSettled::boolean) as job
where not exists (select from gone)
