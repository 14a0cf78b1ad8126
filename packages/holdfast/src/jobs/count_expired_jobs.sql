-- How many jobs remove_expired_jobs would remove in all.
-- Index: jobs_ended.
-- :one
with recursive place as (
  (
    select job.queue::text as queue, job.state
    from holdfast.jobs as job
    where job.state in ('succeeded', 'dead', 'canceled')
    order by job.queue, job.state
    limit 1
  )
  union all
  select next.queue, next.state
  from place
  cross join lateral (
    select job.queue::text as queue, job.state
    from holdfast.jobs as job
    where job.state in ('succeeded', 'dead', 'canceled') and (job.queue, job.state) > (place.queue, place.state)
    order by job.queue, job.state
    limit 1
  ) as next
)
select coalesce(sum(found.count), 0)::bigint as "expired!"
from place
cross join lateral (
  select count(*) as count
  from holdfast.jobs as ended
  where ended.queue = place.queue and ended.state = place.state and ended.state in ('succeeded', 'dead', 'canceled')
    and ended.execution_id is null and ended.finished_at <= holdfast.now() - :keepMs::bigint * interval '1 millisecond'
    and (ended.throttled_until is null or ended.throttled_until <= holdfast.now())
) as found
where place.state = any(:states::holdfast.job_state[])
