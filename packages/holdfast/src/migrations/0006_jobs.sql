-- Jobs: queued work. `jobs` keeps the request, and is written again only when an attempt fails. The table of a job is its state: it waits
-- in `blocked_jobs`, `scheduled`, `group_lines` or `ready`, runs under a row of `leases`, and ends in `ended_jobs`.

create type holdfast.job_status as enum ('blocked', 'scheduled', 'ready', 'running', 'succeeded', 'dead', 'canceled');

-- What happens to a job when one of its dependencies fails or is canceled.
create type holdfast.dependency_policy as enum ('cancel', 'ignore');

-- What a push does if the job with its unique key is running: keep that one, or create another beside it or after its end.
create type holdfast.running_policy as enum ('keep', 'beside', 'after');

create table holdfast.jobs (
  id holdfast.id primary key,
  -- Push order, which decides among jobs of one priority and time.
  sequence bigint generated always as identity,
  queue holdfast.id not null,
  on_dependency_failure holdfast.dependency_policy not null,
  priority integer not null,
  -- Together with the queue, the route, the time and the sequence, the key of its row in `ready`.
  rank bigint not null,
  turn bigint not null default 0,
  route text collate "C" not null default '',
  max_attempts integer not null check (max_attempts > 0),
  backoff_ms bigint not null check (backoff_ms >= 0),
  backoff_max_ms bigint not null,
  -- The time limit of a handler; null if the push sets none.
  timeout_ms bigint check (timeout_ms > 0),
  run_at timestamptz not null,
  created_at timestamptz not null,
  group_key holdfast.key,
  unique_key holdfast.key,
  -- The chunk that it was pushed in; null if none.
  chunk_id bigint,
  -- Without a cascade: removing an execution must remove its jobs from every table (remove_jobs).
  execution_id holdfast.id references holdfast.executions,
  -- Whether its execution fails if it dies.
  fails_execution boolean not null default false check (not fails_execution or execution_id is not null),
  -- The error of the last attempt that did not end the job.
  attempts integer not null default 0,
  token bigint not null default 0,
  started_at timestamptz,
  holder text,
  error json,
  payload json,
  trace_context text collate "C"
) with (fillfactor = 95);
create index jobs_of_execution on holdfast.jobs (execution_id, id) where execution_id is not null;

-- Jobs that were pushed together, differ only in their payloads, and belong to no execution. They wait in one row, and one claim takes
-- them. An operation on one of them first unpacks its chunk: its jobs then have their own rows, like all others.
create table holdfast.ready_chunks (
  -- The sequence of the chunk's first original job.
  id bigint primary key,
  queue text collate "C" not null,
  rank bigint not null,
  run_at timestamptz not null,
  -- The sequence of its first remaining job.
  sequence bigint not null,
  priority integer not null,
  -- In push order.
  ids text[] collate "C" not null
);
create index ready_chunks_order on holdfast.ready_chunks (queue, rank, run_at, sequence);

-- Held chunks. Their tokens are even, and those of single jobs odd, so a claim tells where to look first. An ended job is in `ended_jobs`
-- only, whatever this row says. So ends share the row, and never wait for each other.
create table holdfast.lease_chunks (
  token bigint primary key,
  chunk_id bigint not null,
  queue text collate "C" not null,
  lease_until timestamptz not null,
  claimed_at timestamptz not null,
  holder text,
  ids text[] collate "C" not null
);
create index lease_chunks_of_queue on holdfast.lease_chunks (queue, lease_until);
create index lease_chunks_of_chunk on holdfast.lease_chunks (chunk_id);

-- How many jobs of a held chunk have ended: one row per statement that ended some and left others.
create table holdfast.lease_chunk_ends (
  token bigint not null,
  count integer not null
);
create index lease_chunk_ends_of_token on holdfast.lease_chunk_ends (token);

-- Generated ids are short, so a row fits a page as it is. Compressing it would cost each push and claim more than it saves.
alter table holdfast.ready_chunks alter column ids set storage plain, set (vacuum_truncate = off);

alter table holdfast.lease_chunks alter column ids set storage plain, set (vacuum_truncate = off);

