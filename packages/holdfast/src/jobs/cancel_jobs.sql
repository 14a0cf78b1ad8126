-- Cancels jobs that are in one of the given states, none of which is an end, and settles the jobs that come after them. The claim
-- of a running one is lost: its token moves on. Answers in input order whether each was canceled, and the queue where it ran; the
-- queues that were woken come with the first row.
-- Index: jobs_pkey. Locks: jobs in id order, then dependents in id order.
-- :many
with locked as materialized (
  select input.id, input.position, job.id is not null as is_open,
    case when job.state = 'running' then job.queue end as freed
  from (
    select given.id, given.position
    from unnest((select :ids::text[])) with ordinality as given(id, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select job.id, job.state, job.queue
    from holdfast.jobs as job
    where job.id = input.id and job.state = any(:states::holdfast.job_state[])
    for no key update
  ) as job on true
), canceled as (
  update holdfast.jobs as job set
    state = 'canceled', finished_at = holdfast.now(), lease_until = null,
    token = case when job.state = 'running' then nextval('holdfast.tokens') else job.token end
  from (
    select locked.id
    from locked
    where locked.is_open
    -- Cuts nothing. It makes the planner expect one row, and so go by the index even in a plan from when the table was empty.
    limit cardinality(:ids::text[])
  ) as waiting
  where job.id = waiting.id
  returning job.id, job.has_dependents
), settled as materialized (
  select holdfast.settle_dependents(array_agg(canceled.id::text)) as woken
  from canceled
  where canceled.has_dependents
  having count(*) > 0
)
select locked.is_open as "canceled!", locked.freed as "freed?", settled.woken as "woken?"
from locked
left join settled on locked.position = 1
order by locked.position
