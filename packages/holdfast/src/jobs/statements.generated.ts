// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import type { JsonText } from "../core/codec.ts";
import type { DependencyPolicy, JobStatus, RunningPolicy } from "../core/enums.generated.ts";
import { exec, many, maybe, one, type InBothOrders, type StatementFunction } from "../core/plan.ts";

/** The parameters of {@link cancelJobs}. */
export interface CancelJobsParameters {
  readonly ids: readonly string[];
  readonly executionIds: readonly (string | null)[];
  readonly statuses: readonly JobStatus[];
}

/** A row of {@link cancelJobs}. */
export interface CancelJobsRow {
  readonly canceled: boolean;
  readonly woken: readonly string[] | null;
}

/**
 * Cancels jobs, as holdfast.cancel_jobs does. Fails with HF006 if an execution is given and the job belongs to another. Answers in input
 * order whether each was canceled. The first row also names the queues that may have work now.
 * Index: jobs_pkey. Locks: those of holdfast.cancel_jobs.
 */
export const cancelJobs: StatementFunction<CancelJobsParameters, readonly CancelJobsRow[]> = many({
  name: "jobs/cancelJobs",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","executionIds","statuses"],
  object: (row) => ({ canceled: row[0], woken: row[1] }),
  elements: {"ids":"text","executionIds":"text"},
  text: `with input as materialized (
  select given.id, given.execution_id, given.position
  from unnest((select $1::text[]), $2::text[]) with ordinality as given(id, execution_id, position)
), owned as materialized (
  select count(*) as count
  from input
  cross join lateral (
    select stored.execution_id from holdfast.jobs as stored where stored.id = input.id and input.execution_id is not null limit 1
  ) as job
  where holdfast.is_within(input.execution_id, job.execution_id, 'job', input.id, 'cancelJobs')
), done as materialized (
  select ended.canceled, ended.woken
  from owned
  cross join lateral holdfast.cancel_jobs((select $1::text[]), (select $3::holdfast.job_status[])) as ended
  where owned.count >= 0
)
select input.id in (select unnest(done.canceled) from done) as "canceled!",
  (select done.woken from done where input.position = 1) as "woken?"
from input
order by input.position`,
});

/** The parameters of {@link claimJobs}. */
export interface ClaimJobsParameters {
  readonly queues: readonly string[];
  readonly limit: number;
  readonly leaseMs: number;
  readonly holder: string | null;
  readonly capabilities: readonly string[];
  readonly expiredError: JsonText;
}

/** A row of {@link claimJobs}. */
export interface ClaimJobsRow {
  readonly position: number;
  readonly id: string | null;
  readonly queue: string;
  readonly token: number;
  readonly priority: number;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly timeoutMs: number | null;
  readonly queueTimeoutMs: number | null;
  readonly leaseUntil: Date;
  readonly runAt: Date;
  readonly createdAt: Date;
  readonly executionId: string | null;
  readonly payload: JsonText | null;
  readonly traceContext: string | null;
  readonly woken: readonly string[] | null;
  readonly died: readonly string[] | null;
}

/**
 * Claims at most `limit` jobs of queues that are not paused. Candidates are ready jobs, jobs that became due, and jobs whose holder was
 * lost. The capabilities must serve a job's route, and the limits of its queue and group must leave room. The order is rank, group turn,
 * time and push. The lines of several queues are merged by priority, then time. A job whose lease expired on its last attempt dies
 * instead. A row without an id holds dead jobs and the queues that they woke, or a queue with lost jobs whose executions fail with them.
 * The steps are functions of the schema; they say what they read and lock.
 */
export const claimJobs: StatementFunction<ClaimJobsParameters, readonly ClaimJobsRow[]> = many({
  name: "jobs/claimJobs",
  prepared: true,
  readsOnly: false,
  parameters: ["queues","limit","leaseMs","holder","capabilities","expiredError"],
  object: (row) => ({ position: row[0], id: row[1], queue: row[2], token: row[3], priority: row[4], attempts: row[5], maxAttempts: row[6], timeoutMs: row[7], queueTimeoutMs: row[8], leaseUntil: row[9], runAt: row[10], createdAt: row[11], executionId: row[12], payload: row[13], traceContext: row[14], woken: row[15], died: row[16] }),
  elements: {"queues":"text","capabilities":"text"},
  text: `select claimed.pos as "position!", claimed.id as "id?", claimed.queue as "queue!", claimed.token as "token!",
  claimed.priority as "priority!", claimed.attempts as "attempts!", claimed.max_attempts as "max_attempts!",
  claimed.timeout_ms as "timeout_ms?", claimed.queue_timeout_ms as "queue_timeout_ms?", claimed.lease_until as "lease_until!",
  claimed.run_at as "run_at!", claimed.created_at as "created_at!", claimed.execution_id as "execution_id?", claimed.payload as "payload?",
  claimed.trace_context as "trace_context?", claimed.woken as "woken?",
  claimed.died as "died?"
from holdfast.claim_jobs($1::text[], $2::bigint, $3::bigint, $4::text, $5::text[], $6::json)
  as claimed`,
});

/** The parameters of {@link claimPlainJobs}. */
export interface ClaimPlainJobsParameters {
  readonly queue: string;
  readonly limit: number;
  readonly leaseMs: number;
  readonly holder: string | null;
  readonly expiredError: JsonText;
}

/** A row of {@link claimPlainJobs}. */
export interface ClaimPlainJobsRow {
  readonly position: number;
  readonly id: string | null;
  readonly queue: string;
  readonly token: number;
  readonly priority: number;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly timeoutMs: number | null;
  readonly queueTimeoutMs: number | null;
  readonly leaseUntil: Date;
  readonly runAt: Date;
  readonly createdAt: Date;
  readonly executionId: string | null;
  readonly payload: JsonText | null;
  readonly traceContext: string | null;
  readonly woken: readonly string[] | null;
  readonly died: readonly string[] | null;
}

/**
 * Claims at most `limit` ready jobs of one queue without limits, in the order of rank, turn, time and push. The jobs require nothing.
 * This is the usual claim. holdfast.claim_jobs takes over within this statement if the queue has limits, or a chunk comes in between. It
 * also does if a job is due, a lease has expired or a group was opened. Rows are found again by their place (ctid), which nobody changes
 * while they are locked. Rows that changed after this statement began are invisible here, and left to the next claim.
 * Index: ready_order and ready_chunks_order, in order; scheduled_due, leases_of_queue, lease_chunks_of_queue, openings_of_queue. Locks:
 * rows of ready, skipping those that others have locked.
 */
export const claimPlainJobs: StatementFunction<ClaimPlainJobsParameters, readonly ClaimPlainJobsRow[]> = many({
  name: "jobs/claimPlainJobs",
  prepared: true,
  readsOnly: false,
  parameters: ["queue","limit","leaseMs","holder","expiredError"],
  object: (row) => ({ position: row[0], id: row[1], queue: row[2], token: row[3], priority: row[4], attempts: row[5], maxAttempts: row[6], timeoutMs: row[7], queueTimeoutMs: row[8], leaseUntil: row[9], runAt: row[10], createdAt: row[11], executionId: row[12], payload: row[13], traceContext: row[14], woken: row[15], died: row[16] }),
  elements: {},
  text: `with standing as materialized (
  select coalesce(setting.paused_at is not null, false) as is_paused,
    coalesce(setting.is_limited, false) or exists (
      select from holdfast.scheduled as work where work.queue = $1 and work.run_at <= holdfast.now()
    ) or exists (
      select from holdfast.leases as lease where lease.queue = $1 and lease.lease_until <= holdfast.now()
    ) or exists (
      select from holdfast.lease_chunks as chunk where chunk.queue = $1 and chunk.lease_until <= holdfast.now()
    ) or (
      select true from holdfast.openings as opening where opening.queue = $1 order by opening.group_key limit 1
    ) is not null or exists (
      select
      from (
        select each.rank, each.run_at, each.sequence
        from holdfast.ready_chunks as each where each.queue = $1 order by each.rank, each.run_at, each.sequence limit 1
      ) as chunk
      where $2::bigint > (
        select count(*) from (
          select
          from holdfast.ready as work
          where work.queue = $1 and work.kind = 'job' and work.route = ''
            and (work.rank, work.turn, work.run_at, work.sequence) < (chunk.rank, 0, chunk.run_at, chunk.sequence)
          order by work.rank, work.turn, work.run_at, work.sequence
          limit $2::bigint
        ) as single
      )
    )
    or coalesce(pg_sequence_last_value('holdfast.tokens'), 0) % 512 = 1 as needs_more,
    setting.timeout_ms
  from (select) as one
  left join holdfast.queues as setting on setting.name = $1
), head as materialized (
  select found.ctid as place
  from holdfast.ready as found
  where found.queue = $1 and found.kind = 'job' and found.route = ''
  order by found.rank, found.turn, found.run_at, found.sequence
  limit (select case when standing.is_paused or standing.needs_more then 0 else $2::bigint end from standing)
  for update skip locked
), picked as materialized (
  select array_agg(head.place) as places from head
), gone as (
  delete from holdfast.ready as work
  using (
    select given.place, given.position
    from picked
    cross join lateral unnest(picked.places) with ordinality as given(place, position)
    limit (select $2::bigint)
  ) as chosen
  where work.ctid = chosen.place
  returning work.id, work.attempts, case when work.has_place then work.group_key end as group_key, work.is_linked, chosen.position,
    nextval('holdfast.tokens') as token
), leased as (
  insert into holdfast.leases (kind, id, token, queue, lease_until, claimed_at, attempts, holder, group_key, is_linked)
  select 'job', gone.id, gone.token, $1, holdfast.now() + $3::bigint * interval '1 millisecond', holdfast.now(),
    gone.attempts + 1, $4::text, gone.group_key, gone.is_linked
  from gone
)
select gone.position as "position!", gone.id as "id?", $1::text as "queue!", gone.token as "token!", job.priority as "priority!",
  gone.attempts + 1 as "attempts!", job.max_attempts as "max_attempts!",
  job.timeout_ms as "timeout_ms?", (select standing.timeout_ms from standing) as "queue_timeout_ms?",
  holdfast.now() + $3::bigint * interval '1 millisecond' as "lease_until!", job.run_at as "run_at!", job.created_at as "created_at!", job.execution_id::text as "execution_id?", job.payload as "payload?",
  job.trace_context as "trace_context?", null::text[] as "woken?",
  null::text[] as "died?"
from gone
cross join lateral (
  select stored.id, stored.priority, stored.run_at, stored.max_attempts, stored.timeout_ms, stored.created_at, stored.execution_id,
    stored.payload, stored.trace_context
  from holdfast.jobs as stored
  where stored.id = gone.id
  limit 1
) as job
union all
select claimed.pos, claimed.id, claimed.queue, claimed.token, claimed.priority, claimed.attempts, claimed.max_attempts, claimed.timeout_ms,
  claimed.queue_timeout_ms, claimed.lease_until, claimed.run_at, claimed.created_at, claimed.execution_id, claimed.payload, claimed.trace_context,
  claimed.woken, claimed.died
from standing
cross join lateral holdfast.claim_jobs(
  array[$1], $2::bigint, $3::bigint, $4::text, '{}', $5::json
) as claimed
where standing.needs_more and not standing.is_paused`,
});

