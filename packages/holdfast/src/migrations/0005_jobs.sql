-- Jobs: queued work, claimed under a lease.

-- scheduled: its moment has not come (pushed for later, or waiting to be tried again). blocked: other jobs come first.
create type holdfast.job_state as enum ('blocked', 'scheduled', 'ready', 'running', 'succeeded', 'dead', 'canceled');

-- What becomes of a job when one that it comes after fails or is canceled.
create type holdfast.dependency_policy as enum ('cancel', 'ignore');

-- What is set for queues; a queue needs no row to have jobs.
create table holdfast.queues (
  name holdfast.id primary key,
  paused_at timestamptz
);

create table holdfast.jobs (
  id holdfast.id primary key,
  -- Push order, the last word among jobs of one priority and moment.
  sequence bigint generated always as identity,
  queue holdfast.id not null,
  state holdfast.job_state not null,
  on_dependency_failure holdfast.dependency_policy not null,
  has_dependents boolean not null default false,
  -- How many of the jobs it comes after have not ended yet.
  blocked_by integer not null default 0 check (blocked_by >= 0),
  priority integer not null,
  attempts integer not null default 0,
  max_attempts integer not null check (max_attempts > 0),
  backoff_ms bigint not null check (backoff_ms >= 0),
  backoff_max_ms bigint not null,
  token bigint not null default 0,
  run_at timestamptz not null,
  lease_until timestamptz,
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  holder text,
  unique_key holdfast.id,
  execution_id holdfast.id references holdfast.executions on delete cascade,
  payload json,
  result json,
  error json,
  -- A lease is what makes a job running, so the fence needs no look at the state.
  constraint jobs_lease check ((state = 'running') = (lease_until is not null))
) with (fillfactor = 85);

create index jobs_ready on holdfast.jobs (queue, priority, run_at, sequence) where state = 'ready';
create index jobs_scheduled on holdfast.jobs (queue, run_at) where state = 'scheduled';
create index jobs_running on holdfast.jobs (queue, lease_until) where state = 'running';
create index jobs_dead on holdfast.jobs (queue, id) where state = 'dead';
create unique index jobs_unique on holdfast.jobs (queue, unique_key)
  where unique_key is not null and state in ('blocked', 'scheduled', 'ready', 'running');
create index jobs_blocked on holdfast.jobs (queue) where state = 'blocked';
-- For counting what has ended, and for retention, which leaves the jobs of an execution to that execution.
create index jobs_ended on holdfast.jobs (queue, state, (execution_id is null), finished_at)
  where state in ('succeeded', 'dead', 'canceled');
create index jobs_of_execution on holdfast.jobs (execution_id, id) where execution_id is not null;

create table holdfast.job_dependencies (
  after_id holdfast.id not null references holdfast.jobs on delete cascade,
  job_id holdfast.id not null references holdfast.jobs on delete cascade,
  primary key (after_id, job_id)
);

create index job_dependencies_of_job on holdfast.job_dependencies (job_id);

-- What a unique key is locked by: no two pairs give the same text.
create function holdfast.job_key(queue text, unique_key text) returns text
  language sql immutable parallel safe
  as 'select pg_catalog.concat(pg_catalog.octet_length(queue), '':'', queue, '':'', unique_key)';

-- The state of a job as it is now, not as the calling statement's snapshot has it: being volatile, it takes a snapshot of its
-- own, and so sees the row that a concurrent push of the same id has just committed.
create function holdfast.job_state_of(job_id text) returns holdfast.job_state
  language sql volatile
  as 'select job.state from holdfast.jobs as job where job.id = job_id';

-- Tells the jobs that come after the given, just ended ones: counts them off, and lets those run that nothing blocks any
-- more. Where one failed or was canceled, the dependent's policy decides: ignore counts it off, cancel ends the dependent
-- too, and so on down. Returns the queues in which jobs became ready, or will when their moment comes.
--
-- Called by the statement that ends jobs, in the same command: being volatile, each statement here has a snapshot of its own,
-- taken after the ended rows were locked, and so sees every edge that a concurrent push has committed (a push locks
-- the jobs it comes after). Dependents are locked in id order.
create function holdfast.settle_dependents(ended text[]) returns text[]
  language plpgsql volatile
  as $$
