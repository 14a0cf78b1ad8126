-- Jobs: queued work. `jobs` keeps what was asked, and is written again only when an attempt ends badly: where a job is, is the table it
-- is in. It waits in `blocked_jobs`, `scheduled`, `group_lines` or `ready`, runs under a row of `leases`, and ends in `ended_jobs`.

create type holdfast.job_status as enum ('blocked', 'scheduled', 'ready', 'running', 'succeeded', 'dead', 'canceled');

-- What becomes of a job when one that it comes after fails or is canceled.
create type holdfast.dependency_policy as enum ('cancel', 'ignore');

create table holdfast.jobs (
  id holdfast.id primary key,
  -- Push order, the last word among jobs of one priority and moment.
  sequence bigint generated always as identity,
  queue holdfast.id not null,
  on_dependency_failure holdfast.dependency_policy not null,
  priority integer not null,
  -- With the queue, the route, the moment and the sequence: where its row of `ready` is.
  rank bigint not null,
  turn bigint not null default 0,
  route text collate "C" not null default '',
  max_attempts integer not null check (max_attempts > 0),
  backoff_ms bigint not null check (backoff_ms >= 0),
  backoff_max_ms bigint not null,
  run_at timestamptz not null,
  created_at timestamptz not null,
  group_key holdfast.id,
  unique_key holdfast.id,
  -- The chunk in which it was pushed; null where that was none.
  chunk_id bigint,
  -- Without a cascade: what removes an execution has to remove its jobs from wherever they are (remove_jobs).
  execution_id holdfast.id references holdfast.executions,
  -- Of the last attempt that ended without ending the job.
  attempts integer not null default 0,
  token bigint not null default 0,
  started_at timestamptz,
  holder text,
  error json,
  payload json
) with (fillfactor = 95);
create index jobs_of_execution on holdfast.jobs (execution_id, id) where execution_id is not null;

-- Jobs that were pushed together, are alike but for their payloads, and belong to no execution: they wait in one row, and are claimed by
-- one. Whatever is done to one of them alone unpacks its chunk first: then its jobs have rows of their own, as all others have.
create table holdfast.ready_chunks (
  -- The sequence of the first job that was in it.
  id bigint primary key,
  queue text collate "C" not null,
  rank bigint not null,
  run_at timestamptz not null,
  -- That of the first that is in it.
  sequence bigint not null,
  priority integer not null,
  -- In push order.
  ids text[] collate "C" not null
);
create index ready_chunks_order on holdfast.ready_chunks (queue, rank, run_at, sequence);

-- Chunks that somebody holds. Their tokens are even, and those of single jobs odd, so a claim tells where to look first. A job that has
-- ended is in `ended_jobs` alone, whatever stands here: so ends share the row, and never wait for each other.
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

-- How many jobs of a held chunk have ended: one row a statement that ended some and left others.
create table holdfast.lease_chunk_ends (
  token bigint not null,
  count integer not null
);
create index lease_chunk_ends_of_token on holdfast.lease_chunk_ends (token);

-- Made ids are short, so a row fits a page as it is; to compress it would cost each push and claim more than it saves.
alter table holdfast.ready_chunks alter column ids set storage plain, set (vacuum_truncate = off);

alter table holdfast.lease_chunks alter column ids set storage plain, set (vacuum_truncate = off);

-- Twenty pages from the beginning, as the tables of queues have.
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

-- Who has a unique key: a job that has not ended, or one that keeps its key until `throttled_until`. A row whose job has ended and
-- whose time is up counts as none.
create table holdfast.job_keys (
  queue text collate "C" not null,
  unique_key text collate "C" not null,
  job_id text collate "C" not null,
  throttled_until timestamptz,
  primary key (queue, unique_key)
) with (fillfactor = 70);

-- For retention.
create index job_keys_throttled on holdfast.job_keys (throttled_until) where throttled_until is not null;

-- How jobs ended. Only appended to, but for jobs that are retried.
create table holdfast.ended_jobs (
  id text collate "C" primary key,
  queue text collate "C" not null,
  status holdfast.job_status not null check (status in ('succeeded', 'dead', 'canceled')),
  attempts integer not null,
  token bigint not null,
  started_at timestamptz,
  finished_at timestamptz not null,
  -- Whether retention has found that it is of an execution, with which alone it goes.
  is_kept boolean not null default false,
  holder text,
  result json,
  error json
) with (fillfactor = 95);

-- Dead letters, and jobs that can be retried. Those that succeeded, nearly all, cost nothing here.
create index ended_jobs_retriable on holdfast.ended_jobs (queue, status, id) where status <> 'succeeded';

-- For retention.
create index ended_jobs_finished on holdfast.ended_jobs (status, finished_at) where not is_kept;

-- How many jobs of a queue ended so, as a sum: one row a statement that ends jobs, and negative ones where ended jobs are retried or
-- removed. Inserted only, so that nobody waits; claims and retention fold them.
create table holdfast.job_counts (
  queue text collate "C" not null,
  status holdfast.job_status not null,
  count bigint not null
);
create index job_counts_of_queue on holdfast.job_counts (queue, status);

-- What a unique key is locked by: no two pairs give the same text.
create function holdfast.job_key(queue text, unique_key text) returns text
  language sql immutable parallel safe
  as 'select pg_catalog.concat(pg_catalog.octet_length(queue), '':'', queue, '':'', unique_key)';

-- Whether a job that has ended still has its unique key, for the rest of the period of its throttle.
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

-- Every job as it is now: what was asked, and what the table in which it is says. One look-up a table and row.
create view holdfast.job_records as
select job.id, job.sequence, job.queue, job.on_dependency_failure, job.priority, job.max_attempts, job.backoff_ms, job.backoff_max_ms,
  job.run_at, job.created_at, job.group_key, job.route, job.unique_key, job.execution_id, job.payload,
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

-- What a job is now, such as for the answer to a claim that was lost. Volatile for a snapshot of its own: the calling statement may have waited
-- for the end of the job.
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
