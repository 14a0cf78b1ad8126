// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import type { JsonText } from "../database/codec.ts";
import type { DependencyPolicy, JobState } from "../database/enums.generated.ts";
import { exec, many, maybe, one, type StatementFunction } from "../database/statement.ts";

/** The parameters of {@link cancelJobs}. */
export interface CancelJobsParameters {
  readonly ids: readonly string[];
  readonly states: readonly JobState[];
}

/** A row of {@link cancelJobs}. */
export interface CancelJobsRow {
  readonly canceled: boolean;
  readonly freed: string | null;
  readonly woken: readonly string[] | null;
}

/**
 * Cancels jobs that are in one of the given states, none of which is an end, and settles the jobs that come after them. The claim
 * of a running one is lost: its token moves on. Answers in input order whether each was canceled, and the queue where it ran; the
 * queues that were woken come with the first row.
 * Index: jobs_pkey. Locks: jobs in id order, then dependents in id order.
 */
export const cancelJobs: StatementFunction<CancelJobsParameters, readonly CancelJobsRow[]> = many({
  name: "jobs/cancelJobs",
  prepared: true,
  parameters: ["ids","states"],
  object: (row) => ({ canceled: row[0], freed: row[1], woken: row[2] }),
  elements: {"ids":"text"},
  text: `with locked as materialized (
  select input.id, input.position, job.id is not null as is_open,
    case when job.state = 'running' then job.queue end as freed
  from (
    select given.id, given.position
    from unnest((select $1::text[])) with ordinality as given(id, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select job.id, job.state, job.queue
    from holdfast.jobs as job
    where job.id = input.id and job.state = any($2::holdfast.job_state[])
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
    limit cardinality($1::text[])
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
order by locked.position`,
});

/** The parameters of {@link claimJobs}. */
export interface ClaimJobsParameters {
  readonly queues: readonly string[];
  readonly capabilities: readonly string[];
  readonly limit: number;
  readonly leaseMs: number;
  readonly holder: string | null;
  readonly expiredError: JsonText;
}

/** A row of {@link claimJobs}. */
export interface ClaimJobsRow {
  readonly id: string;
  readonly queue: string;
  readonly state: JobState;
  readonly priority: number;
  readonly runAt: Date;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly token: number;
  readonly leaseUntil: Date | null;
  readonly createdAt: Date;
  readonly executionId: string | null;
  readonly payload: JsonText | null;
  readonly woken: readonly string[] | null;
}

/**
 * Claims jobs of queues that are not paused, at most `limit`, in the order of their rank, of their groups' turns, of moment and push:
 * those that are ready, those whose moment has come, and those whose lease has run out, if the capabilities serve their route. A job
 * whose lease ran out on its last attempt ends dead instead, and the jobs that come after it are settled. What had become ready
 * but is not claimed is made ready, for the next claim; at least a hundred a queue are looked at, so that small claims too find the
 * first among many that became due at once.
 * Answers the claimed jobs in order, and the dead ones with the queues that their end woke. Where a queue has limits it claims nothing,
 * and answers one row in state ready: claim_limited_jobs is for those.
 * The chosen ids go through arrays and a limit that cuts nothing. Of a LIMIT that is a parameter the planner expects a tenth of the
 * table, and would read all of it; of this it expects one row, and goes by the index even in a plan from when the table was empty.
 * The arrays and limits come through sub-selects, which hide them from the planner: of what it sees it would make a plan anew for
 * each claim.
 * Index: jobs_ready, jobs_scheduled, jobs_running, in order per queue. Locks: jobs, skipping those that others have locked.
 */
export const claimJobs: StatementFunction<ClaimJobsParameters, readonly ClaimJobsRow[]> = many({
  name: "jobs/claimJobs",
  prepared: true,
  parameters: ["queues","capabilities","limit","leaseMs","holder","expiredError"],
  object: (row) => ({ id: row[0], queue: row[1], state: row[2], priority: row[3], runAt: row[4], attempts: row[5], maxAttempts: row[6], token: row[7], leaseUntil: row[8], createdAt: row[9], executionId: row[10], payload: row[11], woken: row[12] }),
  elements: {"queues":"text","capabilities":"text"},
  text: `with recursive setting as materialized (
  select queue.name, queue.is_limited, queue.paused_at is not null as is_paused
  from holdfast.queues as queue
  where queue.name = any(array(select unnest((select $1::text[]))))
), open_queue as materialized (
  select distinct given.name
  from unnest((select $1::text[])) as given(name)
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
  where ready_route.route is not null and cardinality((select $2::text[])) > 0
), ready as materialized (
  select ready_route.queue, found.id, found.priority, found.rank, found.turn, found.run_at, found.sequence
  from ready_route
  cross join lateral (
    select job.id, job.priority, job.rank, job.turn, job.run_at, job.sequence
    from holdfast.jobs as job
    where job.queue = ready_route.queue and job.route = ready_route.route and job.state = 'ready' and not job.has_group_limit
    order by job.rank, job.turn, job.run_at, job.sequence
    limit (select $3::bigint)
    for no key update skip locked
  ) as found
  where (ready_route.route = '' or holdfast.serves((select $2::text[]), ready_route.route))
), due as materialized (
  select open_queue.name as queue, found.id, found.priority, found.rank, found.turn, found.run_at, found.sequence,
    (found.route = '' or holdfast.serves((select $2::text[]), found.route)) as is_served
  from open_queue
  cross join lateral (
    select job.id, job.priority, job.rank, job.turn, job.run_at, job.sequence, job.route
    from holdfast.jobs as job
    where job.queue = open_queue.name and job.state = 'scheduled' and job.run_at <= holdfast.now()
    order by job.run_at
    limit greatest((select $3::bigint), 100)
    for no key update skip locked
  ) as found
), expired as materialized (
  select open_queue.name as queue, found.id, found.priority, found.rank, found.run_at, found.sequence,
    (found.route = '' or holdfast.serves((select $2::text[]), found.route)) as is_served,
    found.attempts >= found.max_attempts as is_spent
  from open_queue
  cross join lateral (
    select job.id, job.priority, job.rank, job.run_at, job.sequence, job.route, job.attempts, job.max_attempts
    from holdfast.jobs as job
    where job.queue = open_queue.name and job.state = 'running' and job.lease_until <= holdfast.now()
    order by job.lease_until
    limit greatest((select $3::bigint), 100)
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
      case when ranked.is_served and ranked.position <= $3 then 'running' else 'ready' end::holdfast.job_state as state
    from ranked
    where ranked.is_served and ranked.position <= $3 or not ranked.is_ready
    union all
    select expired.id::text, null, 'dead' from expired where expired.is_spent
  ) as chosen
), change as (
  select given.id, given.state, given.position
  from picked
  cross join lateral unnest(picked.ids, picked.states, picked.positions) as given(id, state, position)
  limit 3 * greatest((select $3::bigint), 100) * cardinality($1::text[])
), changed as (
  update holdfast.jobs as job set
    state = change.state,
    turn = case when job.state = 'running' then 0 else job.turn end,
    attempts = job.attempts + (change.state = 'running')::integer,
    token = case when change.state = 'running' then nextval('holdfast.tokens') else job.token end,
    lease_until = case when change.state = 'running' then holdfast.now() + $4::bigint * interval '1 millisecond' end,
    holder = case change.state when 'running' then $5::text when 'dead' then job.holder end,
    started_at = case when change.state = 'running' then holdfast.now() else job.started_at end,
    finished_at = case when change.state = 'dead' then holdfast.now() end,
    error = case when change.state = 'dead' then $6::json else job.error end
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
order by answer.position`,
});

/** The parameters of {@link claimLimitedJobs}. */
export interface ClaimLimitedJobsParameters {
  readonly limit: number;
  readonly queues: readonly string[];
  readonly capabilities: readonly string[];
  readonly isDeep: boolean;
  readonly leaseMs: number;
  readonly holder: string | null;
}

/** A row of {@link claimLimitedJobs}. */
export interface ClaimLimitedJobsRow {
  readonly id: string;
  readonly queue: string;
  readonly state: JobState;
  readonly priority: number;
  readonly runAt: Date;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly token: number;
  readonly leaseUntil: Date | null;
  readonly createdAt: Date;
  readonly executionId: string | null;
  readonly payload: JsonText | null;
}

/**
 * Claims jobs of queues that are not paused, at most `limit`, as claim_jobs does, where some of the queues have limits: no more than
 * the concurrency of the queue and of the group and the rate leave room for, and no job whose route the capabilities do not
 * serve. Looks only at ready jobs, and of groups with a limit only at those that are said to have an opening, so that what waits
 * behind a group without room costs nothing. Such a group keeps its order: what cannot be served holds up what is behind it.
 * Of each group no more are looked at than it is likely to get, lest all that may run in any of them be sorted for each claim: from the
 * place on where one of them may have others the claim ends, and says that there may be more, unless it looks deep.
 * A job that was pushed before its group had a limit is filed into the group's line instead. Answers the claimed jobs in order,
 * and a row in state ready where there may be more to claim at once.
 * What an opening says is settled here: openings of the groups that were looked at go, and are written anew where jobs still wait that
 * there is room for. Also where a running job of the group was claimed before it had a limit, for the end of that one will not tell.
 * Rows are found again by their address, which nobody changes while they are locked. One that was changed after this statement began
 * is not seen there, and is left to the next claim: its group, where it has one, stays open.
 * Runs behind lock_limited_queues.
 * The arrays and limits come through sub-selects, which hide them from the planner: of what it sees it would make a plan anew for
 * each claim.
 * Index: jobs_ready, jobs_ready_in_group, jobs_running, jobs_running_of_group, job_openings. Locks: jobs, skipping those that others
 * have locked; the queues are locked already.
 */
