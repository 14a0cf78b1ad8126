// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import type { JsonText } from "../database/codec.ts";
import type { DependencyPolicy, JobStatus } from "../database/enums.generated.ts";
import { exec, many, maybe, one, type StatementFunction } from "../database/statement.ts";

/** The parameters of {@link cancelJobs}. */
export interface CancelJobsParameters {
  readonly ids: readonly string[];
  readonly statuses: readonly JobStatus[];
}

/** A row of {@link cancelJobs}. */
export interface CancelJobsRow {
  readonly canceled: boolean;
  readonly woken: readonly string[] | null;
}

/**
 * Cancels jobs, as holdfast.cancel_jobs says. Answers in input order whether each was canceled; the queues in which there may be work now
 * come with the first row.
 */
export const cancelJobs: StatementFunction<CancelJobsParameters, readonly CancelJobsRow[]> = many({
  name: "jobs/cancelJobs",
  prepared: true,
  parameters: ["ids","statuses"],
  object: (row) => ({ canceled: row[0], woken: row[1] }),
  elements: {"ids":"text"},
  text: `with done as materialized (
  select ended.canceled, ended.woken
  from holdfast.cancel_jobs((select $1::text[]), (select $2::holdfast.job_status[])) as ended
)
select input.id in (select unnest(done.canceled) from done) as "canceled!",
  (select done.woken from done where input.position = 1) as "woken?"
from unnest((select $1::text[])) with ordinality as input(id, position)
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
  readonly leaseUntil: Date;
  readonly runAt: Date;
  readonly createdAt: Date;
  readonly executionId: string | null;
  readonly payload: JsonText | null;
  readonly woken: readonly string[] | null;
}

/**
 * Claims jobs of queues that are not paused, at most `limit`, in the order of their rank, of their groups' turns, of moment and push, the
 * lines of several queues merged by priority, then moment: what is ready, has become due or lost its holder, if the capabilities
 * serve its route and the limits of its queue and group leave room. A job whose lease ran out on its last attempt is dead instead.
 * A row without an id tells the queues that such ends woke. The steps are functions of the schema, with what they read and lock.
 */
export const claimJobs: StatementFunction<ClaimJobsParameters, readonly ClaimJobsRow[]> = many({
  name: "jobs/claimJobs",
  prepared: true,
  parameters: ["queues","limit","leaseMs","holder","capabilities","expiredError"],
  object: (row) => ({ position: row[0], id: row[1], queue: row[2], token: row[3], priority: row[4], attempts: row[5], maxAttempts: row[6], leaseUntil: row[7], runAt: row[8], createdAt: row[9], executionId: row[10], payload: row[11], woken: row[12] }),
  elements: {"queues":"text","capabilities":"text"},
  text: `select claimed.pos as "position!", claimed.id as "id?", claimed.queue as "queue!", claimed.token as "token!",
  claimed.priority as "priority!", claimed.attempts as "attempts!", claimed.max_attempts as "max_attempts!",
  claimed.lease_until as "lease_until!", claimed.run_at as "run_at!", claimed.created_at as "created_at!",
  claimed.execution_id as "execution_id?", claimed.payload as "payload?", claimed.woken as "woken?"
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
  readonly leaseUntil: Date;
  readonly runAt: Date;
  readonly createdAt: Date;
  readonly executionId: string | null;
  readonly payload: JsonText | null;
  readonly woken: readonly string[] | null;
}

/**
 * Claims ready jobs that require nothing of one queue without limits, at most `limit`, in the order of rank, turn, moment and push: the
 * usual claim. Where the queue has limits, a chunk comes in between, or work there is due, its lease has run out or its group was opened,
 * holdfast.claim_jobs claims instead, within this statement.
 * Rows are found again by their place, which nobody changes while they are locked. One that was changed after this statement began is
 * not seen there, and is left to the next claim.
 * Index: ready_order and ready_chunks_order, in order; scheduled_due, leases_of_queue, lease_chunks_of_queue, openings_of_queue. Locks: rows of ready, skipping those that others
 * have locked.
 */
export const claimPlainJobs: StatementFunction<ClaimPlainJobsParameters, readonly ClaimPlainJobsRow[]> = many({
  name: "jobs/claimPlainJobs",
  prepared: true,
  parameters: ["queue","limit","leaseMs","holder","expiredError"],
  object: (row) => ({ position: row[0], id: row[1], queue: row[2], token: row[3], priority: row[4], attempts: row[5], maxAttempts: row[6], leaseUntil: row[7], runAt: row[8], createdAt: row[9], executionId: row[10], payload: row[11], woken: row[12] }),
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
    or coalesce(pg_sequence_last_value('holdfast.tokens'), 0) % 512 = 1 as needs_more
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
  gone.attempts + 1 as "attempts!", job.max_attempts as "max_attempts!", holdfast.now() + $3::bigint * interval '1 millisecond' as "lease_until!", job.run_at as "run_at!",
  job.created_at as "created_at!", job.execution_id::text as "execution_id?", job.payload as "payload?", null::text[] as "woken?"
from gone
cross join lateral (
  select stored.id, stored.priority, stored.run_at, stored.max_attempts, stored.created_at, stored.execution_id, stored.payload
  from holdfast.jobs as stored
  where stored.id = gone.id
  limit 1
) as job
union all
select claimed.pos, claimed.id, claimed.queue, claimed.token, claimed.priority, claimed.attempts, claimed.max_attempts,
  claimed.lease_until, claimed.run_at, claimed.created_at, claimed.execution_id, claimed.payload, claimed.woken
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
 * Ends one claimed job well, where its claim still holds, as complete_jobs does many: the usual completion. Answers no row for a job
 * that does not exist.
 * Index: leases_pkey, ended_jobs_pkey, queues_pkey. Locks: the lease, then what settle_jobs locks.
 */
export const completeJob: StatementFunction<CompleteJobParameters, CompleteJobRow | null> = maybe({
  name: "jobs/completeJob",
  prepared: true,
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
 * Ends claimed jobs well, where their claims still hold, settles what hangs on them, and gives the places of their groups back. Answers
 * the claims that did not hold, which are few, by their place in the input. A claim that has already ended its job so is told the same
 * again: only it can have, for its token is that of the end. The queues that were woken, those with limits among them, come in a row of
 * place 0.
 * Index: ended_jobs_pkey, queues_pkey. Locks: what complete_chunks and take_leases lock, then what settle_jobs locks.
 */
export const completeJobs: StatementFunction<CompleteJobsParameters, readonly CompleteJobsRow[]> = many({
  name: "jobs/completeJobs",
  prepared: true,
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
 * How many jobs remove_expired_jobs would remove in all.
 * Index: ended_jobs_finished, jobs_pkey, lease_chunks_of_chunk.
 */
export const countExpiredJobs: StatementFunction<CountExpiredJobsParameters, CountExpiredJobsRow> = one({
  name: "jobs/countExpiredJobs",
  prepared: true,
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
  readonly ids: readonly string[];
  readonly tokens: readonly number[];
  readonly isSettled: boolean;
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
}

/**
 * Records that claimed jobs failed, where their claims still hold. A job with attempts left is tried again: after the given delay, or
 * after a backoff that doubles with each attempt up to its bound. Half of the backoff is random, so that jobs that failed together do not
 * come back together. It then comes before those that its group has not begun. A job without attempts left, or whose failure is final,
 * ends dead, and what hangs on it is settled. Answers in input order; the queues that were woken come with the first row.
 * Index: jobs_pkey, queues_pkey. Locks: what take_leases locks, then what settle_jobs locks.
 */
export const failJobs: StatementFunction<FailJobsParameters, readonly FailJobsRow[]> = many({
  name: "jobs/failJobs",
  prepared: true,
  parameters: ["errors","retryAfterMs","final","ids","tokens","isSettled"],
  object: (row) => ({ ok: row[0], isLast: row[1], runAt: row[2], queue: row[3], status: row[4], token: row[5], attempts: row[6], woken: row[7] }),
  elements: {"errors":"json","retryAfterMs":"int8","ids":"text","tokens":"int8"},
  text: `with input as materialized (
  select given.error, given.retry_after_ms, given.is_final, given.position
  from unnest((select $1::json[]), $2::bigint[], $3::boolean[]) with ordinality
    as given(error, retry_after_ms, is_final, position)
), gone as materialized (
  select taken.id, taken.queue, taken.attempts, taken.token, taken.claimed_at, taken.holder, taken.group_key, taken.is_linked, input.error,
    input.retry_after_ms, input.is_final, input.position
  from holdfast.take_leases((select $4::text[]), (select $5::bigint[]), $6::boolean) as taken
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
    limit holdfast.at_most(cardinality($4::text[]))
  ) as retried
  where job.id = retried.id
  returning job.id
), settled as materialized (
  select holdfast.settle_jobs(array_agg(failed.id)) as woken
  from failed
  where failed.is_last and failed.is_linked and (select count(*) from died) > 0
  having count(*) > 0
), queued as materialized (
  select enqueued.id, enqueued.status from holdfast.enqueue_jobs(array(select changed.id::text from changed)) as enqueued
)
select failed.id is not null as "ok!", failed.is_last as "is_last?", failed.run_at as "run_at?", failed.queue as "queue?",
  coalesce(queued.status, lost.status) as "status?", lost.token as "token?", lost.attempts as "attempts?", settled.woken as "woken?"
from unnest((select $4::text[])) with ordinality as input(id, position)
left join failed on failed.position = input.position
left join queued on queued.id = failed.id
left join lateral (
  select current.status, current.token, current.attempts from holdfast.job_standing(input.id) as current where failed.id is null
) as lost on true
left join settled on input.position = 1
order by input.position`,
});

/** The parameters of {@link getJob}. */
export interface GetJobParameters {
  readonly id: string;
}

/** A row of {@link getJob}. */
export interface GetJobRow {
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
 * The job of an id, as the table in which it is says.
 * Index: jobs_pkey, ended_jobs_pkey, leases_pkey, blocked_jobs_pkey, scheduled_pkey.
 */
export const getJob: StatementFunction<GetJobParameters, GetJobRow | null> = maybe({
  name: "jobs/getJob",
  prepared: true,
  parameters: ["id"],
  object: (row) => ({ id: row[0], queue: row[1], status: row[2], onDependencyFailure: row[3], blockedBy: row[4], priority: row[5], attempts: row[6], maxAttempts: row[7], backoffMs: row[8], backoffMaxMs: row[9], token: row[10], runAt: row[11], leaseUntil: row[12], createdAt: row[13], startedAt: row[14], finishedAt: row[15], holder: row[16], groupKey: row[17], route: row[18], uniqueKey: row[19], executionId: row[20], payload: row[21], result: row[22], error: row[23] }),
  elements: {},
  text: `select job.id as "id!", job.queue as "queue!", job.status as "status!", job.on_dependency_failure as "on_dependency_failure!",
  job.blocked_by as "blocked_by!", job.priority as "priority!", job.attempts as "attempts!", job.max_attempts as "max_attempts!",
  job.backoff_ms as "backoff_ms!", job.backoff_max_ms as "backoff_max_ms!", job.token as "token!", job.run_at as "run_at!",
  job.lease_until as "lease_until?", job.created_at as "created_at!", job.started_at as "started_at?",
  job.finished_at as "finished_at?", job.holder as "holder?", job.group_key as "group_key?", job.route as "route!",
  job.unique_key as "unique_key?", job.execution_id as "execution_id?", job.payload as "payload?", job.result as "result?",
  job.error as "error?"
from holdfast.job_records as job
where job.id = $1`,
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
 * The jobs of ids, in any order, as the tables in which they are say. Those that do not exist have no row.
 * Index: jobs_pkey, ended_jobs_pkey, leases_pkey, blocked_jobs_pkey, scheduled_pkey.
 */
export const getJobs: StatementFunction<GetJobsParameters, readonly GetJobsRow[]> = many({
  name: "jobs/getJobs",
  prepared: true,
  parameters: ["ids"],
  object: (row) => ({ id: row[0], queue: row[1], status: row[2], onDependencyFailure: row[3], blockedBy: row[4], priority: row[5], attempts: row[6], maxAttempts: row[7], backoffMs: row[8], backoffMaxMs: row[9], token: row[10], runAt: row[11], leaseUntil: row[12], createdAt: row[13], startedAt: row[14], finishedAt: row[15], holder: row[16], groupKey: row[17], route: row[18], uniqueKey: row[19], executionId: row[20], payload: row[21], result: row[22], error: row[23] }),
  elements: {"ids":"text"},
  text: `select job.id as "id!", job.queue as "queue!", job.status as "status!", job.on_dependency_failure as "on_dependency_failure!",
  job.blocked_by as "blocked_by!", job.priority as "priority!", job.attempts as "attempts!", job.max_attempts as "max_attempts!",
  job.backoff_ms as "backoff_ms!", job.backoff_max_ms as "backoff_max_ms!", job.token as "token!", job.run_at as "run_at!",
  job.lease_until as "lease_until?", job.created_at as "created_at!", job.started_at as "started_at?",
  job.finished_at as "finished_at?", job.holder as "holder?", job.group_key as "group_key?", job.route as "route!",
  job.unique_key as "unique_key?", job.execution_id as "execution_id?", job.payload as "payload?", job.result as "result?",
  job.error as "error?"
from holdfast.job_records as job
where job.id = any((select $1::text[])::text[])`,
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
 * Makes the leases of claimed jobs last from now on, where the claims still hold, and answers in input order until when. Chunks come
 * first: of those that are unpacked, the jobs have leases of their own then. See the steps for what is read and locked.
 */
export const heartbeatJobs: StatementFunction<HeartbeatJobsParameters, readonly HeartbeatJobsRow[]> = many({
  name: "jobs/heartbeatJobs",
  prepared: true,
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

/** The parameters of {@link listJobs}. */
export interface ListJobsParameters {
  readonly executionId: string | null;
  readonly status: JobStatus | null;
  readonly after: string;
  readonly queue: string | null;
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
 * Jobs by id, after a given one: of a queue, in a status, of an execution. Each status has its tables, so what is in other statuses costs
 * nothing; of the branches here a call uses one, or the two of ready jobs. Ready jobs have no index by id: those of the queue are
 * sorted.
 * Index: jobs_pkey; jobs_of_execution, blocked_jobs_pkey, scheduled_pkey, group_lines_pkey, ready_order, leases_pkey, ended_jobs_pkey or
 * ended_jobs_retriable.
 */
export const listJobs: StatementFunction<ListJobsParameters, readonly ListJobsRow[]> = many({
  name: "jobs/listJobs",
  prepared: false,
  parameters: ["executionId","status","after","queue","limit"],
  object: (row) => ({ id: row[0], queue: row[1], status: row[2], onDependencyFailure: row[3], blockedBy: row[4], priority: row[5], attempts: row[6], maxAttempts: row[7], backoffMs: row[8], backoffMaxMs: row[9], token: row[10], runAt: row[11], leaseUntil: row[12], createdAt: row[13], startedAt: row[14], finishedAt: row[15], holder: row[16], groupKey: row[17], route: row[18], uniqueKey: row[19], executionId: row[20], payload: row[21], result: row[22], error: row[23] }),
  elements: {},
  text: `select job.id as "id!", job.queue as "queue!", job.status as "status!", job.on_dependency_failure as "on_dependency_failure!",
  job.blocked_by as "blocked_by!", job.priority as "priority!", job.attempts as "attempts!", job.max_attempts as "max_attempts!",
  job.backoff_ms as "backoff_ms!", job.backoff_max_ms as "backoff_max_ms!", job.token as "token!", job.run_at as "run_at!",
  job.lease_until as "lease_until?", job.created_at as "created_at!", job.started_at as "started_at?",
  job.finished_at as "finished_at?", job.holder as "holder?", job.group_key as "group_key?", job.route as "route!",
  job.unique_key as "unique_key?", job.execution_id as "execution_id?", job.payload as "payload?", job.result as "result?",
  job.error as "error?"
from (
  (
    select stored.id from holdfast.job_records as stored
    where ($1::text is not null or $2::holdfast.job_status is null) and stored.id > $3
      and ($1::text is null or stored.execution_id = $1)
      and ($4::text is null or stored.queue = $4) and ($2::holdfast.job_status is null or stored.status = $2)
    order by stored.id limit $5
  )
  union all
  (
    select stored.id from holdfast.blocked_jobs as stored
    where $1::text is null and $2::holdfast.job_status = 'blocked' and stored.id > $3
      and ($4::text is null or stored.queue = $4)
    order by stored.id limit $5
  )
  union all
  (
    select stored.id from holdfast.scheduled as stored
    where $1::text is null and $2::holdfast.job_status = 'scheduled' and stored.id > $3 and stored.kind = 'job'
      and ($4::text is null or stored.queue = $4)
    order by stored.id limit $5
  )
  union all
  (
    select stored.id from holdfast.group_lines as stored
    where $1::text is null and $2::holdfast.job_status = 'ready' and stored.id > $3 and stored.kind = 'job'
      and ($4::text is null or stored.queue = $4)
    order by stored.id limit $5
  )
  union all
  (
    select stored.id from holdfast.ready as stored
    where $1::text is null and $2::holdfast.job_status = 'ready' and stored.id > $3 and stored.kind = 'job'
      and ($4::text is null or stored.queue = $4)
    order by stored.id limit $5
  )
  union all
  (
    select member.id
    from holdfast.ready_chunks as stored
    cross join lateral unnest(stored.ids) as member(id)
    where $1::text is null and $2::holdfast.job_status = 'ready' and member.id > $3
      and ($4::text is null or stored.queue = $4)
    order by member.id limit $5
  )
  union all
  (
    select member.id
    from holdfast.lease_chunks as stored
    cross join lateral unnest(stored.ids) as member(id)
    where $1::text is null and $2::holdfast.job_status = 'running' and member.id > $3
      and ($4::text is null or stored.queue = $4)
      and not exists (select from holdfast.ended_jobs as ended where ended.id = member.id)
    order by member.id limit $5
  )
  union all
  (
    select stored.id from holdfast.leases as stored
    where $1::text is null and $2::holdfast.job_status = 'running' and stored.id > $3 and stored.kind = 'job'
      and ($4::text is null or stored.queue = $4)
    order by stored.id limit $5
  )
  union all
  (
    select stored.id from holdfast.ended_jobs as stored
    where $1::text is null and $2::holdfast.job_status = stored.status and $2 in ('succeeded', 'dead', 'canceled')
      and stored.id > $3 and ($4::text is null or stored.queue = $4)
    order by stored.id limit $5
  )
) as found
join holdfast.job_records as job on job.id = found.id
order by found.id
limit $5`,
});

/** The parameters of {@link lockLinkedJobs}. */
export interface LockLinkedJobsParameters {
  readonly executionIds: readonly (string | null)[];
  readonly ownIds: readonly string[];
  readonly touched: readonly string[];
  readonly queues: readonly string[];
  readonly uniqueKeys: readonly string[];
}

/**
 * Locks the jobs that a step acknowledges together with those that its pushes come after or replace, all in one order; before them
 * what two pushes must not resolve at once.
 * Index: job_keys_pkey, and those of holdfast.lock_job. Locks: those of holdfast.lock_pushes, then jobs, those that are blocked last,
 * then in id order.
 */
export const lockLinkedJobs: StatementFunction<LockLinkedJobsParameters, void> = exec({
  name: "jobs/lockLinkedJobs",
  prepared: true,
  parameters: ["executionIds","ownIds","touched","queues","uniqueKeys"],
  object: () => ({}),
  elements: {"executionIds":"text","ownIds":"text","touched":"text","queues":"text","uniqueKeys":"text"},
  text: `select holdfast.lock_linked_jobs($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])`,
});

/** The parameters of {@link lockRetriedKeys}. */
export interface LockRetriedKeysParameters {
  readonly ids: readonly string[];
}

/**
 * Locks the unique keys that jobs take again when they are retried, as pushes do. Where jobs come before them that have not ended, locks
 * all of them where they are, so that none of those ends unseen.
 * Index: jobs_pkey, job_dependencies_of_job. Locks: advisory, in hash order; then those of holdfast.lock_jobs.
 */
export const lockRetriedKeys: StatementFunction<LockRetriedKeysParameters, void> = exec({
  name: "jobs/lockRetriedKeys",
  prepared: true,
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
 * jobs lets the next be claimed; null where none of it will. That moment may have passed: the caller found nothing a moment ago, and
 * would wait in vain if it were left out.
 * Index: scheduled_due, leases_of_queue, lease_chunks_of_queue, ready_order, ready_chunks_order.
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
  readonly ids: readonly string[];
  readonly payloads: readonly (JsonText | null)[];
}

/** A row of {@link pushAlikeJobs}. */
export interface PushAlikeJobsRow {
  readonly runAt: Date;
}

/**
 * Inserts jobs whose ids were made for them and that differ in id, payload and execution only: they are in no group, have no unique
 * key, come after no others and wait for the same delay or none. The usual push. Those with a delay are scheduled, all others ready.
 * Fails with HF003 where an execution has ended. Answers the moment from which they may run.
 * Index: queues_pkey, executions_pkey. Locks: the executions, shared, in id order.
 */
export const pushAlikeJobs: StatementFunction<PushAlikeJobsParameters, PushAlikeJobsRow> = one({
  name: "jobs/pushAlikeJobs",
  prepared: true,
  parameters: ["executionIds","queue","priority","delayMs","route","maxAttempts","backoffMs","backoffMaxMs","ids","payloads"],
  object: (row) => ({ runAt: row[0] }),
  elements: {"executionIds":"text","ids":"text","payloads":"json"},
  text: `with owner as materialized (
  select execution.id, execution.status
  from (
    select distinct given.id collate "C" as id from unnest((select $1::text[])) as given(id) order by 1
  ) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
), job as (
  insert into holdfast.jobs (id, queue, on_dependency_failure, priority, rank, route, max_attempts, backoff_ms, backoff_max_ms, run_at,
    created_at, execution_id, payload)
  select given.id, (select $2::text::holdfast.id), 'cancel', $3::integer,
    coalesce((
      select holdfast.work_rank($3::integer, holdfast.now() + $4::bigint * interval '1 millisecond', queue.aging_ms)
      from holdfast.queues as queue
      where queue.name = $2::text
    ), $3::integer),
    $5::text, $6::integer, $7::bigint, $8::bigint,
    (select holdfast.now() + $4::bigint * interval '1 millisecond'), (select holdfast.now()), given.execution_id, given.payload
  from unnest((select $9::text[]), $10::json[], $1::text[])
    with ordinality as given(id, payload, execution_id, position)
  where (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) >= 0
  order by given.position
  returning id, rank, run_at, sequence
), scheduled as (
  insert into holdfast.scheduled (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, is_linked)
  select 'job', job.id, $2::text, $5::text, job.rank, 0, job.run_at, job.sequence, $3::integer, 0, false
  from job
  where $4::bigint > 0
), ready as (
  insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, has_place, is_linked)
  select 'job', job.id, $2::text, $5::text, job.rank, 0, job.run_at, job.sequence, $3::integer, 0, false, false
  from job
  where $4::bigint = 0
)
select holdfast.now() + $4::bigint * interval '1 millisecond' as "run_at!"`,
});

/** The parameters of {@link pushChunks}. */
export interface PushChunksParameters {
  readonly ids: readonly string[];
  readonly payloads: readonly (JsonText | null)[];
  readonly priority: number;
  readonly queue: string;
  readonly maxAttempts: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
}

/** A row of {@link pushChunks}. */
export interface PushChunksRow {
  readonly runAt: Date;
}

/**
 * Inserts jobs that are ready at once, whose ids were made for them, and that differ in id and payload only: they are in no group and of
 * no execution, require nothing, have no unique key and come after no others. They wait in chunks of at most 100.
 * Answers the moment from which they may run: now.
 * Index: queues_pkey. Locks: nothing but its new rows.
 */
export const pushChunks: StatementFunction<PushChunksParameters, PushChunksRow> = one({
  name: "jobs/pushChunks",
  prepared: true,
  parameters: ["ids","payloads","priority","queue","maxAttempts","backoffMs","backoffMaxMs"],
  object: (row) => ({ runAt: row[0] }),
  elements: {"ids":"text","payloads":"json"},
  text: `with job as materialized (
  select given.id, given.payload, given.position, nextval('holdfast.jobs_sequence_seq') as sequence
  from unnest((select $1::text[]), $2::json[]) with ordinality as given(id, payload, position)
), packed as materialized (
  select job.id, job.payload, job.position, job.sequence, first_value(job.sequence) over in_chunk as chunk_id
  from job
  window in_chunk as (partition by (job.position - 1) / 100 order by job.position)
), standing as materialized (
  select coalesce((
    select holdfast.work_rank($3::integer, holdfast.now(), queue.aging_ms) from holdfast.queues as queue where queue.name = $4::text
  ), $3::integer) as rank
), inserted as (
  insert into holdfast.jobs (id, sequence, queue, on_dependency_failure, priority, rank, max_attempts, backoff_ms, backoff_max_ms, run_at,
    created_at, chunk_id, payload) overriding system value
  select packed.id, packed.sequence, $4::text::holdfast.id, 'cancel', $3::integer, standing.rank, $5::integer,
    $6::bigint, $7::bigint, holdfast.now(), holdfast.now(), packed.chunk_id, packed.payload
  from packed
  cross join standing
), waiting as (
  insert into holdfast.ready_chunks (id, queue, rank, run_at, sequence, priority, ids)
  select packed.chunk_id, $4::text, standing.rank, holdfast.now(), packed.chunk_id, $3::integer,
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
  readonly payload: JsonText | null;
}

/** A row of {@link pushJob}. */
export interface PushJobRow {
  readonly runAt: Date;
}

/**
 * Inserts a ready job whose id was made for it: of no execution and no group, without a unique key, after no other job. The push of one
 * job alone; half of the time of push_alike_jobs, which takes any number and looks at their executions.
 * Answers the moment from which it may run: now.
 * Index: queues_pkey.
 */
export const pushJob: StatementFunction<PushJobParameters, PushJobRow> = one({
  name: "jobs/pushJob",
  prepared: true,
  parameters: ["id","queue","priority","route","maxAttempts","backoffMs","backoffMaxMs","payload"],
  object: (row) => ({ runAt: row[0] }),
  elements: {},
  text: `with job as (
  insert into holdfast.jobs (id, queue, on_dependency_failure, priority, rank, route, max_attempts, backoff_ms, backoff_max_ms, run_at,
    created_at, payload)
  values ($1::text, $2::text, 'cancel', $3::integer,
    coalesce((
      select holdfast.work_rank($3::integer, holdfast.now(), queue.aging_ms)
      from holdfast.queues as queue
      where queue.name = $2::text
    ), $3::integer),
    $4::text, $5::integer, $6::bigint, $7::bigint, holdfast.now(), holdfast.now(), $8::json)
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
  readonly pushedId: string | null;
  readonly id: string | null;
  readonly outcome: string | null;
  readonly status: JobStatus | null;
  readonly runAt: Date;
}

/**
 * Pushes jobs of any kind, as holdfast.push_jobs says, and answers what became of those that were not made ready, by the ids that were
 * pushed. A row without ids says what moment it is: from then on the ready ones may run that name none.
 * Index: jobs_pkey, job_keys_pkey, executions_pkey, queues_pkey, ready_order. Locks: those of holdfast.push_jobs.
 */
export const pushJobs: StatementFunction<PushJobsParameters, readonly PushJobsRow[]> = many({
  name: "jobs/pushJobs",
  prepared: true,
  parameters: ["ids","hasOwnIds","queues","payloads","priorities","runAt","delaysMs","maxAttempts","backoffMs","backoffMaxMs","executionIds","groups","routes","uniqueKeys","replaces","debounceMaxMs","throttleMs","policies","edgeJobs","edgeAfters"],
  object: (row) => ({ pushedId: row[0], id: row[1], outcome: row[2], status: row[3], runAt: row[4] }),
  elements: {"ids":"text","queues":"text","payloads":"json","delaysMs":"int8","backoffMs":"int8","backoffMaxMs":"int8","executionIds":"text","groups":"text","routes":"text","uniqueKeys":"text","debounceMaxMs":"int8","throttleMs":"int8","edgeJobs":"text","edgeAfters":"text"},
  text: `select null as "pushed_id?", null as "id?", null as "outcome?", null::holdfast.job_status as "status?", holdfast.now() as "run_at!"
union all
select pushed.pushed_id, pushed.id, pushed.outcome, pushed.status, pushed.run_at
from holdfast.push_jobs(
  array(
    select row(given.id, given.has_own_id, given.position, 'created', null, null, given.queue, given.priority,
      coalesce(given.run_at, holdfast.now() + given.delay_ms * interval '1 millisecond', holdfast.now()), given.max_attempts,
      given.backoff_ms, given.backoff_max_ms, given.execution_id, given.group_key, 0, given.route, given.unique_key, given.replaces,
      given.debounce_max_ms, given.throttle_ms, given.policy, given.payload)::holdfast.job_push
    from unnest((select $1::text[]), $2::boolean[], $3::text[], $4::json[], $5::integer[], $6::timestamptz[],
      $7::bigint[], $8::integer[], $9::bigint[], $10::bigint[], $11::text[],
      $12::text[], $13::text[], $14::text[], $15::boolean[], $16::bigint[], $17::bigint[],
      $18::holdfast.dependency_policy[])
      with ordinality as given(id, has_own_id, queue, payload, priority, run_at, delay_ms, max_attempts, backoff_ms, backoff_max_ms,
        execution_id, group_key, route, unique_key, replaces, debounce_max_ms, throttle_ms, policy, position)
    order by given.position
  ),
  $11::text[] <> '{}', $12::text[] <> '{}', $14::text[] <> '{}', $19::text[], $20::text[]
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
 * Gives claimed jobs back, where their claims still hold: to their queues at once, or from a moment or after a delay that is given; the
 * attempt does not count. Answers in input order.
 * Index: jobs_pkey, queues_pkey. Locks: what take_leases locks.
 */
export const releaseJobs: StatementFunction<ReleaseJobsParameters, readonly ReleaseJobsRow[]> = many({
  name: "jobs/releaseJobs",
  prepared: true,
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
 * Removes jobs that ended in one of the given statuses at least so long ago, at most `limit`, the oldest of each status first. The
 * jobs of an execution stay, however long ago they ended: an engine that repeats a step pushes them again by their ids, and they
 * go with the execution. One that still has its throttled unique key stays until it loses it, and one that was claimed in a
 * chunk until all of that have ended. Nothing comes after a job that has
 * ended, for its edges went when it did.
 * Index: ended_jobs_finished. Locks: ended jobs, skipping those that others have locked.
 */
export const removeExpiredJobs: StatementFunction<RemoveExpiredJobsParameters, RemoveExpiredJobsRow> = one({
  name: "jobs/removeExpiredJobs",
  prepared: true,
  parameters: ["statuses","keepMs","limit"],
  object: (row) => ({ removed: row[0] }),
  elements: {},
  text: `select holdfast.remove_expired_jobs($1::holdfast.job_status[], $2::bigint, $3::integer) as "removed!"`,
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
 * Gives waiting jobs another moment or priority, as holdfast.reschedule_jobs says; each is named by its id, or by the unique key that it
 * holds in a queue. Answers in input order what each is then, and whether it waited.
 * Index: jobs_pkey, job_keys_pkey, and those of job_records. Locks: those of holdfast.reschedule_jobs.
 */
export const rescheduleJobs: StatementFunction<RescheduleJobsParameters, readonly RescheduleJobsRow[]> = many({
  name: "jobs/rescheduleJobs",
  prepared: true,
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
  readonly died: number;
  readonly woken: readonly string[];
}

/**
 * Takes jobs from holders whose leases have run out: ready again, or dead where that was the last attempt, with the jobs that come
 * after them settled. Of the given queues, or of all where none is given. Answers, of each queue that has some, how many of each,
 * and the queues in which dead ones let something be claimed. What it reads and locks stands with holdfast.rescue_expired.
 */
export const rescueJobs: StatementFunction<RescueJobsParameters, readonly RescueJobsRow[]> = many({
  name: "jobs/rescueJobs",
  prepared: true,
  parameters: ["queues","limit","expiredError"],
  object: (row) => ({ queue: row[0], reclaimed: row[1], died: row[2], woken: row[3] }),
  elements: {"queues":"text"},
  text: `select rescued.queue as "queue!", rescued.reclaimed as "reclaimed!", rescued.died as "died!", rescued.woken as "woken!"
from holdfast.rescue_queues($1::text[], $2::bigint, $3::json) as rescued
where rescued.reclaimed + rescued.died > 0`,
});

/** The parameters of {@link retryJobs}. */
export interface RetryJobsParameters {
  readonly ids: readonly string[];
  readonly statuses: readonly JobStatus[];
  readonly leavesTaken: boolean;
}

/** A row of {@link retryJobs}. */
export interface RetryJobsRow {
  readonly queue: string | null;
}

/**
 * Makes dead and canceled jobs that are in one of the given statuses ready again, with all their attempts, or blocked while jobs that
 * they come after have not ended, and answers in input order with the queue of each that it changed. Where another job has taken
 * the unique key meanwhile, fails with HF007, or leaves the job as it is; then, of several with one key, the last is retried.
 * Runs behind lock_retried_keys.
 * Index: ended_jobs_pkey, jobs_pkey, job_keys_pkey, job_dependencies_of_job. Locks: ended jobs in id order, then their unique keys.
 */
export const retryJobs: StatementFunction<RetryJobsParameters, readonly RetryJobsRow[]> = many({
  name: "jobs/retryJobs",
  prepared: true,
  parameters: ["ids","statuses","leavesTaken"],
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
 * Ids of the jobs of a filter, after a given one: of an execution, or of a queue and the tables of the wanted statuses.
 * Index: jobs_of_execution; else ended_jobs_retriable, leases_of_queue, blocked_jobs_of_queue, scheduled_due, group_lines_order and
 * ready_order; jobs_pkey for each that is found.
 */
export const selectJobs: StatementFunction<SelectJobsParameters, readonly SelectJobsRow[]> = many({
  name: "jobs/selectJobs",
  prepared: false,
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
  select stored.id from holdfast.ready as stored
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