/** The parameters of {@link completeJob}. */
export interface CompleteJobParameters {
  readonly id: string;
  readonly token: number;
  readonly isSettled: boolean;
  readonly result: JsonText | null;
}

/** A row of {@link completeJob}. */
export interface CompleteJobRow {
  readonly ok: boolean;
  readonly status: JobStatus | null;
  readonly token: number | null;
  readonly attempts: number | null;
  readonly woken: readonly string[] | null;
  readonly freed: string | null;
  readonly opened: boolean | null;
}

/**
 * Completes one claimed job if its claim still holds, as complete_jobs does for many. This is the usual completion. Returns no row for a
 * job that does not exist.
 * Index: leases_pkey, ended_jobs_pkey, queues_pkey. Locks: the lease, then those of settle_jobs.
 */
export const completeJob: StatementFunction<CompleteJobParameters, CompleteJobRow | null> = maybe({
  name: "jobs/completeJob",
  prepared: true,
  readsOnly: false,
  parameters: ["id","token","isSettled","result"],
  object: (row) => ({ ok: row[0], status: row[1], token: row[2], attempts: row[3], woken: row[4], freed: row[5], opened: row[6] }),
  elements: {},
  text: `with gone as (
  delete from holdfast.leases as lease
  where lease.id = $1 and lease.kind = 'job' and lease.token = $2
    and ($3::boolean or lease.lease_until > holdfast.now())
  returning lease.id, lease.queue, lease.attempts, lease.token, lease.claimed_at, lease.holder, lease.group_key, lease.is_linked
), ended as (
  insert into holdfast.ended_jobs (id, queue, status, attempts, token, started_at, finished_at, holder, result)
  select gone.id, gone.queue, 'succeeded', gone.attempts, gone.token, gone.claimed_at, holdfast.now(), gone.holder, $4::json
  from gone
  returning 1
), counted as (
  insert into holdfast.job_counts (queue, status, count)
  select gone.queue, 'succeeded', 1 from gone
)
select true as "ok!", null::holdfast.job_status as "status?", null::bigint as "token?", null::integer as "attempts?",
  case when gone.is_linked and (select count(*) from ended) > 0 then holdfast.settle_jobs(array[gone.id]) end as "woken?",
  (select queue.name::text from holdfast.queues as queue where queue.name = gone.queue and queue.is_limited) as "freed?",
  case when gone.group_key is not null then holdfast.open_group(gone.queue, gone.group_key) end as "opened?"
from gone
union all
select job.status = 'succeeded' and job.token = $2, job.status, job.token, job.attempts, null, job.freed, null
from holdfast.complete_packed($1, $2::bigint, $4::json, $3::boolean) as job
where not exists (select from gone)`,
});

/** The parameters of {@link completeJobs}. */
export interface CompleteJobsParameters {
  readonly ids: readonly string[];
  readonly tokens: readonly number[];
  readonly results: readonly (JsonText | null)[];
  readonly isSettled: boolean;
}

/** A row of {@link completeJobs}. */
export interface CompleteJobsRow {
  readonly place: number;
  readonly ok: boolean;
  readonly status: JobStatus | null;
  readonly token: number | null;
  readonly attempts: number | null;
  readonly woken: readonly string[] | null;
}

/**
 * Completes claimed jobs if their claims still hold, settles their dependents, and frees the slots of their groups. Returns the few
 * claims that did not hold, by their place in the input. A claim that has already completed its job gets the same answer again,
 * recognized by the token of the end. A row of place 0 has the woken queues, including those with limits.
 * Index: ended_jobs_pkey, queues_pkey. Locks: those of complete_chunks and take_leases, then those of settle_jobs.
 */
export const completeJobs: StatementFunction<CompleteJobsParameters, readonly CompleteJobsRow[]> = many({
  name: "jobs/completeJobs",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","tokens","results","isSettled"],
  object: (row) => ({ place: row[0], ok: row[1], status: row[2], token: row[3], attempts: row[4], woken: row[5] }),
  elements: {"ids":"text","tokens":"int8","results":"json"},
  text: `with packed as materialized (
  select given.place, given.id, given.token, given.result, given.freed
  from holdfast.complete_chunks((select $1::text[]), (select $2::bigint[]), $3::json[], $4::boolean) as given
), input as materialized (
  select row_number() over (order by packed.place) as number, packed.id, packed.token, packed.result, packed.place
  from packed
  where packed.place is not null
), gone as materialized (
  select input.place, taken.id, taken.queue, taken.attempts, taken.token, taken.claimed_at, taken.holder, taken.group_key,
    taken.is_linked, input.result
  from holdfast.take_leases(array(select input.id from input order by input.number),
    array(select input.token from input order by input.number), $4::boolean) as taken
  join input on input.number = taken.place
), ended as (
  insert into holdfast.ended_jobs (id, queue, status, attempts, token, started_at, finished_at, holder, result)
  select gone.id, gone.queue, 'succeeded', gone.attempts, gone.token, gone.claimed_at, holdfast.now(), gone.holder, gone.result
  from gone
  returning 1
), counted as (
  insert into holdfast.job_counts (queue, status, count)
  select gone.queue, 'succeeded', count(*) from gone group by gone.queue
), opened as (
  insert into holdfast.openings (queue, group_key, freed)
  select gone.queue, gone.group_key, count(*) from gone where gone.group_key is not null group by gone.queue, gone.group_key
), settled as materialized (
  select holdfast.settle_jobs(array_agg(gone.id)) as woken
  from gone
  where gone.is_linked and (select count(*) from ended) > 0
  having count(*) > 0
), freed as materialized (
  select array_agg(limited.name) as names
  from (
    select queue.name::text as name
    from holdfast.queues as queue
    where queue.is_limited and queue.name = any(array(select distinct gone.queue from gone))
    union
    select packed.freed from packed where packed.freed is not null
  ) as limited
), lost as materialized (
  select input.place, input.token, lost.status, lost.token as current_token, lost.attempts
  from input
  left join lateral holdfast.job_standing(input.id) as lost on true
  where input.place not in (select gone.place from gone)
)
select lost.place::integer as "place!", coalesce(lost.status = 'succeeded' and lost.current_token = lost.token, false) as "ok!",
  lost.status as "status?", lost.current_token as "token?", lost.attempts as "attempts?", null::text[] as "woken?"
from lost
union all
select 0, true, null, null, null, settled.woken || freed.names
from freed
left join settled on true
where settled.woken is not null or freed.names is not null`,
});

/** The parameters of {@link countExpiredJobs}. */
export interface CountExpiredJobsParameters {
  readonly statuses: readonly JobStatus[];
  readonly keepMs: number;
}

/** A row of {@link countExpiredJobs}. */
export interface CountExpiredJobsRow {
  readonly expired: number;
}

/**
 * Counts the jobs that remove_expired_jobs would remove in all.
 * Index: ended_jobs_finished, jobs_pkey, lease_chunks_of_chunk.
 */
export const countExpiredJobs: StatementFunction<CountExpiredJobsParameters, CountExpiredJobsRow> = one({
  name: "jobs/countExpiredJobs",
  prepared: true,
  readsOnly: true,
  parameters: ["statuses","keepMs"],
  object: (row) => ({ expired: row[0] }),
  elements: {},
  text: `select count(*) as "expired!"
from unnest((select $1::holdfast.job_status[])) as wanted(status)
cross join lateral (
  select ended.id
  from holdfast.ended_jobs as ended
  where ended.status = wanted.status and not ended.is_kept
    and ended.finished_at <= holdfast.now() - $2::bigint * interval '1 millisecond'
    and not exists (
      select
      from holdfast.jobs as job
      where job.id = ended.id and (job.execution_id is not null or job.unique_key is not null and holdfast.is_throttled(job.id)
        or job.chunk_id is not null and holdfast.is_of_held_chunk(job.id))
    )
) as expired`,
});

/** The parameters of {@link failJobs}. */
export interface FailJobsParameters {
  readonly errors: readonly (JsonText | null)[];
  readonly retryAfterMs: readonly (number | null)[];
  readonly final: readonly boolean[];
  readonly isSettled: boolean;
  readonly ids: readonly string[];
  readonly tokens: readonly number[];
}

/** A row of {@link failJobs}. */
export interface FailJobsRow {
  readonly ok: boolean;
  readonly isLast: boolean | null;
  readonly runAt: Date | null;
  readonly queue: string | null;
  readonly status: JobStatus | null;
  readonly token: number | null;
  readonly attempts: number | null;
  readonly woken: readonly string[] | null;
  readonly failedExecutions: readonly string[] | null;
}

/**
 * Records that claimed jobs failed, if their claims still hold. A job with attempts left is retried after the given delay. By default the
 * delay is a backoff that doubles with each attempt up to its bound. Half of it is random, so that jobs that failed together do not
 * return together. The job then comes before those that its group has not begun. A job without attempts left, or whose failure is final,
 * dies, and its dependents are settled. Its execution fails with it if the job says so, unless the caller does that (`isSettled`).
 * Answers in input order. The first row also has the woken queues and the failed executions.
 * Index: jobs_pkey, queues_pkey. Locks: those of lock_failing and take_leases, then those of settle_jobs and fail_owners.
 */
