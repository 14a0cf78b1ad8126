-- Gives claimed jobs back, where their claims still hold: ready again at once, and the attempt does not count. Answers in input
-- order.
-- Each row is locked by a sub-select of its own: so the plan is one look-up a row whatever the planner thinks of the array's size.
-- Index: leases_pkey, jobs_pkey, queues_pkey. Locks: leases in id order.
-- :many
with held as materialized (
  select input.id, input.position
  from (
    select given.id, given.token, given.position
    from unnest((select :ids::text[]), :tokens::bigint[]) with ordinality as given(id, token, position)
    order by given.id collate "C"
  ) as input
  cross join lateral (
    select from holdfast.leases as stored
    where stored.id = input.id and stored.kind = 'job' and stored.token = input.token and stored.lease_until > holdfast.now()
    for update
  ) as lease
), gone as (
  delete from holdfast.leases as lease
  using (
    select held.id, 'job'::holdfast.work_kind as kind, held.position from held
    -- Cuts nothing. It makes the planner expect one row, and so go by the index even in a plan from when the table was empty.
    -- The kind comes from here too: as a constant it would, in such a plan, seem to leave two rows, and be worth a scan. The id is
    -- compared as an array: as one id it might be joined with the whole index in its order, while all leases seem to be gone.
    limit cardinality(:ids::text[])
  ) as claim
  where lease.id = any(array[claim.id]) and lease.kind = claim.kind
  returning lease.id, lease.queue, lease.attempts, lease.token, lease.claimed_at, lease.group_key, claim.position
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
    limit cardinality(:ids::text[])
  ) as claim
  where job.id = claim.id
  returning job.id
), queued as materialized (
  select count(*) as count from holdfast.enqueue_jobs(array(select changed.id::text from changed))
)
select released.id is not null as "ok!", released.queue as "queue?", lost.state as "state?", lost.token as "token?",
  lost.attempts as "attempts?"
from queued
cross join unnest((select :ids::text[])) with ordinality as input(id, position)
left join released on released.position = input.position
left join lateral (
  select current.state, current.token, current.attempts from holdfast.job_standing(input.id) as current where released.id is null
) as lost on true
order by input.position
