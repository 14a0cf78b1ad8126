-- Jobs: queued work, claimed under a lease.

-- scheduled: its moment has not come (pushed for later, or waiting to be tried again). blocked: other jobs come first.
create type holdfast.job_state as enum ('blocked', 'scheduled', 'ready', 'running', 'succeeded', 'dead', 'canceled');

-- What becomes of a job when one that it comes after fails or is canceled.
create type holdfast.dependency_policy as enum ('cancel', 'ignore');

-- What is set for queues; a queue needs no row to have jobs.
create table holdfast.queues (
  name holdfast.id primary key,
  paused_at timestamptz,
  -- How many of its jobs run at once, and how many of one group.
  concurrency integer check (concurrency > 0),
  concurrency_per_group integer check (concurrency_per_group > 0),
  -- How many jobs are claimed in a period; null where any number is.
  rate_limit integer check (rate_limit > 0),
  rate_period_ms bigint check (rate_period_ms > 0),
  -- When all of the rate will be there again if nothing is claimed until then.
  rate_full_at timestamptz,
  -- How long a job waits until it has overtaken those of the next lower priority.
  aging_ms bigint check (aging_ms > 0),
  -- Stays true when the limit of groups is taken away again: jobs may still wait in their groups' lines.
  has_group_limit boolean not null default false,
  -- Claims of such a queue follow each other, by a lock on this row.
  is_limited boolean not null
    generated always as (concurrency is not null or rate_limit is not null or has_group_limit) stored,
  -- The turn of the last job that was claimed, where claims follow each other.
  turn bigint not null default 0,
  check ((rate_limit is null) = (rate_period_ms is null))
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
  -- What jobs are claimed by first: the priority, or with aging the moment when the job has overtaken all of priority 0.
  rank bigint not null,
  -- What they are claimed by next: jobs of the groups in turn. 0 for those without a group, and for those that are tried again.
  turn bigint not null default 0,
  -- What a claimer must be capable of: '' for nothing, else a JSON array of names, sorted.
  route text collate "C" not null default '',
  -- Whether it waits in the line of its group, which has a limit, and so gives a place of the group back when it ends.
  has_group_limit boolean not null default false,
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
  group_key holdfast.id,
  unique_key holdfast.id,
  -- Until then the job has its unique key even if it has ended.
  throttled_until timestamptz,
  execution_id holdfast.id references holdfast.executions on delete cascade,
  payload json,
  result json,
  error json,
  -- A lease is what makes a job running, so the fence needs no look at the state.
  constraint jobs_lease check ((state = 'running') = (lease_until is not null))
) with (fillfactor = 85);

create index jobs_ready on holdfast.jobs (queue, has_group_limit, route, rank, turn, run_at, sequence) where state = 'ready';
-- The lines of groups that have a limit.
create index jobs_ready_in_group on holdfast.jobs (queue, group_key, rank, turn, run_at, sequence)
  where state = 'ready' and has_group_limit;
-- For the last turn of a group.
create index jobs_waiting_of_group on holdfast.jobs (queue, group_key, rank, turn)
  where group_key is not null and state in ('scheduled', 'ready');
create index jobs_scheduled on holdfast.jobs (queue, run_at) where state = 'scheduled';
create index jobs_running on holdfast.jobs (queue, lease_until) where state = 'running';
-- What runs in a group, by a predicate that jobs_running does not have: a plan by that one would read all that runs in the queue for
-- each group. The lease, which each claim sets, is in it only for PostgreSQL to see that an entry is not the same as that of the row's
-- former version: else it looks through a group's entries, and the table, for former versions each time that a page of them is full.
create index jobs_running_of_group on holdfast.jobs (queue, group_key, lease_until)
  where group_key is not null and lease_until is not null;
create index jobs_dead on holdfast.jobs (queue, id) where state = 'dead';
create unique index jobs_unique on holdfast.jobs (queue, unique_key)
  where unique_key is not null and state in ('blocked', 'scheduled', 'ready', 'running');
create index jobs_throttled on holdfast.jobs (queue, unique_key, throttled_until) where throttled_until is not null;
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

-- Says that a group with a limit may have both a waiting job and a place for it. Written by whoever makes a job wait or ends one, and
-- never waited for; removed by claims alone, which follow each other and then know the group as it is. Of a group there may be
-- several. The route is that of the job that waits, or '*' where it is not known which is the first to wait.
create table holdfast.job_openings (
  id bigint generated always as identity,
  queue holdfast.id not null,
  group_key holdfast.id not null,
  route text collate "C" not null,
  rank bigint not null,
  turn bigint not null,
  primary key (queue, route, rank, turn, id)
);

-- By the id at the end, so that a claim that asks for that order steps through it, and marks what it finds dead: a scan of a bitmap marks
-- nothing, and each claim would look at the openings of all claims since the last vacuum.
create index job_openings_of_group on holdfast.job_openings (queue, group_key, id);

-- What jobs are claimed by first. With aging it is a moment: each step of priority is worth so much time of waiting. Stable as extract
-- is: of a function that says more of itself than its body may, PostgreSQL makes no part of the calling statement.
create function holdfast.job_rank(priority integer, run_at timestamptz, aging_ms bigint) returns bigint
  language sql stable parallel safe
  as $$
  select case
    when aging_ms is null then priority::bigint
    else pg_catalog.floor(extract(epoch from run_at) * 1000)::bigint + priority * aging_ms
  end
$$;

-- Whether a claimer of these capabilities may have the jobs of a route.
create function holdfast.serves(capabilities text[], route text) returns boolean
  language sql immutable parallel safe
  as $$
  select route in ('', '*')
    or array(select pg_catalog.json_array_elements_text(case when route like '[%' then route else '[]' end::json)) <@ capabilities
$$;

-- The turn after which the next job of a group comes: that of the group's last waiting job, or, where the others are further, of the
-- job that is claimed next. Pushes of one group that do not see each other get the same turns, which costs nobody a lock. Returns a
-- table, of which PostgreSQL makes a part of the calling statement.
create function holdfast.turn_before(in_queue text, on_route text, of_rank bigint, of_group text) returns table (turn bigint)
  language sql stable
  as $$
  select greatest(
    0,
    (select queue.turn from holdfast.queues as queue where queue.name = in_queue),
    (select job.turn from holdfast.jobs as job
      where job.queue = in_queue and job.route = on_route and job.rank = of_rank and job.turn > 0
        and job.state = 'ready' and not job.has_group_limit
      order by job.turn limit 1),
    (select job.turn from holdfast.jobs as job
      where job.queue = in_queue and job.group_key = of_group and job.rank = of_rank and job.state in ('scheduled', 'ready')
      order by job.turn desc limit 1)
  )
$$;

-- Opens a group when one of its jobs begins to wait or gives back its place; pushes and completions, which are many, do so
-- themselves.
create function holdfast.open_group() returns trigger
  language plpgsql
  as $$
begin
  insert into holdfast.job_openings (queue, group_key, route, rank, turn)
  values (old.queue, old.group_key, '*', old.rank, old.turn);
  return null;
end
$$;

create trigger "B_jobs_opening" after update of state, has_group_limit on holdfast.jobs
  for each row when (new.has_group_limit and (new.state <> old.state or not old.has_group_limit)
    and new.state not in ('running', 'succeeded'))
  execute function holdfast.open_group();

create trigger "B_jobs_opening_removed" after delete on holdfast.jobs
  for each row when (old.has_group_limit and old.state in ('ready', 'running'))
  execute function holdfast.open_group();

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
