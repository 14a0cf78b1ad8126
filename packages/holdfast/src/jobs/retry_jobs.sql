-- Makes dead and canceled jobs that are in one of the given states ready again, with all their attempts, or blocked while jobs that
-- they come after have not ended, and answers in input order with the queue of each that it changed. Where another job has taken
-- the unique key meanwhile, fails with HF007, or leaves the job as it is; then, of several with one key, the last is retried.
-- Runs behind lock_retried_keys.
-- Index: jobs_pkey, jobs_unique. Locks: jobs in id order.
-- :many
with locked as materialized (
  select input.id, input.position, job.queue, job.unique_key,
    case when job.unique_key is not null then (
      select twin.id
      from holdfast.jobs as twin
      where twin.queue = job.queue and twin.unique_key = job.unique_key
        and twin.state in ('blocked', 'scheduled', 'ready', 'running')
    ) end as twin_id
  from (
    select given.id, given.position
    from unnest((select :ids::text[])) with ordinality as given(id, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select job.queue, job.unique_key
    from holdfast.jobs as job
    where job.id = input.id and job.state = any(:states::holdfast.job_state[])
    for no key update
  ) as job on true
), chosen as materialized (
  select locked.id, locked.position, locked.queue,
    case
      when locked.queue is null then false
      when not :leavesTaken::boolean then locked.twin_id is null
        or holdfast.fail('HF007', format('job %s cannot be tried again while job %s has its unique key: wait for that one', locked.id,
          locked.twin_id), json_build_object('entity', 'job', 'id', locked.id, 'holder', locked.twin_id))
      else locked.unique_key is null or locked.twin_id is null
        and row_number() over (partition by locked.queue, locked.unique_key order by locked.id desc) = 1
    end as is_retried
  from locked
), retried as (
  update holdfast.jobs as job set
    state = case when ended.blockers > 0 then 'blocked' else 'ready' end::holdfast.job_state, attempts = 0, turn = 0,
    blocked_by = ended.blockers, run_at = holdfast.now(), finished_at = null, error = null
  from (
    select chosen.id, holdfast.blockers_of(chosen.id) as blockers
    from chosen
    where chosen.is_retried
    -- Cuts nothing. It makes the planner expect one row, and so go by the index even in a plan from when the table was empty.
    limit cardinality(:ids::text[])
  ) as ended
  where job.id = ended.id
)
select case when chosen.is_retried then chosen.queue end as "queue?"
from chosen
order by chosen.position