export const claimLimitedJobs: StatementFunction<ClaimLimitedJobsParameters, readonly ClaimLimitedJobsRow[]> = many({
  name: "jobs/claimLimitedJobs",
  prepared: true,
  parameters: ["limit","queues","capabilities","isDeep","leaseMs","holder"],
  object: (row) => ({ id: row[0], queue: row[1], state: row[2], priority: row[3], runAt: row[4], attempts: row[5], maxAttempts: row[6], token: row[7], leaseUntil: row[8], createdAt: row[9], executionId: row[10], payload: row[11] }),
  elements: {"queues":"text","capabilities":"text"},
  text: `with recursive open_queue as materialized (
  select given.name, queue.concurrency_per_group, coalesce(queue.is_limited, false) as is_limited,
    greatest(0, least(
      $1::bigint,
      case when queue.concurrency is not null then queue.concurrency - (
        select count(*)
        from (
          select from holdfast.jobs as job where job.queue = given.name and job.state = 'running' limit queue.concurrency
        ) as busy
      ) end,
      case when queue.rate_limit is not null then floor(queue.rate_limit * (1 - greatest(0,
        extract(epoch from queue.rate_full_at - holdfast.now()) * 1000) / queue.rate_period_ms) + 0.0001)::bigint end
    )) as room
  from (select distinct unnest((select $2::text[])) as name) as given
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
  where ready_route.route is not null and cardinality((select $3::text[])) > 0
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
  where (ready_route.route = '' or holdfast.serves((select $3::text[]), ready_route.route))
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
    limit greatest((select $1::bigint), 100)
  ) as found
  where holdfast.serves((select $3::text[]), opening_route.route)
), examined as materialized (
  select distinct looked_at.queue, looked_at.group_key from looked_at
), line as materialized (
  select examined.queue, examined.group_key, busy.has_unlimited,
    greatest(0, least(open_queue.room + 1, open_queue.concurrency_per_group - busy.count)) as room
  from examined
  join open_queue on open_queue.name = examined.queue
  cross join lateral (
    select count(*) as count, coalesce(bool_or(not running.has_group_limit), false) as has_unlimited
    from (
      select job.has_group_limit
      from holdfast.jobs as job
      where job.queue = examined.queue and job.group_key = examined.group_key and job.lease_until is not null
      limit open_queue.concurrency_per_group
    ) as running
  ) as busy
), sounded as materialized (
  select line.queue, line.group_key, line.room,
    case
      when $4::boolean then line.room
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
    case when head.is_cut then '*' else head.route end, false,
    (head.route = '' or holdfast.serves((select $3::text[]), head.route)), head.is_last
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
    first.position <= (select $1::bigint) and (first.is_locked or coalesce(locked.address = first.address, false)) as is_chosen
  from first
  left join lateral (
    select job.ctid as address
    from holdfast.jobs as job
    where job.ctid = first.address and job.state = 'ready' and not first.is_locked and first.position <= (select $1::bigint)
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
  limit 3 * (select $1::bigint) * cardinality($2::text[])
), changed as (
  update holdfast.jobs as job set
    state = case when change.position is null then 'ready' else 'running' end::holdfast.job_state,
    has_group_limit = job.has_group_limit or change.position is null,
    attempts = job.attempts + (change.position is not null)::integer,
    token = case when change.position is null then job.token else nextval('holdfast.tokens') end,
    lease_until = case when change.position is not null then holdfast.now() + $5::bigint * interval '1 millisecond' end,
    holder = case when change.position is not null then $6::text else job.holder end,
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
  select line.queue, line.group_key, '*', 9223372036854775807, 0 from line where line.has_unlimited
), answer as (
  select changed.id::text as id, changed.queue::text as queue, changed.state, changed.priority, changed.run_at, changed.attempts,
    changed.max_attempts, changed.token, changed.lease_until, changed.created_at, changed.execution_id::text as execution_id,
    changed.payload, changed.position
  from changed
  where changed.state = 'running'
  union all
  select '', '', 'ready', 0, holdfast.now(), 0, 0, 0, null, holdfast.now(), null, null, null
  where exists (select from ready where ready.is_misfiled)
    or exists (
      select from open_queue
      where open_queue.name in (select head.queue from head where head.is_last)
        and open_queue.room > (select count(*) from changed where changed.queue = open_queue.name and changed.state = 'running')
    )
    or exists (select from looked_at group by looked_at.queue, looked_at.route having count(*) >= greatest($1, 100))
)
select answer.id as "id!", answer.queue as "queue!", answer.state as "state!", answer.priority as "priority!",
  answer.run_at as "run_at!", answer.attempts as "attempts!", answer.max_attempts as "max_attempts!", answer.token as "token!",
  answer.lease_until as "lease_until?", answer.created_at as "created_at!", answer.execution_id as "execution_id?",
  answer.payload as "payload?"
from answer
order by answer.position`,
});

/** The parameters of {@link claimPlainJobs}. */
export interface ClaimPlainJobsParameters {
  readonly isLocked: boolean;
  readonly queue: string;
  readonly limit: number;
  readonly leaseMs: number;
  readonly holder: string | null;
}

/** A row of {@link claimPlainJobs}. */
export interface ClaimPlainJobsRow {
  readonly position: number;
  readonly id: string;
  readonly state: JobState;
  readonly priority: number;
  readonly runAt: Date;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly token: number;
  readonly leaseUntil: Date;
  readonly createdAt: Date;
  readonly executionId: string | null;
  readonly payload: JsonText | null;
  readonly leftTo: string | null;
}

/**
 * Claims ready jobs that require nothing of one queue, at most `limit`, in the order of rank, turn, moment and push: what nearly all
 * claims are, by less than half of what claim_jobs has to do. Where the queue has limits, but none for its groups, no more than its
 * concurrency and its rate leave room for, and only behind lock_limited_queues. What is more than that it leaves to another statement:
 * it claims nothing then, and answers one row in state ready that names it.
 * Rows are found again by their place, which nobody changes while they are locked. One that was changed after this statement began is
 * not seen there, and is left to the next claim.
 * Index: jobs_ready, in order, jobs_scheduled, jobs_running. Locks: jobs, skipping those that others have locked; the queue, if it has
 * limits, is locked already.
 */
export const claimPlainJobs: StatementFunction<ClaimPlainJobsParameters, readonly ClaimPlainJobsRow[]> = many({
  name: "jobs/claimPlainJobs",
  prepared: true,
  parameters: ["isLocked","queue","limit","leaseMs","holder"],
  object: (row) => ({ position: row[0], id: row[1], state: row[2], priority: row[3], runAt: row[4], attempts: row[5], maxAttempts: row[6], token: row[7], leaseUntil: row[8], createdAt: row[9], executionId: row[10], payload: row[11], leftTo: row[12] }),
  elements: {},
  text: `with standing as materialized (
  select setting.is_limited, setting.concurrency, setting.rate_limit, setting.rate_period_ms, setting.rate_full_at,
    coalesce(setting.paused_at is not null, false) as is_paused,
    case
      when setting.is_limited and (setting.has_group_limit or due.is_found) then 'claim_limited_jobs'
      when due.is_found then 'claim_jobs'
      when setting.is_limited and not $1::boolean then 'lock_limited_queues'
    end as left_to
  from (
    select exists (
      select from holdfast.jobs as job where job.queue = $2 and job.state = 'scheduled' and job.run_at <= holdfast.now()
    ) or exists (
      select from holdfast.jobs as job where job.queue = $2 and job.state = 'running' and job.lease_until <= holdfast.now()
    ) as is_found
  ) as due
  left join holdfast.queues as setting on setting.name = $2
), ready as materialized (
  select job.ctid as place
  from holdfast.jobs as job
  where job.queue = $2 and job.route = '' and job.state = 'ready' and not job.has_group_limit
  order by job.rank, job.turn, job.run_at, job.sequence
  limit (
    select case
      when standing.is_paused or standing.left_to is not null then 0
      else greatest(0, least(
        $3::bigint,
        case when standing.concurrency is not null then standing.concurrency - (
          select count(*)
          from (
            select from holdfast.jobs as running
            where running.queue = $2 and running.state = 'running'
            limit standing.concurrency
          ) as busy
        ) end,
        case when standing.rate_limit is not null then floor(standing.rate_limit * (1 - greatest(0,
          extract(epoch from standing.rate_full_at - holdfast.now()) * 1000) / standing.rate_period_ms) + 0.0001)::bigint end
      ))
    end
    from standing
  )
  for no key update skip locked
), picked as materialized (
  select array_agg(ready.place) as places from ready
), changed as (
  update holdfast.jobs as job set
    state = 'running',
    attempts = job.attempts + 1,
    token = nextval('holdfast.tokens'),
    lease_until = holdfast.now() + $4::bigint * interval '1 millisecond',
    holder = $5::text,
    started_at = holdfast.now()
  from (
    select given.place, given.position
    from picked
    cross join lateral unnest(picked.places) with ordinality as given(place, position)
    limit (select $3::bigint)
  ) as change
  where job.ctid = change.place
  returning job.id, job.state, job.priority, job.run_at, job.attempts, job.max_attempts, job.token, job.turn, job.lease_until,
    job.created_at, job.execution_id, job.payload, change.position
), charged as (
  update holdfast.queues as queue set
    turn = greatest(queue.turn, started.turn),
    rate_full_at = case when queue.rate_limit is not null then greatest(queue.rate_full_at, holdfast.now())
      + started.count * queue.rate_period_ms / queue.rate_limit::double precision * interval '1 millisecond' end
  from (
    select count(*) as count, max(changed.turn) as turn from changed having count(*) > 0
  ) as started
  where queue.name = $2 and queue.is_limited
)
select changed.position::integer as "position!", changed.id::text as "id!", changed.state as "state!", changed.priority as "priority!",
  changed.run_at as "run_at!", changed.attempts as "attempts!", changed.max_attempts as "max_attempts!", changed.token as "token!",
  changed.lease_until as "lease_until!", changed.created_at as "created_at!", changed.execution_id::text as "execution_id?",
  changed.payload as "payload?", null as "left_to?"
from changed
union all
select 0, '', 'ready', 0, holdfast.now(), 0, 0, 0, holdfast.now(), holdfast.now(), null, null, standing.left_to
from standing
where standing.left_to is not null and not standing.is_paused`,
});

/** The parameters of {@link completeJobs}. */
export interface CompleteJobsParameters {
  readonly isSettled: boolean;
  readonly ids: readonly string[];
  readonly tokens: readonly number[];
  readonly results: readonly (JsonText | null)[];
}

/** A row of {@link completeJobs}. */
export interface CompleteJobsRow {
  readonly place: number;
  readonly ok: boolean;
  readonly state: JobState | null;
  readonly token: number | null;
  readonly attempts: number | null;
  readonly woken: readonly string[] | null;
}

/**
 * Ends claimed jobs well, where their claims still hold, settles the jobs that come after them, and says that their groups have
 * room. Answers the claims that did not hold, which are few, by their place in the input. A claim that has already ended its job so is
 * told the same again: only it can have, for its token is the job's. The queues that were woken, those with limits among them, come in
 * a row of place 0.
 * Claims that are settled were found to hold by an earlier statement of the transaction, which has locked them since: they hold to
 * its end, though their leases may run out meanwhile.
 * Each row is locked by a sub-select of its own: so the plan is one look-up a row whatever the planner thinks of the array's size.
 * Index: jobs_pkey, queues_pkey. Locks: jobs in id order, then dependents in id order.
 */
export const completeJobs: StatementFunction<CompleteJobsParameters, readonly CompleteJobsRow[]> = many({
  name: "jobs/completeJobs",
  prepared: true,
  parameters: ["isSettled","ids","tokens","results"],
  object: (row) => ({ place: row[0], ok: row[1], state: row[2], token: row[3], attempts: row[4], woken: row[5] }),
  elements: {"ids":"text","tokens":"int8","results":"json"},
  text: `with locked as materialized (
  select input.id, input.result, input.position, job.state, job.token, job.attempts,
    coalesce(case
      when $1::boolean then job.token = input.token and job.lease_until is not null
      else holdfast.holds(job.token, job.lease_until, input.token)
    end, false) as is_held,
    coalesce(job.state = 'succeeded' and job.token = input.token, false) as is_repeated
  from (
    select given.id, given.token, given.result, given.position
    from unnest((select $2::text[]), $3::bigint[], $4::json[]) with ordinality as given(id, token, result, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select job.state, job.token, job.attempts, job.lease_until
    from holdfast.jobs as job
    where job.id = input.id
    for no key update
  ) as job on true
), ended as (
  update holdfast.jobs as job set
    state = 'succeeded', finished_at = holdfast.now(), lease_until = null, result = held.result, error = null
  from (
    select locked.id, locked.result
    from locked
    where locked.is_held
    limit cardinality($2::text[])
  ) as held
  where job.id = held.id
  returning job.id, job.has_dependents, job.queue, job.group_key, job.rank, job.turn, job.has_group_limit
), settled as materialized (
  select holdfast.settle_dependents(array_agg(ended.id::text)) as woken
  from ended
  where ended.has_dependents
  having count(*) > 0
), opened as (
  insert into holdfast.job_openings (queue, group_key, route, rank, turn)
  select ended.queue, ended.group_key, '*', min(ended.rank), min(ended.turn)
  from ended
  where ended.has_group_limit
  group by ended.queue, ended.group_key
), freed as materialized (
  select array_agg(queue.name::text) as names
  from holdfast.queues as queue
  where queue.is_limited and queue.name = any(array(select distinct ended.queue::text from ended))
)
select locked.position::integer as "place!", locked.is_repeated as "ok!", locked.state as "state?", locked.token as "token?",
  locked.attempts as "attempts?", null::text[] as "woken?"
from locked
where not locked.is_held
union all
select 0, true, null, null, null, settled.woken || freed.names
from freed
left join settled on true
where settled.woken is not null or freed.names is not null`,
});

