-- Cancels jobs that have not ended, and settles the jobs that come after them. The claim of a running one is lost: its token moves on.
-- Answers in input order whether each was canceled; the queues that were woken come with the first row.
-- Index: jobs_pkey. Locks: jobs in id order, then dependents in id order.
-- :many
with input as (
  select given.id, given.position
  from unnest(:ids::text[]) with ordinality as given(id, position)
), locked as materialized (
  select job.id
  from input
  join holdfast.jobs as job on job.id = input.id
  where job.state in ('blocked', 'scheduled', 'ready', 'running')
  order by job.id
  for no key update of job
), canceled as (
  update holdfast.jobs as job set
    state = 'canceled', token = job.token + (job.state = 'running')::integer, finished_at = holdfast.now(), lease_until = null
  from locked
  where job.id = locked.id
  returning job.id, job.has_dependents
), settled as materialized (
  select holdfast.settle_dependents(array_agg(canceled.id::text)) as woken
  from canceled
  where canceled.has_dependents
  having count(*) > 0
)
select canceled.id is not null as "canceled!", settled.woken as "woken?"
from input
left join canceled on canceled.id = input.id
left join settled on input.position = 1
order by input.position
