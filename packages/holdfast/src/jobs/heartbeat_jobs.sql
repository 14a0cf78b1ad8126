-- Makes the leases of claimed jobs last from now on, where the claims still hold, and answers in input order whether they do.
-- Each row is locked by a sub-select of its own: so the plan is one look-up a row whatever the planner thinks of the array's size.
-- Index: jobs_pkey. Locks: jobs in id order.
-- :many
with locked as materialized (
  select input.id, input.position, job.id is not null as is_held
  from (
    select given.id, given.token, given.position
    from unnest((select :ids::text[]), :tokens::bigint[]) with ordinality as given(id, token, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select job.id
    from holdfast.jobs as job
    where job.id = input.id and holdfast.holds(job.token, job.lease_until, input.token)
    for no key update
  ) as job on true
), kept as (
  update holdfast.jobs as job set lease_until = holdfast.now() + :leaseMs::bigint * interval '1 millisecond'
  from (
    select locked.id
    from locked
    where locked.is_held
    -- Cuts nothing. It makes the planner expect one row, and so go by the index even in a plan from when the table was empty.
    limit cardinality(:ids::text[])
  ) as held
  where job.id = held.id
)
select locked.is_held as "held!"
from locked
order by locked.position
