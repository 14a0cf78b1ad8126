-- Claims jobs of queues that are not paused, at most `limit`, in the order of their rank, of their groups' turns, of moment and push:
-- those that are ready, those whose moment has come, and those whose lease has run out, if the capabilities serve their route. A job
-- whose lease ran out on its last attempt ends dead instead, and the jobs that come after it are settled. What had become ready
-- but is not claimed is made ready, for the next claim; at least a hundred a queue are looked at, so that small claims too find the
-- first among many that became due at once.
-- Answers the claimed jobs in order, and the dead ones with the queues that their end woke. Where a queue has limits it claims nothing,
-- and answers one row in state ready: claim_limited_jobs is for those.
-- The chosen ids go through arrays and a limit that cuts nothing. Of a LIMIT that is a parameter the planner expects a tenth of the
-- table, and would read all of it; of this it expects one row, and goes by the index even in a plan from when the table was empty.
-- The arrays and limits come through sub-selects, which hide them from the planner: of what it sees it would make a plan anew for
-- each claim.
-- Index: jobs_ready, jobs_scheduled, jobs_running, in order per queue. Locks: jobs, skipping those that others have locked.
-- :many scan: of queues, which holds the few that something is set for
with recursive setting as materialized (
  select queue.name, queue.is_limited, queue.paused_at is not null as is_paused
  from holdfast.queues as queue
  where queue.name = any(array(select unnest((select :queues::text[]))))
), open_queue as materialized (
  select distinct given.name
  from unnest((select :queues::text[])) as given(name)
  where not exists (
    select from setting where setting.is_paused and setting.name = given.name or setting.is_limited and not setting.is_paused
  )
), ready_route as (
  select open_queue.name as queue, '' collate "C" as route from open_queue
  union all
  select ready_route.queue, (
      select job.route
      from holdfast.jobs as job
      where job.queue = ready_route.queue and job.state = 'ready' and not job.has_group_limit and job.route > ready_route.route
      order by job.route
      limit 1
    )
  from ready_route
  where ready_route.route is not null and cardinality((select :capabilities::text[])) > 0
), ready as materialized (
  select ready_route.queue, found.id, found.priority, found.rank, found.turn, found.run_at, found.sequence
  from ready_route
  cross join lateral (
    select job.id, job.priority, job.rank, job.turn, job.run_at, job.sequence
    from holdfast.jobs as job
    where job.queue = ready_route.queue and job.route = ready_route.route and job.state = 'ready' and not job.has_group_limit
    order by job.rank, job.turn, job.run_at, job.sequence
    limit (select :limit::bigint)
    for no key update skip locked
  ) as found
  where (ready_route.route = '' or holdfast.serves((select :capabilities::text[]), ready_route.route))
), due as materialized (
  select open_queue.name as queue, found.id, found.priority, found.rank, found.turn, found.run_at, found.sequence,
    (found.route = '' or holdfast.serves((select :capabilities::text[]), found.route)) as is_served
  from open_queue
  cross join lateral (
    select job.id, job.priority, job.rank, job.turn, job.run_at, job.sequence, job.route
    from holdfast.jobs as job
    where job.queue = open_queue.name and job.state = 'scheduled' and job.run_at <= holdfast.now()
    order by job.run_at
    limit greatest((select :limit::bigint), 100)
    for no key update skip locked
  ) as found
), expired as materialized (
  select open_queue.name as queue, found.id, found.priority, found.rank, found.run_at, found.sequence,
    (found.route = '' or holdfast.serves((select :capabilities::text[]), found.route)) as is_served,
    found.attempts >= found.max_attempts as is_spent
  from open_queue
  cross join lateral (
    select job.id, job.priority, job.rank, job.run_at, job.sequence, job.route, job.attempts, job.max_attempts
    from holdfast.jobs as job
    where job.queue = open_queue.name and job.state = 'running' and job.lease_until <= holdfast.now()
    order by job.lease_until
    limit greatest((select :limit::bigint), 100)
    for no key update skip locked
  ) as found
), candidate as materialized (
  select queue, id, priority, rank, turn, run_at, sequence, true as is_ready, true as is_served from ready
  union all
  select queue, id, priority, rank, turn, run_at, sequence, false, is_served from due
  union all
  select queue, id, priority, rank, 0, run_at, sequence, false, is_served from expired where not is_spent
), grouped as materialized (
  select array(select distinct each.queue from candidate as each where each.turn > 0 or each.rank <> each.priority) as queues
), placed as (
  select candidate.queue, candidate.id, candidate.priority, candidate.run_at, candidate.sequence, candidate.is_ready,
    candidate.is_served, row_number() over (
      partition by candidate.queue, candidate.is_served order by candidate.rank, candidate.turn, candidate.run_at, candidate.sequence
    ) as place
  from candidate
  where candidate.queue = any((select grouped.queues from grouped)::text[])
), aligned as (
  -- Lines that priority and moment alone do not order are merged as they are: what stands before another in its line counts as no
  -- later than that one.
  select placed.queue, placed.id, placed.run_at, placed.sequence, placed.is_ready, placed.is_served, placed.place,
    min(placed.priority) over (partition by placed.queue, placed.is_served order by placed.place desc) as priority
  from placed
), dated as (
  select aligned.id, aligned.is_ready, aligned.is_served, aligned.place, aligned.priority, aligned.sequence,
    min(aligned.run_at) over (partition by aligned.queue, aligned.is_served, aligned.priority order by aligned.place desc) as run_at
  from aligned
  union all
  select candidate.id, candidate.is_ready, candidate.is_served, 0, candidate.priority, candidate.sequence, candidate.run_at
  from candidate
  where candidate.queue <> all((select grouped.queues from grouped)::text[])
), ranked as materialized (
  select dated.id, dated.is_ready, dated.is_served, row_number() over (
      partition by dated.is_served order by dated.priority, dated.run_at, dated.place, dated.sequence
    ) as position
  from dated
), picked as materialized (
  select array_agg(chosen.id) as ids, array_agg(chosen.state) as states, array_agg(chosen.position) as positions
  from (
    select ranked.id::text as id, ranked.position,
      case when ranked.is_served and ranked.position <= :limit then 'running' else 'ready' end::holdfast.job_state as state
    from ranked
    where ranked.is_served and ranked.position <= :limit or not ranked.is_ready
    union all
    select expired.id::text, null, 'dead' from expired where expired.is_spent
  ) as chosen
), change as (
  select given.id, given.state, given.position
  from picked
  cross join lateral unnest(picked.ids, picked.states, picked.positions) as given(id, state, position)
  limit 3 * greatest((select :limit::bigint), 100) * cardinality(:queues::text[])
), changed as (
  update holdfast.jobs as job set
    state = change.state,
    turn = case when job.state = 'running' then 0 else job.turn end,
    attempts = job.attempts + (change.state = 'running')::integer,
    token = case when change.state = 'running' then nextval('holdfast.tokens') else job.token end,
    lease_until = case when change.state = 'running' then holdfast.now() + :leaseMs::bigint * interval '1 millisecond' end,
    holder = case change.state when 'running' then :holder?::text when 'dead' then job.holder end,
    started_at = case when change.state = 'running' then holdfast.now() else job.started_at end,
    finished_at = case when change.state = 'dead' then holdfast.now() end,
    error = case when change.state = 'dead' then :expiredError::json else job.error end
  from change
  where job.id = change.id
  returning job.id, job.queue, job.state, job.priority, job.run_at, job.attempts, job.max_attempts, job.token, job.lease_until,
    job.created_at, job.execution_id, job.has_dependents, job.payload, change.position
), settled as materialized (
  select holdfast.settle_dependents(array_agg(changed.id::text)) as woken
  from changed
  where changed.state = 'dead' and changed.has_dependents
  having count(*) > 0
), answer as (
  select changed.id::text as id, changed.queue::text as queue, changed.state, changed.priority, changed.run_at, changed.attempts,
    changed.max_attempts, changed.token, changed.lease_until, changed.created_at, changed.execution_id::text as execution_id,
    changed.payload, changed.position
  from changed
  where changed.state in ('running', 'dead')
  union all
  select '', '', 'ready', 0, holdfast.now(), 0, 0, 0, null, holdfast.now(), null, null, null
  where exists (select from setting where setting.is_limited and not setting.is_paused)
)
select answer.id as "id!", answer.queue as "queue!", answer.state as "state!", answer.priority as "priority!",
  answer.run_at as "run_at!", answer.attempts as "attempts!", answer.max_attempts as "max_attempts!", answer.token as "token!",
  answer.lease_until as "lease_until?", answer.created_at as "created_at!", answer.execution_id as "execution_id?",
  answer.payload as "payload?", settled.woken as "woken?"
from answer
left join settled on answer.state = 'dead'
order by answer.position