-- Twenty pages from the beginning, like the tables of queues.
insert into holdfast.ready_chunks (id, queue, rank, run_at, sequence, priority, ids)
select -number, '-', 0, 'epoch', 0, 0, array[pg_catalog.repeat('-', 5000)] from pg_catalog.generate_series(1, 20) as number;

insert into holdfast.lease_chunks (token, chunk_id, queue, lease_until, claimed_at, ids)
select -number, 0, '-', 'epoch', 'epoch', array[pg_catalog.repeat('-', 5000)] from pg_catalog.generate_series(1, 20) as number;

delete from holdfast.ready_chunks;

delete from holdfast.lease_chunks;

-- Jobs that wait for others to end.
create table holdfast.blocked_jobs (
  id text collate "C" primary key,
  queue text collate "C" not null,
  blocked_by integer not null check (blocked_by >= 0)
) with (fillfactor = 70);
create index blocked_jobs_of_queue on holdfast.blocked_jobs (queue);

create table holdfast.job_dependencies (
  after_id holdfast.id not null references holdfast.jobs on delete cascade,
  job_id holdfast.id not null references holdfast.jobs on delete cascade,
  primary key (after_id, job_id)
);
create index job_dependencies_of_job on holdfast.job_dependencies (job_id);

-- The failed attempts of jobs, those that their workers did not survive included. Jobs that never fail cost nothing here: without a foreign
-- key, `forget_jobs` removes the failures of many jobs at once. A job fails and is removed only under the lock of its place.
create table holdfast.job_failures (
  job_id text collate "C" not null,
  token bigint not null,
  attempt integer not null,
  started_at timestamptz not null,
  failed_at timestamptz not null,
  holder text,
  error json,
  primary key (job_id, token)
);

-- Keeps the newest ten failures of a job, and the one that was just inserted. Its readers see ten.
create function holdfast.trim_job_failures() returns trigger
  language plpgsql
  as $$
begin
  delete from holdfast.job_failures as former
  where former.job_id = new.job_id and former.token <= (
    select kept.token from holdfast.job_failures as kept
    where kept.job_id = new.job_id and kept.token < new.token
    order by kept.token desc
    offset 10 limit 1
  );
  return null;
end
$$;

-- Once in ten failures, and at the first one after a retry, whatever number that gives to attempts: so a job has at most twenty.
create trigger job_failures_trimmed after insert on holdfast.job_failures
  for each row when (new.attempt % 10 = 1)
  execute function holdfast.trim_job_failures();

-- The holder of a unique key: an unfinished job, or one that keeps its key until `throttled_until`. A row whose job has ended and whose
-- time is over counts as none.
create table holdfast.job_keys (
  queue text collate "C" not null,
  unique_key text collate "C" not null,
  job_id text collate "C" not null,
  throttled_until timestamptz,
  primary key (queue, unique_key)
) with (fillfactor = 70);

-- For retention.
create index job_keys_throttled on holdfast.job_keys (throttled_until) where throttled_until is not null;

-- The ends of jobs. Only appended to, except for retried jobs.
create table holdfast.ended_jobs (
  id text collate "C" primary key,
  queue text collate "C" not null,
  status holdfast.job_status not null check (status in ('succeeded', 'dead', 'canceled')),
  attempts integer not null,
  token bigint not null,
  started_at timestamptz,
  finished_at timestamptz not null,
  -- Whether retention has found that it belongs to an execution, together with which it is removed.
  is_kept boolean not null default false,
  holder text,
  result json,
  error json
) with (fillfactor = 95);

-- Dead letters, and jobs that can be retried. Succeeded jobs, nearly all, cost nothing here.
create index ended_jobs_retriable on holdfast.ended_jobs (queue, status, id) where status <> 'succeeded';

-- For retention.
create index ended_jobs_finished on holdfast.ended_jobs (status, finished_at) where not is_kept;

-- Sums a queue's ended jobs by status: one row per statement that ends jobs, with negative numbers for retried or removed ones. Only
-- inserted, so that nobody waits; claims and retention fold the rows.
create table holdfast.job_counts (
  queue text collate "C" not null,
  status holdfast.job_status not null,
  count bigint not null
);
create index job_counts_of_queue on holdfast.job_counts (queue, status);