export const failJobs: StatementFunction<FailJobsParameters, readonly FailJobsRow[]> = many({
  name: "jobs/failJobs",
  prepared: true,
  readsOnly: false,
  parameters: ["errors","retryAfterMs","final","isSettled","ids","tokens"],
  object: (row) => ({ ok: row[0], isLast: row[1], runAt: row[2], queue: row[3], status: row[4], token: row[5], attempts: row[6], woken: row[7], failedExecutions: row[8] }),
  elements: {"errors":"json","retryAfterMs":"int8","ids":"text","tokens":"int8"},
  text: `with input as materialized (
  select given.error, given.retry_after_ms, given.is_final, given.position
  from unnest((select $1::json[]), $2::bigint[], $3::boolean[]) with ordinality
    as given(error, retry_after_ms, is_final, position)
), locked as materialized (
  select case when not $4::boolean and exists (
    select
    from unnest((select $5::text[])) as given(id)
    cross join lateral (
      select lease.is_linked from holdfast.leases as lease where lease.id = given.id and lease.kind = 'job' limit 1
    ) as held
    where held.is_linked
  ) then holdfast.lock_failing($5::text[], $3::boolean[], '{}', '{}') end as is_fatal
), gone as materialized (
  select taken.id, taken.queue, taken.attempts, taken.token, taken.claimed_at, taken.holder, taken.group_key, taken.is_linked, input.error,
    input.retry_after_ms, input.is_final, input.position
  from locked
  cross join lateral holdfast.take_leases((select $5::text[]), (select $6::bigint[]),
    $4::boolean and coalesce(locked.is_fatal, false) is not null) as taken
  join input on input.position = taken.place
), failed as materialized (
  select gone.id, gone.queue, gone.attempts, gone.token, gone.claimed_at, gone.holder, gone.group_key, gone.is_linked, gone.error,
    gone.position, job.priority, gone.is_final or gone.attempts >= job.max_attempts as is_last,
    (select queue.aging_ms from holdfast.queues as queue where queue.name = gone.queue) as aging_ms,
    holdfast.now() + interval '1 millisecond' * coalesce(gone.retry_after_ms,
      least(job.backoff_ms * power(2::double precision, least(gone.attempts - 1, 62)), job.backoff_max_ms) * (0.5 + random() / 2)
    ) as run_at
  from gone
  cross join lateral (
    select stored.priority, stored.max_attempts, stored.backoff_ms, stored.backoff_max_ms
    from holdfast.jobs as stored where stored.id = gone.id limit 1
  ) as job
), opened as (
  insert into holdfast.openings (queue, group_key, freed)
  select failed.queue, failed.group_key, count(*) from failed where failed.group_key is not null group by failed.queue, failed.group_key
), died as (
  insert into holdfast.ended_jobs (id, queue, status, attempts, token, started_at, finished_at, holder, error)
  select failed.id, failed.queue, 'dead', failed.attempts, failed.token, failed.claimed_at, holdfast.now(), failed.holder, failed.error
  from failed
  where failed.is_last
  returning 1
), recorded as (
  insert into holdfast.job_failures (job_id, token, attempt, started_at, failed_at, holder, error)
  select failed.id, failed.token, failed.attempts, failed.claimed_at, holdfast.now(), failed.holder, failed.error from failed
), counted as (
  insert into holdfast.job_counts (queue, status, count)
  select failed.queue, 'dead', count(*) from failed where failed.is_last group by failed.queue
), changed as (
  update holdfast.jobs as job set
    attempts = retried.attempts, token = retried.token, started_at = retried.claimed_at, holder = retried.holder, error = retried.error,
    run_at = retried.run_at, turn = 0, rank = holdfast.work_rank(retried.priority, retried.run_at, retried.aging_ms)
  from (
    select failed.id, failed.attempts, failed.token, failed.claimed_at, failed.holder, failed.error, failed.run_at, failed.priority,
      failed.aging_ms
    from failed
    where not failed.is_last
    limit holdfast.at_most(cardinality($5::text[]))
  ) as retried
  where job.id = retried.id
  returning job.id
), settled as materialized (
  select holdfast.settle_jobs(array_agg(failed.id)) as woken
  from failed
  where failed.is_last and failed.is_linked and (select count(*) from died) > 0
  having count(*) > 0
), owned as materialized (
  select owner.executions, owner.woken
  from settled
  cross join lateral holdfast.fail_owners(array(select failed.id from failed where failed.is_last and failed.is_linked)) as owner
  where not $4::boolean
), queued as materialized (
  select enqueued.id, enqueued.status from holdfast.enqueue_jobs(array(select changed.id::text from changed)) as enqueued
)
select failed.id is not null as "ok!", failed.is_last as "is_last?", failed.run_at as "run_at?", failed.queue as "queue?",
  coalesce(queued.status, lost.status) as "status?", lost.token as "token?", lost.attempts as "attempts?",
  settled.woken || owned.woken as "woken?", owned.executions as "failed_executions?"
from unnest((select $5::text[])) with ordinality as input(id, position)
left join failed on failed.position = input.position
left join queued on queued.id = failed.id
left join lateral (
  select current.status, current.token, current.attempts from holdfast.job_standing(input.id) as current where failed.id is null
) as lost on true
left join settled on input.position = 1
left join owned on input.position = 1
order by input.position`,
});

/** The parameters of {@link failOwners}. */
export interface FailOwnersParameters {
  readonly ids: readonly string[];
}

/** A row of {@link failOwners}. */
export interface FailOwnersRow {
  readonly executions: readonly string[];
  readonly woken: readonly string[];
}

/**
 * Fails the executions of dead jobs, if the jobs say so. Returns the executions, and the queues that may have work now. See
 * holdfast.fail_owners for its locks.
 */
export const failOwners: StatementFunction<FailOwnersParameters, FailOwnersRow> = one({
  name: "jobs/failOwners",
  prepared: true,
  readsOnly: false,
  parameters: ["ids"],
  object: (row) => ({ executions: row[0], woken: row[1] }),
  elements: {"ids":"text"},
  text: `select failed.executions as "executions!", failed.woken as "woken!" from holdfast.fail_owners($1::text[]) as failed`,
});

/** The parameters of {@link getJobs}. */
export interface GetJobsParameters {
  readonly ids: readonly string[];
}

/** A row of {@link getJobs}. */
export interface GetJobsRow {
  readonly id: string;
  readonly queue: string;
  readonly status: JobStatus;
  readonly onDependencyFailure: DependencyPolicy;
  readonly blockedBy: number;
  readonly priority: number;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly timeoutMs: number | null;
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
  readonly failsExecution: boolean;
  readonly payload: JsonText | null;
  readonly result: JsonText | null;
  readonly error: JsonText | null;
  readonly failures: JsonText | null;
}

/**
 * Reads jobs by id, in any order. The table that holds a job gives its status. Missing jobs have no row.
 * Errors of failures are texts in JSON, as the codec wrote them.
 * Index: jobs_pkey, ended_jobs_pkey, leases_pkey, blocked_jobs_pkey, scheduled_pkey, job_failures_pkey.
 */
export const getJobs: StatementFunction<GetJobsParameters, readonly GetJobsRow[]> = many({
  name: "jobs/getJobs",
  prepared: true,
  readsOnly: true,
  parameters: ["ids"],
  object: (row) => ({ id: row[0], queue: row[1], status: row[2], onDependencyFailure: row[3], blockedBy: row[4], priority: row[5], attempts: row[6], maxAttempts: row[7], backoffMs: row[8], backoffMaxMs: row[9], timeoutMs: row[10], token: row[11], runAt: row[12], leaseUntil: row[13], createdAt: row[14], startedAt: row[15], finishedAt: row[16], holder: row[17], groupKey: row[18], route: row[19], uniqueKey: row[20], executionId: row[21], failsExecution: row[22], payload: row[23], result: row[24], error: row[25], failures: row[26] }),
  elements: {"ids":"text"},
  text: `select job.id as "id!", job.queue as "queue!", job.status as "status!", job.on_dependency_failure as "on_dependency_failure!",
  job.blocked_by as "blocked_by!", job.priority as "priority!", job.attempts as "attempts!", job.max_attempts as "max_attempts!",
  job.backoff_ms as "backoff_ms!", job.backoff_max_ms as "backoff_max_ms!", job.timeout_ms as "timeout_ms?",
  job.token as "token!", job.run_at as "run_at!", job.lease_until as "lease_until?", job.created_at as "created_at!", job.started_at as "started_at?",
  job.finished_at as "finished_at?", job.holder as "holder?", job.group_key as "group_key?", job.route as "route!",
  job.unique_key as "unique_key?", job.execution_id as "execution_id?", job.fails_execution as "fails_execution!",
  job.payload as "payload?", job.result as "result?", job.error as "error?",
  (
    select json_agg(json_build_object('token', failure.token, 'attempt', failure.attempt, 'startedAt', failure.started_at, 'failedAt', failure.failed_at,
      'holder', failure.holder, 'error', failure.error::text) order by failure.token)
    from (
      select stored.token, stored.attempt, stored.started_at, stored.failed_at, stored.holder, stored.error
      from holdfast.job_failures as stored
      where stored.job_id = job.id
      order by stored.token desc
      limit 10
    ) as failure
  ) as "failures?"
from holdfast.job_records as job
where job.id = any((select $1::text[])::text[])`,
});

/** The parameters of {@link getProgress}. */
export interface GetProgressParameters {
  readonly id: string;
}

/** A row of {@link getProgress}. */
export interface GetProgressRow {
  readonly reportedAt: Date;
  readonly data: JsonText | null;
}

/**
 * The progress that a job's holder reported last.
 * Index: job_reports_pkey.
 */
export const getProgress: StatementFunction<GetProgressParameters, GetProgressRow | null> = maybe({
  name: "jobs/getProgress",
  prepared: true,
  readsOnly: true,
  parameters: ["id"],
  object: (row) => ({ reportedAt: row[0], data: row[1] }),
  elements: {},
  text: `select report.reported_at as "reported_at!", report.data as "data?"
from holdfast.job_reports as report
where report.job_id = $1 and report.number = 0`,
});

/** The parameters of {@link heartbeatJobs}. */
export interface HeartbeatJobsParameters {
  readonly ids: readonly string[];
  readonly tokens: readonly number[];
  readonly leaseMs: number;
}

/** A row of {@link heartbeatJobs}. */
export interface HeartbeatJobsRow {
  readonly leaseUntil: Date | null;
}

/**
 * Renews the leases of claimed jobs from now on, if the claims still hold. Returns the new ends in input order. Chunks come first: the
 * jobs of an unpacked chunk have leases of their own afterwards. The steps say what is read and locked.
 */
export const heartbeatJobs: StatementFunction<HeartbeatJobsParameters, readonly HeartbeatJobsRow[]> = many({
  name: "jobs/heartbeatJobs",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","tokens","leaseMs"],
  object: (row) => ({ leaseUntil: row[0] }),
  elements: {"ids":"text","tokens":"int8"},
  text: `with packed as materialized (
  select array(
    select extended.place from holdfast.extend_chunks((select $1::text[]), (select $2::bigint[]), $3::bigint) as extended(place)
  ) as places
), kept as materialized (
  select extended.place
  from packed
  cross join lateral holdfast.extend_leases($1, $2, $3) as extended(place)
  union all
  select unnest(packed.places) from packed
)
select case
  when input.place in (select kept.place from kept) then holdfast.now() + $3::bigint * interval '1 millisecond'
end as "lease_until?"
from unnest((select $1::text[])) with ordinality as input(id, place)
order by input.place`,
});

/** The parameters of {@link listFatalJobs}. */
export interface ListFatalJobsParameters {
  readonly queues: readonly string[];
  readonly limit: number;
}

/** A row of {@link listFatalJobs}. */
export interface ListFatalJobsRow {
  readonly id: string;
  readonly token: number;
}

/**
 * The claims of lost jobs whose executions fail with them, by queue. Claims and rescues leave these jobs alone.
 * Index: leases_of_queue, jobs_pkey.
 */
export const listFatalJobs: StatementFunction<ListFatalJobsParameters, readonly ListFatalJobsRow[]> = many({
  name: "jobs/listFatalJobs",
  prepared: true,
  readsOnly: true,
  parameters: ["queues","limit"],
  object: (row) => ({ id: row[0], token: row[1] }),
  elements: {"queues":"text"},
  text: `select lost.id as "id!", lost.token as "token!"
from unnest((select $1::text[])) as named(queue)
cross join lateral (
  select lease.id, lease.token
  from holdfast.leases as lease
  where lease.queue = named.queue and lease.lease_until <= holdfast.now() and lease.kind = 'job' and holdfast.is_fatal(lease)
  order by lease.lease_until
  limit $2::bigint
) as lost`,
});