/** The parameters of {@link configureQueue}. */
export interface ConfigureQueueParameters {
  readonly queue: string;
  readonly concurrency: number | null;
  readonly concurrencyPerGroup: number | null;
  readonly rateLimit: number | null;
  readonly ratePeriodMs: number | null;
  readonly agingMs: number | null;
  readonly setsConcurrency: boolean;
  readonly setsConcurrencyPerGroup: boolean;
  readonly setsRate: boolean;
  readonly setsAging: boolean;
}

/**
 * Sets what is given for a queue, which need not have a job yet: each setting that is said to change, to a value or to none.
 * Index: queues_pkey. Locks: the queue.
 */
export const configureQueue: StatementFunction<ConfigureQueueParameters, void> = exec({
  name: "jobs/configureQueue",
  prepared: true,
  parameters: ["queue","concurrency","concurrencyPerGroup","rateLimit","ratePeriodMs","agingMs","setsConcurrency","setsConcurrencyPerGroup","setsRate","setsAging"],
  object: () => ({}),
  elements: {},
  text: `insert into holdfast.queues as queue (name, concurrency, concurrency_per_group, rate_limit, rate_period_ms, aging_ms, has_group_limit)
values ($1::text, $2::integer, $3::integer, $4::integer, $5::bigint,
  $6::bigint, $3::integer is not null)
on conflict (name) do update set
  concurrency = case when $7::boolean then excluded.concurrency else queue.concurrency end,
  concurrency_per_group = case when $8::boolean then excluded.concurrency_per_group
    else queue.concurrency_per_group end,
  rate_limit = case when $9::boolean then excluded.rate_limit else queue.rate_limit end,
  rate_period_ms = case when $9::boolean then excluded.rate_period_ms else queue.rate_period_ms end,
  rate_full_at = case when $9::boolean then null else queue.rate_full_at end,
  aging_ms = case when $10::boolean then excluded.aging_ms else queue.aging_ms end,
  has_group_limit = queue.has_group_limit or excluded.has_group_limit`,
});

/** The parameters of {@link countExpiredJobs}. */
export interface CountExpiredJobsParameters {
  readonly keepMs: number;
  readonly states: readonly JobState[];
}

/** A row of {@link countExpiredJobs}. */
export interface CountExpiredJobsRow {
  readonly expired: number;
}

/**
 * How many jobs remove_expired_jobs would remove in all.
 * Index: jobs_ended.
 */
export const countExpiredJobs: StatementFunction<CountExpiredJobsParameters, CountExpiredJobsRow> = one({
  name: "jobs/countExpiredJobs",
  prepared: true,
  parameters: ["keepMs","states"],
  object: (row) => ({ expired: row[0] }),
  elements: {},
  text: `with recursive place as (
  (
    select job.queue::text as queue, job.state
    from holdfast.jobs as job
    where job.state in ('succeeded', 'dead', 'canceled')
    order by job.queue, job.state
    limit 1
  )
  union all
  select next.queue, next.state
  from place
  cross join lateral (
    select job.queue::text as queue, job.state
    from holdfast.jobs as job
    where job.state in ('succeeded', 'dead', 'canceled') and (job.queue, job.state) > (place.queue, place.state)
    order by job.queue, job.state
    limit 1
  ) as next
)
select coalesce(sum(found.count), 0)::bigint as "expired!"
from place
cross join lateral (
  select count(*) as count
  from holdfast.jobs as ended
  where ended.queue = place.queue and ended.state = place.state and ended.state in ('succeeded', 'dead', 'canceled')
    and ended.execution_id is null and ended.finished_at <= holdfast.now() - $1::bigint * interval '1 millisecond'
    and (ended.throttled_until is null or ended.throttled_until <= holdfast.now())
) as found
where place.state = any($2::holdfast.job_state[])`,
});

/** The parameters of {@link countJobs}. */
export interface CountJobsParameters {
  readonly queue: string | null;
}

/** A row of {@link countJobs}. */
export interface CountJobsRow {
  readonly state: JobState;
  readonly count: number;
}

/**
 * How many jobs of a queue, or of all, are in each state that has any.
 * Index: the partial index of each state; jobs_ended for those that have ended.
 */
export const countJobs: StatementFunction<CountJobsParameters, readonly CountJobsRow[]> = many({
  name: "jobs/countJobs",
  prepared: false,
  parameters: ["queue"],
  object: (row) => ({ state: row[0], count: row[1] }),
  elements: {},
  text: `select 'blocked'::holdfast.job_state as "state!", count(*) as "count!"
from holdfast.jobs where state = 'blocked' and ($1::text is null or queue = $1)
union all
select 'scheduled'::holdfast.job_state as "state!", count(*) as "count!"
from holdfast.jobs where state = 'scheduled' and ($1::text is null or queue = $1)
union all
select 'ready'::holdfast.job_state as "state!", count(*) as "count!"
from holdfast.jobs where state = 'ready' and ($1::text is null or queue = $1)
union all
select 'running'::holdfast.job_state as "state!", count(*) as "count!"
from holdfast.jobs where state = 'running' and ($1::text is null or queue = $1)
union all
select 'succeeded'::holdfast.job_state as "state!", count(*) as "count!"
from holdfast.jobs where state = 'succeeded' and ($1::text is null or queue = $1)
union all
select 'dead'::holdfast.job_state as "state!", count(*) as "count!"
from holdfast.jobs where state = 'dead' and ($1::text is null or queue = $1)
union all
select 'canceled'::holdfast.job_state as "state!", count(*) as "count!"
from holdfast.jobs where state = 'canceled' and ($1::text is null or queue = $1)`,
});

/** The parameters of {@link failJobs}. */
export interface FailJobsParameters {
  readonly ids: readonly string[];
  readonly tokens: readonly number[];
  readonly errors: readonly (JsonText | null)[];
  readonly retryAfterMs: readonly (number | null)[];
  readonly final: readonly boolean[];
}

/** A row of {@link failJobs}. */
export interface FailJobsRow {
  readonly ok: boolean;
  readonly isLast: boolean | null;
  readonly state: JobState | null;
  readonly token: number | null;
  readonly attempts: number | null;
  readonly queue: string | null;
  readonly runAt: Date | null;
  readonly woken: readonly string[] | null;
}

/**
 * Records that claimed jobs failed, where their claims still hold. A job with attempts left is scheduled for another: after the
 * given delay, or after one that doubles with each attempt up to its bound, of which the half is random, so that jobs that failed
 * together do not come back together. It then comes before those that its group has not begun. A job without attempts left, or
 * whose failure is final, ends dead, and the jobs that come after it are settled. Answers in input order; the queues that were
 * woken come with the first row.
 * Each row is locked by a sub-select of its own: so the plan is one look-up a row whatever the planner thinks of the array's size.
 * Index: jobs_pkey. Locks: jobs in id order, then dependents in id order.
 */
export const failJobs: StatementFunction<FailJobsParameters, readonly FailJobsRow[]> = many({
  name: "jobs/failJobs",
  prepared: true,
  parameters: ["ids","tokens","errors","retryAfterMs","final"],
  object: (row) => ({ ok: row[0], isLast: row[1], state: row[2], token: row[3], attempts: row[4], queue: row[5], runAt: row[6], woken: row[7] }),
  elements: {"ids":"text","tokens":"int8","errors":"json","retryAfterMs":"int8"},
  text: `with locked as materialized (
  select input.id, input.error, input.position, job.queue, job.state, job.token, job.attempts,
    coalesce(holdfast.holds(job.token, job.lease_until, input.token), false) as is_held,
    input.is_final or job.attempts >= job.max_attempts as is_last,
    holdfast.now() + interval '1 millisecond' * coalesce(input.retry_after_ms,
      least(job.backoff_ms * power(2::double precision, least(job.attempts - 1, 62)), job.backoff_max_ms) * (0.5 + random() / 2)
    ) as run_at
  from (
    select given.id, given.token, given.error, given.retry_after_ms, given.is_final, given.position
    from unnest((select $1::text[]), $2::bigint[], $3::json[], $4::bigint[], $5::boolean[])
      with ordinality as given(id, token, error, retry_after_ms, is_final, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select job.queue, job.state, job.token, job.attempts, job.max_attempts, job.backoff_ms, job.backoff_max_ms, job.lease_until
    from holdfast.jobs as job
    where job.id = input.id
    for no key update
  ) as job on true
), failed as (
  update holdfast.jobs as job set
    state = case when held.is_last then 'dead' else 'scheduled' end::holdfast.job_state,
    run_at = case when held.is_last then job.run_at else held.run_at end,
    turn = 0,
    finished_at = case when held.is_last then holdfast.now() end,
    lease_until = null,
    error = held.error
  from (
    select locked.id, locked.error, locked.run_at, locked.is_last
    from locked
    where locked.is_held
    limit cardinality($1::text[])
  ) as held
  where job.id = held.id
  returning job.id, job.state, job.has_dependents
), settled as materialized (
  select holdfast.settle_dependents(array_agg(failed.id::text)) as woken
  from failed
  where failed.state = 'dead' and failed.has_dependents
  having count(*) > 0
)
select locked.is_held as "ok!", locked.is_last as "is_last?", locked.state as "state?", locked.token as "token?",
  locked.attempts as "attempts?", locked.queue as "queue?", locked.run_at as "run_at?", settled.woken as "woken?"
from locked
left join settled on locked.position = 1
order by locked.position`,
});

/** The parameters of {@link getJob}. */
export interface GetJobParameters {
  readonly id: string;
}

/** A row of {@link getJob}. */
export interface GetJobRow {
  readonly id: string;
  readonly queue: string;
  readonly state: JobState;
  readonly onDependencyFailure: DependencyPolicy;
  readonly blockedBy: number;
  readonly priority: number;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly token: number;
  readonly runAt: Date;
  readonly leaseUntil: Date | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly holder: string | null;
  readonly groupKey: string | null;
  readonly route: string;
  readonly uniqueKey: string | null;
  readonly executionId: string | null;
  readonly payload: JsonText | null;
  readonly result: JsonText | null;
  readonly error: JsonText | null;
}

/**
 * The job of an id.
 * Index: jobs_pkey.
 */
export const getJob: StatementFunction<GetJobParameters, GetJobRow | null> = maybe({
  name: "jobs/getJob",
  prepared: true,
  parameters: ["id"],
  object: (row) => ({ id: row[0], queue: row[1], state: row[2], onDependencyFailure: row[3], blockedBy: row[4], priority: row[5], attempts: row[6], maxAttempts: row[7], backoffMs: row[8], backoffMaxMs: row[9], token: row[10], runAt: row[11], leaseUntil: row[12], createdAt: row[13], startedAt: row[14], finishedAt: row[15], holder: row[16], groupKey: row[17], route: row[18], uniqueKey: row[19], executionId: row[20], payload: row[21], result: row[22], error: row[23] }),
  elements: {},
  text: `select id, queue, state, on_dependency_failure, blocked_by, priority, attempts, max_attempts, backoff_ms, backoff_max_ms, token,
  run_at, lease_until, created_at, started_at, finished_at, holder, group_key, route, unique_key, execution_id, payload, result, error
from holdfast.jobs
where id = $1`,
});

/** The parameters of {@link getPause}. */
export interface GetPauseParameters {
  readonly queue: string;
}

/** A row of {@link getPause}. */
export interface GetPauseRow {
  readonly pausedAt: Date | null;
}

