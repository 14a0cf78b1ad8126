-- Makes dead and canceled jobs ready again, with all their attempts, or blocked while jobs that they come after have not ended, and
-- answers in input order with the queue of each that it changed. Fails with HF007 where another job has taken the unique key meanwhile. Runs behind lock_retried_keys.
-- Index: jobs_pkey, jobs_unique. Locks: jobs in id order.
-- :many
with locked as materialized (
  select input.id, input.position, job.queue,
    case when job.unique_key is not null then (
      select holdfast.fail('HF007', format('job %s cannot be tried again while job %s has its unique key: wait for that one', input.id,
        twin.id), json_build_object('entity', 'job', 'id', input.id, 'holder', twin.id))
      from holdfast.jobs as twin
      where twin.queue = job.queue and twin.unique_key = job.unique_key
        and twin.state in ('blocked', 'scheduled', 'ready', 'running')
    ) end as is_taken
  from (
    select given.id, given.position
    from unnest(:ids::text[]) with ordinality as given(id, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select job.queue, job.unique_key
    from holdfast.jobs as job
    where job.id = input.id and job.state in ('dead', 'canceled')
    for no key update
  ) as job on true
), retried as (
  update holdfast.jobs as job set
    state = case when ended.blockers > 0 then 'blocked' else 'ready' end::holdfast.job_state, attempts = 0,
    blocked_by = ended.blockers, run_at = holdfast.now(), finished_at = null, error = null
  from (
    select locked.id, holdfast.blockers_of(locked.id) as blockers
    from locked
    where locked.queue is not null and locked.is_taken is not true
    -- Cuts nothing. It makes the planner expect one row, and so go by the index even in a plan from when the table was empty.
    limit cardinality(:ids::text[])
  ) as ended
  where job.id = ended.id
)
select locked.queue as "queue?"
from locked
order by locked.position
