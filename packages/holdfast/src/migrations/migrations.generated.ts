// Written by `npm run sql` from the .sql files beside it. Not edited by hand.

/** A migration: forward only, and never changed once released. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  /** The number of the newest migration that a client must know to work with the schema after this one. */
  readonly oldestClient: number;
  readonly sql: string;
}

/** Every migration of this release, in order. */
export const migrations: readonly Migration[] = [
  {
    number: 1,
    name: "0001_foundation",
    oldestClient: 1,
    sql: `-- The words that every later migration uses: the clock, the id domain, the statuses, and how a rule of the schema fails.
-- The schema itself and its ledger are made by the migration runner.

-- The database's clock, and the only one that decides anything. STABLE, so that indexes serve comparisons with it, and
-- inlined by the planner. Tests replace its body to move time.
create function holdfast.now() returns timestamptz
  language sql stable parallel safe
  as 'select pg_catalog.statement_timestamp()';

create domain holdfast.id as text collate "C"
  check (pg_catalog.octet_length(value) between 1 and 255);

create type holdfast.status as enum (
  'pending', 'running', 'waiting', 'paused', 'succeeded', 'failed', 'timed_out', 'canceled'
);

-- How the statuses of children become the status of their parent.
create type holdfast.strategy as enum ('wait_all', 'fail_fast', 'best_effort', 'race');

create function holdfast.is_terminal(status holdfast.status) returns boolean
  language sql immutable parallel safe
  as 'select status in (''succeeded'', ''failed'', ''timed_out'', ''canceled'')';

-- Fails the statement with one of Holdfast's own SQLSTATEs (class HF); the facts travel in DETAIL as JSON. Returns boolean
-- so that it can stand in a CASE.
create function holdfast.fail(code text, message text, facts json) returns boolean
  language plpgsql volatile
  as $$
begin
  raise exception using errcode = code, message = message, detail = facts::text;
end
$$;

-- The one fence of every claim: the row's token is still the caller's, and the lease has not run out.
create function holdfast.holds(row_token bigint, lease_until timestamptz, token bigint) returns boolean
  language sql stable parallel safe
  as 'select row_token = token and lease_until > holdfast.now()';

-- Rules on status changes that hold whatever the client: a terminal status is final, and nothing returns to pending.
create function holdfast.check_status_change() returns trigger
  language plpgsql
  as $$
begin
  if holdfast.is_terminal(old.status) or new.status = 'pending' then
    perform holdfast.fail('HF003', pg_catalog.format('a status cannot change from %s to %s', old.status, new.status),
      pg_catalog.json_build_object('entity', tg_argv[0], 'id', new.id, 'expected', old.status, 'actual', new.status));
  end if;
  return new;
end
$$;

-- Makes transactions that name a common key follow each other. A plan calls it in a statement of its own, so that the next
-- statement's snapshot is taken after the lock was granted. Keys are locked in hash order, so that callers never deadlock.
create function holdfast.lock_keys(kind text, keys text[]) returns void
  language sql volatile
  as $$
  select pg_catalog.pg_advisory_xact_lock(hash)
  from (
    select distinct pg_catalog.hashtextextended(kind || ':' || key, 0) as hash
    from pg_catalog.unnest(keys) as input(key)
    order by 1
  ) as ordered
$$;
`,
  },
  {
    number: 2,
    name: "0002_executions",
    oldestClient: 2,
    sql: `-- Definitions, executions, their component states and their history.

create type holdfast.definition_status as enum ('draft', 'active', 'retired');

create table holdfast.definitions (
  name holdfast.id not null,
  version integer not null check (version > 0),
  status holdfast.definition_status not null,
  document jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deployed_at timestamptz,
  retired_at timestamptz,
  primary key (name, version)
);

create unique index definitions_active on holdfast.definitions (name) where status = 'active';
create index definitions_document on holdfast.definitions using gin (document jsonb_path_ops);

create table holdfast.executions (
  id holdfast.id primary key,
  -- Creation order, for keyset pages.
  sequence bigint generated always as identity,
  version bigint not null,
  status holdfast.status not null,
  strategy holdfast.strategy not null,
  definition_name holdfast.id,
  definition_version integer,
  parent_id holdfast.id references holdfast.executions on delete cascade,
  idempotency_key holdfast.id,
  fingerprint text,
  holder text,
  token bigint not null default 0,
  lease_until timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  labels jsonb not null,
  usage jsonb not null default '{}',
  input json,
  state json,
  output json,
  error json,
  foreign key (definition_name, definition_version) references holdfast.definitions (name, version),
  check ((definition_name is null) = (definition_version is null))
) with (fillfactor = 80);

create unique index executions_sequence on holdfast.executions (sequence);
create unique index executions_idempotency on holdfast.executions (idempotency_key) where idempotency_key is not null;
create index executions_definition on holdfast.executions (definition_name, definition_version, sequence)
  where definition_name is not null;
create index executions_status on holdfast.executions (status, sequence);
create index executions_parent on holdfast.executions (parent_id, sequence) where parent_id is not null;
create index executions_labels on holdfast.executions using gin (labels jsonb_path_ops);

create trigger executions_status_change before update of status on holdfast.executions
  for each row when (old.status is distinct from new.status)
  execute function holdfast.check_status_change('execution');

create table holdfast.component_states (
  execution_id holdfast.id not null references holdfast.executions on delete cascade,
  component holdfast.id not null,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  state json not null,
  primary key (execution_id, component)
) with (fillfactor = 80);

-- The number that each execution's next entry gets. A row of its own, so that appending does not rewrite the execution.
create table holdfast.history_heads (
  execution_id holdfast.id primary key references holdfast.executions on delete cascade,
  next bigint not null
) with (fillfactor = 50);

create table holdfast.history_entries (
  execution_id holdfast.id not null references holdfast.executions on delete cascade,
  number bigint not null,
  kind holdfast.id not null,
  recorded_at timestamptz not null,
  payload json not null,
  primary key (execution_id, number)
);
`,
  },
  {
    number: 3,
    name: "0003_tasks",
    oldestClient: 3,
    sql: `-- Tasks: the tree of work inside an execution, and the rules that keep it a tree.

create type holdfast.task_type as enum (
  'basic', 'router', 'parallel', 'collection', 'composite', 'wait', 'signal', 'aggregate', 'memory'
);

create table holdfast.tasks (
  id holdfast.id primary key,
  execution_id holdfast.id not null references holdfast.executions on delete cascade,
  -- Creation order, for keyset pages and for the order of children.
  sequence bigint generated always as identity,
  version bigint not null,
  parent_id holdfast.id,
  name holdfast.id not null,
  type holdfast.task_type not null,
  status holdfast.status not null,
  strategy holdfast.strategy not null,
  attempt integer not null check (attempt > 0),
  component holdfast.id,
  agent holdfast.id,
  action holdfast.id,
  tool holdfast.id,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  input json,
  output json,
  error json,
  -- A parent lives in the same execution: the pair is the key that parent_id refers to.
  unique (execution_id, id),
  constraint tasks_parent foreign key (execution_id, parent_id)
    references holdfast.tasks (execution_id, id) on delete cascade,
  constraint tasks_work check (
    case type
      when 'basic' then (agent is null) = (action is null) and (agent is null or tool is null)
      when 'router' then agent is null and action is null and tool is null
      else true
    end
  )
) with (fillfactor = 80);

create unique index tasks_sequence on holdfast.tasks (sequence);
create index tasks_of_execution on holdfast.tasks (execution_id, sequence);
create index tasks_of_parent on holdfast.tasks (parent_id, sequence) where parent_id is not null;

create trigger tasks_status_change before update of status on holdfast.tasks
  for each row when (old.status is distinct from new.status)
  execute function holdfast.check_status_change('task');

-- New rows can close a cycle only among themselves, for nothing older can refer to them: every new row must be reachable
-- from a new row whose parent is not new.
create function holdfast.check_new_tasks() returns trigger
  language plpgsql
  as $$
declare
  stranded text;
begin
  with recursive reachable as (
    select added.id
    from added
    where added.parent_id is null
      or not exists (select from added as parent where parent.id = added.parent_id)
    union all
    select added.id
    from reachable
    join added on added.parent_id = reachable.id
  )
  select added.id into stranded
  from added
  where added.parent_id is not null and added.id not in (select reachable.id from reachable)
  order by added.id
  limit 1;
  if stranded is not null then
    perform holdfast.fail('HF006', pg_catalog.format('task %s would be its own ancestor', stranded),
      pg_catalog.json_build_object('field', 'parentId', 'id', stranded));
  end if;
  return null;
end
$$;

create trigger tasks_without_cycles after insert on holdfast.tasks
  referencing new table as added
  for each statement execute function holdfast.check_new_tasks();

-- A task that moves under another parent may close a cycle with older rows. Moves within one execution follow each other by
-- its row's lock, so that two of them cannot close a cycle that neither sees.
create function holdfast.check_moved_task() returns trigger
  language plpgsql
  as $$
begin
  perform from holdfast.executions where id = new.execution_id for no key update;
  if exists (
    with recursive ancestors as (
      select new.parent_id::text as id
      union
      select task.parent_id::text
      from ancestors
      join holdfast.tasks as task on task.id = ancestors.id
      where task.parent_id is not null
    )
    select from ancestors where ancestors.id = new.id
  ) then
    perform holdfast.fail('HF006', pg_catalog.format('task %s would be its own ancestor', new.id),
      pg_catalog.json_build_object('field', 'parentId', 'id', new.id));
  end if;
  return null;
end
$$;

create trigger tasks_moved after update of parent_id on holdfast.tasks
  for each row when (new.parent_id is not null and old.parent_id is distinct from new.parent_id)
  execute function holdfast.check_moved_task();

-- The status that children give their parent, from how many of them are in which status.
create function holdfast.overall_status(
  strategy holdfast.strategy, total bigint, pending bigint, running bigint, succeeded bigint, failed bigint,
  timed_out bigint, canceled bigint
) returns holdfast.status
  language sql immutable parallel safe
  as $$
  select case
    when total = 0 or pending = total then 'pending'
    when canceled = total then 'canceled'
    when strategy = 'race' and succeeded > 0 then 'succeeded'
    when strategy = 'fail_fast' and failed > 0 then 'failed'
    when strategy = 'fail_fast' and timed_out > 0 then 'timed_out'
    when pending + running > 0 then 'running'
    when strategy = 'best_effort' and succeeded > 0 then 'succeeded'
    when failed > 0 then 'failed'
    when timed_out > 0 then 'timed_out'
    when canceled > 0 and strategy <> 'best_effort' then 'canceled'
    else 'succeeded'
  end::holdfast.status
$$;

-- Carries a task's status up: each ancestor gets the status that its children give it, until one does not change. Locks one
-- ancestor after the other, child before parent, and counts in a snapshot taken after the lock, so that of two children
-- that end at once the second sees the first. A terminal ancestor stays as it is.
create function holdfast.propagate(start text) returns setof text
  language plpgsql
  as $$
declare
  current_id text := start;
  parent holdfast.tasks;
  counts record;
  overall holdfast.status;
  depth integer := 0;
begin
  while current_id is not null and depth < 1000 loop
    depth := depth + 1;
    select * into parent from holdfast.tasks as task where task.id = current_id for no key update;
    exit when not found or holdfast.is_terminal(parent.status);
    select count(*) as total,
      count(*) filter (where status = 'pending') as pending,
      count(*) filter (where status in ('running', 'waiting', 'paused')) as running,
      count(*) filter (where status = 'succeeded') as succeeded,
      count(*) filter (where status = 'failed') as failed,
      count(*) filter (where status = 'timed_out') as timed_out,
      count(*) filter (where status = 'canceled') as canceled
    into counts
    from holdfast.tasks as child where child.parent_id = current_id;
    overall := holdfast.overall_status(parent.strategy, counts.total, counts.pending, counts.running, counts.succeeded,
      counts.failed, counts.timed_out, counts.canceled);
    exit when counts.total = 0 or overall = parent.status or overall = 'pending';
    update holdfast.tasks as task set
      status = overall, version = task.version + 1, updated_at = holdfast.now(),
      started_at = coalesce(task.started_at, holdfast.now()),
      finished_at = case when holdfast.is_terminal(overall) then holdfast.now() end
    where task.id = current_id;
    return next current_id;
    current_id := parent.parent_id;
  end loop;
end
$$;
`,
  },
  {
    number: 4,
    name: "0004_waiting",
    oldestClient: 4,
    sql: `-- What executions wait for: events under a correlation key, and moments.

-- Registered and delivered to under the key's lock (holdfast.lock_keys), so that a wait and an event of one key never miss
-- each other. A wait that was delivered to, canceled or timed out is removed.
create table holdfast.waits (
  id holdfast.id primary key,
  -- Registration order: the oldest waiter of a key is the first to be resumed.
  sequence bigint generated always as identity,
  key holdfast.id not null,
  execution_id holdfast.id not null references holdfast.executions on delete cascade,
  step holdfast.id not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  unique (execution_id, step, key)
);

create unique index waits_sequence on holdfast.waits (sequence);
create index waits_of_key on holdfast.waits (key, sequence);
create index waits_expiring on holdfast.waits (expires_at, sequence) where expires_at is not null;

-- Events that came before their waiter, and the outcomes of deliveries that carry a dedupe id.
create table holdfast.events (
  id holdfast.id primary key,
  sequence bigint generated always as identity,
  key holdfast.id not null,
  dedupe_id holdfast.id,
  created_at timestamptz not null,
  -- Until when it is kept for a waiter. Retention counts from here.
  expires_at timestamptz not null,
  -- When a waiter took it; null while it is kept for one.
  consumed_at timestamptz,
  -- Only while it is kept: who takes an event has its payload.
  payload json,
  -- The waits that the delivery itself resumed, for its duplicates; null where it was kept.
  delivered_to json
);

create index events_kept on holdfast.events (key, sequence) where consumed_at is null;
create unique index events_dedupe on holdfast.events (key, dedupe_id) where dedupe_id is not null;
create index events_expiring on holdfast.events (expires_at);

create type holdfast.timer_state as enum ('scheduled', 'claimed', 'fired', 'canceled');

create table holdfast.timers (
  id holdfast.id primary key,
  -- Schedule order, the last word among timers of one moment.
  sequence bigint generated always as identity,
  execution_id holdfast.id not null references holdfast.executions on delete cascade,
  step holdfast.id not null,
  state holdfast.timer_state not null,
  -- Whole milliseconds, as JavaScript keeps them, so that a page's cursor is exact.
  fire_at timestamptz not null,
  dedupe_key holdfast.id,
  holder text,
  token bigint not null default 0,
  lease_until timestamptz,
  created_at timestamptz not null,
  fired_at timestamptz,
  canceled_at timestamptz,
  payload json,
  constraint timers_lease check ((state = 'claimed') = (lease_until is not null))
);

create index timers_due on holdfast.timers (fire_at, sequence) where state = 'scheduled';
create index timers_claimed on holdfast.timers (lease_until) where state = 'claimed';
-- All of them in the order of lists, and the old ones for retention.
create index timers_fire on holdfast.timers (fire_at, sequence);
create index timers_of_execution on holdfast.timers (execution_id, fire_at, sequence);
create unique index timers_dedupe on holdfast.timers (execution_id, dedupe_key) where dedupe_key is not null;

-- A moment \`ms\` from now, in whole milliseconds and never early.
create function holdfast.after_ms(ms bigint) returns timestamptz
  language sql stable parallel safe
  as $$
  select pg_catalog.date_trunc('milliseconds', holdfast.now() + interval '999 microseconds') + ms * interval '1 millisecond'
$$;
`,
  },
  {
    number: 5,
    name: "0005_jobs",
    oldestClient: 5,
    sql: `-- Jobs: queued work, claimed under a lease.

-- scheduled: its moment has not come (pushed for later, or waiting to be tried again). blocked: other jobs come first.
create type holdfast.job_state as enum ('blocked', 'scheduled', 'ready', 'running', 'succeeded', 'dead', 'canceled');

-- What becomes of a job when one that it comes after fails or is canceled.
create type holdfast.dependency_policy as enum ('cancel', 'ignore');

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
create index jobs_of_execution on holdfast.jobs (execution_id, id) where execution_id is not null;

create table holdfast.job_dependencies (
  after_id holdfast.id not null references holdfast.jobs on delete cascade,
  job_id holdfast.id not null references holdfast.jobs on delete cascade,
  primary key (after_id, job_id)
);

create index job_dependencies_of_job on holdfast.job_dependencies (job_id);

-- The state of a job as it is now, not as the calling statement's snapshot has it: being volatile, it takes a snapshot of its
-- own, and so sees the row that a concurrent push of the same id has just committed.
create function holdfast.job_state_of(job_id text) returns holdfast.job_state
  language sql volatile
  as 'select job.state from holdfast.jobs as job where job.id = job_id';

-- Tells the jobs that come after the given, just ended ones: counts them off, and lets those run that nothing blocks any
-- more. Where one failed or was canceled, the dependent's policy decides: ignore counts it off, cancel ends the dependent
-- too, and so on down. Returns the queues in which jobs became ready.
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
    with affected as materialized (
      select dependent.id,
        count(*) filter (where first.state = 'succeeded' or dependent.on_dependency_failure = 'ignore') as done,
        bool_or(first.state <> 'succeeded' and dependent.on_dependency_failure = 'cancel') as doomed
      from holdfast.job_dependencies as edge
      join holdfast.jobs as first on first.id = edge.after_id
      join holdfast.jobs as dependent on dependent.id = edge.job_id
      where edge.after_id = any(current)
      group by dependent.id
    ), locked as materialized (
      select job.id, affected.done, affected.doomed
      from affected
      join holdfast.jobs as job on job.id = affected.id
      where job.state = 'blocked'
      order by job.id
      for no key update of job
    ), settled as (
      update holdfast.jobs as job set
        blocked_by = job.blocked_by - locked.done::integer,
        state = case
          when locked.doomed then 'canceled'
          when job.blocked_by > locked.done then 'blocked'
          when job.run_at > holdfast.now() then 'scheduled'
          else 'ready'
        end::holdfast.job_state,
        finished_at = case when locked.doomed then holdfast.now() end
      from locked
      where job.id = locked.id and job.state = 'blocked'
      returning job.id, job.queue, job.state, job.has_dependents
    )
    select
      coalesce(pg_catalog.array_agg(settled.id::text) filter (where settled.state = 'canceled' and settled.has_dependents), '{}'),
      coalesce(pg_catalog.array_agg(distinct settled.queue::text) filter (where settled.state = 'ready'), '{}')
    into canceled, woken
    from settled;
    delete from holdfast.job_dependencies where after_id = any(current);
    queues := queues || woken;
    current := canceled;
  end loop;
  return queues;
end
$$;
`,
  },
];