/**
 * Since when a queue is paused.
 * Index: queues_pkey.
 */
export const getPause: StatementFunction<GetPauseParameters, GetPauseRow | null> = maybe({
  name: "jobs/getPause",
  prepared: true,
  parameters: ["queue"],
  object: (row) => ({ pausedAt: row[0] }),
  elements: {},
  text: `select paused_at
from holdfast.queues
where name = $1 and paused_at is not null`,
});

/** The parameters of {@link heartbeatJobs}. */
export interface HeartbeatJobsParameters {
  readonly ids: readonly string[];
  readonly tokens: readonly number[];
  readonly leaseMs: number;
}

/** A row of {@link heartbeatJobs}. */
export interface HeartbeatJobsRow {
  readonly held: boolean;
}

/**
 * Makes the leases of claimed jobs last from now on, where the claims still hold, and answers in input order whether they do.
 * Each row is locked by a sub-select of its own: so the plan is one look-up a row whatever the planner thinks of the array's size.
 * Index: jobs_pkey. Locks: jobs in id order.
 */
export const heartbeatJobs: StatementFunction<HeartbeatJobsParameters, readonly HeartbeatJobsRow[]> = many({
  name: "jobs/heartbeatJobs",
  prepared: true,
  parameters: ["ids","tokens","leaseMs"],
  object: (row) => ({ held: row[0] }),
  elements: {"ids":"text","tokens":"int8"},
  text: `with locked as materialized (
  select input.id, input.position, job.id is not null as is_held
  from (
    select given.id, given.token, given.position
    from unnest((select $1::text[]), $2::bigint[]) with ordinality as given(id, token, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select job.id
    from holdfast.jobs as job
    where job.id = input.id and holdfast.holds(job.token, job.lease_until, input.token)
    for no key update
  ) as job on true
), kept as (
  update holdfast.jobs as job set lease_until = holdfast.now() + $3::bigint * interval '1 millisecond'
  from (
    select locked.id
    from locked
    where locked.is_held
    limit cardinality($1::text[])
  ) as held
  where job.id = held.id
)
select locked.is_held as "held!"
from locked
order by locked.position`,
});

/** The parameters of {@link listJobs}. */
export interface ListJobsParameters {
  readonly after: string;
  readonly queue: string | null;
  readonly state: JobState | null;
  readonly executionId: string | null;
  readonly limit: number;
}

/** A row of {@link listJobs}. */
export interface ListJobsRow {
  readonly id: string;
  readonly queue: string;
  readonly state: JobState;
  readonly onDependencyFailure: DependencyPolicy;
  readonly blockedBy: number;
  readonly priority: number;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly token: number;
  readonly runAt: Date;
  readonly leaseUntil: Date | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly holder: string | null;
  readonly groupKey: string | null;
  readonly route: string;
  readonly uniqueKey: string | null;
  readonly executionId: string | null;
  readonly payload: JsonText | null;
  readonly result: JsonText | null;
  readonly error: JsonText | null;
}

/**
 * Jobs by id, after a given one: of a queue, in a state, of an execution.
 * Index: jobs_pkey; with a filter that few pass, jobs_of_execution or the partial index of the state.
 */
export const listJobs: StatementFunction<ListJobsParameters, readonly ListJobsRow[]> = many({
  name: "jobs/listJobs",
  prepared: false,
  parameters: ["after","queue","state","executionId","limit"],
  object: (row) => ({ id: row[0], queue: row[1], state: row[2], onDependencyFailure: row[3], blockedBy: row[4], priority: row[5], attempts: row[6], maxAttempts: row[7], backoffMs: row[8], backoffMaxMs: row[9], token: row[10], runAt: row[11], leaseUntil: row[12], createdAt: row[13], startedAt: row[14], finishedAt: row[15], holder: row[16], groupKey: row[17], route: row[18], uniqueKey: row[19], executionId: row[20], payload: row[21], result: row[22], error: row[23] }),
  elements: {},
  text: `select id, queue, state, on_dependency_failure, blocked_by, priority, attempts, max_attempts, backoff_ms, backoff_max_ms, token,
  run_at, lease_until, created_at, started_at, finished_at, holder, group_key, route, unique_key, execution_id, payload, result, error
from holdfast.jobs
where id > $1
  and ($2::text is null or queue = $2)
  and ($3::holdfast.job_state is null or state = $3)
  and ($4::text is null or execution_id = $4)
order by id
limit $5`,
});

/** The parameters of {@link listQueues}. */
export interface ListQueuesParameters {
  readonly after: string;
  readonly limit: number;
  readonly name: string | null;
  readonly countUpTo: number;
}

/** A row of {@link listQueues}. */
export interface ListQueuesRow {
  readonly name: string;
  readonly pausedAt: Date | null;
  readonly concurrency: number | null;
  readonly concurrencyPerGroup: number | null;
  readonly rateLimit: number | null;
  readonly ratePeriodMs: number | null;
  readonly agingMs: number | null;
  readonly ready: number;
  readonly oldestReadyAt: Date | null;
  readonly blocked: number;
  readonly scheduled: number;
  readonly running: number;
  readonly succeeded: number;
  readonly dead: number;
  readonly canceled: number;
}

/**
 * One queue, whether it has jobs or not; or, where no name is given, the queues that have jobs or for which something is set, by name,
 * after a given one: found by stepping through the indexes of the states.
 * Of each state at most `countUpTo` jobs are counted.
 * Index: queues_pkey, and the partial index of each state.
 */
export const listQueues: StatementFunction<ListQueuesParameters, readonly ListQueuesRow[]> = many({
  name: "jobs/listQueues",
  prepared: true,
  parameters: ["after","limit","name","countUpTo"],
  object: (row) => ({ name: row[0], pausedAt: row[1], concurrency: row[2], concurrencyPerGroup: row[3], rateLimit: row[4], ratePeriodMs: row[5], agingMs: row[6], ready: row[7], oldestReadyAt: row[8], blocked: row[9], scheduled: row[10], running: row[11], succeeded: row[12], dead: row[13], canceled: row[14] }),
  elements: {},
  text: `with recursive known as (
  select $1::text collate "C" as name, 0 as number
  union all
  select (
      select min(found.name collate "C") from (
        (select job.queue from holdfast.jobs as job where job.state = 'blocked' and job.queue > known.name order by job.queue limit 1)
        union all
        (select job.queue from holdfast.jobs as job where job.state = 'scheduled' and job.queue > known.name order by job.queue limit 1)
        union all
        (select job.queue from holdfast.jobs as job where job.state = 'ready' and job.queue > known.name order by job.queue limit 1)
        union all
        (select job.queue from holdfast.jobs as job where job.state = 'running' and job.queue > known.name order by job.queue limit 1)
        union all
        (select job.queue from holdfast.jobs as job where job.state in ('succeeded', 'dead', 'canceled') and job.queue > known.name
          order by job.queue limit 1)
        union all
        (select queue.name from holdfast.queues as queue where queue.name > known.name order by queue.name limit 1)
      ) as found(name)
    ), known.number + 1
  from known
  where known.name is not null and known.number < $2 and $3::text is null
), named as (
  select known.name from known where known.number > 0 and known.name is not null
  union all
  select $3::text where $3::text is not null
)
select named.name as "name!", queue.paused_at as "paused_at?", queue.concurrency as "concurrency?",
  queue.concurrency_per_group as "concurrency_per_group?", queue.rate_limit as "rate_limit?",
  queue.rate_period_ms as "rate_period_ms?", queue.aging_ms as "aging_ms?",
  ready.count as "ready!", ready.oldest_at as "oldest_ready_at?",
  (select count(*) from (
    select from holdfast.jobs as job where job.queue = named.name and job.state = 'blocked' limit $4
  ) as counted) as "blocked!",
  (select count(*) from (
    select from holdfast.jobs as job where job.queue = named.name and job.state = 'scheduled' limit $4
  ) as counted) as "scheduled!",
  (select count(*) from (
    select from holdfast.jobs as job where job.queue = named.name and job.state = 'running' limit $4
  ) as counted) as "running!",
  (select count(*) from (
    select from holdfast.jobs as job where job.queue = named.name and job.state = 'succeeded' limit $4
  ) as counted) as "succeeded!",
  (select count(*) from (
    select from holdfast.jobs as job where job.queue = named.name and job.state = 'dead' limit $4
  ) as counted) as "dead!",
  (select count(*) from (
    select from holdfast.jobs as job where job.queue = named.name and job.state = 'canceled' limit $4
  ) as counted) as "canceled!"
from named
left join holdfast.queues as queue on queue.name = named.name
cross join lateral (
  select count(*) as count, min(first.run_at) as oldest_at
  from (
    select job.run_at from holdfast.jobs as job where job.queue = named.name and job.state = 'ready' limit $4
  ) as first
) as ready
order by named.name`,
});

/** The parameters of {@link lockJobKeys}. */
export interface LockJobKeysParameters {
  readonly executionIds: readonly (string | null)[];
  readonly ids: readonly string[];
  readonly queues: readonly string[];
  readonly uniqueKeys: readonly string[];
}

/**
 * Makes pushes that name a common id or unique key follow each other, so that the next statement of the plan sees what the ones
 * before did. The executions come first, as for whoever has locked one of them and pushes then.
 * Index: executions_pkey. Locks: the executions' keys, shared, in id order; then advisory, ids before unique keys, each in hash order.
 */
export const lockJobKeys: StatementFunction<LockJobKeysParameters, void> = exec({
  name: "jobs/lockJobKeys",
  prepared: true,
  parameters: ["executionIds","ids","queues","uniqueKeys"],
  object: () => ({}),
  elements: {"executionIds":"text","ids":"text","queues":"text","uniqueKeys":"text"},
  text: `with owner as materialized (
  select execution.id
  from (
    select distinct given.id collate "C" as id from unnest((select $1::text[])) as given(id) order by 1
  ) as input
  cross join lateral (
    select stored.id from holdfast.executions as stored where stored.id = input.id for key share
  ) as execution
), keys as materialized (
  select $2::text[] as ids from (select count(*) from owner) as owners
)
select holdfast.lock_keys('job', keys.ids),
  holdfast.lock_keys('job unique key', array(
    select holdfast.job_key(given.queue, given.unique_key)
    from unnest((select $3::text[]), $4::text[]) as given(queue, unique_key)
  ))
from keys`,
});

/** The parameters of {@link lockLimitedQueues}. */
export interface LockLimitedQueuesParameters {
  readonly queues: readonly string[];
}

/**
 * Makes claims from queues with limits follow each other: what runs in such a queue and who waits is then known exactly to the next
 * statement of the plan, whose snapshot is taken after the lock was granted. Paused queues are locked too: one that was passed by here
 * could be resumed before that statement, which would then claim from it without the lock.
 * Index: queues_pkey. Locks: queues in name order.
 */
export const lockLimitedQueues: StatementFunction<LockLimitedQueuesParameters, void> = exec({
  name: "jobs/lockLimitedQueues",
  prepared: true,
  parameters: ["queues"],
  object: () => ({}),
  elements: {"queues":"text"},
  text: `select queue.name
from holdfast.queues as queue
where queue.name = any((select $1::text[])::text[]) and queue.is_limited
order by queue.name
for no key update`,
});

/** The parameters of {@link lockLinkedJobs}. */
export interface LockLinkedJobsParameters {
  readonly ids: readonly string[];
  readonly queues: readonly string[];
  readonly uniqueKeys: readonly string[];
}

/**
 * Locks the jobs that a step acknowledges together with those that its pushes come after or share a unique key with, all in one
 * order. Runs behind lock_job_keys.
 * Index: jobs_pkey, jobs_unique. Locks: jobs, those that are blocked last, then in id order.
 */
