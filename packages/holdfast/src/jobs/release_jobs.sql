-- Gives claimed jobs back to their queues if their claims still hold: at once, from a given time or after a delay. The attempt does not
-- count. Answers in input order.
-- Index: jobs_pkey, queues_pkey. Locks: those of take_leases.
-- :many
with input as materialized (
  select coalesce(given.run_at, holdfast.now() + given.delay_ms * interval '1 millisecond') as run_at, given.priority, given.position
  from unnest((select :runAt?::timestamptz[]), :delaysMs?::bigint[], :priorities?::integer[]) with ordinality
    as given(run_at, delay_ms, priority, position)
), released as materialized (
  select taken.id, taken.queue, taken.attempts, taken.token, taken.claimed_at, taken.group_key, taken.place as position, input.run_at,
    input.priority, (select queue.aging_ms from holdfast.queues as queue where queue.name = taken.queue) as aging_ms
  from holdfast.take_leases((select :ids::text[]), (select :tokens::bigint[]), :isSettled::boolean) as taken
  join input on input.position = taken.place
), opened as (
  insert into holdfast.openings (queue, group_key, freed)
  select released.queue, released.group_key, count(*)
  from released
  where released.group_key is not null
  group by released.queue, released.group_key
), changed as (
  update holdfast.jobs as job set
    attempts = claim.attempts - 1, token = claim.token, started_at = claim.claimed_at, holder = null, turn = 0,
    priority = coalesce(claim.priority, job.priority), run_at = coalesce(claim.run_at, job.run_at),
    rank = holdfast.work_rank(coalesce(claim.priority, job.priority), coalesce(claim.run_at, job.run_at), claim.aging_ms)
  from (
    select released.id, released.attempts, released.token, released.claimed_at, released.run_at, released.priority, released.aging_ms
    from released
    limit holdfast.at_most(cardinality(:ids::text[]))
  ) as claim
  where job.id = claim.id
  returning job.id, job.run_at
), queued as materialized (
  select enqueued.id, enqueued.status from holdfast.enqueue_jobs(array(select changed.id::text from changed)) as enqueued
)
select released.id is not null as "ok!", released.queue as "queue?", coalesce(queued.status, lost.status) as "status?",
  changed.run_at as "run_at?", lost.token as "token?", lost.attempts as "attempts?"
from unnest((select :ids::text[])) with ordinality as given(id, position)
left join released on released.position = given.position
left join changed on changed.id = released.id
left join queued on queued.id = released.id
left join lateral (
  select current.status, current.token, current.attempts from holdfast.job_standing(given.id) as current where released.id is null
) as lost on true
order by given.position
