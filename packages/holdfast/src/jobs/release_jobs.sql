-- Gives claimed jobs back, where their claims still hold: ready again at once, and the attempt does not count. Answers in input
-- order.
-- Index: jobs_pkey, queues_pkey. Locks: what take_leases locks.
-- :many
with gone as materialized (
  select taken.id, taken.queue, taken.attempts, taken.token, taken.claimed_at, taken.group_key, taken.place as position
  from holdfast.take_leases((select :ids::text[]), (select :tokens::bigint[]), false) as taken
), released as materialized (
  select gone.id, gone.queue, gone.attempts, gone.token, gone.claimed_at, gone.group_key, gone.position,
    (select queue.aging_ms from holdfast.queues as queue where queue.name = gone.queue) as aging_ms
  from gone
), opened as (
  insert into holdfast.openings (queue, group_key, freed)
  select released.queue, released.group_key, count(*)
  from released
  where released.group_key is not null
  group by released.queue, released.group_key
), changed as (
  update holdfast.jobs as job set
    attempts = claim.attempts - 1, token = claim.token, started_at = claim.claimed_at, holder = null, turn = 0,
    rank = holdfast.work_rank(job.priority, job.run_at, claim.aging_ms)
  from (
    select released.id, released.attempts, released.token, released.claimed_at, released.aging_ms from released
    limit holdfast.at_most(cardinality(:ids::text[]))
  ) as claim
  where job.id = claim.id
  returning job.id
), queued as materialized (
  select count(*) as count from holdfast.enqueue_jobs(array(select changed.id::text from changed))
)
select released.id is not null as "ok!", released.queue as "queue?", lost.status as "status?", lost.token as "token?",
  lost.attempts as "attempts?"
from queued
cross join unnest((select :ids::text[])) with ordinality as input(id, position)
left join released on released.position = input.position
left join lateral (
  select current.status, current.token, current.attempts from holdfast.job_standing(input.id) as current where released.id is null
) as lost on true
order by input.position