export const lockLinkedJobs: StatementFunction<LockLinkedJobsParameters, void> = exec({
  name: "jobs/lockLinkedJobs",
  prepared: true,
  parameters: ["ids","queues","uniqueKeys"],
  object: () => ({}),
  elements: {"ids":"text","queues":"text","uniqueKeys":"text"},
  text: `with touched as (
  select given.id collate "C" as id from unnest((select $1::text[])) as given(id)
  union
  select twin.id::text
  from unnest((select $2::text[]), $3::text[]) as given(queue, unique_key)
  cross join lateral (
    select job.id
    from holdfast.jobs as job
    where job.queue = given.queue and job.unique_key = given.unique_key
      and job.state in ('blocked', 'scheduled', 'ready', 'running')
    limit 1
  ) as twin
), locked as materialized (
  select job.id
  from (
    select touched.id, (select stored.state = 'blocked' from holdfast.jobs as stored where stored.id = touched.id) as is_blocked
    from touched
    order by is_blocked, touched.id
  ) as input
  cross join lateral (
    select stored.id from holdfast.jobs as stored where stored.id = input.id for no key update
  ) as job
)
select count(*) as "locked!"
from locked`,
});

/** The parameters of {@link lockRetriedKeys}. */
export interface LockRetriedKeysParameters {
  readonly ids: readonly string[];
}

/**
 * As lock_job_keys, for the unique keys that jobs take again when they are retried.
 * Index: jobs_pkey. Locks: advisory, in hash order.
 */
export const lockRetriedKeys: StatementFunction<LockRetriedKeysParameters, void> = exec({
  name: "jobs/lockRetriedKeys",
  prepared: true,
  parameters: ["ids"],
  object: () => ({}),
  elements: {"ids":"text"},
  text: `select holdfast.lock_keys('job unique key', array(
  select holdfast.job_key(job.queue, job.unique_key)
  from holdfast.jobs as job
  where job.id = any($1::text[]) and job.unique_key is not null
))`,
});

/** The parameters of {@link nextJob}. */
export interface NextJobParameters {
  readonly queues: readonly string[];
}

/** A row of {@link nextJob}. */
export interface NextJobRow {
  readonly at: Date | null;
  readonly inMs: number | null;
}

/**
 * When the next scheduled job of queues that are not paused is due, the next lease of theirs runs out, or the rate of one with ready
 * jobs lets the next be claimed; null where none of it will. That moment may have passed: whoever asks found nothing a moment ago, and
 * would wait in vain if it were left out.
 * Index: jobs_scheduled, jobs_running, jobs_ready.
 */
export const nextJob: StatementFunction<NextJobParameters, NextJobRow> = one({
  name: "jobs/nextJob",
  prepared: true,
  parameters: ["queues"],
  object: (row) => ({ at: row[0], inMs: row[1] }),
  elements: {"queues":"text"},
  text: `with open_queue as materialized (
  select distinct given.name
  from unnest((select $1::text[])) as given(name)
  where not exists (select from holdfast.queues as queue where queue.name = given.name and queue.paused_at is not null)
), moment as (
  select least(
    (select job.run_at from holdfast.jobs as job where job.queue = open_queue.name and job.state = 'scheduled'
      order by job.run_at limit 1),
    (select job.lease_until from holdfast.jobs as job where job.queue = open_queue.name and job.state = 'running'
      order by job.lease_until limit 1),
    (select queue.rate_full_at - (queue.rate_limit - 1) * (queue.rate_period_ms / queue.rate_limit::double precision
        * interval '1 millisecond')
      from holdfast.queues as queue
      where queue.name = open_queue.name and queue.rate_limit is not null
        and exists (select from holdfast.jobs as job where job.queue = queue.name and job.state = 'ready'))
  ) as at
  from open_queue
)
select min(moment.at) as "at?",
  ceil(extract(epoch from min(moment.at) - holdfast.now()) * 1000)::double precision as "in_ms?"
from moment`,
});

/** The parameters of {@link openGroups}. */
export interface OpenGroupsParameters {
  readonly queue: string;
}

/**
 * Says of every group of a queue in whose line a job waits that it may have room, as after a change of its limit. Runs behind the
 * lock of the queue. Groups are found by stepping through the index.
 * Index: jobs_ready_in_group. Locks: none.
 */
export const openGroups: StatementFunction<OpenGroupsParameters, void> = exec({
  name: "jobs/openGroups",
  prepared: true,
  parameters: ["queue"],
  object: () => ({}),
  elements: {},
  text: `with recursive waiting as (
  (
    select job.group_key::text as group_key, job.rank, job.turn
    from holdfast.jobs as job
    where job.queue = $1 and job.state = 'ready' and job.has_group_limit
    order by job.group_key, job.rank, job.turn
    limit 1
  )
  union all
  select next.group_key, next.rank, next.turn
  from waiting
  cross join lateral (
    select job.group_key::text as group_key, job.rank, job.turn
    from holdfast.jobs as job
    where job.queue = $1 and job.state = 'ready' and job.has_group_limit and job.group_key > waiting.group_key
    order by job.group_key, job.rank, job.turn
    limit 1
  ) as next
)
insert into holdfast.job_openings (queue, group_key, route, rank, turn)
select $1, waiting.group_key, '*', waiting.rank, waiting.turn
from waiting`,
});

/** The parameters of {@link pauseQueues}. */
export interface PauseQueuesParameters {
  readonly queues: readonly string[];
}

/**
 * Pauses queues, which need not have a job yet. One that is paused keeps the moment since when.
 * Index: queues_pkey. Locks: queues in name order.
 */
export const pauseQueues: StatementFunction<PauseQueuesParameters, void> = exec({
  name: "jobs/pauseQueues",
  prepared: true,
  parameters: ["queues"],
  object: () => ({}),
  elements: {"queues":"text"},
  text: `insert into holdfast.queues as queue (name, paused_at)
select distinct given.name collate "C", holdfast.now()
from unnest((select $1::text[])) as given(name)
order by 1
on conflict (name) do update set paused_at = excluded.paused_at
where queue.paused_at is null`,
});

/** The parameters of {@link pushAlikeJobs}. */
export interface PushAlikeJobsParameters {
  readonly executionIds: readonly (string | null)[];
  readonly queue: string;
  readonly delayMs: number;
  readonly priority: number;
  readonly route: string;
  readonly maxAttempts: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly ids: readonly string[];
  readonly payloads: readonly (JsonText | null)[];
}

/**
 * Inserts jobs whose ids were made for them and that differ in id, payload and execution only: are in no group, have no unique key,
 * come after no others and wait for the same delay or none. Answers nothing: those with a delay are scheduled, all others are ready.
 * What they share is one value each, and made once: of ten jobs that spares a fifth of the time that arrays take, of one a third.
 * Fails with HF003 where an execution has ended.
 * Index: queues_pkey, executions_pkey. Locks: the executions, shared, in id order.
 */
export const pushAlikeJobs: StatementFunction<PushAlikeJobsParameters, void> = exec({
  name: "jobs/pushAlikeJobs",
  prepared: true,
  parameters: ["executionIds","queue","delayMs","priority","route","maxAttempts","backoffMs","backoffMaxMs","ids","payloads"],
  object: () => ({}),
  elements: {"executionIds":"text","ids":"text","payloads":"json"},
  text: `with owner as materialized (
  select execution.id, execution.status
  from (
    select distinct given.id collate "C" as id from unnest((select $1::text[])) as given(id) order by 1
  ) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
)
insert into holdfast.jobs (id, queue, state, on_dependency_failure, priority, rank, route, max_attempts, backoff_ms, backoff_max_ms,
  run_at, created_at, execution_id, payload)
select given.id, (select $2::text::holdfast.id),
  (select case when $3::bigint > 0 then 'scheduled' else 'ready' end::holdfast.job_state), 'cancel', $4::integer,
  coalesce((
    select holdfast.job_rank($4::integer, holdfast.now() + $3::bigint * interval '1 millisecond', queue.aging_ms)
    from holdfast.queues as queue
    where queue.name = $2::text
  ), $4::integer),
  $5::text, $6::integer, $7::bigint, $8::bigint,
  (select holdfast.now() + $3::bigint * interval '1 millisecond'), (select holdfast.now()), given.execution_id, given.payload
from unnest((select $9::text[]), $10::json[], $1::text[])
  with ordinality as given(id, payload, execution_id, position)
where (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) >= 0
order by given.position`,
});

/** The parameters of {@link pushJobs}. */
export interface PushJobsParameters {
  readonly ids: readonly string[];
  readonly queues: readonly string[];
  readonly payloads: readonly (JsonText | null)[];
  readonly priorities: readonly number[];
  readonly runAt: readonly (Date | null)[];
  readonly delaysMs: readonly (number | null)[];
  readonly maxAttempts: readonly number[];
  readonly backoffMs: readonly number[];
  readonly backoffMaxMs: readonly number[];
  readonly executionIds: readonly (string | null)[];
  readonly groups: readonly (string | null)[];
  readonly routes: readonly string[];
  readonly uniqueKeys: readonly (string | null)[];
  readonly replaces: readonly boolean[];
  readonly debounceMaxMs: readonly (number | null)[];
  readonly throttleMs: readonly (number | null)[];
  readonly policies: readonly DependencyPolicy[];
  readonly edgeJobs: readonly string[];
  readonly edgeAfters: readonly string[];
}

/** A row of {@link pushJobs}. */
export interface PushJobsRow {
  readonly id: string;
  readonly outcome: string;
  readonly state: JobState;
}

/**
 * Inserts jobs that may have a unique key and come after other jobs. A job whose id exists is kept as it is. Of a unique key that
 * another job of the queue holds, that job is kept; or, as the input says, it gets the new payload, priority and moment while it
 * waits, and loses the key to the new job while it runs. A job that comes after one that a key resolved comes after that one. A
 * key that is throttled keeps its job though that has ended. A job that is debounced waits no longer than its bound from its
 * first push. Fails with HF004 where a job to come after does not exist, and with HF003 for a new job of an execution that has ended.
 * Runs behind lock_job_keys.
 * Parents are marked under their row lock: whoever ends one later sees its edges, and one that had ended before is settled here.
 * The sub-selects around the arrays hide their sizes from the planner, whose estimates multiply from join to join, until it
 * reads whole tables; of an unknown array it expects ten rows, and then looks up and hashes.
 * Index: jobs_pkey, jobs_unique, jobs_throttled, queues_pkey, executions_pkey. Locks: existing jobs, those that are blocked last, then in id order;
 * then new ones, which are inserted in id order. The order of pushes is that of the input.
 */
