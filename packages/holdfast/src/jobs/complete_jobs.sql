-- Ends claimed jobs well, where their claims still hold, and settles the jobs that come after them. Answers in input order; the
-- queues that were woken come with the first row.
-- Index: jobs_pkey. Locks: jobs in id order, then dependents in id order.
-- :many
with input as (
  select given.id, given.token, given.result, given.position
  from unnest(:ids::text[], :tokens::bigint[], :results?::json[]) with ordinality as given(id, token, result, position)
), locked as materialized (
  select job.id, job.state, job.token, job.attempts, job.lease_until
  from input
  join holdfast.jobs as job on job.id = input.id
  order by job.id
  for no key update of job
), ended as (
  update holdfast.jobs as job set
    state = 'succeeded', finished_at = holdfast.now(), lease_until = null, result = input.result, error = null
  from input
  join locked on locked.id = input.id
  where job.id = locked.id and holdfast.holds(locked.token, locked.lease_until, input.token)
  returning job.id, job.has_dependents
), settled as materialized (
  select holdfast.settle_dependents(array_agg(ended.id::text)) as woken
  from ended
  where ended.has_dependents
  having count(*) > 0
)
select ended.id is not null as "ok!", locked.state as "state?", locked.token as "token?", locked.attempts as "attempts?",
  settled.woken as "woken?"
from input
left join locked on locked.id = input.id
left join ended on ended.id = input.id
left join settled on input.position = 1
order by input.position