/** The parameters of {@link listJobLog}. */
export interface ListJobLogParameters {
  readonly id: string;
  readonly after: number;
  readonly limit: number;
}

/** A row of {@link listJobLog}. */
export interface ListJobLogRow {
  readonly number: number;
  readonly reportedAt: Date;
  readonly message: string;
  readonly data: JsonText | null;
}

/**
 * The lines of a job's log by number, after a given one.
 * Index: job_reports_pkey.
 */
export const listJobLog: InBothOrders<ListJobLogParameters, readonly ListJobLogRow[]> = {
  asc: many({
  name: "jobs/listJobLog",
  prepared: true,
  readsOnly: true,
  parameters: ["id","after","limit"],
  object: (row) => ({ number: row[0], reportedAt: row[1], message: row[2], data: row[3] }),
  elements: {},
  text: `select number as "number!", reported_at as "reported_at!", message as "message!", data as "data?"
from holdfast.job_reports
where job_id = $1 and number > 0 and number > $2::bigint
order by number
limit $3`,
}),
  desc: many({
  name: "jobs/listJobLog desc",
  prepared: true,
  readsOnly: true,
  parameters: ["id","after","limit"],
  object: (row) => ({ number: row[0], reportedAt: row[1], message: row[2], data: row[3] }),
  elements: {},
  text: `select number as "number!", reported_at as "reported_at!", message as "message!", data as "data?"
from holdfast.job_reports
where job_id = $1 and number > 0 and number < $2::bigint
order by number desc
limit $3`,
}),
};

/** The parameters of {@link listJobs}. */
export interface ListJobsParameters {
  readonly withPayloads: boolean;
  readonly tables: readonly JobStatus[];
  readonly after: string;
  readonly executionId: string | null;
  readonly queue: string | null;
  readonly statuses: readonly JobStatus[];
  readonly limit: number;
}

/** A row of {@link listJobs}. */
export interface ListJobsRow {
  readonly id: string;
  readonly queue: string;
  readonly status: JobStatus;
  readonly onDependencyFailure: DependencyPolicy;
  readonly blockedBy: number;
  readonly priority: number;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly timeoutMs: number | null;
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
  readonly failsExecution: boolean;
  readonly payload: JsonText | null;
  readonly result: JsonText | null;
  readonly error: JsonText | null;
}

/**
 * Jobs by id, after a given one, by queue, statuses and execution. Each status has its own tables, and only the wanted ones are read
 * (`tables`). So jobs in other statuses cost nothing. Ready jobs have no index by id, so those of the queue are sorted.
 * Index: jobs_pkey; jobs_of_execution, blocked_jobs_pkey, scheduled_pkey, group_lines_pkey, ready_order, leases_pkey, ended_jobs_pkey or
 * ended_jobs_retriable.
 */
export const listJobs: InBothOrders<ListJobsParameters, readonly ListJobsRow[]> = {
  asc: many({
  name: "jobs/listJobs",
  prepared: false,
  readsOnly: true,
  parameters: ["withPayloads","tables","after","executionId","queue","statuses","limit"],
  object: (row) => ({ id: row[0], queue: row[1], status: row[2], onDependencyFailure: row[3], blockedBy: row[4], priority: row[5], attempts: row[6], maxAttempts: row[7], backoffMs: row[8], backoffMaxMs: row[9], timeoutMs: row[10], token: row[11], runAt: row[12], leaseUntil: row[13], createdAt: row[14], startedAt: row[15], finishedAt: row[16], holder: row[17], groupKey: row[18], route: row[19], uniqueKey: row[20], executionId: row[21], failsExecution: row[22], payload: row[23], result: row[24], error: row[25] }),
  elements: {},
  text: `select job.id as "id!", job.queue as "queue!", job.status as "status!", job.on_dependency_failure as "on_dependency_failure!",
  job.blocked_by as "blocked_by!", job.priority as "priority!", job.attempts as "attempts!", job.max_attempts as "max_attempts!",
  job.backoff_ms as "backoff_ms!", job.backoff_max_ms as "backoff_max_ms!", job.timeout_ms as "timeout_ms?",
  job.token as "token!", job.run_at as "run_at!", job.lease_until as "lease_until?", job.created_at as "created_at!", job.started_at as "started_at?",
  job.finished_at as "finished_at?", job.holder as "holder?", job.group_key as "group_key?", job.route as "route!",
  job.unique_key as "unique_key?", job.execution_id as "execution_id?", job.fails_execution as "fails_execution!",
  case when $1::boolean then job.payload end as "payload?", case when $1 then job.result end as "result?",
  case when $1 then job.error end as "error?"
from (
  (
    select stored.id from holdfast.job_records as stored
    where cardinality($2::holdfast.job_status[]) = 0 and stored.id > $3
      and ($4::text is null or stored.execution_id = $4)
      and ($5::text is null or stored.queue = $5)
      and (cardinality($6::holdfast.job_status[]) = 0 or stored.status = any($6::holdfast.job_status[]))
    order by stored.id limit $7
  )
  union all
  (
    select stored.id from holdfast.blocked_jobs as stored
    where 'blocked' = any($2) and stored.id > $3 and ($5 is null or stored.queue = $5)
    order by stored.id limit $7
  )
  union all
  (
    select stored.id from holdfast.scheduled as stored
    where 'scheduled' = any($2) and stored.id > $3 and stored.kind = 'job' and ($5 is null or stored.queue = $5)
    order by stored.id limit $7
  )
  union all
  (
    select stored.id from holdfast.group_lines as stored
    where 'ready' = any($2) and stored.id > $3 and stored.kind = 'job' and ($5 is null or stored.queue = $5)
    order by stored.id limit $7
  )
  union all
  (
    select stored.id from holdfast.ready as stored
    where 'ready' = any($2) and stored.id > $3 and stored.kind = 'job' and ($5 is null or stored.queue = $5)
    order by stored.id limit $7
  )
  union all
  (
    select member.id from holdfast.ready_chunks as stored cross join lateral unnest(stored.ids) as member(id)
    where 'ready' = any($2) and member.id > $3 and ($5 is null or stored.queue = $5)
    order by member.id limit $7
  )
  union all
  (
    select member.id from holdfast.lease_chunks as stored cross join lateral unnest(stored.ids) as member(id)
    where 'running' = any($2) and member.id > $3 and ($5 is null or stored.queue = $5)
      and not exists (select from holdfast.ended_jobs as ended where ended.id = member.id)
    order by member.id limit $7
  )
  union all
  (
    select stored.id from holdfast.leases as stored
    where 'running' = any($2) and stored.id > $3 and stored.kind = 'job' and ($5 is null or stored.queue = $5)
    order by stored.id limit $7
  )
  union all
  (
    select stored.id from holdfast.ended_jobs as stored
    where 'succeeded' = any($2) and stored.id > $3 and stored.status = 'succeeded' and ($5 is null or stored.queue = $5)
    order by stored.id limit $7
  )
  union all
  (
    select stored.id from holdfast.ended_jobs as stored
    where 'dead' = any($2) and stored.id > $3 and stored.status = 'dead' and ($5 is null or stored.queue = $5)
    order by stored.id limit $7
  )
  union all
  (
    select stored.id from holdfast.ended_jobs as stored
    where 'canceled' = any($2) and stored.id > $3 and stored.status = 'canceled' and ($5 is null or stored.queue = $5)
    order by stored.id limit $7
  )
) as found
join holdfast.job_records as job on job.id = found.id
order by found.id
limit $7`,
}),
  desc: many({
  name: "jobs/listJobs desc",
  prepared: false,
  readsOnly: true,
  parameters: ["withPayloads","tables","after","executionId","queue","statuses","limit"],
  object: (row) => ({ id: row[0], queue: row[1], status: row[2], onDependencyFailure: row[3], blockedBy: row[4], priority: row[5], attempts: row[6], maxAttempts: row[7], backoffMs: row[8], backoffMaxMs: row[9], timeoutMs: row[10], token: row[11], runAt: row[12], leaseUntil: row[13], createdAt: row[14], startedAt: row[15], finishedAt: row[16], holder: row[17], groupKey: row[18], route: row[19], uniqueKey: row[20], executionId: row[21], failsExecution: row[22], payload: row[23], result: row[24], error: row[25] }),
  elements: {},
  text: `select job.id as "id!", job.queue as "queue!", job.status as "status!", job.on_dependency_failure as "on_dependency_failure!",
  job.blocked_by as "blocked_by!", job.priority as "priority!", job.attempts as "attempts!", job.max_attempts as "max_attempts!",
  job.backoff_ms as "backoff_ms!", job.backoff_max_ms as "backoff_max_ms!", job.timeout_ms as "timeout_ms?",
  job.token as "token!", job.run_at as "run_at!", job.lease_until as "lease_until?", job.created_at as "created_at!", job.started_at as "started_at?",
  job.finished_at as "finished_at?", job.holder as "holder?", job.group_key as "group_key?", job.route as "route!",
  job.unique_key as "unique_key?", job.execution_id as "execution_id?", job.fails_execution as "fails_execution!",
  case when $1::boolean then job.payload end as "payload?", case when $1 then job.result end as "result?",
  case when $1 then job.error end as "error?"
from (
  (
    select stored.id from holdfast.job_records as stored
    where cardinality($2::holdfast.job_status[]) = 0 and stored.id < $3
      and ($4::text is null or stored.execution_id = $4)
      and ($5::text is null or stored.queue = $5)
      and (cardinality($6::holdfast.job_status[]) = 0 or stored.status = any($6::holdfast.job_status[]))
    order by stored.id desc limit $7
  )
  union all
  (
    select stored.id from holdfast.blocked_jobs as stored
    where 'blocked' = any($2) and stored.id < $3 and ($5 is null or stored.queue = $5)
    order by stored.id desc limit $7
  )
  union all
  (
    select stored.id from holdfast.scheduled as stored
    where 'scheduled' = any($2) and stored.id < $3 and stored.kind = 'job' and ($5 is null or stored.queue = $5)
    order by stored.id desc limit $7
  )
  union all
  (
    select stored.id from holdfast.group_lines as stored
    where 'ready' = any($2) and stored.id < $3 and stored.kind = 'job' and ($5 is null or stored.queue = $5)
    order by stored.id desc limit $7
  )
  union all
  (
    select stored.id from holdfast.ready as stored
    where 'ready' = any($2) and stored.id < $3 and stored.kind = 'job' and ($5 is null or stored.queue = $5)
    order by stored.id desc limit $7
  )
  union all
  (
    select member.id from holdfast.ready_chunks as stored cross join lateral unnest(stored.ids) as member(id)
    where 'ready' = any($2) and member.id < $3 and ($5 is null or stored.queue = $5)
    order by member.id desc limit $7
  )
  union all
  (
    select member.id from holdfast.lease_chunks as stored cross join lateral unnest(stored.ids) as member(id)
    where 'running' = any($2) and member.id < $3 and ($5 is null or stored.queue = $5)
      and not exists (select from holdfast.ended_jobs as ended where ended.id = member.id)
    order by member.id desc limit $7
  )
  union all
  (
    select stored.id from holdfast.leases as stored
    where 'running' = any($2) and stored.id < $3 and stored.kind = 'job' and ($5 is null or stored.queue = $5)
    order by stored.id desc limit $7
  )
  union all
  (
    select stored.id from holdfast.ended_jobs as stored
    where 'succeeded' = any($2) and stored.id < $3 and stored.status = 'succeeded' and ($5 is null or stored.queue = $5)
    order by stored.id desc limit $7
  )
  union all
  (
    select stored.id from holdfast.ended_jobs as stored
    where 'dead' = any($2) and stored.id < $3 and stored.status = 'dead' and ($5 is null or stored.queue = $5)
    order by stored.id desc limit $7
  )
  union all
  (
    select stored.id from holdfast.ended_jobs as stored
    where 'canceled' = any($2) and stored.id < $3 and stored.status = 'canceled' and ($5 is null or stored.queue = $5)
    order by stored.id desc limit $7
  )
) as found
join holdfast.job_records as job on job.id = found.id
order by found.id desc
limit $7`,
}),
};