export const pushJobs: StatementFunction<PushJobsParameters, readonly PushJobsRow[]> = many({
  name: "jobs/pushJobs",
  prepared: true,
  parameters: ["ids","queues","payloads","priorities","runAt","delaysMs","maxAttempts","backoffMs","backoffMaxMs","executionIds","groups","routes","uniqueKeys","replaces","debounceMaxMs","throttleMs","policies","edgeJobs","edgeAfters"],
  object: (row) => ({ id: row[0], outcome: row[1], state: row[2] }),
  elements: {"ids":"text","queues":"text","payloads":"json","delaysMs":"int8","backoffMs":"int8","backoffMaxMs":"int8","executionIds":"text","groups":"text","routes":"text","uniqueKeys":"text","debounceMaxMs":"int8","throttleMs":"int8","edgeJobs":"text","edgeAfters":"text"},
  text: `with input as materialized (
  select given.id, given.queue, given.payload, given.priority, given.max_attempts, given.backoff_ms, given.backoff_max_ms,
    given.execution_id, given.group_key, given.route, given.unique_key, given.replaces, given.debounce_max_ms, given.throttle_ms,
    given.policy, given.position, nextval('holdfast.jobs_sequence_seq') as sequence,
    coalesce(given.run_at, holdfast.now() + given.delay_ms * interval '1 millisecond', holdfast.now()) as run_at
  from unnest(
    (select $1::text[]), (select $2::text[]), (select $3::json[]), (select $4::integer[]),
    (select $5::timestamptz[]), (select $6::bigint[]), (select $7::integer[]), (select $8::bigint[]),
    (select $9::bigint[]), (select $10::text[]), (select $11::text[]), (select $12::text[]),
    (select $13::text[]), (select $14::boolean[]), (select $15::bigint[]), (select $16::bigint[]),
    (select $17::holdfast.dependency_policy[])
  ) with ordinality as given(id, queue, payload, priority, run_at, delay_ms, max_attempts, backoff_ms, backoff_max_ms, execution_id,
      group_key, route, unique_key, replaces, debounce_max_ms, throttle_ms, policy, position)
), setting as materialized (
  select queue.name, queue.aging_ms, queue.concurrency_per_group is not null as has_group_limit
  from holdfast.queues as queue
  where queue.name = any($2::text[])
), edge as (
  select given.job_id, given.after_id
  from unnest((select $18::text[]), (select $19::text[])) as given(job_id, after_id)
), touched as (
  select input.id from input
  union
  select edge.after_id from edge
  union
  select twin.id
  from input
  cross join lateral (
    select job.id
    from holdfast.jobs as job
    where job.queue = input.queue and job.unique_key = input.unique_key
      and job.state in ('blocked', 'scheduled', 'ready', 'running')
    limit 1
  ) as twin
  where input.unique_key is not null
  union
  select past.id
  from input
  cross join lateral (
    select job.id
    from holdfast.jobs as job
    where job.queue = input.queue and job.unique_key = input.unique_key
      and job.throttled_until is not null and job.throttled_until > holdfast.now()
    order by job.throttled_until desc
    limit 1
  ) as past
  where input.unique_key is not null
), known as materialized (
  select stored.id, stored.queue, stored.unique_key, stored.state, stored.is_throttled
  from (
    select touched.id
    from touched
    order by (select job.state = 'blocked' from holdfast.jobs as job where job.id = touched.id), touched.id collate "C"
  ) as ordered
  cross join lateral (
    select job.id, job.queue, job.unique_key, job.state, coalesce(job.throttled_until > holdfast.now(), false) as is_throttled
    from holdfast.jobs as job
    where job.id = ordered.id
    for no key update
  ) as stored
), keyed as materialized (
  select distinct on (known.queue, known.unique_key) known.id, known.queue, known.unique_key, known.state, known.is_throttled
  from known
  where known.unique_key is not null
    and (known.is_throttled or known.state in ('blocked', 'scheduled', 'ready', 'running'))
  order by known.queue, known.unique_key, known.state in ('blocked', 'scheduled', 'ready', 'running') desc
), resolved as materialized (
  select input.id, input.queue, input.payload, input.priority, input.max_attempts, input.backoff_ms, input.backoff_max_ms,
    input.execution_id, input.group_key, input.route, input.unique_key, input.debounce_max_ms, input.throttle_ms, input.policy,
    input.run_at, input.position, input.sequence, setting.aging_ms,
    input.group_key is not null and coalesce(setting.has_group_limit, false) as has_group_limit,
    twin.id as twin_id, coalesce(same.state, twin.state) as known_state,
    coalesce(twin.state in ('blocked', 'scheduled', 'ready') and input.replaces, false) as updates,
    coalesce(twin.state = 'running' and not twin.is_throttled and input.replaces, false) as takes_key,
    same.id is null and (twin.id is null or twin.state = 'running' and not twin.is_throttled and input.replaces) as is_new
  from input
  left join setting on setting.name = input.queue
  left join known as same on same.id = input.id
  left join keyed as twin on twin.queue = input.queue and twin.unique_key = input.unique_key and same.id is null
), grouped as materialized (
  select resolved.position, resolved.queue, resolved.route, resolved.priority, resolved.group_key,
    row_number() over (partition by resolved.queue, resolved.route, resolved.priority, resolved.group_key order by resolved.position)
      as place
  from resolved
  where resolved.is_new and resolved.group_key is not null and resolved.aging_ms is null
), based as (
  select grouped.position, grouped.queue, grouped.route, grouped.priority, grouped.group_key, grouped.place,
    case when grouped.place = 1 then (
      select before.turn from holdfast.turn_before(grouped.queue, grouped.route, grouped.priority, grouped.group_key) as before
    ) end as before
  from grouped
), turned as materialized (
  select based.position,
    max(based.before) over (partition by based.queue, based.route, based.priority, based.group_key) + based.place as turn
  from based
), link as materialized (
  select distinct edge.job_id,
    case
      when parent.id is null and known.id is null then
        holdfast.fail('HF004', format('job %s, which job %s is to come after, does not exist: push it first', edge.after_id,
          edge.job_id), json_build_object('entity', 'job', 'id', edge.after_id, 'field', 'after'))::text
      when parent.is_new or parent.twin_id is null then edge.after_id
      else parent.twin_id::text
    end as after_id
  from edge
  join resolved as child on child.id = edge.job_id and child.is_new
  left join resolved as parent on parent.id = edge.after_id
  left join known on known.id = edge.after_id
), changed as (
  update holdfast.jobs as job set
    has_dependents = job.has_dependents or change.is_parent,
    unique_key = case when change.takes_key then null else job.unique_key end,
    payload = case when change.updates then change.payload else job.payload end,
    priority = case when change.updates then change.priority else job.priority end,
    rank = case when change.updates then holdfast.job_rank(change.priority, change.run_at, change.aging_ms) else job.rank end,
    run_at = case
      when change.updates then least(change.run_at, job.created_at + change.debounce_max_ms * interval '1 millisecond')
      else job.run_at
    end,
    attempts = case when change.updates then 0 else job.attempts end,
    lease_until = case when change.updates then null else job.lease_until end,
    state = case
      when not change.updates or job.state = 'blocked' then job.state
      when least(change.run_at, job.created_at + change.debounce_max_ms * interval '1 millisecond') > holdfast.now() then 'scheduled'
      else 'ready'
    end
  from (
    select touch.id, bool_or(touch.takes_key) as takes_key, bool_or(touch.updates) as updates, bool_or(touch.is_parent) as is_parent,
      (array_agg(touch.payload) filter (where touch.updates))[1] as payload, min(touch.priority) as priority,
      min(touch.run_at) as run_at, min(touch.aging_ms) as aging_ms, min(touch.debounce_max_ms) as debounce_max_ms
    from (
      select resolved.twin_id::text as id, resolved.takes_key, resolved.updates, false as is_parent, resolved.payload,
        resolved.priority, resolved.run_at, resolved.aging_ms, resolved.debounce_max_ms
      from resolved
      where resolved.takes_key or resolved.updates
      union all
      select link.after_id, false, false, true, null, null, null, null, null from link
    ) as touch
    group by touch.id
    limit 1000000::bigint * cardinality($1::text[])
  ) as change
  where job.id = change.id
    and (change.takes_key or change.updates
      or not job.has_dependents and job.state in ('blocked', 'scheduled', 'ready', 'running'))
  returning job.id, job.state
), inserted as (
  insert into holdfast.jobs (id, sequence, queue, state, on_dependency_failure, has_dependents, blocked_by, priority, rank, turn, route,
    has_group_limit, max_attempts, backoff_ms, backoff_max_ms, run_at, created_at, group_key, unique_key, throttled_until,
    execution_id, payload) overriding system value
  select resolved.id, resolved.sequence, resolved.queue,
    case when first.count > 0 then 'blocked' when resolved.run_at > holdfast.now() then 'scheduled' else 'ready' end::holdfast.job_state,
    resolved.policy, resolved.id in (select link.after_id from link), coalesce(first.count, 0), resolved.priority,
    holdfast.job_rank(resolved.priority, resolved.run_at, resolved.aging_ms), coalesce(turned.turn, 0), resolved.route,
    resolved.has_group_limit, resolved.max_attempts, resolved.backoff_ms, resolved.backoff_max_ms, resolved.run_at, holdfast.now(),
    resolved.group_key, resolved.unique_key, holdfast.now() + resolved.throttle_ms * interval '1 millisecond',
    resolved.execution_id, resolved.payload
  from resolved
  left join turned on turned.position = resolved.position
  left join (select link.job_id, count(*)::integer as count from link group by link.job_id) as first on first.job_id = resolved.id
  left join lateral (
    select stored.status from holdfast.executions as stored where stored.id = resolved.execution_id limit 1
  ) as owner on true
  where resolved.is_new and (select count(*) from changed) >= 0 and holdfast.is_open(resolved.execution_id, owner.status)
  order by resolved.id collate "C"
  on conflict (id) do nothing
  returning id, state, queue, group_key, route, rank, turn, has_group_limit
), opened as (
  insert into holdfast.job_openings (queue, group_key, route, rank, turn)
  select inserted.queue, inserted.group_key, inserted.route, min(inserted.rank), min(inserted.turn)
  from inserted
  where inserted.has_group_limit and inserted.state = 'ready'
  group by inserted.queue, inserted.group_key, inserted.route
), linked as (
  insert into holdfast.job_dependencies (after_id, job_id)
  select link.after_id, link.job_id
  from link
  join inserted on inserted.id = link.job_id
  returning job_id
), ended as materialized (
  select coalesce(array_agg(known.id::text), '{}') as ids
  from known
  where known.state in ('succeeded', 'dead', 'canceled') and known.id in (select link.after_id from link)
), settled as materialized (
  select case when ended.ids <> '{}' then holdfast.settle_dependents(ended.ids) end as woken
  from ended
  where (select count(*) from linked) >= 0
)
select case when resolved.is_new or resolved.twin_id is null then resolved.id else resolved.twin_id end as "id!",
  case
    when inserted.id is not null then 'created'
    when resolved.updates then 'replaced'
    when resolved.is_new then
      holdfast.fail('40001', format('job %s was pushed by another at the same moment', resolved.id),
        json_build_object('entity', 'job', 'id', resolved.id))::text
    else 'kept'
  end as "outcome!",
  case
    when inserted.state = 'blocked' and settled.woken is not null then holdfast.job_state_of(resolved.id)
    else coalesce(inserted.state, changed.state, resolved.known_state)
  end as "state!"
from settled
cross join resolved
left join inserted on inserted.id = resolved.id
left join changed on changed.id = resolved.twin_id and resolved.updates
order by resolved.position`,
});

/** The parameters of {@link pushNewJobs}. */
export interface PushNewJobsParameters {
  readonly queues: readonly string[];
  readonly ids: readonly string[];
  readonly payloads: readonly (JsonText | null)[];
  readonly priorities: readonly number[];
  readonly runAt: readonly (Date | null)[];
  readonly delaysMs: readonly (number | null)[];
  readonly maxAttempts: readonly number[];
  readonly backoffMs: readonly number[];
  readonly backoffMaxMs: readonly number[];
  readonly executionIds: readonly (string | null)[];
  readonly routes: readonly string[];
}

/** A row of {@link pushNewJobs}. */
export interface PushNewJobsRow {
  readonly id: string;
}

/**
 * Inserts jobs whose ids were made for them, that are in no group, have no unique key and come after no others. Answers those that
 * wait for their moment; all others are ready.
 * Of a column that is all nulls nothing is given, as of moments, delays and executions in most calls: an array takes time on both sides.
 * An id that was made is nobody else's, so nothing is looked for before it is inserted: that would cost a look-up and a record of WAL
 * a job.
 * Fails with HF003 where an execution has ended.
 * Index: queues_pkey, executions_pkey. Locks: the executions, shared, in id order.
 */
