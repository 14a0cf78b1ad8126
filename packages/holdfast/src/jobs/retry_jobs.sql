-- Makes dead and canceled jobs ready again, with all their attempts, and answers in input order with the queue of each that it made
-- ready. Fails with HF007 where another job has taken the unique key meanwhile. Runs behind lock_retried_keys.
-- Index: jobs_pkey, jobs_unique. Locks: jobs in id order.
-- :many
with input as (
  select given.id, given.position
  from unnest(:ids::text[]) with ordinality as given(id, position)
), locked as materialized (
  select job.id, job.queue, job.unique_key
  from input
  join holdfast.jobs as job on job.id = input.id
  where job.state in ('dead', 'canceled')
  order by job.id
  for no key update of job
), checked as materialized (
  select locked.id
  from locked
  left join holdfast.jobs as twin on twin.queue = locked.queue and twin.unique_key = locked.unique_key
    and twin.state in ('blocked', 'scheduled', 'ready', 'running')
  where case
    when twin.id is not null then
      holdfast.fail('HF007', format('job %s cannot be tried again while job %s has its unique key: wait for that one', locked.id,
        twin.id), json_build_object('entity', 'job', 'id', locked.id, 'holder', twin.id))
    else true
  end
), retried as (
  update holdfast.jobs as job set
    state = 'ready', attempts = 0, blocked_by = 0, run_at = holdfast.now(), finished_at = null, error = null
  from checked
  where job.id = checked.id
  returning job.id, job.queue
)
select retried.queue as "queue?"
from input
left join retried on retried.id = input.id
order by input.position
