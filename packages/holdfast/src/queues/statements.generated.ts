// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import type { JobStatus } from "../core/enums.generated.ts";
import { exec, many, maybe, type InBothOrders, type StatementFunction } from "../core/plan.ts";

/** The parameters of {@link configureQueue}. */
export interface ConfigureQueueParameters {
  readonly queue: string;
  readonly concurrency: number | null;
  readonly concurrencyPerGroup: number | null;
  readonly rateLimit: number | null;
  readonly ratePeriodMs: number | null;
  readonly agingMs: number | null;
  readonly timeoutMs: number | null;
  readonly setsConcurrency: boolean;
  readonly setsConcurrencyPerGroup: boolean;
  readonly setsRate: boolean;
  readonly setsAging: boolean;
  readonly setsTimeout: boolean;
}

/**
 * Changes settings of a queue, which need not have a job yet. Each given setting changes, to a value or to none.
 * Index: queues_pkey. Locks: the queue.
 */
export const configureQueue: StatementFunction<ConfigureQueueParameters, void> = exec({
  name: "queues/configureQueue",
  prepared: true,
  readsOnly: false,
  parameters: ["queue","concurrency","concurrencyPerGroup","rateLimit","ratePeriodMs","agingMs","timeoutMs","setsConcurrency","setsConcurrencyPerGroup","setsRate","setsAging","setsTimeout"],
  object: () => ({}),
  elements: {},
  text: `insert into holdfast.queues as queue (name, concurrency, concurrency_per_group, rate_limit, rate_period_ms, aging_ms, timeout_ms)
values ($1::text, $2::integer, $3::integer, $4::integer, $5::bigint,
  $6::bigint, $7::bigint)
on conflict (name) do update set
  concurrency = case when $8::boolean then excluded.concurrency else queue.concurrency end,
  concurrency_per_group = case when $9::boolean then excluded.concurrency_per_group
    else queue.concurrency_per_group end,
  rate_limit = case when $10::boolean then excluded.rate_limit else queue.rate_limit end,
  rate_period_ms = case when $10::boolean then excluded.rate_period_ms else queue.rate_period_ms end,
  rate_full_at = case when $10::boolean then null else queue.rate_full_at end,
  aging_ms = case when $11::boolean then excluded.aging_ms else queue.aging_ms end,
  timeout_ms = case when $12::boolean then excluded.timeout_ms else queue.timeout_ms end`,
});

/** The parameters of {@link countJobs}. */
export interface CountJobsParameters {
  readonly queue: string | null;
}

/** A row of {@link countJobs}. */
export interface CountJobsRow {
  readonly status: JobStatus;
  readonly count: number;
}

/**
 * Counts the jobs of a queue, or of all, by status. Ended jobs are summed from counts of their ends.
 * Index: blocked_jobs_of_queue, scheduled_due, ready_order, group_lines_order, leases_of_queue, job_counts_of_queue.
 */