/** The parameters of {@link lockFailing}. */
export interface LockFailingParameters {
  readonly ids: readonly string[];
  readonly final: readonly boolean[];
  readonly touched: readonly string[];
  readonly ending: readonly string[];
}

/**
 * Locks the executions that fail if these attempts fail, before anything changes. If one does, also locks the other jobs that a step
 * touches, and the parts of executions that it ends. See holdfast.lock_failing for its locks.
 */
export const lockFailing: StatementFunction<LockFailingParameters, void> = exec({
  name: "jobs/lockFailing",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","final","touched","ending"],
  object: () => ({}),
  elements: {"ids":"text","touched":"text","ending":"text"},
  text: `select holdfast.lock_failing($1::text[], $2::boolean[], $3::text[], $4::text[])`,
});

/** The parameters of {@link lockLinkedJobs}. */
export interface LockLinkedJobsParameters {
  readonly executionIds: readonly (string | null)[];
  readonly ownIds: readonly string[];
  readonly touched: readonly string[];
  readonly queues: readonly string[];
  readonly uniqueKeys: readonly string[];
  readonly ending: readonly string[];
}

/**
 * Locks the jobs that a step acknowledges, together with those that its pushes depend on or replace, all in one order. The unfinished jobs
 * of executions that it ends are among them. Before them, locks the keys that two pushes must not resolve at once.
 * Index: job_keys_pkey, and those of holdfast.lock_job. Locks: those of holdfast.lock_pushes, then jobs: the blocked ones last, in id
 * order.
 */
export const lockLinkedJobs: StatementFunction<LockLinkedJobsParameters, void> = exec({
  name: "jobs/lockLinkedJobs",
  prepared: true,
  readsOnly: false,
  parameters: ["executionIds","ownIds","touched","queues","uniqueKeys","ending"],
  object: () => ({}),
  elements: {"executionIds":"text","ownIds":"text","touched":"text","queues":"text","uniqueKeys":"text","ending":"text"},
  text: `select holdfast.lock_linked_jobs($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
  $6::text[])`,
});

/** The parameters of {@link lockRetriedKeys}. */
export interface LockRetriedKeysParameters {
  readonly ids: readonly string[];
}

/**
 * Locks the unique keys that retried jobs take again, as pushes do. If a job has unfinished dependencies, locks all of them where they
 * are, so that none of them ends unnoticed.
 * Index: jobs_pkey, job_dependencies_of_job. Locks: advisory, in hash order; then those of holdfast.lock_jobs.
 */
export const lockRetriedKeys: StatementFunction<LockRetriedKeysParameters, void> = exec({
  name: "jobs/lockRetriedKeys",
  prepared: true,
  readsOnly: false,
  parameters: ["ids"],
  object: () => ({}),
  elements: {"ids":"text"},
  text: `with first as materialized (
  select distinct edge.after_id::text as id
  from unnest((select $1::text[])) as given(id)
  cross join lateral (
    select stored.after_id from holdfast.job_dependencies as stored where stored.job_id = given.id limit 1000000000
  ) as edge
), keyed as materialized (
  select holdfast.lock_keys('job unique key', array(
    select holdfast.job_key(job.queue, job.unique_key)
    from holdfast.jobs as job
    where job.id = any((select $1::text[])::text[]) and job.unique_key is not null
  ))
)
select holdfast.lock_jobs(array(select first.id from first) || (select $1::text[])) as "locked?"
from (select count(*) from keyed) as done
where exists (select from first)`,
});

/** The parameters of {@link measureEnds}. */
export interface MeasureEndsParameters {
  readonly since: Date;
  readonly limit: number;
}

/** A row of {@link measureEnds}. */
export interface MeasureEndsRow {
  readonly now: Date;
  readonly succeeded: number;
  readonly dead: number;
  readonly canceled: number;
  readonly waitP50: number | null;
  readonly waitP95: number | null;
  readonly waitMax: number | null;
  readonly runP50: number | null;
  readonly runP95: number | null;
  readonly runMax: number | null;
}

/**
 * Counts the jobs that ended since a time, by status. Measures in milliseconds how long they waited, from due to claimed, and ran, from
 * claimed to ended. Reads at most `limit` of each status, the newest.
 * Index: ended_jobs_finished, jobs_pkey.
 */
export const measureEnds: StatementFunction<MeasureEndsParameters, MeasureEndsRow> = one({
  name: "jobs/measureEnds",
  prepared: true,
  readsOnly: true,
  parameters: ["since","limit"],
  object: (row) => ({ now: row[0], succeeded: row[1], dead: row[2], canceled: row[3], waitP50: row[4], waitP95: row[5], waitMax: row[6], runP50: row[7], runP95: row[8], runMax: row[9] }),
  elements: {},
  text: `with ended as materialized (
  select job.status, job.started_at, job.finished_at, request.run_at
  from unnest(array['succeeded', 'dead', 'canceled']::holdfast.job_status[]) as wanted(status)
  cross join lateral (
    select stored.id, stored.status, stored.started_at, stored.finished_at
    from holdfast.ended_jobs as stored
    where stored.status = wanted.status and not stored.is_kept and stored.finished_at > $1::timestamptz
    order by stored.finished_at desc
    limit $2
  ) as job
  cross join lateral (select stored.run_at from holdfast.jobs as stored where stored.id = job.id limit 1) as request
), lasted as (
  select ended.status,
    extract(epoch from greatest(ended.started_at - ended.run_at, interval '0'))::float8 * 1000 as wait_ms,
    extract(epoch from ended.finished_at - ended.started_at)::float8 * 1000 as run_ms
  from ended
)
select holdfast.now() as "now!", count(*) filter (where lasted.status = 'succeeded') as "succeeded!",
  count(*) filter (where lasted.status = 'dead') as "dead!", count(*) filter (where lasted.status = 'canceled') as "canceled!",
  percentile_disc(0.5) within group (order by lasted.wait_ms) as "wait_p50?",
  percentile_disc(0.95) within group (order by lasted.wait_ms) as "wait_p95?", max(lasted.wait_ms) as "wait_max?",
  percentile_disc(0.5) within group (order by lasted.run_ms) as "run_p50?",
  percentile_disc(0.95) within group (order by lasted.run_ms) as "run_p95?", max(lasted.run_ms) as "run_max?"
from lasted`,
});

/** The parameters of {@link neighborsOfJob}. */
export interface NeighborsOfJobParameters {
  readonly id: string;
  readonly limit: number;
}

/** A row of {@link neighborsOfJob}. */
export interface NeighborsOfJobRow {
  readonly id: string;
  readonly isBefore: boolean;
}

/**
 * The ids of the jobs that a job comes after, and of those that come after it, each up to a limit. Jobs that were removed are left out.
 * Index: job_dependencies_of_job, job_dependencies_pkey.
 */
