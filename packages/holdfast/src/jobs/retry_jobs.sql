-- Makes dead and canceled jobs in one of the given statuses ready again, with all their attempts. They are blocked instead while their
-- dependencies have not ended. Returns the queue of each changed job, in input order. If another job has taken the unique key, fails with
-- HF007, or leaves the job as it is. In the latter case, the last of several with one key is retried. Runs behind lock_retried_keys.
-- Index: ended_jobs_pkey, jobs_pkey, job_keys_pkey, job_dependencies_of_job. Locks: ended jobs in id order, then their unique keys.
-- :many
with locked as materialized (
  select input.id, input.position, ended.queue, job.unique_key, job.priority, holder.job_id as twin_id
  from (
    select given.id, given.position
    from unnest((select :ids::text[])) with ordinality as given(id, position)
    order by given.id collate "C"
  ) as input
  cross join lateral (
    select stored.queue from holdfast.ended_jobs as stored
    where stored.id = input.id and stored.status = any(:statuses::holdfast.job_status[])
    for update
  ) as ended
  cross join lateral (
    select stored.unique_key, stored.priority from holdfast.jobs as stored where stored.id = input.id limit 1
  ) as job
  -- An ended job keeps its key only for the throttle period from its push, and that period still has a single job.
  left join lateral (
    select held.job_id
    from holdfast.job_keys as held
    where held.queue = ended.queue and held.unique_key = job.unique_key and held.job_id <> input.id
      and not exists (select from holdfast.ended_jobs as over where over.id = held.job_id)
    limit 1
  ) as holder on true
), chosen as materialized (
  select locked.id, locked.queue, locked.unique_key, locked.priority,
    case
      when not :skipsTakenKeys::boolean then locked.twin_id is null
        or holdfast.fail('HF007', format('job %s cannot be tried again while job %s has its unique key: wait for that one', locked.id,
          locked.twin_id), json_build_object('entity', 'job', 'id', locked.id, 'holder', locked.twin_id))
      else locked.unique_key is null or locked.twin_id is null
        and row_number() over (partition by locked.queue, locked.unique_key order by locked.id desc) = 1
    end as is_retried
  from locked
), gone as (
  delete from holdfast.ended_jobs as ended
  using (
    select chosen.id, chosen.unique_key, chosen.priority from chosen where chosen.is_retried
    limit holdfast.at_most(cardinality(:ids::text[]))
  ) as retried
  where ended.id = retried.id
  returning ended.id, ended.queue, ended.status, ended.token, ended.started_at, ended.holder, retried.unique_key, retried.priority
), counted as (
  insert into holdfast.job_counts (queue, status, count)
  select gone.queue, gone.status, -count(*) from gone group by gone.queue, gone.status
), keyed as (
  insert into holdfast.job_keys as held (queue, unique_key, job_id)
  select gone.queue, gone.unique_key, gone.id from gone where gone.unique_key is not null order by gone.queue, gone.unique_key
  on conflict (queue, unique_key) do update set job_id = excluded.job_id
), changed as (
  update holdfast.jobs as job set
    attempts = 0, token = retried.token, started_at = retried.started_at, holder = retried.holder, error = null, turn = 0,
    run_at = holdfast.now(), rank = holdfast.work_rank(retried.priority, holdfast.now(), retried.aging_ms)
  from (
    select gone.id, gone.token, gone.started_at, gone.holder, gone.priority,
      (select queue.aging_ms from holdfast.queues as queue where queue.name = gone.queue) as aging_ms,
      (select count(*) from holdfast.job_dependencies as edge where edge.job_id = gone.id)::integer as blocked_by
    from gone
    limit holdfast.at_most(cardinality(:ids::text[]))
  ) as retried
  where job.id = retried.id
  returning job.id, job.queue, retried.blocked_by
), blocked as (
  insert into holdfast.blocked_jobs (id, queue, blocked_by)
  select changed.id, changed.queue, changed.blocked_by from changed where changed.blocked_by > 0
), queued as materialized (
  select count(*) as count
  from holdfast.enqueue_jobs(array(select changed.id::text from changed where changed.blocked_by = 0))
)
select (select changed.queue::text from changed where changed.id = input.id) as "queue?"
from queued
cross join unnest((select :ids::text[])) with ordinality as input(id, position)
order by input.position
