-- Claims jobs of queues that are not paused, at most `limit`, as claim_jobs does, where some of the queues have limits: no more than
-- the concurrency of the queue and of the group and the rate leave room for, and no job whose route the capabilities do not
-- serve. Looks only at ready jobs, and of groups with a limit only at those that are said to have an opening, so that what waits
-- behind a group without room costs nothing. Such a group keeps its order: what cannot be served holds up what is behind it.
-- Of each group no more are looked at than it is likely to get, lest all that may run in any of them be sorted for each claim: from the
-- place on where one of them may have others the claim ends, and says that there may be more, unless it looks deep.
-- A job that was pushed before its group had a limit is filed into the group's line instead. Answers the claimed jobs in order,
-- and a row in state ready where there may be more to claim at once.
-- What an opening says is settled here: openings of the groups that were looked at go, and are written anew where jobs still wait that
-- there is room for. Also where a running job of the group was claimed before it had a limit, for the end of that one will not tell.
-- Rows are found again by their address, which nobody changes while they are locked. One that was changed after this statement began
-- is not seen there, and is left to the next claim: its group, where it has one, stays open.
-- Runs behind lock_limited_queues.
-- The arrays and limits come through sub-selects, which hide them from the planner: of what it sees it would make a plan anew for
-- each claim.
-- Index: jobs_ready, jobs_ready_in_group, jobs_running, jobs_running_of_group, job_openings. Locks: jobs, skipping those that others
-- have locked; the queues are locked already.
-- :many scan: of queues, which holds the few that something is set for
with recursive open_queue as materialized (
  select given.name, queue.concurrency_per_group, coalesce(queue.is_limited, false) as is_limited,
    greatest(0, least(
      :limit::bigint,
      case when queue.concurrency is not null then queue.concurrency - (
        select count(*)
        from (
          select from holdfast.jobs as job where job.queue = given.name and job.state = 'running' limit queue.concurrency
        ) as busy
      ) end,
      -- Rounded down, but for what the moments' own rounding took away.
      case when queue.rate_limit is not null then floor(queue.rate_limit * (1 - greatest(0,
        extract(epoch from queue.rate_full_at - holdfast.now()) * 1000) / queue.rate_period_ms) + 0.0001)::bigint end
    )) as room
  from (select distinct unnest((select :queues::text[])) as name) as given
  left join holdfast.queues as queue on queue.name = given.name
  where queue.paused_at is null
), ready_route as (
  select open_queue.name as queue, '' collate "C" as route from open_queue where open_queue.room > 0
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
  select open_queue.name as queue, found.address, found.priority, found.rank, found.turn, found.run_at, found.sequence,
    found.group_key is not null and open_queue.concurrency_per_group is not null as is_misfiled
  from ready_route
  join open_queue on open_queue.name = ready_route.queue
  cross join lateral (
    select job.ctid as address, job.priority, job.rank, job.turn, job.run_at, job.sequence, job.group_key
    from holdfast.jobs as job
    where job.queue = ready_route.queue and job.route = ready_route.route and job.state = 'ready' and not job.has_group_limit
    order by job.rank, job.turn, job.run_at, job.sequence
    limit open_queue.room
    for no key update skip locked
  ) as found
  where (ready_route.route = '' or holdfast.serves((select :capabilities::text[]), ready_route.route))
), opening_route as (
  select open_queue.name as queue, (
      select opening.route from holdfast.job_openings as opening where opening.queue = open_queue.name order by opening.route limit 1
    ) as route
  from open_queue
  where open_queue.room > 0 and open_queue.is_limited
  union all
  select opening_route.queue, (
      select opening.route
      from holdfast.job_openings as opening
      where opening.queue = opening_route.queue and opening.route > opening_route.route
      order by opening.route
      limit 1
    )
  from opening_route
  where opening_route.route is not null
), looked_at as materialized (
  select opening_route.queue, opening_route.route, found.group_key
  from opening_route
  cross join lateral (
    select opening.group_key
    from holdfast.job_openings as opening
    where opening.queue = opening_route.queue and opening.route = opening_route.route
    order by opening.rank, opening.turn, opening.id
    limit greatest((select :limit::bigint), 100)
  ) as found
  where holdfast.serves((select :capabilities::text[]), opening_route.route)
), examined as materialized (
  select distinct looked_at.queue, looked_at.group_key from looked_at
), line as materialized (
  select examined.queue, examined.group_key, busy.has_unlimited,
    -- One more than can be claimed, to see whether somebody still waits.
    greatest(0, least(open_queue.room + 1, open_queue.concurrency_per_group - busy.count)) as room
  from examined
  join open_queue on open_queue.name = examined.queue
  cross join lateral (
    select count(*) as count, coalesce(bool_or(not running.has_group_limit), false) as has_unlimited
    from (
      select job.has_group_limit
      from holdfast.jobs as job
      -- What has a lease is running. Said so, only jobs_running_of_group serves, and not jobs_running, by which each group would cost all
      -- that runs in the queue.
      where job.queue = examined.queue and job.group_key = examined.group_key and job.lease_until is not null
      limit open_queue.concurrency_per_group
    ) as running
  ) as busy
), sounded as materialized (
  select line.queue, line.group_key, line.room,
    case
      when :isDeep::boolean then line.room
      -- A quarter more than all alike, and at least two, of which the last is never claimed.
      else least(line.room, 2 + ceil(1.25 * open_queue.room / count(*) over (partition by line.queue))::bigint)
    end as depth
  from line
  join open_queue on open_queue.name = line.queue
  where line.room > 0
), head as materialized (
  select sounded.queue, sounded.group_key::text as group_key, found.address, found.priority, found.rank, found.turn, found.run_at,
    found.sequence, found.route, sounded.depth < sounded.room as is_cut,
    sounded.depth < sounded.room and found.place = sounded.depth as is_last
  from sounded
  cross join lateral (
    select job.ctid as address, job.priority, job.rank, job.turn, job.run_at, job.sequence, job.route,
      row_number() over (order by job.rank, job.turn, job.run_at, job.sequence) as place
    from holdfast.jobs as job
    where job.queue = sounded.queue and job.group_key = sounded.group_key and job.state = 'ready' and job.has_group_limit
    order by job.rank, job.turn, job.run_at, job.sequence
    limit sounded.depth
  ) as found
), candidate as (
  select ready.queue, ready.address, ready.priority, ready.rank, ready.turn, ready.run_at, ready.sequence, null as group_key,
    null as route, true as is_locked, true as is_served, false as is_last
  from ready
  where not ready.is_misfiled
  union all
  select head.queue, head.address, head.priority, head.rank, head.turn, head.run_at, head.sequence, head.group_key,
    -- What waits behind those that were looked at is not known.
    case when head.is_cut then '*' else head.route end, false,
    (head.route = '' or holdfast.serves((select :capabilities::text[]), head.route)), head.is_last
  from head
), placed as (
  select candidate.queue, candidate.address, candidate.priority, candidate.rank, candidate.turn, candidate.run_at, candidate.sequence,
    candidate.group_key, candidate.route, candidate.is_locked, candidate.is_served,
    count(*) filter (where candidate.is_served) over in_line as place, count(*) filter (where candidate.is_last) over in_line as cuts
  from candidate
  window in_line as (
    partition by candidate.queue order by candidate.rank, candidate.turn, candidate.run_at, candidate.sequence rows unbounded preceding
  )
), lined_up as materialized (
  select placed.queue, placed.address, placed.priority, placed.rank, placed.turn, placed.run_at, placed.sequence, placed.group_key,
    placed.route, placed.is_locked, placed.place,
    placed.is_served and placed.cuts = 0 and placed.place <= open_queue.room as is_next
  from placed
  join open_queue on open_queue.name = placed.queue
), aligned as (
  -- The lines of several queues are merged as they are: what stands before another in its line counts as no later than that one.
  select lined_up.queue, lined_up.address, lined_up.rank, lined_up.turn, lined_up.run_at, lined_up.sequence, lined_up.group_key,
    lined_up.route, lined_up.is_locked, lined_up.place,
    min(lined_up.priority) over (partition by lined_up.queue order by lined_up.place desc) as priority
  from lined_up
  where lined_up.is_next and (select count(*) from open_queue) > 1
), dated as (
  select aligned.queue, aligned.address, aligned.rank, aligned.turn, aligned.sequence, aligned.group_key, aligned.route,
    aligned.is_locked, aligned.place, aligned.priority,
    min(aligned.run_at) over (partition by aligned.queue, aligned.priority order by aligned.place desc) as run_at
  from aligned
), first as materialized (
  select lined_up.queue, lined_up.address, lined_up.rank, lined_up.turn, lined_up.group_key, lined_up.route, lined_up.is_locked,
    lined_up.place as position
  from lined_up
  where lined_up.is_next and (select count(*) from open_queue) = 1
  union all
  select dated.queue, dated.address, dated.rank, dated.turn, dated.group_key, dated.route, dated.is_locked,
    row_number() over (order by dated.priority, dated.run_at, dated.place, dated.sequence)
  from dated
), tried as materialized (
  select first.queue, first.address, first.rank, first.turn, first.group_key, first.route, first.position,
    first.position <= (select :limit::bigint) and (first.is_locked or coalesce(locked.address = first.address, false)) as is_chosen
  from first
  left join lateral (
    select job.ctid as address
    from holdfast.jobs as job
    where job.ctid = first.address and job.state = 'ready' and not first.is_locked and first.position <= (select :limit::bigint)
    for no key update skip locked
  ) as locked on true
), picked as materialized (
  select array_agg(given.address) as addresses, array_agg(given.position) as positions
  from (
    select tried.address, tried.position from tried where tried.is_chosen
    union all
    select ready.address, null from ready where ready.is_misfiled
  ) as given
), change as (
  select given.address, given.position
  from picked
  cross join lateral unnest(picked.addresses, picked.positions) as given(address, position)
  -- Cuts nothing. It makes the planner expect few rows, and so look up each even in a plan from when the table was empty.
  limit 3 * (select :limit::bigint) * cardinality(:queues::text[])
), changed as (
  update holdfast.jobs as job set
    state = case when change.position is null then 'ready' else 'running' end::holdfast.job_state,
    has_group_limit = job.has_group_limit or change.position is null,
    attempts = job.attempts + (change.position is not null)::integer,
    token = case when change.position is null then job.token else nextval('holdfast.tokens') end,
    lease_until = case when change.position is not null then holdfast.now() + :leaseMs::bigint * interval '1 millisecond' end,
    holder = case when change.position is not null then :holder?::text else job.holder end,
    started_at = case when change.position is not null then holdfast.now() else job.started_at end
  from change
  where job.ctid = change.address
  returning job.id, job.queue, job.state, job.priority, job.run_at, job.attempts, job.max_attempts, job.token, job.turn,
    job.lease_until, job.created_at, job.execution_id, job.payload, change.position
), charged as (
  update holdfast.queues as queue set
    turn = greatest(queue.turn, started.turn),
    rate_full_at = case when queue.rate_limit is not null then greatest(queue.rate_full_at, holdfast.now())
      + started.count * queue.rate_period_ms / queue.rate_limit::double precision * interval '1 millisecond' end
  from (
    select changed.queue, count(*) as count, max(changed.turn) as turn from changed where changed.state = 'running' group by changed.queue
  ) as started
  where queue.name = started.queue and queue.is_limited
), closed as (
  -- Bounded, for each push of a job may have written one, and who claims from the queue waits. What is left is looked at again.
  delete from holdfast.job_openings as opening
  where opening.ctid = any(array(
    select found.ctid
    from line
    cross join lateral (
      select each.ctid
      from holdfast.job_openings as each
      where each.queue = line.queue and each.group_key = line.group_key
      order by each.id
      limit (select 100000)
    ) as found
    limit 100000
  ))
), reopened as (
  insert into holdfast.job_openings (queue, group_key, route, rank, turn)
  select waiting.queue, waiting.group_key, waiting.route, min(waiting.rank), min(waiting.turn)
  from (
    select lined_up.queue, lined_up.group_key, lined_up.route, lined_up.rank, lined_up.turn from lined_up where not lined_up.is_next
    union all
    select tried.queue, tried.group_key, tried.route, tried.rank, tried.turn from tried where not tried.is_chosen
  ) as waiting
  where waiting.group_key is not null
  group by waiting.queue, waiting.group_key, waiting.route
  union all
  -- Behind all that are known to have room.
  select line.queue, line.group_key, '*', 9223372036854775807, 0 from line where line.has_unlimited
), answer as (
  select changed.id::text as id, changed.queue::text as queue, changed.state, changed.priority, changed.run_at, changed.attempts,
    changed.max_attempts, changed.token, changed.lease_until, changed.created_at, changed.execution_id::text as execution_id,
    changed.payload, changed.position
  from changed
  where changed.state = 'running'
  union all
  select '', '', 'ready', 0, holdfast.now(), 0, 0, 0, null, holdfast.now(), null, null, null
  -- Openings are counted and not groups: those of one group alone may be in front of all others.
  where exists (select from ready where ready.is_misfiled)
    or exists (
      select from open_queue
      where open_queue.name in (select head.queue from head where head.is_last)
        and open_queue.room > (select count(*) from changed where changed.queue = open_queue.name and changed.state = 'running')
    )
    or exists (select from looked_at group by looked_at.queue, looked_at.route having count(*) >= greatest(:limit, 100))
)
select answer.id as "id!", answer.queue as "queue!", answer.state as "state!", answer.priority as "priority!",
  answer.run_at as "run_at!", answer.attempts as "attempts!", answer.max_attempts as "max_attempts!", answer.token as "token!",
  answer.lease_until as "lease_until?", answer.created_at as "created_at!", answer.execution_id as "execution_id?",
  answer.payload as "payload?"
from answer
order by answer.position