export const pushNewJobs: StatementFunction<PushNewJobsParameters, readonly PushNewJobsRow[]> = many({
  name: "jobs/pushNewJobs",
  prepared: true,
  parameters: ["queues","ids","payloads","priorities","runAt","delaysMs","maxAttempts","backoffMs","backoffMaxMs","executionIds","routes"],
  object: (row) => ({ id: row[0] }),
  elements: {"queues":"text","ids":"text","payloads":"json","delaysMs":"int8","backoffMs":"int8","backoffMaxMs":"int8","executionIds":"text","routes":"text"},
  text: `with setting as materialized (
  select queue.name, queue.aging_ms
  from holdfast.queues as queue
  where queue.aging_ms is not null and queue.name = any((select $1::text[])::text[])
), input as (
  select given.id, given.queue, given.payload, given.priority,
    coalesce(given.run_at, holdfast.now() + given.delay_ms * interval '1 millisecond', holdfast.now()) as run_at,
    given.max_attempts, given.backoff_ms, given.backoff_max_ms, given.execution_id, given.route, given.position
  from unnest((select $2::text[]), $1::text[], $3::json[], $4::integer[], $5::timestamptz[],
    $6::bigint[], $7::integer[], $8::bigint[], $9::bigint[], $10::text[],
    $11::text[])
    with ordinality as given(id, queue, payload, priority, run_at, delay_ms, max_attempts, backoff_ms, backoff_max_ms, execution_id,
      route, position)
), owner as materialized (
  select execution.id, execution.status
  from (
    select distinct given.id collate "C" as id from unnest((select $10::text[])) as given(id) order by 1
  ) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
), inserted as (
  insert into holdfast.jobs (id, queue, state, on_dependency_failure, priority, rank, route, max_attempts, backoff_ms, backoff_max_ms,
    run_at, created_at, execution_id, payload)
  select input.id, input.queue, case when input.run_at > holdfast.now() then 'scheduled' else 'ready' end::holdfast.job_state, 'cancel',
    input.priority,
    coalesce((
      select holdfast.job_rank(input.priority, input.run_at, setting.aging_ms) from setting where setting.name = input.queue
    ), input.priority),
    input.route, input.max_attempts, input.backoff_ms, input.backoff_max_ms, input.run_at, holdfast.now(), input.execution_id,
    input.payload
  from input
  where (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) >= 0
  order by input.position
  returning id, state
)
select inserted.id::text as "id!"
from inserted
where inserted.state = 'scheduled'`,
});

/** The parameters of {@link pushPlainJobs}. */
export interface PushPlainJobsParameters {
  readonly ids: readonly string[];
  readonly queues: readonly string[];
  readonly payloads: readonly (JsonText | null)[];
  readonly priorities: readonly number[];
  readonly runAt: readonly (Date | null)[];
  readonly delaysMs: readonly (number | null)[];
  readonly maxAttempts: readonly number[];
  readonly backoffMs: readonly number[];
  readonly backoffMaxMs: readonly number[];
  readonly executionIds: readonly (string | null)[];
  readonly groups: readonly (string | null)[];
  readonly routes: readonly string[];
}

/** A row of {@link pushPlainJobs}. */
export interface PushPlainJobsRow {
  readonly created: boolean;
  readonly state: JobState;
}

/**
 * Inserts jobs that have no unique key and come after no others. Where a job of that id exists it is kept as it is, also when a
 * concurrent push has just inserted it. Fails with HF003 for a new job of an execution that has ended.
 * Index: jobs_pkey, queues_pkey, executions_pkey. Locks: the executions of new jobs, shared, in id order; then what it inserts, in id
 * order. The order of pushes is that of the input.
 */
export const pushPlainJobs: StatementFunction<PushPlainJobsParameters, readonly PushPlainJobsRow[]> = many({
  name: "jobs/pushPlainJobs",
  prepared: true,
  parameters: ["ids","queues","payloads","priorities","runAt","delaysMs","maxAttempts","backoffMs","backoffMaxMs","executionIds","groups","routes"],
  object: (row) => ({ created: row[0], state: row[1] }),
  elements: {"ids":"text","queues":"text","payloads":"json","delaysMs":"int8","backoffMs":"int8","backoffMaxMs":"int8","executionIds":"text","groups":"text","routes":"text"},
  text: `with input as materialized (
  select given.id, given.queue, given.payload, given.priority, given.run_at, given.delay_ms, given.max_attempts, given.backoff_ms,
    given.backoff_max_ms, given.execution_id, given.group_key, given.route, given.position,
    nextval('holdfast.jobs_sequence_seq') as sequence
  from unnest((select $1::text[]), $2::text[], $3::json[], $4::integer[], $5::timestamptz[],
    $6::bigint[], $7::integer[], $8::bigint[], $9::bigint[], $10::text[],
    $11::text[], $12::text[])
    with ordinality as given(id, queue, payload, priority, run_at, delay_ms, max_attempts, backoff_ms, backoff_max_ms, execution_id,
      group_key, route, position)
), setting as materialized (
  select queue.name, queue.aging_ms, queue.concurrency_per_group is not null as has_group_limit
  from holdfast.queues as queue
  where queue.name = any($2::text[])
), due as (
  select input.id, input.queue, input.priority, input.max_attempts, input.backoff_ms, input.backoff_max_ms, input.execution_id,
    input.group_key, input.route, input.payload, input.position, input.sequence,
    coalesce(input.run_at, holdfast.now() + input.delay_ms * interval '1 millisecond', holdfast.now()) as run_at,
    setting.aging_ms, input.group_key is not null and coalesce(setting.has_group_limit, false) as has_group_limit
  from input
  left join setting on setting.name = input.queue
), grouped as materialized (
  select due.position, due.queue, due.route, due.priority, due.group_key,
    row_number() over (partition by due.queue, due.route, due.priority, due.group_key order by due.position) as place
  from due
  where due.group_key is not null and due.aging_ms is null
), based as (
  select grouped.position, grouped.queue, grouped.route, grouped.priority, grouped.group_key, grouped.place,
    case when grouped.place = 1 then (
      select before.turn from holdfast.turn_before(grouped.queue, grouped.route, grouped.priority, grouped.group_key) as before
    ) end as before
  from grouped
), turned as materialized (
  select based.position,
    max(based.before) over (partition by based.queue, based.route, based.priority, based.group_key) + based.place as turn
  from based
), owner as materialized (
  select execution.id, execution.status
  from (
    select distinct input.execution_id collate "C" as id
    from input
    where input.execution_id is not null
      and (select present.state from holdfast.jobs as present where present.id = input.id) is null
    order by 1
  ) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
), inserted as (
  insert into holdfast.jobs (id, sequence, queue, state, on_dependency_failure, priority, rank, turn, route, has_group_limit, max_attempts,
    backoff_ms, backoff_max_ms, run_at, created_at, group_key, execution_id, payload) overriding system value
  select due.id, due.sequence, due.queue, case when due.run_at > holdfast.now() then 'scheduled' else 'ready' end::holdfast.job_state, 'cancel',
    due.priority, holdfast.job_rank(due.priority, due.run_at, due.aging_ms), coalesce(turned.turn, 0), due.route, due.has_group_limit,
    due.max_attempts, due.backoff_ms, due.backoff_max_ms, due.run_at, holdfast.now(), due.group_key, due.execution_id, due.payload
  from due
  left join turned on turned.position = due.position
  where (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) >= 0
  order by due.id collate "C"
  on conflict (id) do nothing
  returning id, state, queue, group_key, route, rank, turn, has_group_limit
), opened as (
  insert into holdfast.job_openings (queue, group_key, route, rank, turn)
  select inserted.queue, inserted.group_key, inserted.route, min(inserted.rank), min(inserted.turn)
  from inserted
  where inserted.has_group_limit and inserted.state = 'ready'
  group by inserted.queue, inserted.group_key, inserted.route
)
select inserted.id is not null as "created!",
  case
    when inserted.id is not null then inserted.state
    else coalesce(holdfast.job_state_of(input.id), case when holdfast.fail('40001',
      format('job %s was removed at the moment when it was pushed', input.id), json_build_object('entity', 'job', 'id', input.id))
      then 'ready'::holdfast.job_state end)
  end as "state!"
from input
left join inserted on inserted.id = input.id
order by input.position`,
});

/** The parameters of {@link readyDueJobs}. */
export interface ReadyDueJobsParameters {
  readonly queues: readonly string[];
  readonly limit: number;
  readonly expiredError: JsonText;
}

/** A row of {@link readyDueJobs}. */
export interface ReadyDueJobsRow {
  readonly woken: readonly string[] | null;
}

/**
 * Makes jobs ready whose moment has come or whose lease has run out, in queues that are not paused; or ends them dead where that
 * was the last attempt, and settles the jobs that come after them. At least a hundred of each kind a queue are looked at. Answers the
 * queues that were woken by that.
 * Index: jobs_scheduled, jobs_running. Locks: jobs, skipping those that others have locked, then dependents in id order.
 */
export const readyDueJobs: StatementFunction<ReadyDueJobsParameters, ReadyDueJobsRow> = one({
  name: "jobs/readyDueJobs",
  prepared: true,
  parameters: ["queues","limit","expiredError"],
  object: (row) => ({ woken: row[0] }),
  elements: {"queues":"text"},
  text: `with open_queue as materialized (
  select distinct given.name
  from unnest((select $1::text[])) as given(name)
  where not exists (select from holdfast.queues as queue where queue.name = given.name and queue.paused_at is not null)
), due as materialized (
  select found.id
  from open_queue
  cross join lateral (
    select job.id
    from holdfast.jobs as job
    where job.queue = open_queue.name and job.state = 'scheduled' and job.run_at <= holdfast.now()
    order by job.run_at
    limit greatest((select $2::bigint), 100)
    for no key update skip locked
  ) as found
), expired as materialized (
  select found.id
  from open_queue
  cross join lateral (
    select job.id
    from holdfast.jobs as job
    where job.queue = open_queue.name and job.state = 'running' and job.lease_until <= holdfast.now()
    order by job.lease_until
    limit greatest((select $2::bigint), 100)
    for no key update skip locked
  ) as found
), change as (
  select due.id from due
  union all
  select expired.id from expired
  limit 2 * greatest($2, 100) * cardinality($1::text[])
), changed as (
  update holdfast.jobs as job set
    state = case when job.state = 'running' and job.attempts >= job.max_attempts then 'dead' else 'ready' end::holdfast.job_state,
    turn = case when job.state = 'running' then 0 else job.turn end,
    lease_until = null,
    finished_at = case when job.state = 'running' and job.attempts >= job.max_attempts then holdfast.now() end,
    error = case when job.state = 'running' and job.attempts >= job.max_attempts then $3::json else job.error end
  from change
  where job.id = change.id
  returning job.id, job.state, job.has_dependents
)
select (
  select holdfast.settle_dependents(array_agg(changed.id::text))
  from changed
  where changed.state = 'dead' and changed.has_dependents
  having count(*) > 0
) as "woken?"`,
});

/** The parameters of {@link releaseJobs}. */
export interface ReleaseJobsParameters {
  readonly ids: readonly string[];
  readonly tokens: readonly number[];
}

/** A row of {@link releaseJobs}. */
export interface ReleaseJobsRow {
  readonly ok: boolean;
  readonly state: JobState | null;
  readonly token: number | null;
  readonly attempts: number | null;
  readonly queue: string | null;
}

/**
 * Gives claimed jobs back, where their claims still hold: ready again at once, and the attempt does not count. Answers in input
 * order.
 * Each row is locked by a sub-select of its own: so the plan is one look-up a row whatever the planner thinks of the array's size.
 * Index: jobs_pkey. Locks: jobs in id order.
 */