export const neighborsOfJob: StatementFunction<NeighborsOfJobParameters, readonly NeighborsOfJobRow[]> = many({
  name: "jobs/neighborsOfJob",
  prepared: true,
  readsOnly: false,
  parameters: ["id","limit"],
  object: (row) => ({ id: row[0], isBefore: row[1] }),
  elements: {},
  text: `(select edge.after_id::text as "id!", true as "is_before!" from holdfast.job_dependencies as edge where edge.job_id = $1 order by edge.after_id limit $2)
union all
(select edge.job_id::text, false from holdfast.job_dependencies as edge where edge.after_id = $1 order by edge.job_id limit $2)`,
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
 * When queues that are not paused next have work. That is when a scheduled job is due, a lease expires, or the rate of a queue with ready
 * jobs admits a claim. Null if none of these will happen. The time may be in the past: the caller found nothing a moment ago, and would
 * otherwise wait in vain.
 * Index: scheduled_due, leases_of_queue, lease_chunks_of_queue, ready_order, ready_chunks_order.
 */
export const nextJob: StatementFunction<NextJobParameters, NextJobRow> = one({
  name: "jobs/nextJob",
  prepared: true,
  readsOnly: true,
  parameters: ["queues"],
  object: (row) => ({ at: row[0], inMs: row[1] }),
  elements: {"queues":"text"},
  text: `with open_queue as materialized (
  select distinct given.name
  from unnest((select $1::text[])) as given(name)
  where not exists (select from holdfast.queues as queue where queue.name = given.name and queue.paused_at is not null)
), moment as (
  select least(
    (select work.run_at from holdfast.scheduled as work where work.queue = open_queue.name and work.run_at < 'infinity'
      order by work.run_at limit 1),
    (select lease.lease_until from holdfast.leases as lease where lease.queue = open_queue.name order by lease.lease_until limit 1),
    (select chunk.lease_until from holdfast.lease_chunks as chunk where chunk.queue = open_queue.name order by chunk.lease_until limit 1),
    (select queue.rate_full_at - (queue.rate_limit - 1) * (queue.rate_period_ms / queue.rate_limit::double precision
        * interval '1 millisecond')
      from holdfast.queues as queue
      where queue.name = open_queue.name and queue.rate_limit is not null
        and (exists (select from holdfast.ready as work where work.queue = queue.name and work.kind = 'job')
          or exists (select from holdfast.ready_chunks as chunk where chunk.queue = queue.name)))
  ) as at
  from open_queue
)
select min(moment.at) as "at?",
  ceil(extract(epoch from min(moment.at) - holdfast.now()) * 1000)::double precision as "in_ms?"
from moment`,
});

/** The parameters of {@link pushAlikeJobs}. */
export interface PushAlikeJobsParameters {
  readonly executionIds: readonly (string | null)[];
  readonly queue: string;
  readonly priority: number;
  readonly delayMs: number;
  readonly route: string;
  readonly maxAttempts: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly timeoutMs: number | null;
  readonly failsExecution: boolean;
  readonly ids: readonly string[];
  readonly payloads: readonly (JsonText | null)[];
  readonly traceContexts: readonly (string | null)[];
}

/** A row of {@link pushAlikeJobs}. */
export interface PushAlikeJobsRow {
  readonly runAt: Date;
}

/**
 * Inserts jobs with generated ids that differ only in id, payload and execution. They have no group, unique key or dependencies, and
 * share one delay or none. This is the usual push. Delayed jobs are scheduled, others ready. Fails with HF003 if an execution has ended.
 * Returns the time from which they may run.
 * Index: queues_pkey, executions_pkey. Locks: the executions, shared, in id order.
 */
export const pushAlikeJobs: StatementFunction<PushAlikeJobsParameters, PushAlikeJobsRow> = one({
  name: "jobs/pushAlikeJobs",
  prepared: true,
  readsOnly: false,
  parameters: ["executionIds","queue","priority","delayMs","route","maxAttempts","backoffMs","backoffMaxMs","timeoutMs","failsExecution","ids","payloads","traceContexts"],
  object: (row) => ({ runAt: row[0] }),
  elements: {"executionIds":"text","ids":"text","payloads":"json","traceContexts":"text"},
  text: `with owner as materialized (
  select execution.id, execution.status
  from (
    select distinct given.id collate "C" as id from unnest((select $1::text[])) as given(id) order by 1
  ) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
), job as (
  insert into holdfast.jobs (id, queue, on_dependency_failure, priority, rank, route, max_attempts, backoff_ms, backoff_max_ms,
    timeout_ms, run_at, created_at, execution_id, fails_execution, payload, trace_context)
  select given.id, (select $2::text::holdfast.id), 'cancel', $3::integer,
    coalesce((
      select holdfast.work_rank($3::integer, holdfast.now() + $4::bigint * interval '1 millisecond', queue.aging_ms)
      from holdfast.queues as queue
      where queue.name = $2::text
    ), $3::integer),
    $5::text, $6::integer, $7::bigint, $8::bigint, $9::bigint,
    (select holdfast.now() + $4::bigint * interval '1 millisecond'), (select holdfast.now()), given.execution_id, $10::boolean,
    given.payload, given.trace_context
  from unnest((select $11::text[]), $12::json[], $1::text[], $13::text[])
    with ordinality as given(id, payload, execution_id, trace_context, position)
  where (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) >= 0
  order by given.position
  returning id, rank, run_at, sequence
), scheduled as (
  insert into holdfast.scheduled (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, is_linked)
  select 'job', job.id, $2::text, $5::text, job.rank, 0, job.run_at, job.sequence, $3::integer, 0, $10::boolean
  from job
  where $4::bigint > 0
), ready as (
  insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, has_place, is_linked)
  select 'job', job.id, $2::text, $5::text, job.rank, 0, job.run_at, job.sequence, $3::integer, 0, false,
    $10::boolean
  from job
  where $4::bigint = 0
)
select holdfast.now() + $4::bigint * interval '1 millisecond' as "run_at!"`,
});

/** The parameters of {@link pushChunks}. */
export interface PushChunksParameters {
  readonly ids: readonly string[];
  readonly payloads: readonly (JsonText | null)[];
  readonly traceContexts: readonly (string | null)[];
  readonly priority: number;
  readonly queue: string;
  readonly maxAttempts: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly timeoutMs: number | null;
}

/** A row of {@link pushChunks}. */
export interface PushChunksRow {
  readonly runAt: Date;
}

/**
 * Inserts jobs that are ready at once, with generated ids, and differ only in id and payload. They have no group, execution,
 * requirements, unique key or dependencies. They wait in chunks of at most 100. Returns the time from which they may run: now.
 * Index: queues_pkey. Locks: only its new rows.
 */
export const pushChunks: StatementFunction<PushChunksParameters, PushChunksRow> = one({
  name: "jobs/pushChunks",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","payloads","traceContexts","priority","queue","maxAttempts","backoffMs","backoffMaxMs","timeoutMs"],
  object: (row) => ({ runAt: row[0] }),
  elements: {"ids":"text","payloads":"json","traceContexts":"text"},
  text: `with job as materialized (
  select given.id, given.payload, given.trace_context, given.position, nextval('holdfast.jobs_sequence_seq') as sequence
  from unnest((select $1::text[]), $2::json[], $3::text[])
    with ordinality as given(id, payload, trace_context, position)
), packed as materialized (
  select job.id, job.payload, job.trace_context, job.position, job.sequence, first_value(job.sequence) over in_chunk as chunk_id
  from job
  window in_chunk as (partition by (job.position - 1) / 100 order by job.position)
), standing as materialized (
  select coalesce((
    select holdfast.work_rank($4::integer, holdfast.now(), queue.aging_ms) from holdfast.queues as queue where queue.name = $5::text
  ), $4::integer) as rank
), inserted as (
  insert into holdfast.jobs (id, sequence, queue, on_dependency_failure, priority, rank, max_attempts, backoff_ms, backoff_max_ms,
    timeout_ms, run_at, created_at, chunk_id, payload, trace_context) overriding system value
  select packed.id, packed.sequence, $5::text::holdfast.id, 'cancel', $4::integer, standing.rank, $6::integer,
    $7::bigint, $8::bigint, $9::bigint, holdfast.now(), holdfast.now(), packed.chunk_id, packed.payload, packed.trace_context
  from packed
  cross join standing
), waiting as (
  insert into holdfast.ready_chunks (id, queue, rank, run_at, sequence, priority, ids)
  select packed.chunk_id, $5::text, standing.rank, holdfast.now(), packed.chunk_id, $4::integer,
    array_agg(packed.id order by packed.position)
  from packed
  cross join standing
  group by packed.chunk_id, standing.rank
)
select holdfast.now() as "run_at!"`,
});

/** The parameters of {@link pushJob}. */
export interface PushJobParameters {
  readonly id: string;
  readonly queue: string;
  readonly priority: number;
  readonly route: string;
  readonly maxAttempts: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly timeoutMs: number | null;
  readonly payload: JsonText | null;
  readonly traceContext: string | null;
}

/** A row of {@link pushJob}. */
export interface PushJobRow {
  readonly runAt: Date;
}

/**
 * Inserts one ready job with a generated id, and without execution, group, unique key or dependencies. Takes half the time of
 * push_alike_jobs, which takes any number and checks their executions. Returns the time from which it may run: now.
 * Index: queues_pkey.
 */
export const pushJob: StatementFunction<PushJobParameters, PushJobRow> = one({
  name: "jobs/pushJob",
  prepared: true,
  readsOnly: false,
  parameters: ["id","queue","priority","route","maxAttempts","backoffMs","backoffMaxMs","timeoutMs","payload","traceContext"],
  object: (row) => ({ runAt: row[0] }),
  elements: {},
  text: `with job as (
  insert into holdfast.jobs (id, queue, on_dependency_failure, priority, rank, route, max_attempts, backoff_ms, backoff_max_ms,
    timeout_ms, run_at, created_at, payload, trace_context)
  values ($1::text, $2::text, 'cancel', $3::integer,
    coalesce((
      select holdfast.work_rank($3::integer, holdfast.now(), queue.aging_ms)
      from holdfast.queues as queue
      where queue.name = $2::text
    ), $3::integer),
    $4::text, $5::integer, $6::bigint, $7::bigint, $8::bigint,
    holdfast.now(), holdfast.now(), $9::json, $10::text)
  returning id, rank, run_at, sequence
)
insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, has_place, is_linked)
select 'job', job.id, $2::text, $4::text, job.rank, 0, job.run_at, job.sequence, $3::integer, 0, false, false
from job
returning run_at as "run_at!"`,
});

/** The parameters of {@link pushJobs}. */
export interface PushJobsParameters {
  readonly ids: readonly string[];
  readonly hasOwnIds: readonly boolean[];
  readonly queues: readonly string[];
  readonly payloads: readonly (JsonText | null)[];
  readonly priorities: readonly number[];
  readonly runAt: readonly (Date | null)[];
  readonly delaysMs: readonly (number | null)[];
  readonly maxAttempts: readonly number[];
  readonly backoffMs: readonly number[];
  readonly backoffMaxMs: readonly number[];
  readonly timeoutMs: readonly (number | null)[];
  readonly executionIds: readonly (string | null)[];
  readonly groups: readonly (string | null)[];
  readonly routes: readonly string[];
  readonly uniqueKeys: readonly (string | null)[];
  readonly replaces: readonly boolean[];
  readonly onRunning: readonly RunningPolicy[];
  readonly debounceMaxMs: readonly (number | null)[];
  readonly throttleMs: readonly (number | null)[];
  readonly policies: readonly DependencyPolicy[];
  readonly failExecutions: readonly boolean[];
  readonly traceContexts: readonly (string | null)[];
  readonly edgeJobs: readonly string[];
  readonly edgeAfters: readonly string[];
}

/** A row of {@link pushJobs}. */
export interface PushJobsRow {
  readonly pushedId: string | null;
  readonly id: string | null;
  readonly outcome: string | null;
  readonly status: JobStatus | null;
  readonly runAt: Date;
}

/**
 * Pushes jobs of any kind, as holdfast.push_jobs does. Returns the outcomes of jobs that were not made ready, by pushed id. A row without
 * ids has the time from which the ready ones without a time of their own may run.
 * Index: jobs_pkey, job_keys_pkey, executions_pkey, queues_pkey, ready_order. Locks: those of holdfast.push_jobs.
 */
export const pushJobs: StatementFunction<PushJobsParameters, readonly PushJobsRow[]> = many({
  name: "jobs/pushJobs",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","hasOwnIds","queues","payloads","priorities","runAt","delaysMs","maxAttempts","backoffMs","backoffMaxMs","timeoutMs","executionIds","groups","routes","uniqueKeys","replaces","onRunning","debounceMaxMs","throttleMs","policies","failExecutions","traceContexts","edgeJobs","edgeAfters"],
  object: (row) => ({ pushedId: row[0], id: row[1], outcome: row[2], status: row[3], runAt: row[4] }),
  elements: {"ids":"text","queues":"text","payloads":"json","delaysMs":"int8","backoffMs":"int8","backoffMaxMs":"int8","timeoutMs":"int8","executionIds":"text","groups":"text","routes":"text","uniqueKeys":"text","debounceMaxMs":"int8","throttleMs":"int8","traceContexts":"text","edgeJobs":"text","edgeAfters":"text"},
  text: `select null as "pushed_id?", null as "id?", null as "outcome?", null::holdfast.job_status as "status?", holdfast.now() as "run_at!"
union all
select pushed.pushed_id, pushed.id, pushed.outcome, pushed.status, pushed.run_at
from holdfast.push_jobs(
  array(
    select row(given.id, given.has_own_id, given.position, 'created', null, null, given.queue, given.priority,
      coalesce(given.run_at, holdfast.now() + given.delay_ms * interval '1 millisecond', holdfast.now()), given.max_attempts,
      given.backoff_ms, given.backoff_max_ms, given.timeout_ms, given.execution_id, given.group_key, 0, given.route,
      given.unique_key, given.replaces, given.on_running, given.debounce_max_ms, given.throttle_ms, given.policy,
      given.fails_execution, given.payload)::holdfast.job_push
    from unnest((select $1::text[]), $2::boolean[], $3::text[], $4::json[], $5::integer[], $6::timestamptz[],
      $7::bigint[], $8::integer[], $9::bigint[], $10::bigint[], $11::bigint[],
      $12::text[], $13::text[], $14::text[], $15::text[], $16::boolean[],
      $17::holdfast.running_policy[], $18::bigint[], $19::bigint[], $20::holdfast.dependency_policy[],
      $21::boolean[])
      with ordinality as given(id, has_own_id, queue, payload, priority, run_at, delay_ms, max_attempts, backoff_ms, backoff_max_ms,
        timeout_ms, execution_id, group_key, route, unique_key, replaces, on_running, debounce_max_ms, throttle_ms, policy,
        fails_execution, position)
    order by given.position
  ),
  $22::text[],
  $12::text[] <> '{}', $13::text[] <> '{}', $15::text[] <> '{}', $23::text[], $24::text[]
) as pushed`,
});

/** The parameters of {@link releaseJobs}. */
export interface ReleaseJobsParameters {
  readonly runAt: readonly (Date | null)[];
  readonly delaysMs: readonly (number | null)[];
  readonly priorities: readonly (number | null)[];
  readonly ids: readonly string[];
  readonly tokens: readonly number[];
  readonly isSettled: boolean;
}

/** A row of {@link releaseJobs}. */
export interface ReleaseJobsRow {
  readonly ok: boolean;
  readonly queue: string | null;
  readonly status: JobStatus | null;
  readonly runAt: Date | null;
  readonly token: number | null;
  readonly attempts: number | null;
}

/**
 * Gives claimed jobs back to their queues if their claims still hold: at once, from a given time or after a delay. The attempt does not
 * count. Answers in input order.
 * Index: jobs_pkey, queues_pkey. Locks: those of take_leases.
 */
export const releaseJobs: StatementFunction<ReleaseJobsParameters, readonly ReleaseJobsRow[]> = many({
  name: "jobs/releaseJobs",
  prepared: true,
  readsOnly: false,
  parameters: ["runAt","delaysMs","priorities","ids","tokens","isSettled"],
  object: (row) => ({ ok: row[0], queue: row[1], status: row[2], runAt: row[3], token: row[4], attempts: row[5] }),
  elements: {"delaysMs":"int8","ids":"text","tokens":"int8"},
  text: `with input as materialized (
  select coalesce(given.run_at, holdfast.now() + given.delay_ms * interval '1 millisecond') as run_at, given.priority, given.position
  from unnest((select $1::timestamptz[]), $2::bigint[], $3::integer[]) with ordinality
    as given(run_at, delay_ms, priority, position)
), released as materialized (
  select taken.id, taken.queue, taken.attempts, taken.token, taken.claimed_at, taken.group_key, taken.place as position, input.run_at,
    input.priority, (select queue.aging_ms from holdfast.queues as queue where queue.name = taken.queue) as aging_ms
  from holdfast.take_leases((select $4::text[]), (select $5::bigint[]), $6::boolean) as taken
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
    limit holdfast.at_most(cardinality($4::text[]))
  ) as claim
  where job.id = claim.id
  returning job.id, job.run_at
), queued as materialized (
  select enqueued.id, enqueued.status from holdfast.enqueue_jobs(array(select changed.id::text from changed)) as enqueued
)
select released.id is not null as "ok!", released.queue as "queue?", coalesce(queued.status, lost.status) as "status?",
  changed.run_at as "run_at?", lost.token as "token?", lost.attempts as "attempts?"
from unnest((select $4::text[])) with ordinality as given(id, position)
left join released on released.position = given.position
left join changed on changed.id = released.id
left join queued on queued.id = released.id
left join lateral (
  select current.status, current.token, current.attempts from holdfast.job_standing(given.id) as current where released.id is null
) as lost on true
order by given.position`,
});

/** The parameters of {@link removeExpiredJobs}. */
export interface RemoveExpiredJobsParameters {
  readonly statuses: readonly JobStatus[];
  readonly keepMs: number;
  readonly limit: number;
}

/** A row of {@link removeExpiredJobs}. */
export interface RemoveExpiredJobsRow {
  readonly removed: number;
}

/**
 * Removes at most `limit` jobs that ended in one of the given statuses at least this long ago, oldest first per status. Jobs of an
 * execution stay until it is removed: an engine that repeats a step pushes them again by their ids. A job with a throttled unique key
 * stays until it loses the key. A job claimed in a chunk stays until the whole chunk has ended. Nothing depends on an ended job, because
 * its edges are removed at its end.
 * Index: ended_jobs_finished. Locks: ended jobs, skipping those that others have locked.
 */
export const removeExpiredJobs: StatementFunction<RemoveExpiredJobsParameters, RemoveExpiredJobsRow> = one({
  name: "jobs/removeExpiredJobs",
  prepared: true,
  readsOnly: false,
  parameters: ["statuses","keepMs","limit"],
  object: (row) => ({ removed: row[0] }),
  elements: {},
  text: `select holdfast.remove_expired_jobs($1::holdfast.job_status[], $2::bigint, $3::integer) as "removed!"`,
});

/** The parameters of {@link reportJobs}. */
export interface ReportJobsParameters {
  readonly linePlaces: readonly number[];
  readonly ids: readonly string[];
  readonly tokens: readonly number[];
  readonly progress: readonly (JsonText | null)[];
  readonly messages: readonly string[];
  readonly lineData: readonly (JsonText | null)[];
}

/** A row of {@link reportJobs}. */
export interface ReportJobsRow {
  readonly isHeld: boolean;
}

/**
 * Stores reports of the holders of jobs if their claims hold: the latest progress, and the newest thousand lines of each log. A line
 * refers to its job by place. Answers in input order which claims hold.
 * Index: job_reports_pkey, and those of holdfast.hold_claim. Locks: leases in id order, shared; then the reports.
 */
export const reportJobs: StatementFunction<ReportJobsParameters, readonly ReportJobsRow[]> = many({
  name: "jobs/reportJobs",
  prepared: true,
  readsOnly: false,
  parameters: ["linePlaces","ids","tokens","progress","messages","lineData"],
  object: (row) => ({ isHeld: row[0] }),
  elements: {"linePlaces":"int8","ids":"text","tokens":"int8","progress":"json","messages":"text","lineData":"json"},
  text: `with held as materialized (
  select named.id, named.progress, named.place, named.lines,
    holdfast.hold_claim(named.id, named.token) as is_held
  from (
    select given.id, given.token, given.progress, given.place,
      (select count(*) from unnest((select $1::bigint[])) as line(place) where line.place = given.place) as lines
    from unnest((select $2::text[]), $3::bigint[], $4::json[]) with ordinality as given(id, token, progress, place)
    order by given.id collate "C"
  ) as named
), gone as (
  delete from holdfast.job_reports as old
  using (
    select held.id, oldest.number
    from held
    cross join lateral (
      select kept.number from holdfast.job_reports as kept
      where kept.job_id = held.id and kept.number > 0
      order by kept.number desc
      offset 1000 - held.lines limit 1
    ) as oldest
    where held.is_held and held.lines > 0
    limit holdfast.at_most(cardinality($2::text[]))
  ) as beyond
  where old.job_id = beyond.id and old.number > 0 and old.number <= beyond.number
), progressed as (
  insert into holdfast.job_reports as stored (job_id, number, reported_at, data)
  select held.id, 0, holdfast.now(), held.progress
  from held
  where held.is_held and held.progress is not null
  order by held.id collate "C"
  on conflict (job_id, number) do update set reported_at = excluded.reported_at, data = excluded.data
), logged as (
  insert into holdfast.job_reports (job_id, number, reported_at, message, data)
  select held.id, nextval('holdfast.job_log_numbers'), holdfast.now(), line.message, line.data
  from (
    select given.place, given.message, given.data, given.number
    from unnest((select $1::bigint[]), $5::text[], $6::json[]) with ordinality as given(place, message, data, number)
    order by given.number
  ) as line
  join held on held.place = line.place
  where held.is_held
)
select held.is_held as "is_held!" from held order by held.place`,
});

/** The parameters of {@link rescheduleJobs}. */
export interface RescheduleJobsParameters {
  readonly ids: readonly (string | null)[];
  readonly queues: readonly (string | null)[];
  readonly uniqueKeys: readonly (string | null)[];
  readonly runAt: readonly (Date | null)[];
  readonly delaysMs: readonly (number | null)[];
  readonly priorities: readonly (number | null)[];
}

/** A row of {@link rescheduleJobs}. */
export interface RescheduleJobsRow {
  readonly ok: boolean;
  readonly id: string | null;
  readonly queue: string | null;
  readonly status: JobStatus | null;
  readonly runAt: Date | null;
  readonly token: number | null;
  readonly attempts: number | null;
}

/**
 * Gives waiting jobs another time or priority, as holdfast.reschedule_jobs does. Each is named by its id, or by the unique key that it
 * holds in a queue. Returns each one's state in input order, and whether it waited.
 * Index: jobs_pkey, job_keys_pkey, and those of job_records. Locks: those of holdfast.reschedule_jobs.
 */
export const rescheduleJobs: StatementFunction<RescheduleJobsParameters, readonly RescheduleJobsRow[]> = many({
  name: "jobs/rescheduleJobs",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","queues","uniqueKeys","runAt","delaysMs","priorities"],
  object: (row) => ({ ok: row[0], id: row[1], queue: row[2], status: row[3], runAt: row[4], token: row[5], attempts: row[6] }),
  elements: {"ids":"text","queues":"text","uniqueKeys":"text","delaysMs":"int8"},
  text: `with input as materialized (
  select coalesce(given.id, held.job_id) as id, coalesce(given.run_at, holdfast.now() + given.delay_ms * interval '1 millisecond') as run_at,
    given.priority, given.position
  from unnest((select $1::text[]), $2::text[], $3::text[], $4::timestamptz[], $5::bigint[],
    $6::integer[]) with ordinality as given(id, queue, unique_key, run_at, delay_ms, priority, position)
  left join lateral (
    select stored.job_id from holdfast.job_keys as stored
    where stored.queue = given.queue and stored.unique_key = given.unique_key
    limit 1
  ) as held on true
), done as materialized (
  select holdfast.reschedule_jobs(
    array(select input.id::text from input order by input.position), array(select input.run_at from input order by input.position),
    array(select input.priority from input order by input.position)
  ) as ids
)
select coalesce(input.id = any(done.ids), false) as "ok!", input.id as "id?", job.queue as "queue?", job.status as "status?",
  job.run_at as "run_at?", job.token as "token?", job.attempts as "attempts?"
from done
cross join input
left join lateral holdfast.job_standing(case when done.ids is not null then input.id end) as job on true
order by input.position`,
});

/** The parameters of {@link rescueJobs}. */
export interface RescueJobsParameters {
  readonly queues: readonly string[];
  readonly limit: number;
  readonly expiredError: JsonText;
}

/** A row of {@link rescueJobs}. */
export interface RescueJobsRow {
  readonly queue: string;
  readonly reclaimed: number;
  readonly died: readonly string[];
  readonly woken: readonly string[];
  readonly areLeft: boolean;
}

/**
 * Takes jobs from holders whose leases have expired, in the given queues or in all. They are ready again, or dead after their last
 * attempt, with their dependents settled. Returns per queue how many are ready and which are dead. Also returns the queues that dead jobs
 * gave work, and whether lost jobs are left whose executions fail with them. See holdfast.rescue_expired for what it reads and locks.
 */
export const rescueJobs: StatementFunction<RescueJobsParameters, readonly RescueJobsRow[]> = many({
  name: "jobs/rescueJobs",
  prepared: true,
  readsOnly: false,
  parameters: ["queues","limit","expiredError"],
  object: (row) => ({ queue: row[0], reclaimed: row[1], died: row[2], woken: row[3], areLeft: row[4] }),
  elements: {"queues":"text"},
  text: `select rescued.queue as "queue!", rescued.reclaimed as "reclaimed!", rescued.died as "died!", rescued.woken as "woken!",
  rescued.are_left as "are_left!"
from holdfast.rescue_queues($1::text[], $2::bigint, $3::json) as rescued
where rescued.reclaimed > 0 or rescued.died <> '{}' or rescued.are_left`,
});

/** The parameters of {@link retryJobs}. */
export interface RetryJobsParameters {
  readonly ids: readonly string[];
  readonly statuses: readonly JobStatus[];
  readonly skipsTakenKeys: boolean;
}

/** A row of {@link retryJobs}. */
export interface RetryJobsRow {
  readonly queue: string | null;
}

/**
 * Makes dead and canceled jobs in one of the given statuses ready again, with all their attempts. They are blocked instead while their
 * dependencies have not ended. Returns the queue of each changed job, in input order. If another job has taken the unique key, fails with
 * HF007, or leaves the job as it is. In the latter case, the last of several with one key is retried. Runs behind lock_retried_keys.
 * Index: ended_jobs_pkey, jobs_pkey, job_keys_pkey, job_dependencies_of_job. Locks: ended jobs in id order, then their unique keys.
 */
export const retryJobs: StatementFunction<RetryJobsParameters, readonly RetryJobsRow[]> = many({
  name: "jobs/retryJobs",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","statuses","skipsTakenKeys"],
  object: (row) => ({ queue: row[0] }),
  elements: {"ids":"text"},
  text: `with locked as materialized (
  select input.id, input.position, ended.queue, job.unique_key, job.priority, holder.job_id as twin_id
  from (
    select given.id, given.position
    from unnest((select $1::text[])) with ordinality as given(id, position)
    order by given.id collate "C"
  ) as input
  cross join lateral (
    select stored.queue from holdfast.ended_jobs as stored
    where stored.id = input.id and stored.status = any($2::holdfast.job_status[])
    for update
  ) as ended
  cross join lateral (
    select stored.unique_key, stored.priority from holdfast.jobs as stored where stored.id = input.id limit 1
  ) as job
  left join lateral (
    select held.job_id
    from holdfast.job_keys as held
    where held.queue = ended.queue and held.unique_key = job.unique_key and held.job_id <> input.id
      and not exists (select from holdfast.ended_jobs as over where over.id = held.job_id)
    limit 1
  ) as holder on true
), chosen as materialized (
  select locked.id, locked.queue, locked.unique_key, locked.priority,
    case
      when not $3::boolean then locked.twin_id is null
        or holdfast.fail('HF007', format('job %s cannot be tried again while job %s has its unique key: wait for that one', locked.id,
          locked.twin_id), json_build_object('entity', 'job', 'id', locked.id, 'holder', locked.twin_id))
      else locked.unique_key is null or locked.twin_id is null
        and row_number() over (partition by locked.queue, locked.unique_key order by locked.id desc) = 1
    end as is_retried
  from locked
), gone as (
  delete from holdfast.ended_jobs as ended
  using (
    select chosen.id, chosen.unique_key, chosen.priority from chosen where chosen.is_retried
    limit holdfast.at_most(cardinality($1::text[]))
  ) as retried
  where ended.id = retried.id
  returning ended.id, ended.queue, ended.status, ended.token, ended.started_at, ended.holder, retried.unique_key, retried.priority
), counted as (
  insert into holdfast.job_counts (queue, status, count)
  select gone.queue, gone.status, -count(*) from gone group by gone.queue, gone.status
), keyed as (
  insert into holdfast.job_keys as held (queue, unique_key, job_id)
  select gone.queue, gone.unique_key, gone.id from gone where gone.unique_key is not null order by gone.queue, gone.unique_key
  on conflict (queue, unique_key) do update set job_id = excluded.job_id
), changed as (
  update holdfast.jobs as job set
    attempts = 0, token = retried.token, started_at = retried.started_at, holder = retried.holder, error = null, turn = 0,
    run_at = holdfast.now(), rank = holdfast.work_rank(retried.priority, holdfast.now(), retried.aging_ms)
  from (
    select gone.id, gone.token, gone.started_at, gone.holder, gone.priority,
      (select queue.aging_ms from holdfast.queues as queue where queue.name = gone.queue) as aging_ms,
      (select count(*) from holdfast.job_dependencies as edge where edge.job_id = gone.id)::integer as blocked_by
    from gone
    limit holdfast.at_most(cardinality($1::text[]))
  ) as retried
  where job.id = retried.id
  returning job.id, job.queue, retried.blocked_by
), blocked as (
  insert into holdfast.blocked_jobs (id, queue, blocked_by)
  select changed.id, changed.queue, changed.blocked_by from changed where changed.blocked_by > 0
), queued as materialized (
  select count(*) as count
  from holdfast.enqueue_jobs(array(select changed.id::text from changed where changed.blocked_by = 0))
)
select (select changed.queue::text from changed where changed.id = input.id) as "queue?"
from queued
cross join unnest((select $1::text[])) with ordinality as input(id, position)
order by input.position`,
});

/** The parameters of {@link selectJobs}. */
export interface SelectJobsParameters {
  readonly executionId: string | null;
  readonly after: string;
  readonly queue: string | null;
  readonly statuses: readonly JobStatus[];
  readonly group: string | null;
  readonly pushedBefore: Date | null;
  readonly limit: number;
}

/** A row of {@link selectJobs}. */
export interface SelectJobsRow {
  readonly id: string;
}

/**
 * Ids of the jobs of a filter, after a given one: of an execution, or of a queue and the tables of the wanted statuses. Most ready jobs of
 * a queue are in select_ready_jobs.
 * Index: jobs_of_execution; else ended_jobs_retriable, leases_of_queue, blocked_jobs_of_queue, scheduled_due and group_lines_order;
 * jobs_pkey for each match.
 */
export const selectJobs: StatementFunction<SelectJobsParameters, readonly SelectJobsRow[]> = many({
  name: "jobs/selectJobs",
  prepared: false,
  readsOnly: true,
  parameters: ["executionId","after","queue","statuses","group","pushedBefore","limit"],
  object: (row) => ({ id: row[0] }),
  elements: {},
  text: `select job.id as "id!"
from (
  select stored.id from holdfast.jobs as stored where stored.execution_id = $1::text and stored.id > $2
  union all
  select stored.id from holdfast.blocked_jobs as stored
  where $1::text is null and stored.queue = $3::text and 'blocked' = any($4::holdfast.job_status[])
    and stored.id > $2
  union all
  select stored.id from holdfast.scheduled as stored
  where $1::text is null and stored.queue = $3::text and 'scheduled' = any($4::holdfast.job_status[])
    and stored.id > $2 and stored.kind = 'job'
  union all
  select stored.id from holdfast.group_lines as stored
  where $1::text is null and stored.queue = $3::text and 'ready' = any($4::holdfast.job_status[])
    and stored.id > $2 and stored.kind = 'job'
  union all
  select member.id from holdfast.ready_chunks as stored cross join lateral unnest(stored.ids) as member(id)
  where $1::text is null and stored.queue = $3::text and 'ready' = any($4::holdfast.job_status[])
    and member.id > $2
  union all
  select member.id from holdfast.lease_chunks as stored cross join lateral unnest(stored.ids) as member(id)
  where $1::text is null and stored.queue = $3::text and 'running' = any($4::holdfast.job_status[])
    and member.id > $2
  union all
  select stored.id from holdfast.leases as stored
  where $1::text is null and stored.queue = $3::text and 'running' = any($4::holdfast.job_status[])
    and stored.id > $2 and stored.kind = 'job'
  union all
  select stored.id from holdfast.ended_jobs as stored
  where $1::text is null and stored.queue = $3::text and stored.status = any($4::holdfast.job_status[])
    and stored.status <> 'succeeded' and stored.id > $2
  order by 1
) as found
cross join lateral (
  select stored.id, stored.queue, stored.group_key, stored.created_at, stored.status
  from holdfast.job_records as stored
  where stored.id = found.id
  limit 1
) as job
where job.status = any($4::holdfast.job_status[])
  and ($3::text is null or job.queue = $3)
  and ($5::text is null or job.group_key = $5)
  and ($6::timestamptz is null or job.created_at < $6)
order by found.id
limit $7`,
});

/** The parameters of {@link selectReadyJobs}. */
export interface SelectReadyJobsParameters {
  readonly queue: string;
  readonly group: string | null;
  readonly pushedBefore: Date | null;
  readonly afterRoute: string | null;
  readonly afterRank: string | null;
  readonly afterTurn: string | null;
  readonly afterRunAt: string | null;
  readonly afterSequence: string | null;
  readonly limit: number;
}

/** A row of {@link selectReadyJobs}. */
export interface SelectReadyJobsRow {
  readonly id: string;
  readonly route: string;
  readonly rank: string;
  readonly turn: string;
  readonly runAt: string;
  readonly sequence: string;
}

/**
 * Ids of the ready jobs of a queue, perhaps of one group, in the order of claims, after a given place. Jobs in chunks and in the lines of
 * groups are in select_jobs.
 * Index: ready_order; jobs_pkey for each, if the time of the push matters.
 */
export const selectReadyJobs: StatementFunction<SelectReadyJobsParameters, readonly SelectReadyJobsRow[]> = many({
  name: "jobs/selectReadyJobs",
  prepared: false,
  readsOnly: true,
  parameters: ["queue","group","pushedBefore","afterRoute","afterRank","afterTurn","afterRunAt","afterSequence","limit"],
  object: (row) => ({ id: row[0], route: row[1], rank: row[2], turn: row[3], runAt: row[4], sequence: row[5] }),
  elements: {},
  text: `select stored.id as "id!", stored.route as "route!", stored.rank::text as "rank!", stored.turn::text as "turn!",
  to_json(stored.run_at) #>> '{}' as "run_at!", stored.sequence::text as "sequence!"
from holdfast.ready as stored
where stored.queue = $1::text and stored.kind = 'job'
  and ($2::text is null or stored.group_key = $2)
  and ($3::timestamptz is null or (
    select job.created_at from holdfast.jobs as job where job.id = stored.id
  ) < $3)
  and ($4::text is null or (stored.route, stored.rank, stored.turn, stored.run_at, stored.sequence)
    > ($4, $5::text::bigint, $6::text::bigint, $7::text::timestamptz, $8::text::bigint))
order by stored.route, stored.rank, stored.turn, stored.run_at, stored.sequence
limit $9`,
});