-- The lock key of a unique key: no two pairs give the same text.
create function holdfast.job_key(queue text, unique_key text) returns text
  language sql immutable parallel safe
  as 'select pg_catalog.concat(pg_catalog.octet_length(queue), '':'', queue, '':'', unique_key)';

-- Whether an ended job still has its unique key, for the rest of its throttle period.
create function holdfast.is_throttled(job_id text) returns boolean
  language sql stable
  as $$
  select exists (
    select
    from holdfast.jobs as job
    join holdfast.job_keys as held on held.queue = job.queue and held.unique_key = job.unique_key and held.job_id = job.id
    where job.id = is_throttled.job_id and job.unique_key is not null and held.throttled_until > holdfast.now()
  )
$$;

-- Whether an ended job belongs to a claimed chunk that still has running jobs. The chunk's row lists this job until they have ended.
-- Index: jobs_pkey, lease_chunks_of_chunk.
create function holdfast.is_of_held_chunk(job_id text) returns boolean
  language sql stable
  as $$
  select exists (
    select
    from holdfast.jobs as job
    join holdfast.lease_chunks as chunk on chunk.chunk_id = job.chunk_id
    where job.id = is_of_held_chunk.job_id and job.chunk_id is not null and job.id = any(chunk.ids)
  )
$$;

-- Every job in its current state: the request, combined with the table that it is in. One look-up per table and row.
create view holdfast.job_records as
select job.id, job.sequence, job.queue, job.on_dependency_failure, job.priority, job.max_attempts, job.backoff_ms, job.backoff_max_ms,
  job.timeout_ms, job.run_at, job.created_at, job.group_key, job.route, job.unique_key, job.execution_id, job.fails_execution, job.payload,
  case
    when ended.id is not null then ended.status
    when lease.id is not null or packed.token is not null then 'running'
    when blocked.id is not null then 'blocked'
    when waiting.id is not null then 'scheduled'
    else 'ready'
  end::holdfast.job_status as status,
  coalesce(blocked.blocked_by, 0) as blocked_by,
  coalesce(ended.attempts, lease.attempts, case when packed.token is not null then 1 end, job.attempts) as attempts,
  coalesce(ended.token, lease.token, packed.token, job.token) as token,
  case when ended.id is null then coalesce(lease.lease_until, packed.lease_until) end as lease_until,
  coalesce(ended.started_at, lease.claimed_at, packed.claimed_at, job.started_at) as started_at,
  ended.finished_at,
  case
    when ended.id is not null then ended.holder
    when lease.id is not null then lease.holder
    when packed.token is not null then packed.holder
    else job.holder
  end as holder,
  ended.result,
  case when ended.id is not null then ended.error else job.error end as error
from holdfast.jobs as job
left join lateral (select stored.* from holdfast.ended_jobs as stored where stored.id = job.id limit 1) as ended on true
left join lateral (
  select stored.* from holdfast.leases as stored where stored.id = job.id and stored.kind = 'job' limit 1
) as lease on true
left join lateral (
  select stored.* from holdfast.lease_chunks as stored where stored.chunk_id = job.chunk_id and job.id = any(stored.ids) limit 1
) as packed on true
left join lateral (select stored.* from holdfast.blocked_jobs as stored where stored.id = job.id limit 1) as blocked on true
left join lateral (
  select stored.* from holdfast.scheduled as stored where stored.id = job.id and stored.kind = 'job' limit 1
) as waiting on true;

-- The current state of a job, for instance in the answer to a lost claim. Volatile, for its own snapshot: the calling statement may have
-- waited for the end of the job.
create function holdfast.job_standing(job_id text)
  returns table (status holdfast.job_status, token bigint, attempts integer, queue text, run_at timestamptz)
  language plpgsql volatile
  as $$
#variable_conflict use_column
begin
  return query
  select job.status, job.token, job.attempts, job.queue::text, job.run_at from holdfast.job_records as job where job.id = job_id;
end
$$;
