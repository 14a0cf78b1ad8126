-- Makes the leases of claimed jobs last from now on, where the claims still hold, and answers in input order whether they do.
-- Index: jobs_pkey. Locks: jobs in id order.
-- :many
with input as (
  select given.id, given.token, given.position
  from unnest(:ids::text[], :tokens::bigint[]) with ordinality as given(id, token, position)
), locked as materialized (
  select job.id
  from input
  join holdfast.jobs as job on job.id = input.id
  where holdfast.holds(job.token, job.lease_until, input.token)
  order by job.id
  for no key update of job
), kept as (
  update holdfast.jobs as job set lease_until = holdfast.now() + :leaseMs::bigint * interval '1 millisecond'
  from locked
  where job.id = locked.id
  returning job.id
)
select kept.id is not null as "held!"
from input
left join kept on kept.id = input.id
order by input.position
