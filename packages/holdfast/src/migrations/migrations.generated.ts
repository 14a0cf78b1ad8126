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

-- A domain, for a check of the table is parsed by each statement that writes it.
create domain holdfast.attempt as integer check (value > 0);

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

-- A number of 64 bits that is the caller's own, as a fact: a number of JSON would be rounded.
create function holdfast.exact(number bigint) returns json
  language sql immutable strict parallel safe
  as 'select pg_catalog.json_build_object(''bigint'', number::text)';

-- Whether something may still be added to an execution, or changed in it, which has this status; fails with HF003 once it has ended.
-- Inlined, so that it costs nothing where it is used.
create function holdfast.is_open(execution_id text, status holdfast.status) returns boolean
  language sql volatile
  as $$
  select case
    when holdfast.is_terminal(status) then
      holdfast.fail('HF003', pg_catalog.format('execution %s has ended (%s) and does not change any more: fork it, or start another',
        execution_id, status), pg_catalog.json_build_object('entity', 'execution', 'id', execution_id, 'status', status))
    else true
  end
$$;

-- Where every claim takes its token: no token is ever given twice, so that the holder of a row that was removed holds nothing
-- of a later row of the same id.
create sequence holdfast.tokens;

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
      pg_catalog.json_build_object('entity', tg_argv[0], 'id', new.id, 'expected', new.status, 'actual', old.status));
  end if;
  return new;
end
$$;