export const countJobs: StatementFunction<CountJobsParameters, readonly CountJobsRow[]> = many({
  name: "queues/countJobs",
  prepared: false,
  readsOnly: true,
  parameters: ["queue"],
  object: (row) => ({ status: row[0], count: row[1] }),
  elements: {},
  text: `select 'blocked'::holdfast.job_status as "status!", count(*) as "count!"
from holdfast.blocked_jobs as job where $1::text is null or job.queue = $1
union all
select 'scheduled', count(*)
from holdfast.scheduled as work where work.kind = 'job' and ($1::text is null or work.queue = $1)
union all
select 'ready', (
    select count(*) from holdfast.ready as work where work.kind = 'job' and ($1::text is null or work.queue = $1)
  ) + (
    select count(*) from holdfast.group_lines as work where work.kind = 'job' and ($1::text is null or work.queue = $1)
  ) + (
    select coalesce(sum(cardinality(chunk.ids)), 0)::bigint
    from holdfast.ready_chunks as chunk where $1::text is null or chunk.queue = $1
  )
union all
select 'running', (
    select count(*) from holdfast.leases as lease where lease.kind = 'job' and ($1::text is null or lease.queue = $1)
  ) + (
    select coalesce(sum(holdfast.count_running(chunk)), 0)::bigint
    from holdfast.lease_chunks as chunk where $1::text is null or chunk.queue = $1
  )
union all
select ended.status, sum(ended.count)::bigint
from holdfast.job_counts as ended where $1::text is null or ended.queue = $1
group by ended.status`,
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
 * The time since when a queue is paused.
 * Index: queues_pkey.
 */
export const getPause: StatementFunction<GetPauseParameters, GetPauseRow | null> = maybe({
  name: "queues/getPause",
  prepared: true,
  readsOnly: true,
  parameters: ["queue"],
  object: (row) => ({ pausedAt: row[0] }),
  elements: {},
  text: `select paused_at
from holdfast.queues
where name = $1 and paused_at is not null`,
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
  readonly timeoutMs: number | null;
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
 * One queue, with or without jobs. Without a name, the queues that have work or settings, by name, after a given one. They are found by
 * stepping through the indexes of the tables of waiting and running work. Counts at most `countUpTo` jobs per status, in index order, so
 * no table is read from its start for the jobs of one queue. The number of ended jobs is a stored sum.
 * Index: queues_pkey, ready_order, scheduled_due, group_lines_order, leases_of_queue, blocked_jobs_of_queue, job_counts_of_queue.
 */
export const listQueues: InBothOrders<ListQueuesParameters, readonly ListQueuesRow[]> = {
  asc: many({
  name: "queues/listQueues",
  prepared: true,
  readsOnly: true,
  parameters: ["after","limit","name","countUpTo"],
  object: (row) => ({ name: row[0], pausedAt: row[1], concurrency: row[2], concurrencyPerGroup: row[3], rateLimit: row[4], ratePeriodMs: row[5], agingMs: row[6], timeoutMs: row[7], ready: row[8], oldestReadyAt: row[9], blocked: row[10], scheduled: row[11], running: row[12], succeeded: row[13], dead: row[14], canceled: row[15] }),
  elements: {},
  text: `with recursive known as (
  select $1::text collate "C" as after, 0 as number
  union all
  select (
      select found.name from (
        (select work.queue from holdfast.ready as work where work.queue > known.after order by work.queue limit 1)
        union all
        (select chunk.queue from holdfast.ready_chunks as chunk where chunk.queue > known.after order by chunk.queue limit 1)
        union all
        (select chunk.queue from holdfast.lease_chunks as chunk where chunk.queue > known.after order by chunk.queue limit 1)
        union all
        (select work.queue from holdfast.scheduled as work where work.queue > known.after order by work.queue limit 1)
        union all
        (select work.queue from holdfast.group_lines as work where work.queue > known.after order by work.queue limit 1)
        union all
        (select lease.queue from holdfast.leases as lease where lease.queue > known.after order by lease.queue limit 1)
        union all
        (select blocked.queue from holdfast.blocked_jobs as blocked where blocked.queue > known.after order by blocked.queue limit 1)
        union all
        (select ended.queue from holdfast.job_counts as ended where ended.queue > known.after order by ended.queue limit 1)
        union all
        (select queue.name from holdfast.queues as queue where queue.name > known.after order by queue.name limit 1)
      ) as found(name)
      order by found.name collate "C"
      limit 1
    ), known.number + 1
  from known
  where known.after is not null and known.number < $2 and $3::text is null
), named as (
  select known.after as name from known where known.number > 0 and known.after is not null
  union all
  select $3::text where $3::text is not null
)
select named.name as "name!", queue.paused_at as "paused_at?", queue.concurrency as "concurrency?",
  queue.concurrency_per_group as "concurrency_per_group?", queue.rate_limit as "rate_limit?",
  queue.rate_period_ms as "rate_period_ms?", queue.aging_ms as "aging_ms?",
  queue.timeout_ms as "timeout_ms?", ready.count as "ready!", ready.oldest_at as "oldest_ready_at?",
  (select count(*) from (
    select from holdfast.blocked_jobs as blocked where blocked.queue = named.name limit $4
  ) as counted) as "blocked!",
  (select count(*) from (
    select from holdfast.scheduled as work where work.queue = named.name and work.kind = 'job'
    order by work.run_at asc limit $4
  ) as counted) as "scheduled!",
  (select count(*) from (
    (
      select from holdfast.leases as lease where lease.queue = named.name and lease.kind = 'job'
      order by lease.lease_until asc limit $4
    )
    union all
    (
      select from holdfast.lease_chunks as chunk cross join lateral generate_series(1, holdfast.count_running(chunk))
      where chunk.queue = named.name order by chunk.lease_until asc limit $4
    )
    limit $4
  ) as counted) as "running!",
  least(ended.succeeded, $4) as "succeeded!", least(ended.dead, $4) as "dead!",
  least(ended.canceled, $4) as "canceled!"
from named
left join holdfast.queues as queue on queue.name = named.name
cross join lateral (
  select count(*) as count, min(first.run_at) as oldest_at
  from (
    (select work.run_at from holdfast.ready as work where work.queue = named.name and work.kind = 'job' limit $4)
    union all
    (
      select work.run_at from holdfast.group_lines as work where work.queue = named.name and work.kind = 'job'
      order by work.group_key asc, work.rank asc limit $4
    )
    union all
    (
      select chunk.run_at from holdfast.ready_chunks as chunk cross join lateral unnest(chunk.ids)
      where chunk.queue = named.name order by chunk.rank asc, chunk.run_at asc, chunk.sequence asc limit $4
    )
    limit $4
  ) as first
) as ready
cross join lateral (
  select coalesce(sum(counted.count) filter (where counted.status = 'succeeded'), 0)::bigint as succeeded,
    coalesce(sum(counted.count) filter (where counted.status = 'dead'), 0)::bigint as dead,
    coalesce(sum(counted.count) filter (where counted.status = 'canceled'), 0)::bigint as canceled
  from holdfast.job_counts as counted
  where counted.queue = named.name
) as ended
order by named.name`,
}),
  desc: many({
  name: "queues/listQueues desc",
  prepared: true,
  readsOnly: true,
  parameters: ["after","limit","name","countUpTo"],
  object: (row) => ({ name: row[0], pausedAt: row[1], concurrency: row[2], concurrencyPerGroup: row[3], rateLimit: row[4], ratePeriodMs: row[5], agingMs: row[6], timeoutMs: row[7], ready: row[8], oldestReadyAt: row[9], blocked: row[10], scheduled: row[11], running: row[12], succeeded: row[13], dead: row[14], canceled: row[15] }),
  elements: {},
  text: `with recursive known as (
  select $1::text collate "C" as after, 0 as number
  union all
  select (
      select found.name from (
        (select work.queue from holdfast.ready as work where work.queue < known.after order by work.queue desc limit 1)
        union all
        (select chunk.queue from holdfast.ready_chunks as chunk where chunk.queue < known.after order by chunk.queue desc limit 1)
        union all
        (select chunk.queue from holdfast.lease_chunks as chunk where chunk.queue < known.after order by chunk.queue desc limit 1)
        union all
        (select work.queue from holdfast.scheduled as work where work.queue < known.after order by work.queue desc limit 1)
        union all
        (select work.queue from holdfast.group_lines as work where work.queue < known.after order by work.queue desc limit 1)
        union all
        (select lease.queue from holdfast.leases as lease where lease.queue < known.after order by lease.queue desc limit 1)
        union all
        (select blocked.queue from holdfast.blocked_jobs as blocked where blocked.queue < known.after order by blocked.queue desc limit 1)
        union all
        (select ended.queue from holdfast.job_counts as ended where ended.queue < known.after order by ended.queue desc limit 1)
        union all
        (select queue.name from holdfast.queues as queue where queue.name < known.after order by queue.name desc limit 1)
      ) as found(name)
      order by found.name collate "C" desc
      limit 1
    ), known.number + 1
  from known
  where known.after is not null and known.number < $2 and $3::text is null
), named as (
  select known.after as name from known where known.number > 0 and known.after is not null
  union all
  select $3::text where $3::text is not null
)
select named.name as "name!", queue.paused_at as "paused_at?", queue.concurrency as "concurrency?",
  queue.concurrency_per_group as "concurrency_per_group?", queue.rate_limit as "rate_limit?",
  queue.rate_period_ms as "rate_period_ms?", queue.aging_ms as "aging_ms?",
  queue.timeout_ms as "timeout_ms?", ready.count as "ready!", ready.oldest_at as "oldest_ready_at?",
  (select count(*) from (
    select from holdfast.blocked_jobs as blocked where blocked.queue = named.name limit $4
  ) as counted) as "blocked!",
  (select count(*) from (
    select from holdfast.scheduled as work where work.queue = named.name and work.kind = 'job'
    order by work.run_at asc limit $4
  ) as counted) as "scheduled!",
  (select count(*) from (
    (
      select from holdfast.leases as lease where lease.queue = named.name and lease.kind = 'job'
      order by lease.lease_until asc limit $4
    )
    union all
    (
      select from holdfast.lease_chunks as chunk cross join lateral generate_series(1, holdfast.count_running(chunk))
      where chunk.queue = named.name order by chunk.lease_until asc limit $4
    )
    limit $4
  ) as counted) as "running!",
  least(ended.succeeded, $4) as "succeeded!", least(ended.dead, $4) as "dead!",
  least(ended.canceled, $4) as "canceled!"
from named
left join holdfast.queues as queue on queue.name = named.name
cross join lateral (
  select count(*) as count, min(first.run_at) as oldest_at
  from (
    (select work.run_at from holdfast.ready as work where work.queue = named.name and work.kind = 'job' limit $4)
    union all
    (
      select work.run_at from holdfast.group_lines as work where work.queue = named.name and work.kind = 'job'
      order by work.group_key asc, work.rank asc limit $4
    )
    union all
    (
      select chunk.run_at from holdfast.ready_chunks as chunk cross join lateral unnest(chunk.ids)
      where chunk.queue = named.name order by chunk.rank asc, chunk.run_at asc, chunk.sequence asc limit $4
    )
    limit $4
  ) as first
) as ready
cross join lateral (
  select coalesce(sum(counted.count) filter (where counted.status = 'succeeded'), 0)::bigint as succeeded,
    coalesce(sum(counted.count) filter (where counted.status = 'dead'), 0)::bigint as dead,
    coalesce(sum(counted.count) filter (where counted.status = 'canceled'), 0)::bigint as canceled
  from holdfast.job_counts as counted
  where counted.queue = named.name
) as ended
order by named.name desc`,
}),
};

/** The parameters of {@link pauseQueues}. */
export interface PauseQueuesParameters {
  readonly queues: readonly string[];
}

/**
 * Pauses queues, which need not have a job yet. A queue that is already paused keeps its time.
 * Index: queues_pkey. Locks: queues in name order.
 */
export const pauseQueues: StatementFunction<PauseQueuesParameters, void> = exec({
  name: "queues/pauseQueues",
  prepared: true,
  readsOnly: false,
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

/** The parameters of {@link regroupQueue}. */
export interface RegroupQueueParameters {
  readonly queue: string;
}

/**
 * Applies a new limit of a queue's groups to waiting and running jobs. Runs behind the statement that sets it, which locks the queue. See
 * holdfast.regroup_queue for what it reads and locks.
 */
export const regroupQueue: StatementFunction<RegroupQueueParameters, void> = exec({
  name: "queues/regroupQueue",
  prepared: true,
  readsOnly: false,
  parameters: ["queue"],
  object: () => ({}),
  elements: {},
  text: `select holdfast.regroup_queue($1::text)`,
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
 * Lets jobs of paused queues be claimed again. Returns in input order whether each was paused.
 * Index: queues_pkey. Locks: queues in name order.
 */
export const resumeQueues: StatementFunction<ResumeQueuesParameters, readonly ResumeQueuesRow[]> = many({
  name: "queues/resumeQueues",
  prepared: true,
  readsOnly: false,
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