declare
  current text[] := ended;
  canceled text[];
  woken text[];
  queues text[] := '{}';
begin
  while pg_catalog.cardinality(current) > 0 loop
    with removed as (
      delete from holdfast.job_dependencies as edge
      using (
        select given.id
        from pg_catalog.unnest(current) as given(id)
        -- The limits here cut nothing. They make the planner expect one row, and so go by the index even in a plan from when the
        -- tables were empty; the sub-selects in lateral joins are one look-up a row for the same reason.
        limit pg_catalog.cardinality(current)
      ) as ended
      where edge.after_id = ended.id
      returning edge.after_id, edge.job_id
    ), affected as (
      select removed.job_id as id, count(*) as ended, count(*) filter (where first.state = 'succeeded') as succeeded
      from removed
      -- Of a job that is being removed there is no row any more: it counts as canceled.
      left join lateral (
        select job.state from holdfast.jobs as job where job.id = removed.after_id limit 1
      ) as first on true
      group by removed.job_id
      order by removed.job_id
    ), locked as materialized (
      -- Whether it is blocked is looked at below: a condition here would invite a plan that reads all blocked jobs by their index.
      select affected.id, job.state,
        case job.on_dependency_failure when 'ignore' then affected.ended else affected.succeeded end as done,
        job.on_dependency_failure = 'cancel' and affected.succeeded < affected.ended as doomed
      from affected
      cross join lateral (
        select dependent.state, dependent.on_dependency_failure
        from holdfast.jobs as dependent
        where dependent.id = affected.id
        for no key update
      ) as job
    ), settled as (
      update holdfast.jobs as job set
        blocked_by = job.blocked_by - counted.done::integer,
        state = case
          when counted.doomed then 'canceled'
          when job.blocked_by > counted.done then 'blocked'
          -- A job without a moment of its own is due when it is created, which may be after this statement's time: it waited for the
          -- locks of the push.
          when job.run_at > holdfast.now() and job.run_at > job.created_at then 'scheduled'
          else 'ready'
        end::holdfast.job_state,
        finished_at = case when counted.doomed then holdfast.now() end
      from (
        select locked.id, locked.done, locked.doomed
        from locked
        where locked.state = 'blocked'
        limit 1000000000 * pg_catalog.cardinality(current)::bigint
      ) as counted
      where job.id = counted.id
      returning job.id, job.queue, job.state, job.has_dependents
    )
    select
      coalesce(pg_catalog.array_agg(settled.id::text) filter (where settled.state = 'canceled' and settled.has_dependents), '{}'),
      coalesce(pg_catalog.array_agg(distinct settled.queue::text) filter (where settled.state in ('scheduled', 'ready')), '{}')
    into canceled, woken
    from settled;
    queues := queues || woken;
    current := canceled;
  end loop;
  return queues;
end
$$;

-- A job that is removed before it has ended, with its execution, settles those that come after it as a canceled one does. After
-- the delete, so that those that are removed along with it are gone already; by its name ahead of the foreign key's trigger,
-- which removes the edges.
create function holdfast.settle_removed() returns trigger
  language plpgsql
  as $$
begin
  perform holdfast.settle_dependents(array[old.id::text]);
  return null;
end
$$;

create trigger "A_jobs_removed" after delete on holdfast.jobs
  for each row when (old.has_dependents and old.state in ('blocked', 'scheduled', 'ready', 'running'))
  execute function holdfast.settle_removed();

-- How many jobs still come before one: the edges of those that have ended are gone. Volatile for the snapshot of its own, taken
-- after the job was locked: who ends one of the others removes the edge and then locks the job.
create function holdfast.blockers_of(blocked text) returns integer
  language sql volatile
  as 'select count(*)::integer from holdfast.job_dependencies as edge where edge.job_id = blocked';