export const releaseJobs: StatementFunction<ReleaseJobsParameters, readonly ReleaseJobsRow[]> = many({
  name: "jobs/releaseJobs",
  prepared: true,
  parameters: ["ids","tokens"],
  object: (row) => ({ ok: row[0], state: row[1], token: row[2], attempts: row[3], queue: row[4] }),
  elements: {"ids":"text","tokens":"int8"},
  text: `with locked as materialized (
  select input.id, input.position, job.queue, job.state, job.token, job.attempts,
    coalesce(holdfast.holds(job.token, job.lease_until, input.token), false) as is_held
  from (
    select given.id, given.token, given.position
    from unnest((select $1::text[]), $2::bigint[]) with ordinality as given(id, token, position)
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
    limit cardinality($1::text[])
  ) as held
  where job.id = held.id
)
select locked.is_held as "ok!", locked.state as "state?", locked.token as "token?", locked.attempts as "attempts?",
  locked.queue as "queue?"
from locked
order by locked.position`,
});

/** The parameters of {@link removeExpiredJobs}. */
export interface RemoveExpiredJobsParameters {
  readonly keepMs: number;
  readonly limit: number;
  readonly states: readonly JobState[];
}

/** A row of {@link removeExpiredJobs}. */
export interface RemoveExpiredJobsRow {
  readonly removed: number;
}

/**
 * Removes jobs that ended in one of the given states at least so long ago, at most `limit`, the oldest of each queue first. The
 * jobs of an execution stay, however long ago they ended: an engine that repeats a step pushes them again by their ids, and they
 * go with the execution. One that still has its throttled unique key stays until it loses it. Nothing comes after a job that has
 * ended, for its edges went when it did. Queues and states are found by stepping through the index.
 * Index: jobs_ended, jobs_pkey. Locks: jobs, skipping those that others have locked.
 */
export const removeExpiredJobs: StatementFunction<RemoveExpiredJobsParameters, RemoveExpiredJobsRow> = one({
  name: "jobs/removeExpiredJobs",
  prepared: true,
  parameters: ["keepMs","limit","states"],
  object: (row) => ({ removed: row[0] }),
  elements: {},
  text: `with recursive place as (
  (
    select job.queue::text as queue, job.state
    from holdfast.jobs as job
    where job.state in ('succeeded', 'dead', 'canceled')
    order by job.queue, job.state
    limit 1
  )
  union all
  select next.queue, next.state
  from place
  cross join lateral (
    select job.queue::text as queue, job.state
    from holdfast.jobs as job
    where job.state in ('succeeded', 'dead', 'canceled') and (job.queue, job.state) > (place.queue, place.state)
    order by job.queue, job.state
    limit 1
  ) as next
), removed as (
  delete from holdfast.jobs as job
  where job.id = any(array(
    select found.id
    from place
    cross join lateral (
      select ended.id
      from holdfast.jobs as ended
      where ended.queue = place.queue and ended.state = place.state and ended.state in ('succeeded', 'dead', 'canceled')
        and ended.execution_id is null and ended.finished_at <= holdfast.now() - $1::bigint * interval '1 millisecond'
        and (ended.throttled_until is null or ended.throttled_until <= holdfast.now())
      order by ended.finished_at
      limit $2
      for update skip locked
    ) as found
    where place.state = any($3::holdfast.job_state[])
    limit $2
  ))
  returning job.id
)
select count(*) as "removed!"
from removed`,
});

/** The parameters of {@link rescueJobs}. */
export interface RescueJobsParameters {
  readonly queues: readonly string[];
  readonly limit: number;
  readonly expiredError: JsonText;
}

/** A row of {@link rescueJobs}. */
export interface RescueJobsRow {
  readonly reclaimed: number;
  readonly died: number;
  readonly freed: readonly string[] | null;
  readonly woken: readonly string[] | null;
}

/**
 * Takes jobs from holders whose leases have run out: ready again, or dead where that was the last attempt, with the jobs that come
 * after them settled. Of the given queues, or of all where none is given, which are then found by stepping through the index.
 * Answers how many of each, and the queues in which there may be something to claim.
 * Index: jobs_running. Locks: jobs, skipping those that others have locked, then dependents in id order.
 */
export const rescueJobs: StatementFunction<RescueJobsParameters, RescueJobsRow> = one({
  name: "jobs/rescueJobs",
  prepared: true,
  parameters: ["queues","limit","expiredError"],
  object: (row) => ({ reclaimed: row[0], died: row[1], freed: row[2], woken: row[3] }),
  elements: {"queues":"text"},
  text: `with recursive busy_queue as (
  (
    select job.queue::text as name
    from holdfast.jobs as job
    where job.state = 'running' and cardinality($1::text[]) = 0
    order by job.queue
    limit 1
  )
  union all
  select (
    select job.queue::text
    from holdfast.jobs as job
    where job.state = 'running' and job.queue > busy_queue.name
    order by job.queue
    limit 1
  )
  from busy_queue
  where busy_queue.name is not null
), wanted as materialized (
  select distinct given.name from unnest((select $1::text[])) as given(name)
  union all
  select busy_queue.name from busy_queue where busy_queue.name is not null
), locked as materialized (
  select found.id, found.lease_until
  from wanted
  cross join lateral (
    select job.id, job.lease_until
    from holdfast.jobs as job
    where job.queue = wanted.name and job.state = 'running' and job.lease_until <= holdfast.now()
    order by job.lease_until
    limit $2
    for no key update skip locked
  ) as found
), expired as (
  select locked.id from locked order by locked.lease_until limit $2
), rescued as (
  update holdfast.jobs as job set
    state = case when job.attempts >= job.max_attempts then 'dead' else 'ready' end::holdfast.job_state,
    turn = 0,
    lease_until = null,
    finished_at = case when job.attempts >= job.max_attempts then holdfast.now() end,
    error = case when job.attempts >= job.max_attempts then $3::json else job.error end
  from expired
  where job.id = expired.id
  returning job.id, job.queue, job.state, job.has_dependents
), settled as materialized (
  select holdfast.settle_dependents(array_agg(rescued.id::text)) as woken
  from rescued
  where rescued.state = 'dead' and rescued.has_dependents
  having count(*) > 0
)
select count(*) filter (where rescued.state = 'ready') as "reclaimed!",
  count(*) filter (where rescued.state = 'dead') as "died!",
  array_agg(distinct rescued.queue::text) as "freed?",
  (select settled.woken from settled) as "woken?"
from rescued`,
});

/** The parameters of {@link resumeQueues}. */
export interface ResumeQueuesParameters {
  readonly queues: readonly string[];
}

/** A row of {@link resumeQueues}. */
export interface ResumeQueuesRow {
  readonly resumed: boolean;
}

/**
 * Lets jobs of paused queues be claimed again, and answers in input order whether each was paused.
 * Index: queues_pkey. Locks: queues in name order.
 */
export const resumeQueues: StatementFunction<ResumeQueuesParameters, readonly ResumeQueuesRow[]> = many({
  name: "jobs/resumeQueues",
  prepared: true,
  parameters: ["queues"],
  object: (row) => ({ resumed: row[0] }),
  elements: {"queues":"text"},
  text: `with input as (
  select given.name, given.position
  from unnest((select $1::text[])) with ordinality as given(name, position)
), locked as materialized (
  select queue.name
  from input
  join holdfast.queues as queue on queue.name = input.name and queue.paused_at is not null
  order by queue.name
  for update of queue
), resumed as (
  update holdfast.queues as queue set paused_at = null
  from locked
  where queue.name = locked.name
  returning queue.name
)
select resumed.name is not null as "resumed!"
from input
left join resumed on resumed.name = input.name
order by input.position`,
});

/** The parameters of {@link retryJobs}. */
export interface RetryJobsParameters {
  readonly ids: readonly string[];
  readonly states: readonly JobState[];
  readonly leavesTaken: boolean;
}

/** A row of {@link retryJobs}. */
export interface RetryJobsRow {
  readonly queue: string | null;
}

/**
 * Makes dead and canceled jobs that are in one of the given states ready again, with all their attempts, or blocked while jobs that
 * they come after have not ended, and answers in input order with the queue of each that it changed. Where another job has taken
 * the unique key meanwhile, fails with HF007, or leaves the job as it is; then, of several with one key, the last is retried.
 * Runs behind lock_retried_keys.
 * Index: jobs_pkey, jobs_unique. Locks: jobs in id order.
 */
export const retryJobs: StatementFunction<RetryJobsParameters, readonly RetryJobsRow[]> = many({
  name: "jobs/retryJobs",
  prepared: true,
  parameters: ["ids","states","leavesTaken"],
  object: (row) => ({ queue: row[0] }),
  elements: {"ids":"text"},
  text: `with locked as materialized (
  select input.id, input.position, job.queue, job.unique_key,
    case when job.unique_key is not null then (
      select twin.id
      from holdfast.jobs as twin
      where twin.queue = job.queue and twin.unique_key = job.unique_key
        and twin.state in ('blocked', 'scheduled', 'ready', 'running')
    ) end as twin_id
  from (
    select given.id, given.position
    from unnest((select $1::text[])) with ordinality as given(id, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select job.queue, job.unique_key
    from holdfast.jobs as job
    where job.id = input.id and job.state = any($2::holdfast.job_state[])
    for no key update
  ) as job on true
), chosen as materialized (
  select locked.id, locked.position, locked.queue,
    case
      when locked.queue is null then false
      when not $3::boolean then locked.twin_id is null
        or holdfast.fail('HF007', format('job %s cannot be tried again while job %s has its unique key: wait for that one', locked.id,
          locked.twin_id), json_build_object('entity', 'job', 'id', locked.id, 'holder', locked.twin_id))
      else locked.unique_key is null or locked.twin_id is null
        and row_number() over (partition by locked.queue, locked.unique_key order by locked.id desc) = 1
    end as is_retried
  from locked
), retried as (
  update holdfast.jobs as job set
    state = case when ended.blockers > 0 then 'blocked' else 'ready' end::holdfast.job_state, attempts = 0, turn = 0,
    blocked_by = ended.blockers, run_at = holdfast.now(), finished_at = null, error = null
  from (
    select chosen.id, holdfast.blockers_of(chosen.id) as blockers
    from chosen
    where chosen.is_retried
    limit cardinality($1::text[])
  ) as ended
  where job.id = ended.id
)
select case when chosen.is_retried then chosen.queue end as "queue?"
from chosen
order by chosen.position`,
});

/** The parameters of {@link selectJobs}. */
export interface SelectJobsParameters {
  readonly after: string;
  readonly states: readonly JobState[];
  readonly queue: string | null;
  readonly group: string | null;
  readonly executionId: string | null;
  readonly pushedBefore: Date | null;
  readonly limit: number;
}

/** A row of {@link selectJobs}. */
export interface SelectJobsRow {
  readonly id: string;
}

/**
 * Ids of the jobs of a filter, after a given one.
 * Index: jobs_of_execution, or the partial index of the states; else jobs_pkey.
 */
export const selectJobs: StatementFunction<SelectJobsParameters, readonly SelectJobsRow[]> = many({
  name: "jobs/selectJobs",
  prepared: false,
  parameters: ["after","states","queue","group","executionId","pushedBefore","limit"],
  object: (row) => ({ id: row[0] }),
  elements: {},
  text: `select id
from holdfast.jobs
where id > $1
  and state = any($2::holdfast.job_state[])
  and ($3::text is null or queue = $3)
  and ($4::text is null or group_key = $4)
  and ($5::text is null or execution_id = $5)
  and ($6::timestamptz is null or created_at < $6)
order by id
limit $7`,
});
