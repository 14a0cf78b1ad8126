-- Gives claimed jobs back, where their claims still hold: ready again at once, and the attempt does not count. Answers in input
-- order.
-- Index: jobs_pkey. Locks: jobs in id order.
-- :many
with input as (
  select given.id, given.token, given.position
  from unnest(:ids::text[], :tokens::bigint[]) with ordinality as given(id, token, position)
), locked as materialized (
  select job.id, job.state, job.token, job.attempts, job.lease_until
  from input
  join holdfast.jobs as job on job.id = input.id
  order by job.id
  for no key update of job
), released as (
  update holdfast.jobs as job set state = 'ready', attempts = job.attempts - 1, lease_until = null, holder = null
  from input
  join locked on locked.id = input.id
  where job.id = locked.id and holdfast.holds(locked.token, locked.lease_until, input.token)
  returning job.id, job.queue
)
select released.id is not null as "ok!", locked.state as "state?", locked.token as "token?", locked.attempts as "attempts?",
  released.queue as "queue?"
from input
left join locked on locked.id = input.id
left join released on released.id = input.id
order by input.position