-- Makes transactions that name a common key follow each other. A plan calls it in a statement of its own, so that the next
-- statement's snapshot is taken after the lock was granted. Keys are locked in hash order, so that callers never deadlock.
--
-- Each key takes a place in the lock table that all sessions of the server share, so more than 1,000 of them are locked by
-- their kind as a whole, which everybody else shares.
create function holdfast.lock_keys(kind text, keys text[]) returns void
  language sql volatile
  as $$
  select case
    when pg_catalog.cardinality(keys) > 1000
    then pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(kind, 0))
    else pg_catalog.pg_advisory_xact_lock_shared(pg_catalog.hashtextextended(kind, 0))
  end;
  select pg_catalog.pg_advisory_xact_lock(hash)
  from (
    select distinct pg_catalog.hashtextextended(kind || ':' || key, 0) as hash
    from pg_catalog.unnest(keys) as input(key)
    where pg_catalog.cardinality(keys) <= 1000
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
create index definitions_created on holdfast.definitions (created_at, name);
create index definitions_document on holdfast.definitions using gin (document jsonb_path_ops);

create table holdfast.executions (
  id holdfast.id primary key,
  -- The order among executions that were created at one moment.
  sequence bigint generated always as identity,
  version bigint not null,
  status holdfast.status not null,
  strategy holdfast.strategy not null,
  definition_name holdfast.id,
  definition_version integer,
  -- Deferrable, as every reference of a table to itself, for rows that are imported in the order of their keys.
  parent_id holdfast.id references holdfast.executions on delete cascade deferrable,
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
  constraint executions_definition foreign key (definition_name, definition_version)
    references holdfast.definitions (name, version),
  check ((definition_name is null) = (definition_version is null))
) with (fillfactor = 80);

-- Lists are in order of creation, so that a bound on the time of creation bounds what is read.
create index executions_created on holdfast.executions (created_at, sequence);
create unique index executions_idempotency on holdfast.executions (idempotency_key) where idempotency_key is not null;
create index executions_of_definition on holdfast.executions (definition_name, created_at, sequence, definition_version)
  where definition_name is not null;
create index executions_status on holdfast.executions (status, created_at, sequence);
create index executions_parent on holdfast.executions (parent_id, created_at, sequence) where parent_id is not null;
-- For retention. Those that run cost nothing here.
create index executions_ended on holdfast.executions (finished_at, id) where finished_at is not null;
-- Most executions have no labels, and cost nothing here.
create index executions_labels on holdfast.executions using gin (labels jsonb_path_ops) where labels <> '{}';

create trigger executions_status_change before update of status on holdfast.executions
  for each row when (old.status is distinct from new.status)
  execute function holdfast.check_status_change('execution');

-- Labels once more, one a row, in an order: what ranges and orders by a label are served by. Booleans come first, then numbers,
-- then texts: a number stands in \`number\` with an empty \`text\`; booleans and texts stand in \`text\` beside an infinity, which no
-- JSON number is. Written by triggers, so executions without labels cost nothing here. A name above 255 bytes or a text above
-- 1,000, which the index could not hold, is found by containment only.
create table holdfast.execution_labels (
  execution_id holdfast.id not null references holdfast.executions on delete cascade,
  name text collate "C" not null,
  number double precision not null,
  text text collate "C" not null,
  primary key (execution_id, name)
);

create index execution_labels_value on holdfast.execution_labels (name, number, text, execution_id);

create function holdfast.label_rows(labels jsonb) returns table (name text, number double precision, text text)
  language sql immutable parallel safe
  as $$
  select label.key,
    case pg_catalog.jsonb_typeof(label.value)
      when 'number' then label.value::double precision
      when 'boolean' then '-infinity'
      else 'infinity'
    end,
    case pg_catalog.jsonb_typeof(label.value) when 'number' then '' else label.value #>> '{}' end
  from pg_catalog.jsonb_each(labels) as label
  where pg_catalog.octet_length(label.key) <= 255 and pg_catalog.octet_length(label.value #>> '{}') <= 1000
$$;

create function holdfast.index_new_labels() returns trigger
  language plpgsql
  as $$
begin
  insert into holdfast.execution_labels (execution_id, name, number, text)
  select new.id, label.name, label.number, label.text from holdfast.label_rows(new.labels) as label;
  return null;
end
$$;

create function holdfast.index_changed_labels() returns trigger
  language plpgsql
  as $$
begin
  delete from holdfast.execution_labels as stored where stored.execution_id = new.id;
  insert into holdfast.execution_labels (execution_id, name, number, text)
  select new.id, label.name, label.number, label.text from holdfast.label_rows(new.labels) as label;
  return null;
end
$$;

-- Row by row, for one with labels: what is called once a statement, with a table of its new rows, takes as long as the rest of
-- the insert of an execution without labels.
create trigger executions_new_labels after insert on holdfast.executions
  for each row when (new.labels <> '{}')
  execute function holdfast.index_new_labels();

create trigger executions_changed_labels after update of labels on holdfast.executions
  for each row when (old.labels is distinct from new.labels)
  execute function holdfast.index_changed_labels();

-- Whether an execution has a label in each of the ranges, which include their low ends and not their high ones.
create function holdfast.has_labels(id text, names text[], low_numbers double precision[], low_texts text[],
    high_numbers double precision[], high_texts text[]) returns boolean
  language sql stable parallel safe
  as $$
  select not exists (
    select from unnest(names, low_numbers, low_texts, high_numbers, high_texts)
      as span(name, low_number, low_text, high_number, high_text)
    where not exists (
      select from holdfast.execution_labels as label
      where label.execution_id = id and label.name = span.name
        and (label.number, label.text) >= (span.low_number, span.low_text)
        and (label.number, label.text) < (span.high_number, span.high_text)
    )
  )
$$;

-- Counters by name: the sums, exact in decimal. Fails with HF006 above 2^53 - 1, from where JavaScript's numbers are not exact.
create function holdfast.add_usage(before jsonb, added jsonb) returns jsonb
  language sql volatile
  as $$
  select coalesce(pg_catalog.jsonb_object_agg(summed.name, summed.total), '{}')
  from (
    select counter.name, sum(counter.value::numeric) as total
    from (
      select old.key, old.value from pg_catalog.jsonb_each_text(before) as old
      union all
      select new.key, new.value from pg_catalog.jsonb_each_text(added) as new
    ) as counter(name, value)
    group by counter.name
  ) as summed
  where case
    when summed.total <= 9007199254740991 then true
    else holdfast.fail('HF006', pg_catalog.format('usage.%s would be %s, above 2^53 - 1', summed.name, summed.total),
      pg_catalog.json_build_object('field', 'usage.' || summed.name))
  end
$$;

-- Labels by name: the new ones over the old ones, without those that are set to null.
create function holdfast.merge_labels(before jsonb, changes jsonb) returns jsonb
  language sql immutable parallel safe
  as $$
  select coalesce(pg_catalog.jsonb_object_agg(label.key, label.value), '{}')
  from pg_catalog.jsonb_each(before || changes) as label
  where label.value <> 'null'
$$;

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
  next bigint not null,
  -- The transaction of the newest entry. An entry never gets an older one than the entry before it, though an older transaction
  -- may write it, so that the order of all entries keeps that of each execution's numbers.
  transaction xid8 not null,
  -- How its execution ended, from when on nothing is appended; null while it runs.
  ended_as holdfast.status
) with (fillfactor = 50);

-- Entries are never changed. They refer to their head, which the append that writes them has locked anyway.
create table holdfast.history_entries (
  execution_id holdfast.id not null references holdfast.history_heads on delete cascade,
  number bigint not null check (number > 0),
  -- Names the entry in the whole store, whichever execution it belongs to.
  position bigint generated always as identity,
  -- Not older than the transaction that wrote it: whoever reads only what is older than every running transaction misses none.
  transaction xid8 not null,
  kind holdfast.id not null,
  recorded_at timestamptz not null,
  payload json,
  primary key (execution_id, number)
);

create unique index history_entries_order on holdfast.history_entries (transaction, position);

-- Executions that share the first entries of another one: those up to \`shared\` are read from \`source_id\`, which may share in turn.
create table holdfast.history_forks (
  execution_id holdfast.id primary key references holdfast.history_heads on delete cascade,
  -- Who has the shared entries now; null where none are shared.
  source_id holdfast.id constraint history_forks_source references holdfast.history_heads,
  shared bigint not null,
  -- What was forked, and where; that execution may be gone.
  origin_id holdfast.id not null,
  origin_number bigint not null,
  check (shared >= 0 and (source_id is null) = (shared = 0))
);

create index history_forks_of_source on holdfast.history_forks (source_id, shared) where source_id is not null;

-- Who has the entries of an execution: each owner has those with a number above \`above\` and up to \`through\`.
create function holdfast.history_lineage(execution text) returns table (owner_id text, above bigint, through bigint)
  language sql stable
  as $$
  with recursive lineage(owner_id, source_id, above, through) as (
    select execution collate "C", own.source_id::text, coalesce(own.shared, 0), 9223372036854775807
    from (select) as one
    left join holdfast.history_forks as own on own.execution_id = execution
    union all
    select lineage.source_id, own.source_id::text, coalesce(own.shared, 0), least(lineage.through, lineage.above)
    from lineage
    left join lateral (
      select fork.source_id, fork.shared
      from holdfast.history_forks as fork
      where fork.execution_id = lineage.source_id
      -- Cuts nothing. It keeps this a look-up by index for each row, also in a plan from when the table was empty.
      limit 1
    ) as own on true
    where lineage.source_id is not null
  )
  select lineage.owner_id, lineage.above, lineage.through from lineage
$$;

-- Before a history is removed, its forks get what they share with it: the one that shares the most becomes the owner of those
-- entries, and the others share them with it. Whoever is being removed, or forked, at the same time is waited for, so that each
-- statement here sees what became of it. Forks without a head are being removed by the same command.
create function holdfast.hand_history_over() returns trigger
  language plpgsql
  as $$
declare
  own_source text;
  own_shared bigint;
  heir_id text;
  heir_shared bigint;
begin
  perform from holdfast.history_forks as fork
    join holdfast.history_heads as head on head.execution_id = fork.execution_id
    where fork.source_id = old.execution_id
    order by head.execution_id
    for update of head, fork;
  if not found then
    return old;
  end if;
  select fork.execution_id, fork.shared into heir_id, heir_shared
    from holdfast.history_forks as fork
    join holdfast.history_heads as head on head.execution_id = fork.execution_id
    where fork.source_id = old.execution_id
    order by fork.shared desc, fork.execution_id
    limit 1;
  select fork.source_id, fork.shared into own_source, own_shared
    from holdfast.history_forks as fork
    where fork.execution_id = old.execution_id
    for update;
  update holdfast.history_entries as entry set execution_id = heir_id
    where entry.execution_id = old.execution_id and entry.number <= heir_shared;
  update holdfast.history_forks as fork set source_id = heir_id
    from holdfast.history_heads as head
    where fork.source_id = old.execution_id and fork.execution_id <> heir_id and head.execution_id = fork.execution_id;
  update holdfast.history_forks as fork set source_id = own_source, shared = least(fork.shared, coalesce(own_shared, 0))
    where fork.execution_id = heir_id;
  return old;
end
$$;

create trigger history_heads_removed before delete on holdfast.history_heads
  for each row execute function holdfast.hand_history_over();
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

-- When an execution or a task first ran: set by the first status that says so, and kept. One that was canceled or timed out
-- before it ran has none.
create function holdfast.started_at(was timestamptz, status holdfast.status) returns timestamptz
  language sql stable parallel safe
  as $$
  select coalesce(was,
    case when status in ('running', 'waiting', 'paused', 'succeeded', 'failed') then holdfast.now() end)
$$;

-- When an execution or a task ended: set by its first terminal status, which is also its last.
create function holdfast.finished_at(was timestamptz, status holdfast.status) returns timestamptz
  language sql stable parallel safe
  as 'select coalesce(was, case when holdfast.is_terminal(status) then holdfast.now() end)';

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
  attempt holdfast.attempt not null,
  component holdfast.id,
  agent holdfast.id,
  action holdfast.id,
  tool holdfast.id,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  usage jsonb not null default '{}',
  input json,
  output json,
  error json,
  -- By id alone: of the pair (execution_id, id) a plan that was made while the table was small would look the execution up,
  -- and read all of its tasks to check one parent. That it is in the same execution is checked by the triggers below.
  constraint tasks_parent foreign key (parent_id) references holdfast.tasks (id) on delete cascade deferrable,
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
-- Few tasks have no parent, so that most inserts do not write it.
create index tasks_roots_by_name on holdfast.tasks (execution_id, name) where parent_id is null;
create index tasks_of_parent on holdfast.tasks (parent_id, sequence) where parent_id is not null;
create index tasks_of_parent_by_name on holdfast.tasks (parent_id, name) where parent_id is not null;
-- So that to count tasks is not to compare all of them: only tasks that were tried again can replace another.
create index tasks_retried on holdfast.tasks (execution_id, parent_id, name) where attempt > 1;
-- It makes a change of status a tenth to a fifth dearer, for such updates are not HOT then; without it, the failed tasks of a
-- large store are found by reading them all.
create index tasks_status on holdfast.tasks (status, sequence);
create index tasks_name on holdfast.tasks (name, sequence);
create index tasks_component on holdfast.tasks (component, sequence) where component is not null;
create index tasks_agent on holdfast.tasks (agent, sequence) where agent is not null;
create index tasks_action on holdfast.tasks (action, sequence) where action is not null;
create index tasks_tool on holdfast.tasks (tool, sequence) where tool is not null;

create trigger tasks_status_change before update of status on holdfast.tasks
  for each row when (old.status is distinct from new.status)
  execute function holdfast.check_status_change('task');

-- Whether a task is above itself, among the tasks that are not older than it: of the tasks of a cycle, the oldest finds all others so.
create function holdfast.is_own_ancestor(task_id text, oldest bigint) returns boolean
  language sql stable
  -- For the plan is made once, mostly while there are few tasks.
  set enable_seqscan = off
  as $$
  with recursive above as (
    select task.parent_id::text as id from holdfast.tasks as task where task.id = task_id
    union
    select task.parent_id::text
    from above
    join holdfast.tasks as task on task.id = above.id
    where task.sequence >= oldest
  )
  select exists (select from above where above.id = task_id)
$$;

-- A parent is in the execution of its children. New rows can close a cycle only among themselves, for nothing older can refer to
-- them, and a cycle has a task that is older than its parent: hardly ever is there one, in a cycle or not.
--
-- Row by row, for one with a parent: what is called once a statement, with a table of its new rows, takes as long as the rest of the
-- insert of a task without.
create function holdfast.check_new_task() returns trigger
  language plpgsql
  as $$
declare
  parent_execution text;
  parent_sequence bigint;
begin
  select parent.execution_id, parent.sequence into parent_execution, parent_sequence
    from holdfast.tasks as parent where parent.id = new.parent_id;
  if new.execution_id <> parent_execution then
    perform holdfast.fail('HF006', pg_catalog.format('parentId of task %s is a task of another execution', new.id),
      pg_catalog.json_build_object('field', 'parentId', 'id', new.id));
  end if;
  if new.sequence <= parent_sequence and holdfast.is_own_ancestor(new.id, new.sequence) then
    perform holdfast.fail('HF006', pg_catalog.format('task %s would be its own ancestor', new.id),
      pg_catalog.json_build_object('field', 'parentId', 'id', new.id));
  end if;
  return null;
end
$$;

create trigger tasks_without_cycles after insert on holdfast.tasks
  for each row when (new.parent_id is not null)
  execute function holdfast.check_new_task();

-- A task that moves under another parent may close a cycle with older rows. Moves within one execution follow each other, so
-- that two of them cannot close a cycle that neither sees; above READ COMMITTED, where waiting does not renew the snapshot,
-- the lock on the ancestors fails for one that has moved since.
create function holdfast.check_moved_task() returns trigger
  language plpgsql
  as $$
declare
  ancestors text[];
begin
  if new.execution_id <> (select parent.execution_id from holdfast.tasks as parent where parent.id = new.parent_id) then
    perform holdfast.fail('HF006', pg_catalog.format('parentId of task %s is a task of another execution', new.id),
      pg_catalog.json_build_object('field', 'parentId', 'id', new.id));
  end if;
  perform holdfast.lock_keys('task moves', array[new.execution_id::text]);
  ancestors := array(
    with recursive above as (
      select new.parent_id::text as id
      union
      select task.parent_id::text
      from above
      join holdfast.tasks as task on task.id = above.id
      where task.parent_id is not null
    )
    select above.id from above
  );
  if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
    perform from holdfast.tasks as task where task.id = any (ancestors) order by task.id desc for share;
  end if;
  if new.id = any (ancestors) then
    perform holdfast.fail('HF006', pg_catalog.format('task %s would be its own ancestor', new.id),
      pg_catalog.json_build_object('field', 'parentId', 'id', new.id));
  end if;
  return null;
end
$$;

create trigger tasks_moved after update of parent_id on holdfast.tasks
  for each row when (new.parent_id is not null and old.parent_id is distinct from new.parent_id)
  execute function holdfast.check_moved_task();

-- The status that children give their parent, from how many of them are in which status. \`running\` counts the waiting and
-- the paused too.
create function holdfast.overall_status(
  strategy holdfast.strategy, total bigint, pending bigint, running bigint, succeeded bigint, failed bigint,
  timed_out bigint, canceled bigint
) returns holdfast.status
  language sql immutable parallel safe
  as $$
  select case
    when pending = total then 'pending'
    when canceled = total then 'canceled'
    when strategy = 'race' and succeeded > 0 then 'succeeded'
    when strategy = 'fail_fast' and failed > 0 then 'failed'
    when strategy = 'fail_fast' and timed_out > 0 then 'timed_out'
    when pending + running > 0 then 'running'
    when strategy = 'best_effort' and succeeded > 0 then 'succeeded'
    when failed > 0 then 'failed'
    when timed_out > 0 then 'timed_out'
    when canceled > 0 then 'canceled'
    else 'succeeded'
  end::holdfast.status
$$;

-- Carries the status of tasks up: each start gets the status that its children give it, then its parent does, and so on
-- until one does not change. A start without children, or with a terminal status, is passed over to its parent, for its own
-- change is what is carried; one without children is not even locked. Answers the tasks that changed, deepest first.
--
-- Of several attempts under one name, the newest counts. A task that has its own reason to wait or pause keeps it until its children end; a terminal task stays as it is.
--
-- Locks the executions, shared, for an ended one does not change any more; then tasks level by level, deepest first, then by id, the greatest first: concurrent callers with common ancestors meet
-- in one order, and with ids that grow in time it is also the order in which writes of tasks lock. Children are counted in
-- a snapshot taken after the lock, so that of two children that end at once the later sees the former. Above READ COMMITTED
-- there is no such snapshot: there the children are locked, which fails for one that has changed since, and passes over one
-- that another transaction is changing, for that one propagates after us.
create function holdfast.propagate(starts text[])
  returns table (task_id text, task_parent_id text, task_status holdfast.status, task_version bigint)
  language plpgsql
  as $$
declare
  start_ids text[];
  start_depths bigint[];
  level_depth bigint;
  level_ids text[];
  climbing text[] := '{}';
begin
  perform holdfast.hold_executions_of(starts);
  -- UNION ends the climb where damaged data has a cycle.
  with recursive path as (
    select task.id::text as start_id, task.id::text as id
    from holdfast.tasks as named
    join holdfast.tasks as task on task.id = case
      when exists (select from holdfast.tasks as child where child.parent_id = named.id) then named.id
      else named.parent_id
    end
    where named.id = any (starts)
    union
    select path.start_id, task.parent_id::text
    from path
    join holdfast.tasks as task on task.id = path.id
    where task.parent_id is not null
  ), depths as (
    select path.start_id, count(*) as depth from path group by path.start_id
  )
  select array_agg(depths.start_id), array_agg(depths.depth), max(depths.depth)
  into start_ids, start_depths, level_depth
  from depths;

  while level_depth > 0 or cardinality(climbing) > 0 loop
    level_ids := array(
      select start.id from unnest(start_ids, start_depths) as start(id, depth) where start.depth = level_depth
      union
      select climber.id from unnest(climbing) as climber(id)
    );
    level_depth := level_depth - 1;
    continue when cardinality(level_ids) = 0;
    perform from holdfast.tasks as task where task.id = any (level_ids) order by task.id desc for no key update;
    if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
      perform from holdfast.tasks as task where task.parent_id = any (level_ids) order by task.id desc
        for share skip locked;
    end if;
    climbing := '{}';
    for task_id, task_parent_id, task_status, task_version in
      with grouped as (
        select child.parent_id, child.name, child.attempt, child.status, count(*) as tasks
        from holdfast.tasks as child
        where child.parent_id = any (level_ids)
        group by child.parent_id, child.name, child.attempt, child.status
      ), newest as (
        select grouped.parent_id, grouped.status, grouped.tasks,
          grouped.attempt = max(grouped.attempt) over (partition by grouped.parent_id, grouped.name) as is_newest
        from grouped
      ), summed as (
        select newest.parent_id, sum(newest.tasks)::bigint as total,
          coalesce(sum(newest.tasks) filter (where newest.status = 'pending'), 0)::bigint as pending,
          coalesce(sum(newest.tasks) filter (where newest.status in ('running', 'waiting', 'paused')), 0)::bigint as running,
          coalesce(sum(newest.tasks) filter (where newest.status = 'succeeded'), 0)::bigint as succeeded,
          coalesce(sum(newest.tasks) filter (where newest.status = 'failed'), 0)::bigint as failed,
          coalesce(sum(newest.tasks) filter (where newest.status = 'timed_out'), 0)::bigint as timed_out,
          coalesce(sum(newest.tasks) filter (where newest.status = 'canceled'), 0)::bigint as canceled
        from newest
        where newest.is_newest
        group by newest.parent_id
      ), counted as (
        select task.id, task.parent_id, task.status,
          holdfast.overall_status(task.strategy, summed.total, summed.pending, summed.running, summed.succeeded,
            summed.failed, summed.timed_out, summed.canceled) as overall
        from holdfast.tasks as task
        join summed on summed.parent_id = task.id
      ), changed as (
        update holdfast.tasks as task set
          status = counted.overall, version = task.version + 1, updated_at = holdfast.now(),
          started_at = holdfast.started_at(task.started_at, counted.overall),
          finished_at = holdfast.finished_at(task.finished_at, counted.overall)
        from counted
        where task.id = counted.id
          and not holdfast.is_terminal(counted.status)
          and (holdfast.is_terminal(counted.overall) or (counted.status = 'pending' and counted.overall = 'running'))
        returning task.id, task.parent_id, task.status, task.version
      )
      select changed.id::text, changed.parent_id::text, changed.status, changed.version
      from changed
      union all
      select null, counted.parent_id::text, null, null
      from counted
      where counted.id = any (start_ids) and holdfast.is_terminal(counted.status)
    loop
      if task_parent_id is not null then
        climbing := array_append(climbing, task_parent_id);
      end if;
      if task_id is not null then
        return next;
      end if;
    end loop;
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

-- For retention.
create index events_over on holdfast.events (coalesce(consumed_at, expires_at));
create index events_kept on holdfast.events (key, sequence) where consumed_at is null;
create unique index events_dedupe on holdfast.events (key, dedupe_id) where dedupe_id is not null;

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
create index timers_ended on holdfast.timers (state, fire_at, sequence) where state in ('fired', 'canceled');
-- For retention.
create index timers_expiring on holdfast.timers (coalesce(fired_at, canceled_at))
  where state in ('fired', 'canceled') and dedupe_key is null;
create index timers_of_execution on holdfast.timers (execution_id, fire_at, sequence);
create unique index timers_dedupe on holdfast.timers (execution_id, dedupe_key) where dedupe_key is not null;

-- A moment \`ms\` from now, in whole milliseconds and never early; at once for 0.
create function holdfast.after_ms(ms bigint) returns timestamptz
  language sql stable parallel safe
  as $$
  select pg_catalog.date_trunc('milliseconds', holdfast.now() + least(ms, 1) * interval '999 microseconds')
    + ms * interval '1 millisecond'
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
`,
  },
  {
    number: 6,
    name: "0006_kv",
    oldestClient: 6,
    sql: `-- Key/value data: bytes by prefix and key.

-- Two of them fit in one index entry, which ends at 2,704 bytes.
create domain holdfast.key as text collate "C"
  check (pg_catalog.octet_length(value) <= 1024);

-- Not smaller than any text that a key can hold: what a range without an end goes up to.
create function holdfast.last_key() returns text
  language sql immutable parallel safe
  as 'select pg_catalog.repeat(pg_catalog.chr(1114111), 256)';

create table holdfast.kv_entries (
  prefix holdfast.key not null,
  key holdfast.key not null,
  -- Of one sequence for all entries, so that an entry that is removed and set again has no version of its former life.
  version bigint generated by default as identity,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- From then on the entry is absent for every reader; what it takes up goes later.
  expires_at timestamptz,
  value bytea,
  primary key (prefix, key)
) with (fillfactor = 80);

create index kv_entries_expiring on holdfast.kv_entries (expires_at) where expires_at is not null;

-- The version of an entry as the statement that calls it would find it now, not as of its beginning; 0 where there is none.
create function holdfast.kv_version(of_prefix text, of_key text) returns bigint
  language sql volatile
  as $$
  select coalesce(max(stored.version), 0)
  from holdfast.kv_entries as stored
  where stored.prefix = of_prefix and stored.key = of_key
    and (stored.expires_at is null or stored.expires_at > holdfast.now())
$$;
`,
  },
  {
    number: 7,
    name: "0007_snapshots",
    oldestClient: 7,
    sql: `-- Versioned states of persistence ids.

-- Where the generations of snapshots come from, so that none of them comes twice.
create sequence holdfast.snapshot_generations;

create table holdfast.snapshots (
  persistence_id holdfast.id primary key,
  version bigint not null check (version >= 0),
  -- Which life of the id this is; 0 only until the statement that makes the row ends.
  generation bigint not null check (generation >= 0),
  shard bigint not null check (shard >= 0),
  -- How many versions its last writer wants kept, this one included; 0 for all; null where the writer said nothing.
  keeps integer check (keeps >= 0),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- The engine's own moment, in its own unit.
  engine_timestamp bigint,
  manifest holdfast.id,
  definition_name holdfast.id,
  definition_version integer check (definition_version > 0),
  definition_hash holdfast.id,
  -- What undoes the writing of the payload, as the store's codec spells it; empty where the payload is as it was given.
  encoding text not null,
  -- What the payload is known by, one for each key that its writer had; two payloads with a common digest are the same. Who reads a
  -- payload that is not encrypted verifies it so.
  digests text[] not null,
  payload bytea not null,
  check (definition_name is not null or (definition_version is null and definition_hash is null))
) with (fillfactor = 80);

create index snapshots_shard on holdfast.snapshots (shard, persistence_id);
create index snapshots_definition on holdfast.snapshots (definition_name, persistence_id) where definition_name is not null;

-- The former versions that were kept. They are never changed.
create table holdfast.snapshot_versions (
  persistence_id holdfast.id not null references holdfast.snapshots on delete cascade,
  version bigint not null,
  shard bigint not null,
  written_at timestamptz not null,
  -- Retention counts from here.
  replaced_at timestamptz not null,
  engine_timestamp bigint,
  manifest holdfast.id,
  definition_name holdfast.id,
  definition_version integer,
  definition_hash holdfast.id,
  encoding text not null,
  digests text[] not null,
  payload bytea not null,
  primary key (persistence_id, version)
);

create index snapshot_versions_replaced on holdfast.snapshot_versions (replaced_at, persistence_id, version);

-- Keeps the version that a write replaces, if the writer wants more than one kept, and drops those beyond what it wants. Of the
-- updated row itself, so that the version is the one that was there when the row was locked, whatever the statement's
-- snapshot had.
create function holdfast.keep_snapshot_version() returns trigger
  language plpgsql
  as $$
begin
  if new.keeps <> 1 then
    insert into holdfast.snapshot_versions (persistence_id, version, shard, written_at, replaced_at, engine_timestamp, manifest,
      definition_name, definition_version, definition_hash, encoding, digests, payload)
    values (old.persistence_id, old.version, old.shard, old.updated_at, new.updated_at, old.engine_timestamp, old.manifest,
      old.definition_name, old.definition_version, old.definition_hash, old.encoding, old.digests, old.payload);
  end if;
  if new.keeps > 0 then
    delete from holdfast.snapshot_versions as former
    where former.persistence_id = new.persistence_id
      and former.version <= (
        select newest.version
        from holdfast.snapshot_versions as newest
        where newest.persistence_id = new.persistence_id
        order by newest.version desc
        offset new.keeps - 1
        limit 1
      );
  end if;
  return null;
end
$$;

create trigger snapshots_replaced after update of version on holdfast.snapshots
  for each row when (new.keeps is not null and old.version <> new.version)
  execute function holdfast.keep_snapshot_version();

-- The generation of a snapshot that the calling statement has found.
create function holdfast.generation_of(snapshot_id text) returns bigint
  language sql volatile
  as 'select known.generation from holdfast.snapshots as known where known.persistence_id = snapshot_id';

-- Whether so many generations, of which the first is given, are the last that were drawn by anybody.
create function holdfast.are_last_generations(first bigint, amount bigint) returns boolean
  language sql volatile
  as 'select generations.last_value - first + 1 = amount from holdfast.snapshot_generations as generations';

-- A later generation for a snapshot that the calling statement has made with one that may be older than that of a life which came and
-- went while the statement waited for a lock. Being volatile, this sees the new row, which nobody else can touch, so that every
-- later life of the id draws a later number.
create function holdfast.renew_generation(snapshot_id text) returns bigint
  language sql volatile
  as $$
  update holdfast.snapshots as made
  set generation = pg_catalog.nextval('holdfast.snapshot_generations')
  where made.persistence_id = snapshot_id
  returning made.generation
$$;
`,
  },
  {
    number: 8,
    name: "0008_blobs",
    oldestClient: 8,
    sql: `-- Large bytes: what is known of them, and the bytes themselves where PostgreSQL keeps them.

create type holdfast.blob_backend as enum ('postgres', 'folder', 's3');

-- Under which name this store's contents lie in a folder or a bucket that others may use too, whose contents are not its to
-- sweep. One row, made at the first upload and not here: the embedded databases all begin as copies of one image.
create table holdfast.blob_spaces (
  number integer primary key check (number = 1),
  id uuid not null
);

-- Every upload has a content of its own, so that replacing a blob never mixes two.
create table holdfast.blob_contents (
  -- The space, a slash, and a random part: the content's name in its backend.
  id holdfast.id primary key,
  backend holdfast.blob_backend not null,
  created_at timestamptz not null,
  -- Until when an upload that is under way counts as alive.
  pending_until timestamptz,
  -- Known once the bytes are there.
  size bigint check (size >= 0),
  sha256 bytea check (pg_catalog.octet_length(sha256) = 32),
  -- Since when no blob has it. It stays for a while, for those who read it.
  unused_since timestamptz,
  constraint blob_contents_state check (
    case when pending_until is null then size is not null or unused_since is not null else size is null and unused_since is null end
    and (size is null) = (sha256 is null)
  )
);

create index blob_contents_pending on holdfast.blob_contents (pending_until) where pending_until is not null;
create index blob_contents_unused on holdfast.blob_contents (unused_since) where unused_since is not null;

create table holdfast.blobs (
  key text collate "C" primary key check (pg_catalog.octet_length(key) between 1 and 1024),
  content_id holdfast.id not null unique references holdfast.blob_contents,
  content_type text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  expires_at timestamptz,
  metadata json
);

create index blobs_expiring on holdfast.blobs (expires_at) where expires_at is not null;

-- The bytes of contents whose backend is PostgreSQL, cut by their position.
create table holdfast.blob_chunks (
  content_id holdfast.id not null references holdfast.blob_contents on delete cascade,
  first_byte bigint not null check (first_byte >= 0),
  bytes bytea not null,
  primary key (content_id, first_byte)
);

-- Not compressed: a part of a chunk is then read without the rest of it, and what is large has mostly been compressed before.
alter table holdfast.blob_chunks alter column bytes set storage external;

-- Whoever replaces or removes a blob lets go of its content.
create function holdfast.release_content() returns trigger
  language plpgsql
  as $$
begin
  update holdfast.blob_contents set unused_since = holdfast.now() where id = old.content_id;
  return null;
end
$$;

create trigger blobs_removed after delete on holdfast.blobs
  for each row execute function holdfast.release_content();
create trigger blobs_replaced after update of content_id on holdfast.blobs
  for each row when (old.content_id <> new.content_id) execute function holdfast.release_content();

-- Tells a sweep that this transaction is uploading a content, whose row nobody else can see yet: held to its end.
create function holdfast.hold_content(content_id text) returns text
  language sql volatile
  as $$
  select pg_catalog.pg_advisory_xact_lock_shared(pg_catalog.hashtextextended('blob_content:' || content_id, 0));
  select content_id
$$;

-- Whether no open transaction but this one is uploading a content. Whether it has a row is to be asked in a later statement,
-- whose snapshot has what that transaction committed.
create function holdfast.is_content_free(content_id text) returns boolean
  language sql volatile
  as $$
  select pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('blob_content:' || content_id, 0))
$$;
`,
  },
  {
    number: 9,
    name: "0009_schedules",
    oldestClient: 9,
    sql: `-- Schedules: rules that make jobs, one a tick.

-- What becomes of a tick while a job of a former one has not ended.
create type holdfast.overlap_policy as enum ('allow', 'skip', 'buffer_one', 'cancel_previous');

-- What becomes of the ticks that nobody was there for.
create type holdfast.catch_up_policy as enum ('skip', 'latest', 'all');

-- ended: no tick comes any more, because ends_at lies before the next one.
create type holdfast.schedule_state as enum ('active', 'paused', 'ended');

create table holdfast.schedules (
  -- Short enough that a job's id can be made of it and a tick's moment.
  id holdfast.id primary key check (pg_catalog.octet_length(id) <= 200),
  queue holdfast.id not null,
  state holdfast.schedule_state not null,
  overlap holdfast.overlap_policy not null,
  catch_up holdfast.catch_up_policy not null,
  catch_up_limit integer not null check (catch_up_limit > 0),
  missed_after_ms bigint not null check (missed_after_ms > 0),
  cron text,
  time_zone text not null,
  every_ms bigint check (every_ms > 0),
  -- What an interval is counted from, so that its ticks do not drift.
  anchor_at timestamptz not null,
  starts_at timestamptz,
  ends_at timestamptz,
  -- The tick that comes next.
  next_at timestamptz,
  -- From when on it may be claimed: next_at, or while a process works on its ticks the end of that process's claim.
  available_at timestamptz,
  token bigint not null default 0,
  version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  paused_at timestamptz,
  last_tick_at timestamptz,
  -- The first and the last tick of the newest gap that catching up left out.
  missed_from timestamptz,
  missed_to timestamptz,
  pushed_count bigint not null default 0,
  skipped_count bigint not null default 0,
  -- The jobs that the overlap policy looks at: those that had not ended at the newest tick, and that tick's own.
  job_ids text[] not null default '{}',
  -- The options of the jobs that it makes, as \`jobs.push\` takes them.
  job_options json not null,
  payload json,
  constraint schedules_rule check ((cron is null) <> (every_ms is null)),
  constraint schedules_next check ((state = 'active') = (next_at is not null)),
  constraint schedules_available check ((next_at is null) = (available_at is null)),
  constraint schedules_paused check ((state = 'paused') = (paused_at is not null))
) with (fillfactor = 85);

create index schedules_available on holdfast.schedules (available_at) where available_at is not null;
create index schedules_of_queue on holdfast.schedules (queue, id);
-- For retention.
create index schedules_ended on holdfast.schedules (greatest(updated_at, ends_at)) where state = 'ended';
create index schedules_of_state on holdfast.schedules (state, id);
`,
  },
  {
    number: 10,
    name: "0010_retention",
    oldestClient: 10,
    sql: `-- What the processes of a store do in turns, whichever comes first, and when each is due next.
create table holdfast.turns (
  name holdfast.id primary key,
  due_at timestamptz not null
);

insert into holdfast.turns (name, due_at) values ('retention', '2000-01-01Z');
`,
  },
  {
    number: 11,
    name: "0011_ended",
    oldestClient: 11,
    sql: `-- An ended execution is frozen, with all that belongs to it.

-- The end of an execution waits for everybody who is adding to it or changing what belongs to it: they hold its key, which only
-- FOR UPDATE conflicts with. Who comes later waits for the end, and then reads the status. Appends lock the head of the history
-- only, so that is where they find the end.
create function holdfast.end_execution() returns trigger
  language plpgsql
  as $$
begin
  perform from holdfast.executions as execution where execution.id = new.id for update;
  if pg_catalog.current_setting('transaction_isolation') = 'read committed' then
    update holdfast.history_heads as head set ended_as = new.status where head.execution_id = new.id;
  else
    -- A head that is newer than the snapshot is not seen there; to meet it fails, and the transaction is run again.
    insert into holdfast.history_heads as head (execution_id, next, transaction, ended_as)
    values (new.id, 1, pg_catalog.pg_current_xact_id(), new.status)
    on conflict (execution_id) do update set ended_as = excluded.ended_as;
  end if;
  return new;
end
$$;

create trigger executions_end before update of status on holdfast.executions
  for each row when (holdfast.is_terminal(new.status) and not holdfast.is_terminal(old.status))
  execute function holdfast.end_execution();

-- Of an ended execution only labels and usage change, and its lease is given back. What is written again as it is stays.
create function holdfast.keep_ended_execution() returns trigger
  language plpgsql
  as $$
begin
  if (new.strategy, new.definition_name, new.definition_version, new.parent_id, new.idempotency_key, new.fingerprint, new.created_at,
      new.started_at, new.finished_at, new.input::text, new.state::text, new.output::text, new.error::text, new.token)
    is distinct from (old.strategy, old.definition_name, old.definition_version, old.parent_id, old.idempotency_key, old.fingerprint,
      old.created_at, old.started_at, old.finished_at, old.input::text, old.state::text, old.output::text, old.error::text, old.token)
    or new.lease_until is not null and new.lease_until is distinct from old.lease_until
  then
    perform holdfast.is_open(old.id, old.status);
  end if;
  return new;
end
$$;

create trigger executions_frozen before update on holdfast.executions
  for each row when (holdfast.is_terminal(old.status))
  execute function holdfast.keep_ended_execution();

-- Holds executions open until the transaction ends, or fails with HF003 where one has ended. Answers those that are missing, if any.
create function holdfast.hold_executions(execution_ids text[]) returns text[]
  language plpgsql
  as $$
begin
  return (
    select array_agg(named.id) filter (where execution.id is null)
    from (select distinct given.id collate "C" as id from unnest((select execution_ids)) as given(id) order by 1) as named
    left join lateral (
      select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
    ) as execution on true
    where execution.id is null or holdfast.is_open(execution.id, execution.status)
  );
end
$$;

-- Holds the executions of tasks open until the transaction ends, or fails with HF003 where one has ended.
create function holdfast.hold_executions_of(task_ids text[]) returns void
  language plpgsql
  as $$
begin
  perform holdfast.hold_executions(array(
    select task.execution_id::text
    from unnest(task_ids) as given(id)
    cross join lateral (select stored.execution_id from holdfast.tasks as stored where stored.id = given.id limit 1) as task
  ));
end
$$;

-- What a write of tasks answers: all but the payloads.
create type holdfast.task_summary as (
  id holdfast.id, execution_id holdfast.id, sequence bigint, version bigint, parent_id holdfast.id, name holdfast.id,
  type holdfast.task_type, status holdfast.status, strategy holdfast.strategy, attempt holdfast.attempt, component holdfast.id,
  agent holdfast.id, action holdfast.id, tool holdfast.id, usage jsonb, created_at timestamptz, updated_at timestamptz,
  started_at timestamptz, finished_at timestamptz
);

-- Fails with HF001 or HF004 where a task that is not there may not be made: a version of it is expected, or its execution is missing.
create function holdfast.check_new_tasks(ids text[], execution_ids text[], expected bigint[], missing text[]) returns void
  language plpgsql
  as $$
begin
  perform case
    when given.expected > 0 then
      holdfast.fail('HF001', pg_catalog.format('task %s is not at the expected version', given.id),
        json_build_object('entity', 'task', 'id', given.id, 'expected', given.expected, 'actual', 0))
    else
      holdfast.fail('HF004', pg_catalog.format('executionId of task %s is %s, which does not exist: create the execution first',
        given.id, given.execution_id),
        json_build_object('field', 'executionId', 'entity', 'execution', 'id', given.execution_id))
  end
  from unnest(ids, execution_ids, expected) as given(id, execution_id, expected)
  where (given.expected > 0 or given.execution_id = any (missing))
    and (select stored.version from holdfast.tasks as stored where stored.id = given.id) is null;
end
$$;

-- Fails with HF004 where a task that is put under another parent than before names one that is neither in its execution nor among
-- those that are written with it. '' names none.
create function holdfast.check_parents(ids text[], execution_ids text[], parent_ids text[]) returns void
  language plpgsql
  as $$
begin
  perform holdfast.fail('HF004', pg_catalog.format('parentId of task %s is %s, which is no task of execution %s: save the parent first',
      given.id, given.parent_id, given.execution_id),
    json_build_object('field', 'parentId', 'entity', 'task', 'id', given.parent_id))
  from unnest(ids, execution_ids, parent_ids) as given(id, execution_id, parent_id)
  where given.parent_id <> ''
    and (select parent.execution_id from holdfast.tasks as parent where parent.id = given.parent_id) is distinct from given.execution_id
    and (select stored.parent_id from holdfast.tasks as stored where stored.id = given.id) is distinct from given.parent_id
    and (given.execution_id, given.parent_id) not in (
      select sibling.execution_id, sibling.id from unnest(ids, execution_ids) as sibling(id, execution_id)
    );
end
$$;

-- Whether a save may change a task that is there; fails with HF001 where another version is expected, and with HF006 where the task
-- belongs to another execution. Inlined.
create function holdfast.may_save_task(task_id text, task_execution text, task_version bigint, of_execution text, expected bigint)
  returns boolean
  language sql volatile
  as $$
  select case
    when expected <> task_version then
      holdfast.fail('HF001', pg_catalog.format('task %s is not at the expected version', task_id),
        pg_catalog.json_build_object('entity', 'task', 'id', task_id, 'expected', expected, 'actual', task_version))
    when task_execution <> of_execution then
      holdfast.fail('HF006', pg_catalog.format('executionId is %s, but task %s belongs to another execution', of_execution, task_id),
        pg_catalog.json_build_object('field', 'executionId', 'entity', 'task', 'id', task_id))
    else true
  end
$$;

-- Writes one task: see the statement save_task. The lookups of a lone row need no arrays, and what a step does not need is not
-- started: so it takes half the time of save_tasks.
create function holdfast.save_task(
  task_id text, of_execution text, under text, new_name text, new_type holdfast.task_type, new_status holdfast.status,
  new_strategy holdfast.strategy, new_attempt integer, new_component text, new_agent text, new_action text, new_tool text,
  new_input json, new_output json, new_error json, expected bigint
) returns setof holdfast.task_summary
  language plpgsql rows 1
  as $$
declare
  owner_status holdfast.status;
  saved holdfast.task_summary;
begin
  select execution.status into owner_status from holdfast.executions as execution where execution.id = of_execution for key share;
  if holdfast.is_open(of_execution, owner_status) and under <> '' then
    perform holdfast.check_parents(array[task_id], array[of_execution], array[under]);
  end if;
  loop
    update holdfast.tasks as stored set
      version = stored.version + 1, parent_id = nullif(coalesce(under, stored.parent_id), ''), name = new_name,
      type = coalesce(new_type, stored.type), status = coalesce(new_status, stored.status),
      strategy = coalesce(new_strategy, stored.strategy), attempt = coalesce(new_attempt, stored.attempt),
      component = nullif(coalesce(new_component, stored.component), ''), agent = nullif(coalesce(new_agent, stored.agent), ''),
      action = nullif(coalesce(new_action, stored.action), ''), tool = nullif(coalesce(new_tool, stored.tool), ''),
      updated_at = holdfast.now(), started_at = holdfast.started_at(stored.started_at, coalesce(new_status, stored.status)),
      finished_at = holdfast.finished_at(stored.finished_at, coalesce(new_status, stored.status)),
      input = coalesce(new_input, stored.input), output = coalesce(new_output, stored.output),
      error = coalesce(new_error, stored.error)
    where stored.id = task_id and holdfast.may_save_task(stored.id, stored.execution_id, stored.version, of_execution, expected)
    returning stored.id, stored.execution_id, stored.sequence, stored.version, stored.parent_id, stored.name, stored.type,
      stored.status, stored.strategy, stored.attempt, stored.component, stored.agent, stored.action, stored.tool, stored.usage,
      stored.created_at, stored.updated_at, stored.started_at, stored.finished_at
    into saved;
    exit when found;
    if owner_status is null or expected > 0 then
      perform holdfast.check_new_tasks(array[task_id], array[of_execution], array[expected], array[of_execution]);
    end if;
    insert into holdfast.tasks as stored (
      id, execution_id, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool,
      created_at, updated_at, started_at, finished_at, input, output, error
    ) values (
      task_id, of_execution, 1, nullif(under, ''), new_name, coalesce(new_type, 'basic'), coalesce(new_status, 'pending'),
      coalesce(new_strategy, 'wait_all'), coalesce(new_attempt, 1), nullif(new_component, ''), nullif(new_agent, ''),
      nullif(new_action, ''), nullif(new_tool, ''), holdfast.now(), holdfast.now(), holdfast.started_at(null, new_status),
      holdfast.finished_at(null, new_status), new_input, new_output, new_error
    ) on conflict (id) do nothing
    returning stored.id, stored.execution_id, stored.sequence, stored.version, stored.parent_id, stored.name, stored.type,
      stored.status, stored.strategy, stored.attempt, stored.component, stored.agent, stored.action, stored.tool, stored.usage,
      stored.created_at, stored.updated_at, stored.started_at, stored.finished_at
    into saved;
    -- Where another made it meanwhile, it is there for the next round.
    exit when found;
  end loop;
  return next saved;
end
$$;

-- Writes any number of tasks: see the statement save_tasks. Those that are not there are inserted, and then the others changed.
--
-- The insert locks the rows that it finds, and with them others that the plan is to write: all by one command, in one order, for which
-- of them exist may change until it comes to them. It is left out where all of them are there. A limit that cuts nothing, and arrays
-- behind a sub-select, let a plan that was made for few rows look each row up by its key.
create function holdfast.save_tasks(
  ids text[], execution_ids text[], parent_ids text[], names text[], types holdfast.task_type[], statuses holdfast.status[],
  strategies holdfast.strategy[], attempts integer[], components text[], agents text[], actions text[], tools text[],
  inputs json[], outputs json[], errors json[], expected bigint[], other_ids text[]
) returns setof holdfast.task_summary
  language plpgsql
  as $$
declare
  missing text[] := holdfast.hold_executions(execution_ids);
  total constant bigint := cardinality(ids);
  -- In input order. The numbers that are drawn for rows which exist are lost.
  sequences bigint[];
  added bigint := 0;
  changed bigint;
begin
  if other_ids <> '{}' or total > (
    select count(*) from unnest((select ids)) as given(id)
    cross join lateral (select task.version from holdfast.tasks as task where task.id = given.id limit 1) as task
  ) then
    if missing is not null or 0 < any (expected) then
      perform holdfast.check_new_tasks(ids, execution_ids, expected, missing);
    end if;
    sequences := array(select nextval('holdfast.tasks_sequence_seq') from generate_series(1, total));
  end if;
  if cardinality(array_remove(array_remove(parent_ids, null), '')) > 0 then
    perform holdfast.check_parents(ids, execution_ids, parent_ids);
  end if;
  if sequences is not null then
    return query
      insert into holdfast.tasks as stored (
        id, execution_id, sequence, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool,
        created_at, updated_at, started_at, finished_at, input, output, error
      ) overriding system value
      select step.id, step.execution_id, step.sequence, 1, nullif(step.parent_id, ''), step.name, coalesce(step.type, 'basic'),
        coalesce(step.status, 'pending'), coalesce(step.strategy, 'wait_all'), coalesce(step.attempt, 1), nullif(step.component, ''),
        nullif(step.agent, ''), nullif(step.action, ''), nullif(step.tool, ''), holdfast.now(), holdfast.now(),
        holdfast.started_at(null, step.status), holdfast.finished_at(null, step.status), step.input, step.output, step.error
      from (
        select given.*
        from unnest((select ids || other_ids), sequences, execution_ids, parent_ids, names, types, statuses, strategies, attempts,
          components, agents, actions, tools, inputs, outputs, errors) as given(id, sequence, execution_id, parent_id, name, type,
          status, strategy, attempt, component, agent, action, tool, input, output, error)
        order by given.id collate "C" desc
      ) as step
      left join lateral (
        select task.id from holdfast.tasks as task where step.sequence is null and task.id = step.id for no key update
      ) as other on true
      -- Of another nothing is inserted: no id is empty. It is said of the join, so that the other is locked before that.
      where case when step.sequence is null then other.id = '' else true end
      order by step.id collate "C" desc
      on conflict (id) do update set version = stored.version where false
      returning stored.id, stored.execution_id, stored.sequence, stored.version, stored.parent_id, stored.name, stored.type,
        stored.status, stored.strategy, stored.attempt, stored.component, stored.agent, stored.action, stored.tool, stored.usage,
        stored.created_at, stored.updated_at, stored.started_at, stored.finished_at;
    get diagnostics added = row_count;
  end if;
  if added < total then
    return query
      update holdfast.tasks as stored set
        version = stored.version + 1, parent_id = nullif(coalesce(given.parent_id, stored.parent_id), ''), name = given.name,
        type = coalesce(given.type, stored.type), status = coalesce(given.status, stored.status),
        strategy = coalesce(given.strategy, stored.strategy), attempt = coalesce(given.attempt, stored.attempt),
        component = nullif(coalesce(given.component, stored.component), ''), agent = nullif(coalesce(given.agent, stored.agent), ''),
        action = nullif(coalesce(given.action, stored.action), ''), tool = nullif(coalesce(given.tool, stored.tool), ''),
        updated_at = holdfast.now(), started_at = holdfast.started_at(stored.started_at, coalesce(given.status, stored.status)),
        finished_at = holdfast.finished_at(stored.finished_at, coalesce(given.status, stored.status)),
        input = coalesce(given.input, stored.input), output = coalesce(given.output, stored.output),
        error = coalesce(given.error, stored.error)
      from (
        select given.*
        from unnest((select ids), sequences, execution_ids, parent_ids, names, types, statuses, strategies, attempts, components,
          agents, actions, tools, inputs, outputs, errors, expected) as given(id, sequence, execution_id, parent_id, name, type, status,
          strategy, attempt, component, agent, action, tool, input, output, error, expected)
        order by given.id collate "C" desc
        limit (select total)
      ) as given
      -- Not those that were inserted above.
      where stored.id = given.id and stored.sequence is distinct from given.sequence
        and holdfast.may_save_task(stored.id, stored.execution_id, stored.version, given.execution_id, given.expected)
      returning stored.id, stored.execution_id, stored.sequence, stored.version, stored.parent_id, stored.name, stored.type,
        stored.status, stored.strategy, stored.attempt, stored.component, stored.agent, stored.action, stored.tool, stored.usage,
        stored.created_at, stored.updated_at, stored.started_at, stored.finished_at;
    get diagnostics changed = row_count;
    if added + changed < total then
      perform holdfast.fail('40001', 'a task was removed at the same moment', '{}');
    end if;
  end if;
end
$$;
`,
  },
];
