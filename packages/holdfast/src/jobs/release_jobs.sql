-- Gives claimed jobs back, where their claims still hold: ready again at once, and the attempt does not count. Answers in input
-- order.
-- Each row is locked by a sub-select of its own: so the plan is one look-up a row whatever the planner thinks of the array's size.
-- Index: jobs_pkey. Locks: jobs in id order.
-- :many
with locked as materialized (
  select input.id, input.position, job.queue, job.state, job.token, job.attempts,
    coalesce(holdfast.holds(job.token, job.lease_until, input.token), false) as is_held
  from (
    select given.id, given.token, given.position
    from unnest((select :ids::text[]), :tokens::bigint[]) with ordinality as given(id, token, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select job.queue, job.state, job.token, job.attempts, job.lease_until
    from holdfast.jobs as job
    where job.id = input.id
    for no key update
  ) as job on true
), released as (
  update holdfast.jobs as job set state = 'ready', attempts = job.attempts - 1, turn = 0, lease_until = null, holder = null
  from (
    select locked.id
    from locked
    where locked.is_held
    -- Cuts nothing. It makes the planner expect one row, and so go by the index even in a plan from when the table was empty.
    limit cardinality(:ids::text[])
  ) as held
  where job.id = held.id
)
select locked.is_held as "ok!", locked.state as "state?", locked.token as "token?", locked.attempts as "attempts?",
  locked.queue as "queue?"
from locked
order by locked.position
