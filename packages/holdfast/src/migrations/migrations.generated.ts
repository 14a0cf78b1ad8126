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
    sql: `-- The vocabulary of all later migrations: the clock, the id domain, the statuses, and how a rule of the schema fails. The migration
-- runner creates the schema itself and its ledger.

-- The database's clock, the only one that decides anything. STABLE, so that indexes serve comparisons with it, and inlined by the
-- planner. Tests replace its body to move time.
create function holdfast.now() returns timestamptz
  language sql stable parallel safe
  as 'select pg_catalog.statement_timestamp()';

-- Names that Holdfast itself may give, which are part of many indexes: ids, names of queues and definitions.
create domain holdfast.id as text collate "C"
  check (pg_catalog.octet_length(value) between 1 and 255);

-- Names that engines bring. Two of them and an id fit into one index entry, which has at most 2,704 bytes.
create domain holdfast.key as text collate "C"
  check (pg_catalog.octet_length(value) between 1 and 1024);

-- A domain, because each statement that writes a table parses the table's checks.
create domain holdfast.positive as integer check (value > 0);

-- The final ones come last, from succeeded on. Trigger conditions compare with that: each statement that fires a trigger would parse the
-- body of is_terminal, which takes as long as two look-ups.
create type holdfast.status as enum (
  'pending', 'running', 'waiting', 'paused', 'succeeded', 'failed', 'timed_out', 'canceled'
);

-- How the statuses of children become the status of their parent.
create type holdfast.strategy as enum ('wait_all', 'fail_fast', 'best_effort', 'race');

create function holdfast.is_terminal(status holdfast.status) returns boolean
  language sql immutable parallel safe
  as 'select status in (''succeeded'', ''failed'', ''timed_out'', ''canceled'')';

-- Fails the statement with one of Holdfast's own SQLSTATEs (class HF). The facts travel in DETAIL as JSON. Returns boolean, so that it
-- can be used in a CASE.
create function holdfast.fail(code text, message text, facts json) returns boolean
  language plpgsql volatile
  as $$
begin
  raise exception using errcode = code, message = message, detail = facts::text;
end
$$;

-- A limit that cuts nothing off, because there are at most \`amount\` rows. It steers the planner, which expects few rows under a limit
-- that it does not know. So it looks each row up by an index. Otherwise a plan from when the table was empty would read the whole table.
-- Inlined.
create function holdfast.at_most(amount bigint) returns bigint
  language sql immutable parallel safe
  as 'select amount';

-- The caller's own 64-bit number, as a fact: a JSON number would be rounded.
create function holdfast.exact(number bigint) returns json
  language sql immutable strict parallel safe
  as 'select pg_catalog.json_build_object(''bigint'', number::text)';

-- Whether an execution with this status may still be changed or added to. Fails with HF003 once it has ended. Inlined, so that it costs
-- nothing.
create function holdfast.is_open(execution_id text, status holdfast.status) returns boolean
  language sql volatile
  as $$
  select case
    when holdfast.is_terminal(status) then
      holdfast.fail('HF003', pg_catalog.format('execution %s has ended (%s) and does not change any more: fork it, or start another',
        execution_id, status), pg_catalog.json_build_object('reason', 'ended', 'entity', 'execution', 'id', execution_id, 'status', status))
    else true
  end
$$;

-- Fails with HF006 if something belongs to another execution than the one whose step names it in \`field\`. Rows that belong to none, or do
-- not exist, may be named by any.
create function holdfast.is_within(execution text, owner text, entity text, id text, field text) returns boolean
  language sql volatile
  as $$
  select case
    when owner <> execution then
      holdfast.fail('HF006', pg_catalog.format('%s %s belongs to another execution than %s', entity, id, execution),
        pg_catalog.json_build_object('field', field, 'entity', entity, 'id', id))
    else true
  end
$$;

-- The source of every claim's token. No token is ever reused, so the holder of a removed row holds nothing of a later row with the same
-- id.
create sequence holdfast.tokens increment by 2;

-- The one fence of every claim: the row's token is still the caller's, and the lease has not expired.
create function holdfast.holds(row_token bigint, lease_until timestamptz, token bigint) returns boolean
  language sql stable parallel safe
  as 'select row_token = token and lease_until > holdfast.now()';

-- Whether a status may change so, whatever the client: a terminal status is final, and nothing returns to pending. Fails with HF003 if it
-- may not.
create function holdfast.may_change_status(entity text, id text, before holdfast.status, after holdfast.status) returns boolean
  language sql volatile
  as $$
  select case
    when before <> after and (before >= 'succeeded' or after = 'pending') then
      holdfast.fail('HF003', pg_catalog.format('a status cannot change from %s to %s', before, after),
        pg_catalog.json_build_object('entity', entity, 'id', id, 'expected', after, 'actual', before))
    else true
  end
$$;

-- Refuses a row that breaks a rule between columns, as a check would. Triggers call it: PostgreSQL parses a check again for each statement
-- that writes the table, even for updates that leave those columns alone.
create function holdfast.refuse_row(in_table text, rule text, id text) returns void
  language plpgsql volatile
  as $$
begin
  raise exception using errcode = 'check_violation', table = in_table, constraint = rule,
    message = pg_catalog.format('row %s of %s breaks the rule %s', id, in_table, rule);
end
$$;

-- Serializes transactions that name a common key. A plan calls it in a separate statement, so that the next statement's snapshot is taken
-- after the lock was granted. Keys are locked in hash order, so that callers never deadlock.
--
-- Each key takes an entry in the lock table that all sessions of the server share. So more than 1,000 keys are locked as a whole kind, by
-- a lock that all other callers share.
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
  -- Orders executions that were created at the same moment.
  sequence bigint generated always as identity,
  version bigint not null,
  status holdfast.status not null,
  strategy holdfast.strategy not null,
  definition_name holdfast.id,
  definition_version integer,
  -- Deferrable, like every self-reference of a table, for rows that are imported in key order.
  parent_id holdfast.id references holdfast.executions on delete cascade deferrable,
  -- The task of the parent that started it. No foreign key: an engine may record the task later, or remove it.
  parent_task_id holdfast.id,
  idempotency_key holdfast.key,
  fingerprint text,
  -- The key names this execution until then; null for forever.
  idempotent_until timestamptz,
  -- Its queue and claim options; null without a queue, so that only its id can claim it.
  queue holdfast.id,
  priority integer,
  route text collate "C",
  group_key holdfast.key,
  max_attempts holdfast.positive,
  -- The trace that was active at its creation: W3C's \`traceparent\` and, behind a space, its \`tracestate\` if there is one. A trace context
  -- is a part of the request, like the payload, and never of the narrow rows that claims write.
  trace_context text collate "C",
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
  -- How many former versions of the state are kept; null for none.
  keeps_states holdfast.positive,
  constraint executions_definition foreign key (definition_name, definition_version)
    -- Both or neither. A check could say so too, but each statement that writes the table would parse it.
    references holdfast.definitions (name, version) match full
) with (fillfactor = 80);

-- Lists are in creation order, so that a bound on the creation time limits the rows to read.
create index executions_created on holdfast.executions (created_at, sequence);
create unique index executions_idempotency on holdfast.executions (idempotency_key) where idempotency_key is not null;
create index executions_of_definition on holdfast.executions (definition_name, created_at, sequence, definition_version)
  where definition_name is not null;
create index executions_status on holdfast.executions (status, created_at, sequence);
create index executions_of_queue on holdfast.executions (queue, created_at, sequence) where queue is not null;
create index executions_parent on holdfast.executions (parent_id, created_at, sequence) where parent_id is not null;
create index executions_parent_task on holdfast.executions (parent_task_id, created_at, sequence) where parent_task_id is not null;
-- For retention, and for labels. Running executions cost nothing in the first, and those without labels nothing in the second.
create index executions_ended on holdfast.executions (finished_at, id) where finished_at is not null;
create index executions_labels on holdfast.executions using gin (labels jsonb_path_ops) where labels <> '{}';

-- Labels again, one per row, in an order that serves ranges and orders by a label. Booleans come first, then numbers, then texts. A
-- number is in \`number\` with an empty \`text\`. Booleans and texts are in \`text\` beside an infinity, which no JSON number is. Triggers
-- write it, so executions without labels cost nothing here. A name above 255 bytes or a text above 1,000 would not fit into the index,
-- and is found by containment only.
create table holdfast.execution_labels (
  -- No foreign key, whose check takes as long as half the insert: the triggers write and remove its rows with the execution's.
  execution_id holdfast.id not null,
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

-- Writes only what differs: of many labels, often one changes at a time.
create function holdfast.index_changed_labels() returns trigger language plpgsql as $$
begin
  delete from holdfast.execution_labels as stored
  using (select * from holdfast.label_rows(old.labels) except select * from holdfast.label_rows(new.labels)) as gone
  where stored.execution_id = new.id and stored.name = gone.name;
  insert into holdfast.execution_labels (execution_id, name, number, text)
  select new.id, label.* from (select * from holdfast.label_rows(new.labels) except select * from holdfast.label_rows(old.labels)) as label;
  return null;
end $$;

-- A row trigger: a statement trigger with a table of new rows would take as long as the rest of an insert without labels.
create trigger executions_new_labels after insert on holdfast.executions
  for each row when (new.labels <> '{}')
  execute function holdfast.index_new_labels();

create trigger executions_changed_labels after update of labels on holdfast.executions
  for each row when (old.labels is distinct from new.labels)
  execute function holdfast.index_changed_labels();

-- Whether an execution has a label in each of the ranges, which include their low ends and exclude their high ones.
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

-- Counters by name: the sums, exact in decimal. Fails with HF006 above 2^53 - 1, where JavaScript's numbers lose precision.
create function holdfast.sum_usage(before jsonb, added jsonb) returns jsonb
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

-- Counters with more added. The first ones are the sums. Inlined, so that they cost nothing.
create function holdfast.add_usage(before jsonb, added jsonb) returns jsonb
  language sql volatile
  as $$
  select case when before = '{}' then added else holdfast.sum_usage(before, added) end
$$;

create table holdfast.component_states (
  execution_id holdfast.id not null references holdfast.executions on delete cascade,
  component holdfast.key not null,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  state json not null,
  -- How many former versions of it are kept; null for none.
  keeps_states holdfast.positive,
  primary key (execution_id, component)
) with (fillfactor = 80);

-- The number of each execution's next entry. A separate row, so that an append does not rewrite the execution.
create table holdfast.history_heads (
  execution_id holdfast.id primary key references holdfast.executions on delete cascade,
  next bigint not null,
  -- The transaction of the newest entry. An entry never gets an older one than the previous entry, even if an older transaction writes
  -- it. So the order of all entries preserves the order of each execution's numbers.
  transaction xid8 not null,
  -- How its execution ended, after which nothing is appended; null while it runs.
  ended_as holdfast.status
) with (fillfactor = 50);

-- Entries never change. They refer to their head, which the append has locked anyway.
create table holdfast.history_entries (
  execution_id holdfast.id not null references holdfast.history_heads on delete cascade,
  number bigint not null check (number > 0),
  -- Identifies the entry in the store, whichever execution it belongs to.
  position bigint generated always as identity,
  -- Not older than the transaction that wrote it. A reader of entries older than every running transaction misses none.
  transaction xid8 not null,
  kind holdfast.id not null,
  recorded_at timestamptz not null,
  payload json,
  primary key (execution_id, number)
);

create unique index history_entries_order on holdfast.history_entries (transaction, position);

-- Executions that share the first entries of another one. Those up to \`shared\` are read from \`source_id\`, which may share in turn.
create table holdfast.history_forks (
  execution_id holdfast.id primary key references holdfast.history_heads on delete cascade,
  -- The current owner of the shared entries; null if none are shared.
  source_id holdfast.id constraint history_forks_source references holdfast.history_heads,
  shared bigint not null,
  -- The source and entry of the fork; that execution may be gone.
  origin_id holdfast.id not null,
  origin_number bigint not null,
  check (shared >= 0 and (source_id is null) = (shared = 0))
);

create index history_forks_of_source on holdfast.history_forks (source_id, shared) where source_id is not null;

-- The owners of the entries of an execution. Each owns the numbers above \`above\` and up to \`through\`.
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
      limit holdfast.at_most(1)
    ) as own on true
    where lineage.source_id is not null
  )
  select lineage.owner_id, lineage.above, lineage.through from lineage
$$;

-- Before a history is removed, its forks take over the entries that they share with it. The fork that shares the most becomes their
-- owner, and the others share them with it. Waits for concurrent removals and forks, so that each statement here sees their outcome. The
-- same command is removing any fork without a head.
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

-- When an execution or a task first ran: set by the first status that says so, and kept. Null if it was canceled or timed out before it
-- ran.
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
  name holdfast.key not null,
  type holdfast.task_type not null,
  status holdfast.status not null,
  strategy holdfast.strategy not null,
  attempt holdfast.positive not null,
  component holdfast.key,
  agent holdfast.key,
  action holdfast.key,
  tool holdfast.key,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  usage jsonb not null default '{}',
  input json,
  output json,
  error json,
  -- By id alone. With the pair (execution_id, id), a plan from when the table was small would read all tasks of the execution to check
  -- one parent. The triggers below check that it is in the same execution.
  constraint tasks_parent foreign key (parent_id) references holdfast.tasks (id) on delete cascade deferrable
) with (fillfactor = 80);

create unique index tasks_sequence on holdfast.tasks (sequence);
create index tasks_of_execution on holdfast.tasks (execution_id, sequence);
-- Few tasks have no parent, so most inserts skip this index.
create index tasks_roots_by_name on holdfast.tasks (execution_id, name) where parent_id is null;
create index tasks_of_parent on holdfast.tasks (parent_id, sequence) where parent_id is not null;
create index tasks_of_parent_by_name on holdfast.tasks (parent_id, name) where parent_id is not null;
-- So that counting tasks does not compare all of them: only retried tasks can replace another.
create index tasks_retried on holdfast.tasks (execution_id, parent_id, name) where attempt > 1;
-- It makes a status change 10 to 20 percent more expensive, because such updates are then not HOT. Without it, finding the failed tasks
-- of a large store would read all tasks.
create index tasks_status on holdfast.tasks (status, sequence);
create index tasks_name on holdfast.tasks (name, sequence);
create index tasks_component on holdfast.tasks (component, sequence) where component is not null;
create index tasks_agent on holdfast.tasks (agent, sequence) where agent is not null;
create index tasks_action on holdfast.tasks (action, sequence) where action is not null;
create index tasks_tool on holdfast.tasks (tool, sequence) where tool is not null;

-- A basic task has an agent with its action, or a tool, or nothing of these. A router has nothing.
create function holdfast.check_work() returns trigger
  language plpgsql
  as $$
begin
  if new.type = 'router' or new.type = 'basic' and ((new.agent is null) <> (new.action is null) or new.agent is not null and new.tool is not null)
  then
    perform holdfast.refuse_row('tasks', 'tasks_work', new.id);
  end if;
  return new;
end
$$;

create trigger tasks_work before insert or update of type, agent, action, tool on holdfast.tasks
  for each row when (new.agent is not null or new.action is not null or new.tool is not null)
  execute function holdfast.check_work();

create function holdfast.change_task_status() returns trigger
  language plpgsql
  as $$
begin
  perform holdfast.may_change_status('task', new.id, old.status, new.status);
  return new;
end
$$;

-- The condition is short, because each statement that fires a trigger parses it. The few changes that it lets through are compared there.
create trigger tasks_status_change before update of status on holdfast.tasks
  for each row when (old.status >= 'succeeded' or new.status < old.status)
  execute function holdfast.change_task_status();

-- Whether a task is above itself, among the tasks that are not older than it. In a cycle, the oldest task finds all others this way.
create function holdfast.is_own_ancestor(task_id text, oldest bigint) returns boolean
  language sql stable
  -- Because the plan is made once, usually while there are few tasks.
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

-- A parent must be in the execution of its children. New rows can form a cycle only among themselves, because nothing older can refer to
-- them. A cycle has a task that is older than its parent, and such a task is rare.
--
-- A row trigger, for tasks with a parent. A statement trigger with a table of new rows would take as long as the rest of an insert
-- without one.
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

-- A task that moves under another parent may form a cycle with older rows. Moves within one execution are serialized, so that two of them
-- cannot form a cycle that neither sees. Above READ COMMITTED, waiting does not renew the snapshot. There, the lock on the ancestors
-- fails if one has moved since.
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

-- The status that children give their parent, from their numbers by status. \`running\` includes waiting and paused children.
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
`,
  },
  {
    number: 4,
    name: "0004_waiting",
    oldestClient: 4,
    sql: `-- What executions wait for: events under a correlation key.

create type holdfast.wait_status as enum ('waiting', 'delivered', 'expired');

-- Registered and delivered under the key's lock (holdfast.lock_keys), so that a wait and an event of one key never miss each other. A
-- delivered or expired wait moves to \`ended_waits\`; a canceled one is removed.
create table holdfast.waits (
  id holdfast.id primary key,
  -- Registration order: the oldest waiter of a key is resumed first.
  sequence bigint generated always as identity,
  key holdfast.key not null,
  execution_id holdfast.id not null references holdfast.executions on delete cascade,
  step holdfast.key not null,
  created_at timestamptz not null,
  -- After this time nothing is delivered to it.
  expires_at timestamptz,
  -- Whether the execution is parked for it. The event then wakes the execution, and any earlier wake-up removes this wait.
  is_park boolean not null default false,
  unique (execution_id, step, key)
);

create unique index waits_sequence on holdfast.waits (sequence);
create index waits_of_key on holdfast.waits (key, sequence);
create index waits_expiring on holdfast.waits (expires_at, sequence) where expires_at is not null and not is_park;

-- Finished waits, so that a replayed step finds what became of its wait. The removal of their execution removes them. There is no foreign
-- key, because it would lock the execution after the wait, against the lock order.
create table holdfast.ended_waits (
  -- Of two waits registered under one id at the same moment, the later to end is not kept.
  id holdfast.id primary key,
  -- The order of their ends.
  sequence bigint generated always as identity,
  key holdfast.key not null,
  execution_id holdfast.id not null,
  step holdfast.key not null,
  status holdfast.wait_status not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  ended_at timestamptz not null,
  -- The delivered event; null if the wait expired.
  event_id holdfast.id,
  payload json,
  -- Of the delivered event.
  trace_context text collate "C"
);

create index ended_waits_of_execution on holdfast.ended_waits (execution_id, sequence);

create function holdfast.remove_ended_waits() returns trigger
  language plpgsql
  set enable_seqscan = off
  as $$
begin
  delete from holdfast.ended_waits as wait where wait.execution_id = old.id;
  return null;
end
$$;

create trigger executions_removed_waits after delete on holdfast.executions
  for each row execute function holdfast.remove_ended_waits();

-- The labels go in the same way. They have no foreign key either.
create function holdfast.remove_labels() returns trigger
  language plpgsql
  set enable_seqscan = off
  as $$
begin
  delete from holdfast.execution_labels as label where label.execution_id = old.id;
  return null;
end
$$;

create trigger executions_removed_labels after delete on holdfast.executions
  for each row when (old.labels <> '{}')
  execute function holdfast.remove_labels();

-- Events that came before their waiter, and the outcomes of deliveries with a dedupe id.
create table holdfast.events (
  id holdfast.id primary key,
  sequence bigint generated always as identity,
  key holdfast.key not null,
  dedupe_id holdfast.key,
  created_at timestamptz not null,
  -- How long it is kept for a waiter. Retention counts from here.
  expires_at timestamptz not null,
  -- When a waiter took it; null while it is kept for one.
  consumed_at timestamptz,
  -- Only while it is kept: the wait that takes an event has its payload.
  payload json,
  trace_context text collate "C",
  -- The waits that the delivery itself resumed, for its duplicates; null if it was kept.
  delivered_to json
);

-- For retention.
create index events_over on holdfast.events (coalesce(consumed_at, expires_at));
create index events_kept on holdfast.events (key, sequence) where consumed_at is null;
create unique index events_dedupe on holdfast.events (key, dedupe_id) where dedupe_id is not null;

-- The status of a wait: waiting, expired, or delivered, now or before.
create type holdfast.wait_outcome as (
  status holdfast.wait_status, wait_id text, created_at timestamptz, expires_at timestamptz, ended_at timestamptz, event_id text,
  payload json, trace_context text
);

-- Registers a wait, or takes the oldest kept event for it. If the step has registered the caller's own id (\`is_own\`) before, and that
-- wait is over, returns what became of it. Otherwise, an existing wait of the step stays as it is and takes nothing. Runs under the lock
-- of its key. Fails with HF004 without the execution, and with HF003 if that has ended.
create function holdfast.register_wait(new_id text, is_own boolean, event_key text, execution text, at_step text, until timestamptz)
  returns holdfast.wait_outcome
  language plpgsql
  -- The plans outlive the time when the tables were empty.
  set enable_seqscan = off
  as $$
declare
  outcome holdfast.wait_outcome;
  owner_status holdfast.status;
  event record;
  ended holdfast.ended_waits;
begin
  if is_own then
    select stored.* into ended from holdfast.ended_waits as stored where stored.id = new_id;
    if found then
      if (ended.execution_id, ended.step, ended.key) is distinct from (execution, at_step, event_key) then
        perform holdfast.refuse_wait(new_id);
      end if;
      outcome := (ended.status, ended.id, ended.created_at, ended.expires_at, ended.ended_at, ended.event_id, ended.payload,
        ended.trace_context);
      return outcome;
    end if;
  end if;
  select case when stored.expires_at <= holdfast.now() then 'expired' else 'waiting' end, stored.id, stored.created_at, stored.expires_at
    into outcome
    from holdfast.waits as stored
    where stored.execution_id = execution and stored.step = at_step and stored.key = event_key;
  if found then
    return outcome;
  end if;
  select stored.status into owner_status from holdfast.executions as stored where stored.id = execution for key share;
  if not found then
    perform holdfast.fail('HF004', pg_catalog.format('execution %s does not exist: create it before it waits', execution),
      pg_catalog.json_build_object('entity', 'execution', 'id', execution));
  elsif holdfast.is_open(execution, owner_status) then
    select stored.id, stored.payload, stored.dedupe_id, stored.trace_context into event
      from holdfast.events as stored
      where stored.key = event_key and stored.consumed_at is null and stored.expires_at > holdfast.now()
      order by stored.sequence
      limit 1
      for update;
  end if;
  if found then
    if is_own and exists (select from holdfast.waits as stored where stored.id = new_id) then
      perform holdfast.refuse_wait(new_id);
    end if;
    perform holdfast.consume(event.id, event.dedupe_id);
    insert into holdfast.ended_waits as stored (id, key, execution_id, step, status, created_at, expires_at, ended_at, event_id, payload,
      trace_context)
    values (new_id, event_key, execution, at_step, 'delivered', holdfast.now(), until, holdfast.now(), event.id, event.payload,
      event.trace_context)
    returning stored.status, stored.id, stored.created_at, stored.expires_at, stored.ended_at, stored.event_id, stored.payload,
      stored.trace_context
      into outcome;
  else
    insert into holdfast.waits as stored (id, key, execution_id, step, created_at, expires_at)
    values (new_id, event_key, execution, at_step, holdfast.now(), until)
    returning 'waiting', stored.id, stored.created_at, stored.expires_at into outcome;
  end if;
  return outcome;
end
$$;

-- Fails like an insert if another wait has the id.
create function holdfast.refuse_wait(id text) returns void
  language plpgsql
  as $$
begin
  raise unique_violation using message = pg_catalog.format('wait %s exists, of another step or key', id), constraint = 'waits_pkey',
    detail = pg_catalog.format('Key (id)=(%s) already exists.', id);
end
$$;

-- Takes a kept event, whose row the transaction has locked. One with a dedupe id stays, because duplicates of its delivery must still
-- find it.
create function holdfast.consume(event text, dedupe text) returns void
  language plpgsql
  as $$
begin
  if dedupe is null then
    delete from holdfast.events as stored where stored.id = event;
  else
    update holdfast.events as stored set consumed_at = holdfast.now(), payload = null where stored.id = event;
  end if;
end
$$;

-- Takes the waits for events that are delivered together, one event after another. Once an event has woken a parked execution, later
-- events find nobody there. Used only if events share a parked execution, because one command for all of them is faster. The first waits
-- of the keys are already locked. Further waits are out of lock order, so it never waits for one and fails with 55P03 instead.
-- Index: waits_of_key, scheduled_pkey. Locks: waits in the order of the events.
create function holdfast.take_in_turn(events text[], keys text[], takes_all boolean[]) returns table (event text, wait holdfast.waits)
  language plpgsql volatile rows 1
  -- The plans outlive the time when the tables were empty.
  set enable_seqscan = off
  as $$
declare
  woken text[] := '{}';
begin
  for turn in 1 .. pg_catalog.cardinality(events) loop
    event := events[turn];
    for wait in
      select stored.* from holdfast.waits as stored
      where stored.key = keys[turn] and (stored.expires_at is null or stored.expires_at > holdfast.now())
        and (not stored.is_park or stored.execution_id <> all(woken) and (
          select true from holdfast.scheduled as parked where parked.id = stored.execution_id and parked.kind = 'execution'
        ))
      order by stored.sequence
      limit case when takes_all[turn] then null else 1 end
      for update nowait
    loop
      if wait.is_park then
        woken := woken || wait.execution_id::text;
      end if;
      return next;
    end loop;
  end loop;
end
$$;

-- Locks the keys of executions, shared, in id order. Returns how many exist.
create function holdfast.share_executions(ids text[]) returns bigint
  language plpgsql
  set enable_seqscan = off
  as $$
declare
  locked bigint;
begin
  perform from holdfast.executions as execution where execution.id = any (ids) order by execution.id for key share;
  get diagnostics locked = row_count;
  return locked;
end
$$;
`,
  },
  {
    number: 5,
    name: "0005_queues",
    oldestClient: 5,
    sql: `-- Queues: their settings, and the narrow tables in which jobs and executions wait and are leased.
--
-- The table of a piece of work is its state. It is in \`scheduled\` until its time, and in \`group_lines\` until its group has a slot. It is
-- in \`ready\` until a claim, and in \`leases\` while a holder has it. A move is a delete and an insert in one statement. Each row has
-- everything that the next table needs, so no move reads or writes the job or the execution itself.

create type holdfast.work_kind as enum ('job', 'execution');

-- Settings of queues. A queue without a row can still have work.
create table holdfast.queues (
  name holdfast.id primary key,
  paused_at timestamptz,
  -- How many of its jobs and executions are leased at once, and how many of one group.
  concurrency integer check (concurrency > 0),
  concurrency_per_group integer check (concurrency_per_group > 0),
  -- A token bucket of \`rate_limit\` claims, refilled evenly over the period; null for no limit.
  rate_limit integer check (rate_limit > 0),
  rate_period_ms bigint check (rate_period_ms > 0),
  -- When the bucket is full again if nothing is claimed until then.
  rate_full_at timestamptz,
  -- How long work waits before it has overtaken work of the next better priority.
  aging_ms bigint check (aging_ms > 0),
  -- The time limit of a handler for a job without its own.
  timeout_ms bigint check (timeout_ms > 0),
  -- Claims of such a queue are serialized by a lock on this row.
  is_limited boolean not null
    generated always as (concurrency is not null or rate_limit is not null or concurrency_per_group is not null) stored,
  -- The turn of the last claimed work, if claims are serialized.
  turn bigint not null default 0,
  check ((rate_limit is null) = (rate_period_ms is null))
);

-- Work that a claim may take now, in the order of its index.
create table holdfast.ready (
  kind holdfast.work_kind not null,
  id text collate "C" not null,
  queue text collate "C" not null,
  -- The capabilities that a claimer needs: '' for none, else a sorted JSON array of names.
  route text collate "C" not null,
  -- The first criterion of a claim: the priority or, with aging, the time when it has overtaken all work of priority 0.
  rank bigint not null,
  -- The second criterion: the groups in turn. 0 for work without a group, and for retried work.
  turn bigint not null,
  run_at timestamptz not null,
  -- The last criterion: push order.
  sequence bigint not null,
  priority integer not null,
  attempts integer not null,
  group_key text collate "C",
  -- Whether it holds a slot of its group, which has a limit.
  has_place boolean not null,
  -- Whether it has a unique key or dependent jobs, which its end must settle.
  is_linked boolean not null
);

-- Not unique, and without a primary key. A claim and a cancellation know the whole order key, and a second index would make each push a
-- tenth slower.
create index ready_order on holdfast.ready (queue, kind, route, rank, turn, run_at, sequence);

-- For the last turn of a group. In a queue whose groups have a limit, it finds only work that was pushed before the limit was set.
create index ready_of_group on holdfast.ready (queue, group_key, kind, route, rank, turn) where group_key is not null and not has_place;
create index ready_executions on holdfast.ready (id) where kind = 'execution';

-- Work that has a slot and waits for a claim. The last of a group gives its slot to better work that comes later.
create index ready_with_place on holdfast.ready (queue, group_key, rank, turn, run_at, sequence) where has_place;

-- Work that waits for its time. The time is infinite for an execution that only waits for an event or its children. Deleting a row here
-- grants the right to wake its work.
create table holdfast.scheduled (
  kind holdfast.work_kind not null,
  id text collate "C" not null,
  queue text collate "C" not null,
  route text collate "C" not null,
  rank bigint not null,
  turn bigint not null,
  run_at timestamptz not null,
  sequence bigint not null,
  priority integer not null,
  attempts integer not null,
  group_key text collate "C",
  is_linked boolean not null,
  primary key (id, kind)
);
create index scheduled_due on holdfast.scheduled (queue, run_at);

-- For the last turn of a group.
create index scheduled_of_group on holdfast.scheduled (queue, group_key, rank, turn) where group_key is not null;

-- The lines of groups that have a limit: due work without a slot.
create table holdfast.group_lines (
  kind holdfast.work_kind not null,
  id text collate "C" not null,
  queue text collate "C" not null,
  route text collate "C" not null,
  rank bigint not null,
  turn bigint not null,
  run_at timestamptz not null,
  sequence bigint not null,
  priority integer not null,
  attempts integer not null,
  group_key text collate "C" not null,
  is_linked boolean not null,
  primary key (id, kind)
);
create index group_lines_order on holdfast.group_lines (queue, group_key, rank, turn, run_at, sequence);

-- How many slots of a group are taken by ready and leased work. Only claims write it, under the lock of the queue.
create table holdfast.places (
  queue text collate "C" not null,
  group_key text collate "C" not null,
  used integer not null check (used >= 0),
  primary key (queue, group_key)
) with (fillfactor = 50);

-- Says that a group may have both a slot and work to fill it: work joined its line (freed 0), or gave slots back. Pushes and ends insert
-- it and never wait for it, so a long transaction delays nobody of its group. Claims fold the rows into \`places\` and admit the next work.
create table holdfast.openings (
  queue text collate "C" not null,
  group_key text collate "C" not null,
  freed integer not null
);
create index openings_of_queue on holdfast.openings (queue, group_key);

-- The holder of a job or an execution, and the end of its lease. The id is the key, so a double claim is impossible. Work without a row
-- here is not running. So the row is the fence of every later call: the token is the caller's and the lease has not expired.
create table holdfast.leases (
  kind holdfast.work_kind not null,
  id text collate "C" not null,
  token bigint not null,
  -- null for the lease of an execution that is in no queue.
  queue text collate "C",
  lease_until timestamptz not null,
  claimed_at timestamptz not null,
  attempts integer not null,
  holder text,
  -- The group whose slot it holds; null if the group has no limit.
  group_key text collate "C",
  is_linked boolean not null,
  primary key (id, kind)
) with (fillfactor = 70);
create index leases_of_queue on holdfast.leases (queue, lease_until) where queue is not null;

-- These tables are sometimes empty, and hold much a moment later. A plan from when a table had hardly a page reads it from its start
-- until its next ANALYZE. After a large push, that would cost each claim milliseconds. So they have twenty pages from the beginning, and
-- keep them. Then no plan reads a whole table to find a few rows. No index has the long values: it would compress them, and each look-up
-- until the first vacuum would meet one and unpack it.
alter table holdfast.ready set (vacuum_truncate = off);

alter table holdfast.scheduled set (vacuum_truncate = off);

alter table holdfast.group_lines set (vacuum_truncate = off);

alter table holdfast.openings set (vacuum_truncate = off);

alter table holdfast.leases set (vacuum_truncate = off);

insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, has_place, is_linked)
select 'job', pg_catalog.repeat('-', 1500) || number, '-', '', 0, 0, 'epoch', 0, 0, 0, false, false
from pg_catalog.generate_series(1, 100) as number;

insert into holdfast.scheduled (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, is_linked)
select 'job', '-' || number, '-', pg_catalog.repeat('-', 1500), 0, 0, 'epoch', 0, 0, 0, false
from pg_catalog.generate_series(1, 100) as number;

insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
select 'job', '-' || number, '-', pg_catalog.repeat('-', 1500), 0, 0, 'epoch', 0, 0, 0, '-', false
from pg_catalog.generate_series(1, 100) as number;

insert into holdfast.openings (queue, group_key, freed)
select '-', pg_catalog.repeat('-', 1500) || number, 0
from pg_catalog.generate_series(1, 100) as number;

insert into holdfast.leases (kind, id, token, lease_until, claimed_at, attempts, holder, is_linked)
select 'job', '-' || number, 0, 'epoch', 'epoch', 0, pg_catalog.repeat('-', 1500), false
from pg_catalog.generate_series(1, 100) as number;

delete from holdfast.ready;

delete from holdfast.scheduled;

delete from holdfast.group_lines;

delete from holdfast.openings;

delete from holdfast.leases;

-- The first criterion of a claim. With aging it is a time: each step of priority counts as a fixed waiting time. Stable because extract
-- is: PostgreSQL inlines no function that claims to be more than its body.
create function holdfast.work_rank(priority integer, run_at timestamptz, aging_ms bigint) returns bigint
  language sql stable parallel safe
  as $$
  select case
    when aging_ms is null then priority::bigint
    else pg_catalog.floor(extract(epoch from run_at) * 1000)::bigint + priority * aging_ms
  end
$$;

-- When the token bucket of a rate is full again, after a number of claims; null without a rate.
create function holdfast.rate_after(full_at timestamptz, claims bigint, rate_limit integer, rate_period_ms bigint) returns timestamptz
  language sql stable parallel safe
  as $$
  select greatest(full_at, holdfast.now()) + claims * rate_period_ms / rate_limit::double precision * interval '1 millisecond'
$$;

-- Whether a claimer with these capabilities may have the work of a route.
create function holdfast.serves(capabilities text[], route text) returns boolean
  language sql immutable parallel safe
  as $$
  select route = ''
    or array(select pg_catalog.json_array_elements_text(case when route like '[%' then route else '[]' end::json)) <@ capabilities
$$;

-- The turn after which the next work of a group comes. It is that of the group's last waiting work or, if the other groups are further
-- ahead, of the next work to claim. Concurrent pushes of one group do not see each other and get the same turns, which avoids a lock.
-- Returns a table, which PostgreSQL inlines.
create function holdfast.turn_before(in_queue text, of_kind holdfast.work_kind, on_route text, of_rank bigint, of_group text)
  returns table (turn bigint)
  language sql stable
  as $$
  select greatest(
    0,
    (select queue.turn from holdfast.queues as queue where queue.name = in_queue),
    (select work.turn from holdfast.ready as work
      where work.queue = in_queue and work.kind = of_kind and work.route = on_route and work.rank = of_rank and work.turn > 0
      order by work.turn limit 1),
    (select work.turn from holdfast.ready as work
      where work.queue = in_queue and work.group_key = of_group and not work.has_place
        and work.kind = of_kind and work.route = on_route and work.rank = of_rank
      order by work.turn desc limit 1),
    (select work.turn from holdfast.ready as work
      where work.queue = in_queue and work.group_key = of_group and work.has_place and work.rank = of_rank
      order by work.turn desc limit 1),
    (select work.turn from holdfast.scheduled as work
      where work.queue = in_queue and work.group_key = of_group and work.rank = of_rank
      order by work.turn desc limit 1),
    (select work.turn from holdfast.group_lines as work
      where work.queue = in_queue and work.group_key = of_group and work.rank = of_rank
      order by work.turn desc limit 1)
  )
$$;
`,
  },
  {
    number: 6,
    name: "0006_jobs",
    oldestClient: 6,
    sql: `-- Jobs: queued work. \`jobs\` keeps the request, and is written again only when an attempt fails. The table of a job is its state: it waits
-- in \`blocked_jobs\`, \`scheduled\`, \`group_lines\` or \`ready\`, runs under a row of \`leases\`, and ends in \`ended_jobs\`.

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
  -- Together with the queue, the route, the time and the sequence, the key of its row in \`ready\`.
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

-- Held chunks. Their tokens are even, and those of single jobs odd, so a claim tells where to look first. An ended job is in \`ended_jobs\`
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
-- key, \`forget_jobs\` removes the failures of many jobs at once. A job fails and is removed only under the lock of its place.
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

-- The holder of a unique key: an unfinished job, or one that keeps its key until \`throttled_until\`. A row whose job has ended and whose
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
`,
  },
  {
    number: 7,
    name: "0007_kv",
    oldestClient: 7,
    sql: `-- Key/value data: bytes by prefix and key.

-- Like holdfast.key, and may be empty.
create domain holdfast.kv_key as text collate "C"
  check (pg_catalog.octet_length(value) <= 1024);

-- Not smaller than any text that a key can hold: the upper bound of a range without an end.
create function holdfast.last_key() returns text
  language sql immutable parallel safe
  as 'select pg_catalog.repeat(pg_catalog.chr(1114111), 256)';

create table holdfast.kv_entries (
  prefix holdfast.kv_key not null,
  key holdfast.kv_key not null,
  -- From one sequence for all entries, so that an entry that is removed and set again has no version of its former life.
  version bigint generated by default as identity,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- From then on the entry is absent for every reader; its space is freed later.
  expires_at timestamptz,
  value bytea,
  -- What searches filter by; null for an entry that they do not find.
  labels jsonb,
  primary key (prefix, key)
) with (fillfactor = 80);

create index kv_entries_expiring on holdfast.kv_entries (expires_at) where expires_at is not null;

-- Most entries have no labels, and cost nothing here.
create index kv_entries_labels on holdfast.kv_entries using gin (labels jsonb_path_ops) where labels is not null;

-- Whether labels have a value in each of the ranges, which include their low ends and exclude their high ones. Values are ordered as in
-- holdfast.execution_labels.
create function holdfast.are_labels_within(labels jsonb, names text[], low_numbers double precision[], low_texts text[],
    high_numbers double precision[], high_texts text[]) returns boolean
  language sql immutable parallel safe
  as $$
  select not exists (
    select from unnest(names, low_numbers, low_texts, high_numbers, high_texts)
      as span(name, low_number, low_text, high_number, high_text)
    where not exists (
      select from (
        select case pg_catalog.jsonb_typeof(labels -> span.name)
            when 'number' then (labels -> span.name)::double precision
            when 'boolean' then '-infinity'
            else 'infinity'
          end as number,
          case pg_catalog.jsonb_typeof(labels -> span.name) when 'number' then '' else labels ->> span.name end collate "C" as text
      ) as label
      where (label.number, label.text) >= (span.low_number, span.low_text)
        and (label.number, label.text) < (span.high_number, span.high_text)
    )
  )
$$;

-- The version of an entry as the calling statement would find it now, not as of its beginning; 0 if there is none.
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
    number: 8,
    name: "0008_snapshots",
    oldestClient: 8,
    sql: `-- Versioned states of persistence ids.

-- Generates the generations of snapshots, so that none is reused.
create sequence holdfast.snapshot_generations;

create table holdfast.snapshots (
  persistence_id holdfast.key primary key,
  version bigint not null check (version >= 0),
  -- The number of the id's life; 0 only until the statement that creates the row ends.
  generation bigint not null check (generation >= 0),
  shard bigint not null check (shard >= 0),
  -- How many versions its last writer wants to keep, this one included; 0 for all; null if the writer said nothing.
  keeps integer check (keeps >= 0),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- The engine's own time, in its own unit.
  engine_timestamp bigint,
  manifest holdfast.id,
  definition_name holdfast.id,
  definition_version integer check (definition_version > 0),
  definition_hash holdfast.id,
  -- How to decode the payload, as the store's codec names it; empty if the payload is stored as given.
  encoding text not null,
  -- Digests of the payload, one for each key that its writer had. Two payloads with a common digest are the same. Readers verify an
  -- unencrypted payload by its digest.
  digests text[] not null,
  payload bytea not null,
  check (definition_name is not null or (definition_version is null and definition_hash is null))
) with (fillfactor = 80);

create index snapshots_shard on holdfast.snapshots (shard, persistence_id);
create index snapshots_definition on holdfast.snapshots (definition_name, persistence_id) where definition_name is not null;

-- The kept former versions, which never change.
create table holdfast.snapshot_versions (
  persistence_id holdfast.key not null references holdfast.snapshots on delete cascade,
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

-- Keeps the version that a write replaces, if the writer wants more than one kept, and drops versions beyond that number. It takes the
-- version from the updated row, so it is the one that existed once the row was locked.
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

-- The generation of a snapshot that the calling statement found.
create function holdfast.generation_of(snapshot_id text) returns bigint
  language sql volatile
  as 'select known.generation from holdfast.snapshots as known where known.persistence_id = snapshot_id';

-- Whether the last generations that anybody has drawn are the \`amount\` ones from \`first\` on.
create function holdfast.are_last_generations(first bigint, amount bigint) returns boolean
  language sql volatile
  as 'select generations.last_value - first + 1 = amount from holdfast.snapshot_generations as generations';

-- Draws a later generation for a snapshot that the calling statement created. While that statement waited for a lock, another life of the
-- id may have come and gone with a greater number than its own. Being volatile, this function sees the new row, which nobody else can
-- touch: every later life of the id draws a greater number.
create function holdfast.renew_generation(snapshot_id text) returns bigint
  language sql volatile
  as $$
  update holdfast.snapshots as made
  set generation = pg_catalog.nextval('holdfast.snapshot_generations')
  where made.persistence_id = snapshot_id
  returning made.generation
$$;

-- Fails with HF001 for a snapshot that is not at its writer's expected version; -1 means that none may exist.
create function holdfast.refuse_snapshot_version(snapshot_id text, expected bigint, actual bigint) returns boolean
  language plpgsql
  as $$
begin
  return holdfast.fail('HF001', pg_catalog.format('snapshot %s is not at the expected version', snapshot_id),
    pg_catalog.json_build_object('entity', 'snapshot', 'persistenceId', snapshot_id, 'field', 'expectedVersion',
      'expected', holdfast.exact(nullif(expected, -1)), 'actual', holdfast.exact(actual)));
end
$$;

-- Fails with HF001 for a version that is older than the stored one, or stored with other content. \`differs\` names the difference.
create function holdfast.refuse_snapshot(snapshot_id text, stored bigint, given bigint, differs text) returns boolean
  language plpgsql
  as $$
begin
  return holdfast.fail('HF001',
    case
      when given < stored then
        pg_catalog.format('version %s of snapshot %s is older than version %s, which is stored', given, snapshot_id, stored)
      else pg_catalog.format('version %s of snapshot %s is stored with another content', given, snapshot_id)
    end,
    pg_catalog.json_build_object('entity', 'snapshot', 'persistenceId', snapshot_id,
      'field', case when given < stored then 'version' else differs end,
      'expected', holdfast.exact(given), 'actual', holdfast.exact(stored)));
end
$$;

-- Whether a write replaces the stored version: true for a newer version, false for the same version with the same content. Fails with
-- HF001 for any other. Inlined, so that no row is copied.
create function holdfast.replaces_snapshot(stored holdfast.snapshots, given holdfast.snapshots, expected bigint) returns boolean
  language sql volatile
  as $$
  select case
    -- First, because two writers may create the same content of one version: one of them must learn that it lost.
    when expected <> stored.version then holdfast.refuse_snapshot_version(stored.persistence_id, expected, stored.version)
    when given.version > stored.version then true
    when given.version = stored.version and stored.digests && given.digests
      and stored.manifest is not distinct from given.manifest and stored.shard = given.shard
      and stored.definition_name is not distinct from given.definition_name
      and stored.definition_version is not distinct from given.definition_version
      and stored.definition_hash is not distinct from given.definition_hash then false
    else
      holdfast.refuse_snapshot(stored.persistence_id, stored.version, given.version, case
        when not stored.digests && given.digests then 'payload'
        when stored.manifest is distinct from given.manifest then 'manifest'
        when stored.shard <> given.shard then 'shard'
        else 'definition'
      end)
  end
$$;

-- Whether a write met its caller's expectation, once its outcome is known; fails with HF001 if it did not. A new snapshot has generation
-- 0 for this comparison: nobody can have expected the number that was drawn for it. Inlined.
create function holdfast.meets_expectation(snapshot_id text, outcome text, generation bigint, expected_generation bigint,
  expected_version bigint) returns boolean
  language sql volatile
  as $$
  select case
    when expected_generation <> case outcome when 'created' then 0 else generation end then
      holdfast.fail('HF001', pg_catalog.format('snapshot %s is not of the expected generation', snapshot_id),
        pg_catalog.json_build_object('reason', 'generation', 'entity', 'snapshot', 'persistenceId', snapshot_id, 'field', 'expectedGeneration',
          'expected', expected_generation, 'actual', case outcome when 'created' then 0 else generation end))
    when outcome = 'created' and expected_version >= 0 then
      holdfast.refuse_snapshot_version(snapshot_id, expected_version, null)
    else true
  end
$$;
`,
  },
  {
    number: 9,
    name: "0009_blobs",
    oldestClient: 9,
    sql: `-- Large bytes: their description, and the bytes themselves if PostgreSQL keeps them.

create type holdfast.blob_backend as enum ('postgres', 'folder', 's3');

-- The name of this store's contents in a folder or bucket that others may use too; their contents are not ours to sweep. One row, created
-- at the first upload and not here, because the embedded databases all begin as copies of one image.
create table holdfast.blob_spaces (
  number integer primary key check (number = 1),
  id uuid not null
);

-- Every upload has its own content, so that replacing a blob never mixes two.
create table holdfast.blob_contents (
  -- The space, a slash, and a random part: the content's name in its backend.
  id holdfast.id primary key,
  backend holdfast.blob_backend not null,
  created_at timestamptz not null,
  -- How long a running upload counts as alive.
  pending_until timestamptz,
  -- Known once the bytes are stored.
  size bigint check (size >= 0),
  sha256 bytea check (pg_catalog.octet_length(sha256) = 32),
  -- Since when no blob has it. It stays for a while, for its readers.
  unused_since timestamptz,
  constraint blob_contents_state check (
    case when pending_until is null then size is not null or unused_since is not null else size is null and unused_since is null end
    and (size is null) = (sha256 is null)
  )
);

create index blob_contents_pending on holdfast.blob_contents (pending_until) where pending_until is not null;
create index blob_contents_unused on holdfast.blob_contents (unused_since) where unused_since is not null;

create table holdfast.blobs (
  key holdfast.key primary key,
  content_id holdfast.id not null unique references holdfast.blob_contents,
  content_type text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  expires_at timestamptz,
  metadata json
);

create index blobs_expiring on holdfast.blobs (expires_at) where expires_at is not null;

-- The bytes of contents whose backend is PostgreSQL, split by position.
create table holdfast.blob_chunks (
  content_id holdfast.id not null references holdfast.blob_contents on delete cascade,
  first_byte bigint not null check (first_byte >= 0),
  bytes bytea not null,
  primary key (content_id, first_byte)
);

-- Not compressed: a part of a chunk can then be read without the rest, and large contents are usually compressed already.
alter table holdfast.blob_chunks alter column bytes set storage external;

-- A blob that is replaced or removed releases its content.
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

-- Tells a sweep that this transaction is uploading a content, whose row nobody else can see yet. Held until its end.
create function holdfast.hold_content(content_id text) returns text
  language sql volatile
  as $$
  select pg_catalog.pg_advisory_xact_lock_shared(pg_catalog.hashtextextended('blob_content:' || content_id, 0));
  select content_id
$$;

-- Whether no open transaction except this one is uploading a content. Only a later statement can tell whether it has a row, by a snapshot
-- that includes that transaction's commit.
create function holdfast.is_content_free(content_id text) returns boolean
  language sql volatile
  as $$
  select pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('blob_content:' || content_id, 0))
$$;
`,
  },
  {
    number: 10,
    name: "0010_schedules",
    oldestClient: 10,
    sql: `-- Schedules: rules that make jobs, one per tick.

-- What a tick does while a job of an earlier one has not ended.
create type holdfast.overlap_policy as enum ('allow', 'skip', 'buffer_one', 'cancel_previous');

-- What happens to ticks that nobody handled in time.
create type holdfast.catch_up_policy as enum ('skip', 'latest', 'all');

-- ended: no tick comes any more, because ends_at precedes the next one.
create type holdfast.schedule_status as enum ('active', 'paused', 'ended');

create table holdfast.schedules (
  -- Short enough to form a job's id together with a tick's time.
  id holdfast.id primary key check (pg_catalog.octet_length(id) <= 200),
  queue holdfast.id not null,
  status holdfast.schedule_status not null,
  overlap holdfast.overlap_policy not null,
  catch_up holdfast.catch_up_policy not null,
  catch_up_limit integer not null check (catch_up_limit > 0),
  missed_after_ms bigint not null check (missed_after_ms > 0),
  cron text,
  time_zone text not null,
  every_ms bigint check (every_ms > 0),
  -- The start of the intervals, so that ticks do not drift.
  anchor_at timestamptz not null,
  starts_at timestamptz,
  ends_at timestamptz,
  -- The next tick.
  next_at timestamptz,
  -- When it may be claimed: at next_at or, while a process handles its ticks, at the end of that process's claim.
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
  -- The jobs that the overlap policy considers: those that had not ended at the newest tick, and that tick's own.
  job_ids text[] not null default '{}',
  -- The options of its jobs, as \`jobs.push\` takes them.
  job_options json not null,
  payload json,
  constraint schedules_rule check ((cron is null) <> (every_ms is null)),
  constraint schedules_next check ((status = 'active') = (next_at is not null)),
  constraint schedules_available check ((next_at is null) = (available_at is null)),
  constraint schedules_paused check ((status = 'paused') = (paused_at is not null))
) with (fillfactor = 85);

create index schedules_available on holdfast.schedules (available_at) where available_at is not null;
create index schedules_of_queue on holdfast.schedules (queue, id);
-- For retention.
create index schedules_ended on holdfast.schedules (greatest(updated_at, ends_at)) where status = 'ended';
create index schedules_of_state on holdfast.schedules (status, id);
`,
  },
  {
    number: 11,
    name: "0011_retention",
    oldestClient: 11,
    sql: `-- Turns that the processes of a store take, whichever comes first, and when each is due next.
create table holdfast.turns (
  name holdfast.id primary key,
  due_at timestamptz not null
);

insert into holdfast.turns (name, due_at) values ('retention', '2000-01-01Z');
`,
  },
  {
    number: 12,
    name: "0012_ended",
    oldestClient: 12,
    sql: `-- An ended execution is frozen, with all its parts.

-- The end of an execution waits for all sessions that are adding to it or changing its parts. They hold its key, which only FOR UPDATE
-- conflicts with. Later sessions wait for the end, and then read the status. Appends lock only the head of the history, so they find the
-- end there. The end also removes the execution's lease, or its place in a queue.
create function holdfast.end_execution() returns trigger
  language plpgsql
  as $$
declare
  was_queued boolean;
begin
  if old.status >= 'succeeded' or new.status < 'succeeded' then
    perform holdfast.may_change_status('execution', new.id, old.status, new.status);
    return new;
  end if;
  perform from holdfast.executions as execution where execution.id = new.id for update;
  was_queued := holdfast.leave_queue(new.id, new.queue);
  if pg_catalog.current_setting('transaction_isolation') = 'read committed' then
    update holdfast.history_heads as head set ended_as = new.status where head.execution_id = new.id;
  else
    -- The snapshot may miss a newer head. Meeting that head then fails, and the transaction runs again.
    insert into holdfast.history_heads as head (execution_id, next, transaction, ended_as)
    values (new.id, 1, pg_catalog.pg_current_xact_id(), new.status)
    on conflict (execution_id) do update set ended_as = excluded.ended_as;
  end if;
  return new;
end
$$;

-- For ends, and for changes that may be refused. The condition is short, because each statement that fires a trigger parses it.
create trigger executions_status_change before update of status on holdfast.executions
  for each row when (new.status >= 'succeeded' or new.status < old.status)
  execute function holdfast.end_execution();

-- Refuses changes of an ended execution. Only labels and usage may change, and an expired idempotency key may be removed from it. Writing
-- the same values again is no change.
create function holdfast.keep_ended_execution() returns trigger
  language plpgsql
  as $$
begin
  if (new.strategy, new.definition_name, new.definition_version, new.parent_id, new.parent_task_id, new.created_at,
      new.started_at, new.finished_at, new.input::text, new.state::text, new.output::text, new.error::text)
    is distinct from (old.strategy, old.definition_name, old.definition_version, old.parent_id,
      old.parent_task_id, old.created_at, old.started_at, old.finished_at, old.input::text, old.state::text, old.output::text, old.error::text)
    or (new.idempotency_key, new.fingerprint) is distinct from (old.idempotency_key, old.fingerprint)
      and (old.idempotent_until <= holdfast.now()) is not true
  then
    perform holdfast.is_open(old.id, old.status);
  end if;
  return new;
end
$$;

create trigger executions_frozen before update on holdfast.executions
  for each row when (old.status >= 'succeeded')
  execute function holdfast.keep_ended_execution();

-- Holds executions open until the transaction ends, or fails with HF003 if one has ended. Returns the missing ones; null if there are
-- none.
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

-- Holds the executions of tasks open until the transaction ends, or fails with HF003 if one has ended.
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
`,
  },
  {
    number: 13,
    name: "0013_claimed_executions",
    oldestClient: 13,
    sql: `-- Leased executions, by hand or by a claim: the fence of their steps, and their place.
--
-- Every lock of an execution precedes that of its lease. Only a claim locks no execution, because it has taken the row of \`ready\`. A
-- concurrent end of the execution waits for that row, and then finds the lease.

-- A queue comes with all of its claim options, and a task of the parent with the parent.
create function holdfast.check_columns() returns trigger
  language plpgsql
  as $$
begin
  if pg_catalog.num_nulls(new.queue, new.priority, new.route, new.max_attempts) % 4 <> 0
    or new.parent_task_id is not null and new.parent_id is null
  then
    perform holdfast.refuse_row('executions', 'executions_columns', new.id);
  end if;
  return new;
end
$$;

create trigger executions_columns
  before insert or update of queue, priority, route, max_attempts, parent_id, parent_task_id on holdfast.executions
  for each row when (
    new.parent_task_id is not null or pg_catalog.num_nulls(new.queue, new.priority, new.route, new.max_attempts) % 4 <> 0
  )
  execute function holdfast.check_columns();

-- Holds the lease of an execution until the transaction ends. Fails with HF002 if the lease has expired, or has another token or holder
-- than given. A lax caller accepts an expired lease too, until a claim takes it. The lock prevents a takeover; steps under one token, and
-- heartbeats, do not wait for it. Volatile, so that it sees the lease as it is, not as it was when the statement began.
-- Index: leases_pkey. Locks: the lease, shared.
create function holdfast.hold_lease(execution text, fence bigint, held_by text default null, is_lax boolean default false) returns boolean
  language plpgsql volatile
  as $$
begin
  perform from holdfast.leases as lease
    where lease.id = execution and lease.kind = 'execution' and (is_lax or lease.lease_until > holdfast.now())
      and (fence is null or lease.token = fence) and (held_by is null or lease.holder = held_by)
    for key share;
  -- Apart, because PL/pgSQL prepares each expression that it reaches anew in each transaction.
  if not found then
    perform holdfast.fail('HF002', pg_catalog.format('the lease of execution %s is no longer held: stop its work', execution),
      pg_catalog.json_build_object('entity', 'execution', 'id', execution, 'token', fence));
  end if;
  return true;
end
$$;

-- Whether an execution has the version and one of the statuses, joined by commas, that a step requires. Fails with HF001 or HF003 if it
-- does not.
create function holdfast.meets(execution text, version bigint, status holdfast.status, required bigint, statuses text) returns boolean
  language sql volatile
  as $$
  select case
    when required <> version then
      holdfast.fail('HF001', pg_catalog.format('execution %s is not at the expected version: read it again', execution),
        pg_catalog.json_build_object('entity', 'execution', 'id', execution, 'expected', required,
          'actual', version))
    when statuses is not null and status::text <> all(pg_catalog.string_to_array(statuses, ',')) then
      holdfast.fail('HF003', pg_catalog.format('execution %s is %s, not %s: read it again', execution, status, statuses),
        pg_catalog.json_build_object('entity', 'execution', 'id', execution, 'expected', statuses,
          'actual', status))
    else true
  end
$$;

-- Takes an execution from wherever it is: its lease, \`ready\`, the line of its group or \`scheduled\`. Gives the slot of its group back.
-- Returns whether it was anywhere. Called under the execution's lock. If it moves meanwhile, this waits for it and then finds it: each
-- look-up has its own snapshot.
create function holdfast.leave_queue(execution text, queue text) returns boolean
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  gone record;
  place text;
begin
  -- Before its row in \`scheduled\`: a wake locks in this order too.
  if leave_queue.queue is not null then
    -- One look-up takes less time than two deletions that find nothing.
    if exists (select from holdfast.parks as park where park.execution_id = execution)
      or exists (select from holdfast.wakes as called where called.execution_id = execution)
    then
      delete from holdfast.parks as park where park.execution_id = execution;
      delete from holdfast.wakes as called where called.execution_id = execution;
    end if;
  end if;
  -- The usual case is that it is leased.
  delete from holdfast.leases as lease
    where lease.id = execution and lease.kind = 'execution'
    returning lease.group_key into place;
  if found and place is null then
    return true;
  end if;
  if found then
    insert into holdfast.openings (queue, group_key, freed) values (leave_queue.queue, place, 1);
    return true;
  end if;
  for round in 1..(case when leave_queue.queue is null then 0 else 10 end) loop
    delete from holdfast.ready as work
      where work.id = execution and work.kind = 'execution'
      returning work.queue, work.group_key, work.has_place into gone;
    exit when found;
    delete from holdfast.scheduled as work
      where work.id = execution and work.kind = 'execution'
      returning work.queue, work.group_key, false as has_place into gone;
    exit when found;
    delete from holdfast.group_lines as work
      where work.id = execution and work.kind = 'execution'
      returning work.queue, work.group_key, false as has_place into gone;
    exit when found;
    delete from holdfast.leases as lease
      where lease.id = execution and lease.kind = 'execution'
      returning lease.queue, lease.group_key, lease.group_key is not null as has_place into gone;
    exit when found;
  end loop;
  if gone is null then
    return false;
  end if;
  if gone.has_place then
    insert into holdfast.openings (queue, group_key, freed) values (gone.queue, gone.group_key, 1);
  end if;
  return true;
end
$$;

-- Leases an execution that is in a queue, wherever it waits there, for a holder who asked for it by id. Returns its token; null if
-- another holds it. Called under the execution's lock.
create function holdfast.acquire_queued(execution text, in_queue text, wanted_by text, held_until timestamptz) returns bigint
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  taken record;
  given bigint;
begin
  for round in 1..10 loop
    delete from holdfast.ready as work
      where work.id = execution and work.kind = 'execution'
      returning work.attempts, case when work.has_place then work.group_key end as group_key into taken;
    exit when found;
    delete from holdfast.scheduled as work
      where work.id = execution and work.kind = 'execution'
      returning work.attempts, null::text as group_key into taken;
    exit when found;
    delete from holdfast.group_lines as work
      where work.id = execution and work.kind = 'execution'
      returning work.attempts, null::text as group_key into taken;
    exit when found;
    -- For update, to wait for an uncommitted step under the old lease.
    perform from holdfast.leases as lease
      where lease.id = execution and lease.kind = 'execution' and lease.lease_until <= holdfast.now()
      for update;
    if found then
      delete from holdfast.leases as lease
        where lease.id = execution and lease.kind = 'execution'
        returning lease.attempts, lease.group_key into taken;
      exit;
    end if;
    perform from holdfast.leases as lease where lease.id = execution and lease.kind = 'execution';
    if found then
      return null;
    end if;
  end loop;
  insert into holdfast.leases (kind, id, token, queue, lease_until, claimed_at, attempts, holder, group_key, is_linked)
  values ('execution', execution, nextval('holdfast.tokens'), in_queue, held_until, holdfast.now(), coalesce(taken.attempts, 0) + 1,
    wanted_by, taken.group_key, false)
  on conflict do nothing
  returning token into given;
  return given;
end
$$;

-- Puts an execution that was taken from its place back in its queue. That is \`scheduled\` before its time, the line of its group if that
-- has a limit, else \`ready\`. Gives back the group's slot that it held, if any.
create function holdfast.enqueue_execution(execution text, moment timestamptz, tried integer, place text, linked boolean default false)
  returns void
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  work record;
  aging bigint;
  per_group integer;
  rank bigint;
  turn bigint := 0;
begin
  select stored.id::text as id, stored.queue::text as queue, stored.priority, stored.route, stored.group_key::text as group_key,
      stored.sequence, greatest(tried, 0) as attempts
    into work
    from holdfast.executions as stored where stored.id = execution;
  select queue.aging_ms, queue.concurrency_per_group into aging, per_group from holdfast.queues as queue where queue.name = work.queue;
  rank := case when moment = 'infinity' then work.priority else holdfast.work_rank(work.priority, moment, aging) end;
  if work.group_key is not null and tried = 0 and place is null then
    select last.turn + 1 into turn from holdfast.turn_before(work.queue, 'execution', work.route, rank, work.group_key) as last;
  end if;
  if place is not null then
    insert into holdfast.openings (queue, group_key, freed) values (work.queue, place, 1);
  end if;
  if moment > holdfast.now() then
    insert into holdfast.scheduled (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    values ('execution', work.id, work.queue, work.route, rank, turn, moment, work.sequence,
      work.priority, work.attempts, work.group_key, linked);
  elsif work.group_key is not null and per_group is not null then
    insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    values ('execution', work.id, work.queue, work.route, rank, turn, moment, work.sequence,
      work.priority, work.attempts, work.group_key, false);
    insert into holdfast.openings (queue, group_key, freed) values (work.queue, work.group_key, 0);
  else
    insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, has_place,
      is_linked)
    values ('execution', work.id, work.queue, work.route, rank, turn, moment, work.sequence,
      work.priority, work.attempts, work.group_key, false, false);
  end if;
end
$$;

-- The execution that an idempotency key names, if any; a row of nulls for none. Volatile, so that it sees one created meanwhile by a
-- transaction that this one has waited for. An expired key is removed from its execution.
create function holdfast.execution_of_key(key text) returns holdfast.executions
  language plpgsql volatile
  as $$
declare
  known holdfast.executions;
begin
  if key is null then
    return null;
  end if;
  select stored.* into known from holdfast.executions as stored where stored.idempotency_key = key;
  if known.idempotent_until <= holdfast.now() then
    update holdfast.executions as stored set idempotency_key = null, fingerprint = null
      where stored.id = known.id and stored.idempotency_key = key;
    return null;
  end if;
  return known;
end
$$;

-- A requested version of a definition, by number, "active" or "latest", held until the transaction ends. Fails with HF004 if there is
-- none, and with HF003 if it is retired.
create function holdfast.pin_definition(name text, asked text) returns integer
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  found_version integer;
  found_status holdfast.definition_status;
begin
  select stored.version, stored.status into found_version, found_status
    from holdfast.definitions as stored
    where stored.name = pin_definition.name and case pin_definition.asked
        when 'active' then stored.status = 'active'
        when 'latest' then stored.version = (
          select max(newest.version) from holdfast.definitions as newest where newest.name = pin_definition.name
        )
        else stored.version = pin_definition.asked::integer
      end
    for key share;
  if not found then
    perform holdfast.fail('HF004',
      pg_catalog.format('definition %s has no %s: publish it first, or create the execution without it', name,
        case when asked in ('active', 'latest') then asked || ' version' else 'version ' || asked end),
      pg_catalog.json_build_object('entity', 'definition', 'field', 'definition', 'name', name, 'version', asked));
  elsif found_status = 'retired' then
    perform holdfast.fail('HF003',
      pg_catalog.format('version %s of definition %s is retired: start another version, or activate it again', found_version, name),
      pg_catalog.json_build_object('entity', 'definition', 'field', 'definition', 'name', name, 'version', found_version,
        'status', 'retired'));
  end if;
  return found_version;
end
$$;

-- Holds the parent of a new execution until the transaction ends. Fails with HF004 if it does not exist.
create function holdfast.hold_parent(parent text, child text) returns boolean
  language plpgsql volatile
  as $$
begin
  perform from holdfast.executions as execution where execution.id = parent for key share;
  return found or holdfast.fail('HF004',
    pg_catalog.format('execution %s, the parent of %s, does not exist: create it first', parent, child),
    pg_catalog.json_build_object('entity', 'execution', 'field', 'parentId', 'id', parent));
end
$$;

-- An execution that is removed before its end leaves its queue, and loses its holder.
create function holdfast.leave_queue_removed() returns trigger
  language plpgsql
  as $$
begin
  perform holdfast.leave_queue(old.id, old.queue);
  return null;
end
$$;

create trigger executions_removed after delete on holdfast.executions
  for each row when (old.status < 'succeeded')
  execute function holdfast.leave_queue_removed();
`,
  },
  {
    number: 14,
    name: "0014_job_moves",
    oldestClient: 14,
    sql: `-- How jobs move between tables, one function per move.

-- Puts jobs without dependencies where their rows say: \`scheduled\` before their time, the line of their group if that has a limit, else
-- \`ready\`. Returns their statuses. The caller has taken them from their former place.
create function holdfast.enqueue_jobs(job_ids text[]) returns table (id text, status holdfast.job_status)
  language plpgsql volatile
  as $$
#variable_conflict use_column
begin
  return query
  with job as materialized (
    select stored.id::text as id, stored.queue::text as queue, stored.route, stored.rank, stored.turn, stored.run_at, stored.sequence,
      stored.priority, stored.attempts, stored.group_key::text as group_key,
      stored.unique_key is not null or stored.fails_execution
        or exists (select from holdfast.job_dependencies as edge where edge.after_id = stored.id) as is_linked,
      case
        -- A job without its own time is due when it is created, which may be after this statement's time.
        when stored.run_at > holdfast.now() and stored.run_at > stored.created_at then 'scheduled'
        when stored.group_key is not null and (
          select queue.concurrency_per_group is not null from holdfast.queues as queue where queue.name = stored.queue
        ) then 'line'
        else 'ready'
      end as place
    from pg_catalog.unnest(job_ids) as given(id)
    cross join lateral (select job.* from holdfast.jobs as job where job.id = given.id limit 1) as stored
  ), scheduled as (
    insert into holdfast.scheduled (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    select 'job', job.id, job.queue, job.route, job.rank, job.turn, job.run_at, job.sequence, job.priority, job.attempts, job.group_key,
      job.is_linked
    from job where job.place = 'scheduled'
  ), lined as (
    insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    select 'job', job.id, job.queue, job.route, job.rank, job.turn, job.run_at, job.sequence, job.priority, job.attempts, job.group_key,
      job.is_linked
    from job where job.place = 'line'
  ), opened as (
    insert into holdfast.openings (queue, group_key, freed)
    select distinct job.queue, job.group_key, 0 from job where job.place = 'line'
  ), ready as (
    insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, has_place,
      is_linked)
    select 'job', job.id, job.queue, job.route, job.rank, job.turn, job.run_at, job.sequence, job.priority, job.attempts, job.group_key,
      false, job.is_linked
    from job where job.place = 'ready'
  )
  select job.id, (case job.place when 'scheduled' then 'scheduled' else 'ready' end)::holdfast.job_status from job;
end
$$;

-- The current place of a job, locked until the transaction ends; no row if it is gone. Retries if the job moved meanwhile: each look-up
-- has its own snapshot. The \`place\` of the answer names the table.
create function holdfast.lock_job(job_id text)
  returns table (status holdfast.job_status, place text, token bigint, attempts integer, group_key text)
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  job holdfast.jobs;
begin
  for round in 1..100 loop
    select stored.* into job from holdfast.jobs as stored where stored.id = job_id;
    if not found then
      return;
    end if;
    if job.chunk_id is not null then
      perform holdfast.unpack_jobs(array[job_id]);
    end if;
    return query select 'blocked'::holdfast.job_status, 'blocked_jobs', job.token, job.attempts, null
      from holdfast.blocked_jobs as stored where stored.id = job_id for update;
    if found then return; end if;
    return query select 'scheduled'::holdfast.job_status, 'scheduled', job.token, stored.attempts, null
      from holdfast.scheduled as stored where stored.id = job_id and stored.kind = 'job' for update;
    if found then return; end if;
    return query select 'ready'::holdfast.job_status, 'group_lines', job.token, stored.attempts, null
      from holdfast.group_lines as stored where stored.id = job_id and stored.kind = 'job' for update;
    if found then return; end if;
    return query select 'ready'::holdfast.job_status, 'ready', job.token, stored.attempts,
        case when stored.has_place then stored.group_key end
      from holdfast.ready as stored
      where stored.queue = job.queue and stored.kind = 'job' and stored.route = job.route and stored.rank = job.rank
        and stored.turn = job.turn and stored.run_at = job.run_at and stored.sequence = job.sequence and stored.id = job_id
      for update;
    if found then return; end if;
    return query select 'running'::holdfast.job_status, 'leases', stored.token, stored.attempts, stored.group_key
      from holdfast.leases as stored where stored.id = job_id and stored.kind = 'job' for update;
    if found then return; end if;
    return query select stored.status, 'ended_jobs', stored.token, stored.attempts, null
      from holdfast.ended_jobs as stored where stored.id = job_id for update;
    if found then return; end if;
  end loop;
  perform holdfast.fail('40001', pg_catalog.format('job %s moves faster than it can be locked', job_id), '{}');
end
$$;

-- Settles the dependents of jobs that have just ended. Frees their unique keys, except throttled ones. Counts them off for dependent
-- jobs, and enqueues those that nothing blocks any more. If a job failed or was canceled, the dependent's policy decides: ignore counts
-- it off, cancel ends the dependent too, and so on. Returns the queues that may have work now.
--
-- Called by the statement that ends jobs, in the same command. Each statement of this volatile function has its own snapshot, from after
-- the ended jobs were locked. So it sees every edge that a concurrent push has committed (a push locks the jobs that it depends on).
-- Dependents are locked in id order.
create function holdfast.settle_jobs(ended text[]) returns text[]
  -- Otherwise most calls are planned anew for the size of their array, which takes longer than running them.
  language plpgsql volatile set plan_cache_mode = force_generic_plan
  as $$
declare
  current text[] := ended;
  canceled text[];
  free text[];
  woken text[];
  queues text[] := '{}';
begin
  while pg_catalog.cardinality(current) > 0 loop
    delete from holdfast.job_keys as held
    using (
      select stored.id, stored.queue, stored.unique_key
      from pg_catalog.unnest(current) as given(id)
      cross join lateral (
        select job.id, job.queue, job.unique_key from holdfast.jobs as job where job.id = given.id and job.unique_key is not null limit 1
      ) as stored
    ) as job
    where held.queue = job.queue and held.unique_key = job.unique_key and held.job_id = job.id
      and (held.throttled_until is null or held.throttled_until <= holdfast.now());
    with removed as (
      delete from holdfast.job_dependencies as edge
      using pg_catalog.unnest(current) as given(id)
      where edge.after_id = given.id
      returning edge.after_id, edge.job_id
    ), affected as (
      select removed.job_id::text as id, count(*) as ended, count(*) filter (where first.status = 'succeeded') as succeeded
      from removed
      -- A job that is being removed has no end: it counts as canceled.
      left join lateral (
        select stored.status from holdfast.ended_jobs as stored where stored.id = removed.after_id limit 1
      ) as first on true
      group by removed.job_id
      order by removed.job_id
    ), locked as materialized (
      select affected.id, blocked.blocked_by, job.queue, job.attempts, job.token, job.started_at, job.holder,
        case job.on_dependency_failure when 'ignore' then affected.ended else affected.succeeded end as done,
        job.on_dependency_failure = 'cancel' and affected.succeeded < affected.ended as is_doomed
      from affected
      cross join lateral (
        select stored.blocked_by from holdfast.blocked_jobs as stored where stored.id = affected.id for update
      ) as blocked
      cross join lateral (
        select stored.* from holdfast.jobs as stored where stored.id = affected.id limit 1
      ) as job
    ), gone as (
      delete from holdfast.blocked_jobs as stored using locked
      where stored.id = locked.id and (locked.is_doomed or locked.blocked_by <= locked.done)
    ), counted as (
      update holdfast.blocked_jobs as stored set blocked_by = stored.blocked_by - locked.done::integer
      from locked
      where stored.id = locked.id and not locked.is_doomed and locked.blocked_by > locked.done
    ), died as (
      insert into holdfast.ended_jobs (id, queue, status, attempts, token, started_at, finished_at, holder)
      select locked.id, locked.queue, 'canceled', locked.attempts, locked.token, locked.started_at, holdfast.now(), locked.holder
      from locked where locked.is_doomed
    ), died_count as (
      insert into holdfast.job_counts (queue, status, count)
      select locked.queue, 'canceled', count(*) from locked where locked.is_doomed group by locked.queue
    )
    select
      coalesce(pg_catalog.array_agg(locked.id) filter (where locked.is_doomed), '{}'),
      coalesce(pg_catalog.array_agg(locked.id) filter (where not locked.is_doomed and locked.blocked_by <= locked.done), '{}'),
      coalesce(pg_catalog.array_agg(distinct locked.queue::text)
        filter (where not locked.is_doomed and locked.blocked_by <= locked.done), '{}')
    into canceled, free, woken
    from locked;
    perform holdfast.enqueue_jobs(free);
    queues := queues || woken;
    current := canceled;
  end loop;
  return queues;
end
$$;

-- Takes unfinished jobs in the given statuses from wherever they wait or run, for a caller that ends or removes them. Returns their
-- former state; \`place_of\` is the group whose slot the job held. A job that leaves the statuses meanwhile is left alone. Retries if a job
-- has moved since it was found: each look-up has its own snapshot.
-- Locks: the jobs in their tables, the blocked ones last, then in id order.
create function holdfast.take_jobs(job_ids text[], statuses holdfast.job_status[])
  returns table (
    id text, queue text, status holdfast.job_status, attempts integer, token bigint, started_at timestamptz, holder text, error json,
    place_of text, is_linked boolean
  )
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  given text;
  seen holdfast.job_status;
begin
  perform holdfast.unpack_jobs(job_ids);
  for given in
    select wanted.id
    from (select distinct each.id from pg_catalog.unnest(job_ids) as each(id)) as wanted
    order by exists (select from holdfast.blocked_jobs as blocked where blocked.id = wanted.id), wanted.id collate "C"
  loop
    for round in 1..101 loop
      select job.status into seen from holdfast.job_records as job where job.id = given;
      exit when not found or seen <> all(statuses);
      if round > 100 then
        perform holdfast.fail('40001', pg_catalog.format('job %s moves faster than it can be taken', given), '{}');
      end if;
      case seen
        when 'blocked' then
          delete from holdfast.blocked_jobs as stored where stored.id = given
          returning null::integer, null::bigint, null::timestamptz, null::text, null::text, true
          into attempts, token, started_at, holder, place_of, is_linked;
        when 'scheduled' then
          delete from holdfast.scheduled as stored where stored.id = given and stored.kind = 'job'
          returning stored.attempts, null::bigint, null::timestamptz, null::text, null::text, stored.is_linked
          into attempts, token, started_at, holder, place_of, is_linked;
        when 'running' then
          delete from holdfast.leases as stored where stored.id = given and stored.kind = 'job'
          returning stored.attempts, stored.token, stored.claimed_at, stored.holder, stored.group_key, stored.is_linked
          into attempts, token, started_at, holder, place_of, is_linked;
        else
          delete from holdfast.group_lines as stored where stored.id = given and stored.kind = 'job'
          returning stored.attempts, null::bigint, null::timestamptz, null::text, null::text, stored.is_linked
          into attempts, token, started_at, holder, place_of, is_linked;
          if not found then
            delete from holdfast.ready as stored
            using holdfast.jobs as job
            where job.id = given and stored.queue = job.queue and stored.kind = 'job' and stored.route = job.route
              and stored.rank = job.rank and stored.turn = job.turn and stored.run_at = job.run_at
              and stored.sequence = job.sequence and stored.id = given
            returning stored.attempts, null::bigint, null::timestamptz, null::text,
              case when stored.has_place then stored.group_key end, stored.is_linked
            into attempts, token, started_at, holder, place_of, is_linked;
          end if;
      end case;
      if found then
        select job.id, job.queue, seen, coalesce(take_jobs.attempts, job.attempts), coalesce(take_jobs.token, job.token),
          coalesce(take_jobs.started_at, job.started_at), case when seen = 'running' then take_jobs.holder else job.holder end, job.error
        into id, queue, status, attempts, token, started_at, holder, error
        from holdfast.jobs as job
        where job.id = given;
        return next;
        exit;
      end if;
    end loop;
  end loop;
end
$$;

-- Gives a slot of a group back.
create function holdfast.open_group(in_queue text, of_group text) returns boolean
  language plpgsql volatile
  as $$
begin
  insert into holdfast.openings (queue, group_key, freed) values (in_queue, of_group, 1);
  return true;
end
$$;
`,
  },
  {
    number: 15,
    name: "0015_job_removals",
    oldestClient: 15,
    sql: `-- How jobs are canceled, and how they are removed: by retention, or with their execution.

-- Cancels unfinished jobs in the given statuses, and settles their dependents. The claim of a running one is lost: its token moves on.
-- Returns which were canceled, and the queues that may have work now.
-- Locks: those of take_jobs, then those of settle_jobs.
create function holdfast.cancel_jobs(job_ids text[], statuses holdfast.job_status[], out canceled text[], out woken text[])
  language plpgsql volatile
  as $$
declare
  linked text[];
begin
  with taken as materialized (
    select job.id, job.queue, job.status, job.attempts, job.token, job.started_at, job.holder, job.error, job.place_of, job.is_linked
    from holdfast.take_jobs(job_ids, statuses) as job
  ), ended as (
    insert into holdfast.ended_jobs (id, queue, status, attempts, token, started_at, finished_at, holder, error)
    select taken.id, taken.queue, 'canceled', taken.attempts,
      case when taken.status = 'running' then nextval('holdfast.tokens') else taken.token end, taken.started_at, holdfast.now(),
      taken.holder, taken.error
    from taken
  ), counted as (
    insert into holdfast.job_counts (queue, status, count)
    select taken.queue, 'canceled', count(*) from taken group by taken.queue
  ), opened as (
    insert into holdfast.openings (queue, group_key, freed)
    select taken.queue, taken.place_of, count(*) from taken where taken.place_of is not null group by taken.queue, taken.place_of
  )
  select coalesce(pg_catalog.array_agg(taken.id), '{}'),
    coalesce(pg_catalog.array_agg(distinct taken.queue) filter (where taken.status = 'running' or taken.place_of is not null), '{}'),
    coalesce(pg_catalog.array_agg(taken.id) filter (where taken.is_linked), '{}')
  into canceled, woken, linked
  from taken;
  woken := woken || holdfast.settle_jobs(linked);
end
$$;

-- Removes ended jobs, with the rest of their unique keys, and leaves unfinished ones alone. Returns their number.
-- Locks: ended_jobs, job_keys, jobs.
create function holdfast.remove_ended_jobs(job_ids text[]) returns integer
  language plpgsql volatile
  as $$
declare
  gone text[];
begin
  with ended as (
    delete from holdfast.ended_jobs as stored
    using (
      select given.id from pg_catalog.unnest(job_ids) as given(id) limit holdfast.at_most(pg_catalog.cardinality(job_ids))
    ) as given
    where stored.id = given.id
    returning stored.id, stored.queue, stored.status
  ), counted as (
    insert into holdfast.job_counts (queue, status, count)
    select ended.queue, ended.status, -count(*) from ended group by ended.queue, ended.status
  )
  select coalesce(pg_catalog.array_agg(ended.id), '{}') into gone from ended;
  perform holdfast.forget_jobs(gone);
  return pg_catalog.cardinality(gone);
end
$$;

-- Removes the rows of jobs that are in no other table any more, with their failures and the rest of their unique keys.
create function holdfast.forget_jobs(job_ids text[]) returns void
  language plpgsql volatile
  as $$
begin
  with forgotten as (
    delete from holdfast.jobs as stored
    using (
      select given.id from pg_catalog.unnest(job_ids) as given(id) limit holdfast.at_most(pg_catalog.cardinality(job_ids))
    ) as given
    where stored.id = given.id
    returning stored.id, stored.queue, stored.unique_key
  ), cleared as (
    delete from holdfast.job_failures as failure
    using (
      select given.id from pg_catalog.unnest(job_ids) as given(id) limit holdfast.at_most(pg_catalog.cardinality(job_ids))
    ) as given
    where failure.job_id = given.id
  )
  delete from holdfast.job_keys as held
  using (
    select forgotten.id, forgotten.queue, forgotten.unique_key from forgotten where forgotten.unique_key is not null
    limit holdfast.at_most(pg_catalog.cardinality(job_ids))
  ) as job
  where held.queue = job.queue and held.unique_key = job.unique_key and held.job_id = job.id;
end
$$;

-- Locks jobs in their tables, and returns those that exist. Blocked ones come last: the end of a job locks it, and then its blocked
-- dependents. Their chunks come first, as they do for take_jobs.
create function holdfast.lock_jobs(job_ids text[]) returns text[]
  language plpgsql volatile
  as $$
begin
  perform holdfast.unpack_jobs(job_ids);
  return array(
    select ordered.id
    from (
      select given.id collate "C" as id,
        exists (select from holdfast.blocked_jobs as blocked where blocked.id = given.id) as is_blocked
      from (select distinct each.id from pg_catalog.unnest(job_ids) as each(id)) as given
      order by is_blocked, id
    ) as ordered
    cross join lateral holdfast.lock_job(ordered.id) as job
  );
end
$$;

-- Removes jobs from wherever they are. Unfinished ones give the slots of their groups back, and count as canceled for their dependents.
-- Returns the queues that may have work now.
-- Locks: those of lock_jobs, then those of settle_jobs.
create function holdfast.remove_jobs(job_ids text[]) returns text[]
  language plpgsql volatile
  as $$
declare
  taken text[];
  linked text[];
  woken text[];
begin
  -- Ended jobs are removed too, and are locked in one order with the others.
  perform holdfast.lock_jobs(job_ids);
  with gone as materialized (
    select job.id, job.queue, job.place_of, job.is_linked
    from holdfast.take_jobs(job_ids, '{blocked,scheduled,ready,running}') as job
  ), opened as (
    insert into holdfast.openings (queue, group_key, freed)
    select gone.queue, gone.place_of, count(*) from gone where gone.place_of is not null group by gone.queue, gone.place_of
  )
  select coalesce(pg_catalog.array_agg(gone.id), '{}'), coalesce(pg_catalog.array_agg(gone.id) filter (where gone.is_linked), '{}')
  into taken, linked
  from gone;
  woken := holdfast.settle_jobs(linked);
  perform holdfast.remove_ended_jobs(job_ids);
  perform holdfast.forget_jobs(taken);
  return woken;
end
$$;

-- Removes the jobs of executions that are about to be removed, and of their descendants, after locking all of these. A concurrent push
-- into one is either seen or waits. Returns how many executions it locked.
-- Locks: executions in id order, then those of remove_jobs.
create function holdfast.remove_jobs_of(execution_ids text[]) returns bigint
  language plpgsql volatile
  as $$
declare
  family text[];
begin
  with recursive below as (
    select execution.id from holdfast.executions as execution where execution.id = any(execution_ids)
    union
    select child.id from below join holdfast.executions as child on child.parent_id = below.id
  )
  select coalesce(pg_catalog.array_agg(locked.id::text), '{}') into family
  from (
    select execution.id
    from holdfast.executions as execution
    where execution.id = any(array(select below.id::text from below))
    order by execution.id
    for update
  ) as locked;
  perform holdfast.remove_jobs(array(select job.id::text from holdfast.jobs as job where job.execution_id = any(family)));
  return pg_catalog.cardinality(family);
end
$$;

-- Removes jobs that ended in one of the statuses at least this long ago, oldest first per status, and returns their number. Jobs of
-- executions stay, and are marked, so that each is skipped only once. A job with a throttled unique key stays until it loses the key. A
-- job claimed in a chunk stays until the whole chunk has ended. Continues while it finds jobs of executions, for a bounded number of
-- portions.
-- Locks: ended_jobs, skipping those that others have locked.
create function holdfast.remove_expired_jobs(statuses holdfast.job_status[], keep_ms bigint, max_jobs integer) returns integer
  language plpgsql volatile
  as $$
declare
  found_jobs integer;
  gone integer := 0;
  kept text[];
  old text[];
begin
  for portion in 1..100 loop
    select pg_catalog.count(*), coalesce(pg_catalog.array_agg(expired.id) filter (where expired.is_of_execution), '{}'),
      coalesce(pg_catalog.array_agg(expired.id) filter (where not expired.is_of_execution), '{}')
    into found_jobs, kept, old
    from (
      select stored.id, exists (
          select from holdfast.jobs as job where job.id = stored.id and job.execution_id is not null
        ) as is_of_execution
      from pg_catalog.unnest(statuses) as wanted(status)
      cross join lateral (
        select ended.id
        from holdfast.ended_jobs as ended
        where ended.status = wanted.status and not ended.is_kept
          and ended.finished_at <= holdfast.now() - keep_ms * interval '1 millisecond'
          and not holdfast.is_throttled(ended.id) and not holdfast.is_of_held_chunk(ended.id)
        order by ended.finished_at
        limit max_jobs - gone
        for update skip locked
      ) as stored
      limit max_jobs - gone
    ) as expired;
    update holdfast.ended_jobs as ended set is_kept = true where ended.id = any(kept);
    gone := gone + holdfast.remove_ended_jobs(old);
    exit when pg_catalog.cardinality(kept) = 0 or gone >= max_jobs;
  end loop;
  -- Keys whose period is over count as none already, if their jobs ended before or were removed.
  delete from holdfast.job_keys as held
  where held.ctid = any(array(
    select leftover.ctid
    from holdfast.job_keys as leftover
    where leftover.throttled_until <= holdfast.now() and not exists (
      select from holdfast.jobs as job
      where job.id = leftover.job_id and not exists (select from holdfast.ended_jobs as ended where ended.id = job.id)
    )
    limit max_jobs
    for update skip locked
  ));
  perform holdfast.fold_job_counts(scattered.queue)
  from (
    select counts.queue from holdfast.job_counts as counts group by counts.queue having count(*) > count(distinct counts.status)
  ) as scattered;
  return gone;
end
$$;
`,
  },
  {
    number: 16,
    name: "0016_pushes",
    oldestClient: 16,
    sql: `-- Pushes of jobs: all except the usual one, which is a statement of its own. \`push_jobs\` is the whole; the functions before it are its
-- steps. Each step is volatile, so that it sees what was committed before the previous step's locks were granted.

-- A job as it is pushed. The payload comes last, so that reading the other columns does not step over it.
create type holdfast.job_push as (
  id text,
  -- False for a generated id, which nobody else can push.
  has_own_id boolean,
  -- Its place in the call: jobs are created in this order.
  position bigint,
  -- The outcome: it creates a job ('created'), gives a waiting one another payload ('replaced') or changes nothing ('kept').
  outcome text,
  -- The job that has its id or its unique key, and that job's status.
  holder text,
  status holdfast.job_status,
  queue text,
  priority integer,
  run_at timestamptz,
  max_attempts integer,
  backoff_ms bigint,
  backoff_max_ms bigint,
  timeout_ms bigint,
  execution_id text,
  group_key text,
  turn bigint,
  route text,
  unique_key text,
  replaces boolean,
  on_running holdfast.running_policy,
  debounce_max_ms bigint,
  throttle_ms bigint,
  policy holdfast.dependency_policy,
  fails_execution boolean,
  payload json
);

-- The current status of a job, not that of the calling statement's snapshot. This volatile function takes its own snapshot, so it sees a
-- job that a concurrent push of the same id has just committed.
create function holdfast.job_status_of(job_id text) returns holdfast.job_status
  language sql volatile
  as 'select job.status from holdfast.job_records as job where job.id = job_id';

-- From when on a job may run, as of now like its status.
-- Index: jobs_pkey.
create function holdfast.run_at_of(job_id text) returns timestamptz
  language sql volatile
  as 'select job.run_at from holdfast.jobs as job where job.id = job_id';

-- Serializes pushes that name a common id or unique key. The executions come first, as for a caller that has locked one of them and then
-- pushes.
-- Locks: the executions' keys, shared, in id order; then advisory, ids before unique keys, each in hash order.
create function holdfast.lock_pushes(execution_ids text[], job_ids text[], unique_keys text[]) returns void
  language plpgsql volatile
  as $$
begin
  if execution_ids <> '{}' then
    perform from (select distinct given.id collate "C" as id from pg_catalog.unnest(execution_ids) as given(id) order by 1) as named
    cross join lateral (
      select from holdfast.executions as stored where stored.id = named.id for key share
    ) as execution;
  end if;
  if job_ids <> '{}' then
    perform holdfast.lock_keys('job', job_ids);
  end if;
  if unique_keys <> '{}' then
    perform holdfast.lock_keys('job unique key', unique_keys);
  end if;
end
$$;

-- Locks the jobs that a step acknowledges, together with those that its pushes depend on, or share a unique key with, all in one order.
-- The unfinished jobs of executions that it ends are among them. Before them, locks the keys that two pushes must not resolve at once.
create function holdfast.lock_linked_jobs(execution_ids text[], own_ids text[], touched text[], queues text[], unique_keys text[],
    ending text[])
  returns void
  language plpgsql volatile set plan_cache_mode = force_generic_plan
  as $$
begin
  perform holdfast.lock_pushes(execution_ids, own_ids, array(
    select holdfast.job_key(given.queue, given.unique_key) from rows from (pg_catalog.unnest(queues), pg_catalog.unnest(unique_keys)) as given(queue, unique_key)
  ));
  perform holdfast.lock_leases_of(ending);
  perform holdfast.lock_jobs(touched || holdfast.open_jobs_of(ending) || array(
    select held.job_id
    from rows from (pg_catalog.unnest(queues), pg_catalog.unnest(unique_keys)) as given(queue, unique_key)
    cross join lateral (
      select stored.job_id from holdfast.job_keys as stored
      where stored.queue = given.queue and stored.unique_key = given.unique_key
      limit 1
    ) as held
  ));
end
$$;

-- The pushes with their outcomes. An existing id is kept before its unique key is considered. A running job loses its key to a push that
-- asks for another run, unless it is throttled. That push creates a job although the key has one. A key is free if its job was removed,
-- or has ended and is not throttled.
-- Index: jobs_pkey, job_keys_pkey, and those of job_records.
create function holdfast.resolve_pushes(pushes holdfast.job_push[]) returns holdfast.job_push[]
  language plpgsql volatile
  as $$
begin
  return array(
    select row(push.id, push.has_own_id, push.position,
      case
        when same.id is not null then 'kept'
        when other.id is null then 'created'
        when push.replaces and other.status in ('blocked', 'scheduled', 'ready') then 'replaced'
        when push.on_running <> 'keep' and other.status = 'running' and not other.is_throttled then 'created'
        else 'kept'
      end,
      coalesce(same.id, other.id), coalesce(same.status, other.status), push.queue, push.priority, push.run_at, push.max_attempts,
      push.backoff_ms, push.backoff_max_ms, push.timeout_ms, push.execution_id, push.group_key, push.turn, push.route,
      push.unique_key, push.replaces, push.on_running, push.debounce_max_ms, push.throttle_ms, push.policy, push.fails_execution, push.payload)::holdfast.job_push
    from pg_catalog.unnest(pushes) as push
    left join lateral (
      select job.id, job.status from holdfast.job_records as job where push.has_own_id and job.id = push.id limit 1
    ) as same on true
    left join lateral (
      select held.job_id as id, coalesce(held.throttled_until > holdfast.now(), false) as is_throttled, job.status
      from holdfast.job_keys as held
      cross join lateral (
        select record.status from holdfast.job_records as record where record.id = held.job_id limit 1
      ) as job
      where held.queue = push.queue and held.unique_key = push.unique_key
        and (held.throttled_until > holdfast.now() or job.status not in ('succeeded', 'dead', 'canceled'))
      limit 1
    ) as other on same.id is null
    order by push.position
  );
end
$$;

-- Locks the executions of jobs that are about to be created, in id order. Fails with HF003 if one has ended.
create function holdfast.lock_owners(pushes holdfast.job_push[]) returns void
  language plpgsql volatile
  as $$
begin
  perform from (
    select distinct push.execution_id collate "C" as id
    from pg_catalog.unnest(pushes) as push
    where push.execution_id is not null and push.outcome = 'created'
      and not exists (select from holdfast.jobs as job where push.has_own_id and job.id = push.id)
    order by 1
  ) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
  where holdfast.is_open(execution.id, execution.status);
end
$$;

-- The pushes with the turns of those in a group, one after another behind the group's last waiting job. With aging there are none.
create function holdfast.give_turns(pushes holdfast.job_push[]) returns holdfast.job_push[]
  language plpgsql volatile
  as $$
begin
  return array(
    select row(push.id, push.has_own_id, push.position, push.outcome, push.holder, push.status, push.queue, push.priority, push.run_at,
      push.max_attempts, push.backoff_ms, push.backoff_max_ms, push.timeout_ms, push.execution_id, push.group_key,
      coalesce(max(push.before) over in_group + push.place, 0), push.route, push.unique_key, push.replaces, push.on_running,
      push.debounce_max_ms, push.throttle_ms, push.policy, push.fails_execution, push.payload)::holdfast.job_push
    from (
      -- Looked up once per group, and distributed by a window.
      select input.*, case when input.place = 1 and input.group_key is not null and input.outcome = 'created' then (
          select before.turn
          from holdfast.turn_before(input.queue, 'job', input.route, input.priority, input.group_key) as before
          where not exists (select from holdfast.queues as queue where queue.name = input.queue and queue.aging_ms is not null)
        ) end as before
      from (
        select given.*,
          row_number() over (
            partition by given.outcome = 'created', given.queue, given.route, given.priority, given.group_key order by given.position
          ) as place
        from pg_catalog.unnest(pushes) as given
      ) as input
    ) as push
    window in_group as (partition by push.outcome = 'created', push.queue, push.route, push.priority, push.group_key)
    order by push.position
  );
end
$$;

-- Creates the jobs with that outcome, in the order of their places, and enqueues those without dependencies. Parents among them have
-- dependents from the beginning. \`traces\` has the trace context of each push, or is empty. Returns the ids of those that a concurrent push
-- created first, and of those that wait for their time.
create function holdfast.insert_jobs(pushes holdfast.job_push[], traces text[], children text[], parents text[], out missed text[],
    out later text[])
  language plpgsql volatile
  as $$
declare
  made text[];
begin
  with inserted as (
    insert into holdfast.jobs as job (id, sequence, queue, on_dependency_failure, priority, rank, turn, route, max_attempts, backoff_ms,
      backoff_max_ms, timeout_ms, run_at, created_at, group_key, unique_key, execution_id, fails_execution, payload, trace_context)
      overriding system value
    select input.id, input.sequence, input.queue, input.policy, input.priority,
      holdfast.work_rank(input.priority, input.run_at, setting.aging_ms), input.turn, input.route, input.max_attempts,
      input.backoff_ms, input.backoff_max_ms, input.timeout_ms, input.run_at, holdfast.now(), input.group_key, input.unique_key,
      input.execution_id, input.fails_execution, input.payload, input.trace_context
    from (
      -- Numbered before they are sorted.
      select push.*, pg_catalog.nextval('holdfast.jobs_sequence_seq') as sequence, push.unnest as trace_context
      from rows from (pg_catalog.unnest(pushes), pg_catalog.unnest(traces)) as push
      where push.outcome = 'created'
    ) as input
    left join lateral (select queue.aging_ms from holdfast.queues as queue where queue.name = input.queue limit 1) as setting on true
    order by input.id collate "C"
    on conflict (id) do nothing
    returning job.id, job.sequence, job.queue, job.priority, job.rank, job.turn, job.route, job.run_at, job.group_key,
      job.unique_key is not null or job.fails_execution or job.id in (select pg_catalog.unnest(parents)) as is_linked,
      case
        when job.id in (select pg_catalog.unnest(children)) then 'blocked'
        when job.run_at > holdfast.now() then 'scheduled'
        when job.group_key is not null and exists (
          select from holdfast.queues as queue where queue.name = job.queue and queue.concurrency_per_group is not null
        ) then 'line'
        else 'ready'
      end as place
  ), scheduled as (
    insert into holdfast.scheduled (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    select 'job', job.id, job.queue, job.route, job.rank, job.turn, job.run_at, job.sequence, job.priority, 0, job.group_key,
      job.is_linked
    from inserted as job where job.place = 'scheduled'
  ), lined as (
    insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    select 'job', job.id, job.queue, job.route, job.rank, job.turn, job.run_at, job.sequence, job.priority, 0, job.group_key,
      job.is_linked
    from inserted as job where job.place = 'line'
  ), opened as (
    insert into holdfast.openings (queue, group_key, freed)
    select distinct job.queue, job.group_key, 0 from inserted as job where job.place = 'line'
  ), ready as (
    insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, has_place,
      is_linked)
    select 'job', job.id, job.queue, job.route, job.rank, job.turn, job.run_at, job.sequence, job.priority, 0, job.group_key, false,
      job.is_linked
    from inserted as job where job.place = 'ready'
  )
  select coalesce(pg_catalog.array_agg(job.id), '{}'), coalesce(pg_catalog.array_agg(job.id) filter (where job.place = 'scheduled'), '{}')
  into made, later
  from inserted as job;
  missed := '{}';
  if pg_catalog.cardinality(made) < pg_catalog.cardinality(pushes) then
    missed := array(
      select push.id from pg_catalog.unnest(pushes) as push
      where push.outcome = 'created' and push.id not in (select pg_catalog.unnest(made))
    );
  end if;
end
$$;

-- Gives unique keys to the created jobs. Running jobs that had such a key lose it.
create function holdfast.take_keys(pushes holdfast.job_push[]) returns void
  language plpgsql volatile
  as $$
begin
  update holdfast.jobs as job set unique_key = null
  from (
    select push.holder
    from pg_catalog.unnest(pushes) as push
    where push.outcome = 'created' and push.holder is not null
    limit pg_catalog.cardinality(pushes)
  ) as former
  where job.id = former.holder;
  insert into holdfast.job_keys as held (queue, unique_key, job_id, throttled_until)
  select push.queue, push.unique_key, push.id, holdfast.now() + push.throttle_ms * interval '1 millisecond'
  from pg_catalog.unnest(pushes) as push
  where push.unique_key is not null and push.outcome = 'created'
  order by push.queue collate "C", push.unique_key collate "C"
  on conflict (queue, unique_key) do update set job_id = excluded.job_id, throttled_until = excluded.throttled_until;
end
$$;
`,
  },
  {
    number: 17,
    name: "0017_linked_pushes",
    oldestClient: 17,
    sql: `-- The steps of pushes with a unique key or dependencies, and the general push itself.

-- Takes ready jobs from their place, and gives the slots of their groups back. Runs behind lock_jobs.
create function holdfast.unplace_jobs(job_ids text[]) returns void
  language plpgsql volatile
  as $$
begin
  with job as materialized (
    select stored.id, stored.queue, stored.route, stored.rank, stored.turn, stored.run_at, stored.sequence
    from pg_catalog.unnest(job_ids) as given(id)
    cross join lateral (select each.* from holdfast.jobs as each where each.id = given.id limit 1) as stored
  ), in_line as (
    delete from holdfast.group_lines as work using job where work.id = job.id and work.kind = 'job'
  ), were_ready as (
    delete from holdfast.ready as work using job
    where work.queue = job.queue and work.kind = 'job' and work.route = job.route and work.rank = job.rank and work.turn = job.turn
      and work.run_at = job.run_at and work.sequence = job.sequence and work.id = job.id
    returning work.queue, work.group_key, work.has_place
  )
  insert into holdfast.openings (queue, group_key, freed)
  select work.queue, work.group_key, count(*) from were_ready as work where work.has_place group by work.queue, work.group_key;
end
$$;

-- Gives waiting jobs the payload, trace, priority, timeout and time of the pushes that replace them, and restores their attempts. A
-- debounced one waits no longer than its bound from its first push. A scheduled job that stays scheduled is changed in place, as most
-- debounced ones are. Others that are not blocked are taken out and enqueued again. Runs behind lock_jobs.
create function holdfast.replace_jobs(pushes holdfast.job_push[], traces text[]) returns void
  language plpgsql volatile
  as $$
declare
  waiting text[];
  moved text[];
  due text[];
begin
  select coalesce(pg_catalog.array_agg(push.holder) filter (where push.status = 'scheduled'), '{}'),
    coalesce(pg_catalog.array_agg(push.holder) filter (where push.status = 'ready'), '{}')
  into waiting, moved
  from pg_catalog.unnest(pushes) as push
  where push.outcome = 'replaced';
  -- By their order keys, which change below.
  if moved <> '{}' then
    perform holdfast.unplace_jobs(moved);
  end if;
  update holdfast.jobs as job set
    payload = change.payload,
    trace_context = change.trace_context,
    priority = change.priority,
    timeout_ms = change.timeout_ms,
    run_at = change.run_at,
    rank = holdfast.work_rank(change.priority, change.run_at, change.aging_ms),
    attempts = 0
  from (
    select push.holder, push.payload, push.unnest as trace_context, push.priority, push.timeout_ms,
      least(push.run_at, stored.created_at + push.debounce_max_ms * interval '1 millisecond') as run_at,
      (select queue.aging_ms from holdfast.queues as queue where queue.name = push.queue) as aging_ms
    from rows from (pg_catalog.unnest(pushes), pg_catalog.unnest(traces)) as push
    cross join lateral (select each.created_at from holdfast.jobs as each where each.id = push.holder limit 1) as stored
    where push.outcome = 'replaced'
    limit holdfast.at_most(pg_catalog.cardinality(pushes))
  ) as change
  where job.id = change.holder;
  if waiting <> '{}' then
    with changed as (
      update holdfast.scheduled as work set run_at = job.run_at, rank = job.rank, priority = job.priority, attempts = job.attempts
      from (
        select stored.id, stored.run_at, stored.rank, stored.priority, stored.attempts
        from pg_catalog.unnest(waiting) as given(id)
        cross join lateral (select each.* from holdfast.jobs as each where each.id = given.id limit 1) as stored
        limit holdfast.at_most(pg_catalog.cardinality(waiting))
      ) as job
      where work.id = job.id and work.kind = 'job'
      returning work.id, work.run_at
    )
    select coalesce(pg_catalog.array_agg(changed.id) filter (where changed.run_at <= holdfast.now()), '{}') into due from changed;
    if due <> '{}' then
      delete from holdfast.scheduled as work
      using (select given.id from pg_catalog.unnest(due) as given(id) limit holdfast.at_most(pg_catalog.cardinality(due))) as job
      where work.id = job.id and work.kind = 'job';
      moved := moved || due;
    end if;
  end if;
  if moved <> '{}' then
    perform holdfast.enqueue_jobs(moved);
  end if;
end
$$;

-- Lets newly created jobs wait for others, by pairs of the two. Earlier ones of those others are locked, and given as \`locked\`. Their
-- places record that they have dependents, and those that have already ended are settled here.
create function holdfast.link_jobs(children text[], parents text[], locked text[]) returns void
  language plpgsql volatile
  as $$
begin
  insert into holdfast.blocked_jobs (id, queue, blocked_by)
  select edge.child, job.queue, edge.count
  from (
    select given.child, count(*)::integer as count from pg_catalog.unnest(children) as given(child) group by given.child
  ) as edge
  cross join lateral (select stored.queue::text as queue from holdfast.jobs as stored where stored.id = edge.child limit 1) as job;
  insert into holdfast.job_dependencies (after_id, job_id)
  select given.parent, given.child from rows from (pg_catalog.unnest(parents), pg_catalog.unnest(children)) as given(parent, child);
  perform holdfast.mark_linked(locked);
  perform holdfast.settle_jobs(array(
    select ended.id
    from pg_catalog.unnest(locked) as given(id)
    cross join lateral (select stored.id from holdfast.ended_jobs as stored where stored.id = given.id limit 1) as ended
  ));
end
$$;

-- Records in the places of jobs that they have dependents. Runs behind lock_jobs. Blocked ones need no record: they get it when they are
-- enqueued.
create function holdfast.mark_linked(job_ids text[]) returns void
  language plpgsql volatile
  as $$
begin
  update holdfast.leases as work set is_linked = true
  from (select given.id from pg_catalog.unnest(job_ids) as given(id) limit holdfast.at_most(pg_catalog.cardinality(job_ids))) as job
  where work.id = job.id and work.kind = 'job' and not work.is_linked;
  update holdfast.scheduled as work set is_linked = true
  from (select given.id from pg_catalog.unnest(job_ids) as given(id) limit holdfast.at_most(pg_catalog.cardinality(job_ids))) as job
  where work.id = job.id and work.kind = 'job' and not work.is_linked;
  update holdfast.group_lines as work set is_linked = true
  from (select given.id from pg_catalog.unnest(job_ids) as given(id) limit holdfast.at_most(pg_catalog.cardinality(job_ids))) as job
  where work.id = job.id and work.kind = 'job' and not work.is_linked;
  update holdfast.ready as work set is_linked = true
  from (
    select stored.id, stored.queue, stored.route, stored.rank, stored.turn, stored.run_at, stored.sequence
    from pg_catalog.unnest(job_ids) as given(id)
    cross join lateral (select each.* from holdfast.jobs as each where each.id = given.id limit 1) as stored
    limit holdfast.at_most(pg_catalog.cardinality(job_ids))
  ) as job
  where work.queue = job.queue and work.kind = 'job' and work.route = job.route and work.rank = job.rank and work.turn = job.turn
    and work.run_at = job.run_at and work.sequence = job.sequence and work.id = job.id and not work.is_linked;
end
$$;

-- The edges of new jobs, as pairs of child and parent, and the rows to lock for them and for the keys. A job that depends on one that was
-- kept or replaced depends on the stored one; a kept one gets no edges. A job that is created while another runs with its unique key
-- depends on that one, if its push says so.
create function holdfast.links_of_pushes(pushes holdfast.job_push[], edge_jobs text[], edge_afters text[])
  returns table (children text[], parents text[], touched text[])
  language plpgsql volatile
  as $$
declare
  known jsonb;
  made text[];
begin
  select edge_jobs || coalesce(pg_catalog.array_agg(push.id), '{}'), edge_afters || coalesce(pg_catalog.array_agg(push.holder), '{}')
  into edge_jobs, edge_afters
  from pg_catalog.unnest(pushes) as push
  where push.outcome = 'created' and push.holder is not null and push.on_running = 'after';
  if edge_jobs = '{}' then
    return query
    select '{}'::text[], '{}'::text[], array(
      select push.holder collate "C" from pg_catalog.unnest(pushes) as push
      where push.outcome <> 'kept' and push.holder is not null order by 1
    );
    return;
  end if;
  select coalesce(pg_catalog.jsonb_object_agg(push.id, push.holder) filter (where push.outcome <> 'created'), '{}'),
    pg_catalog.array_agg(push.id) filter (where push.outcome = 'created')
  into known, made
  from pg_catalog.unnest(pushes) as push;
  return query
  with edge as materialized (
    select distinct given.child, coalesce(known ->> given.parent, given.parent) as parent
    from rows from (pg_catalog.unnest(edge_jobs), pg_catalog.unnest(edge_afters)) as given(child, parent)
    where not known ? given.child
  )
  select array(select edge.child from edge), array(select edge.parent from edge),
    array(
      select edge.parent collate "C" as id from edge where edge.parent not in (select pg_catalog.unnest(made))
      union
      select push.holder
      from pg_catalog.unnest(pushes) as push
      where push.outcome <> 'kept' and push.holder is not null
      order by id
    );
end
$$;

-- Fails with HF004 if a dependency is not among the jobs that were found.
create function holdfast.require_parents(children text[], parents text[], touched text[], existing text[]) returns void
  language plpgsql volatile
  as $$
begin
  if pg_catalog.cardinality(existing) < pg_catalog.cardinality(touched) then
    perform holdfast.fail('HF004',
      pg_catalog.format('job %s, which job %s is to come after, does not exist: push it first', edge.parent, edge.child),
      pg_catalog.json_build_object('entity', 'job', 'id', edge.parent, 'field', 'after'))
    from rows from (pg_catalog.unnest(children), pg_catalog.unnest(parents)) as edge(child, parent)
    where edge.parent in (select pg_catalog.unnest(touched)) and edge.parent not in (select pg_catalog.unnest(existing))
    limit 1;
  end if;
end
$$;

-- Applies what the pushes of one call say about keys and other jobs, behind insert_jobs.
create function holdfast.relate_jobs(pushes holdfast.job_push[], traces text[], has_keys boolean, children text[], parents text[],
    locked text[])
  returns void
  language plpgsql volatile
  as $$
begin
  if has_keys then
    perform holdfast.take_keys(pushes);
    if locked <> '{}' then
      perform holdfast.replace_jobs(pushes, traces);
    end if;
  end if;
  if children <> '{}' then
    perform holdfast.link_jobs(children, parents, locked);
  end if;
end
$$;

-- Pushes jobs, in the order of their places, by their outcomes from resolve_pushes; \`traces\` are in the same order, or empty; \`edge_jobs\`
-- depend on \`edge_afters\`. Returns those that were not made ready, by pushed id. Fails with HF004 if a dependency does not exist, and with
-- HF003 for a new job of an ended execution.
--
-- Parents, and jobs that a unique key replaces, are locked in their tables. A later end of a parent sees its edges, and one that had
-- ended before is settled here. The rows to lock depend on what was found, and are checked again once locked, until both agree.
-- Locks: executions, advisory ones of ids and keys, existing jobs, the blocked ones last, then in id order; then its new rows, in id
-- order. Plans are generic: otherwise most calls are planned anew for the size of their array, which takes longer than running them.
create function holdfast.push_jobs(pushes holdfast.job_push[], traces text[], has_owners boolean, has_groups boolean, has_keys boolean,
  edge_jobs text[], edge_afters text[])
  returns table (pushed_id text, id text, outcome text, status holdfast.job_status, run_at timestamptz)
  language plpgsql volatile set plan_cache_mode = force_generic_plan
  as $$
#variable_conflict use_column
declare
  is_related constant boolean := has_keys or edge_jobs <> '{}';
  children text[] := '{}';
  parents text[] := '{}';
  touched text[] := '{}';
  locked text[] := '{}';
  missed text[];
  later text[];
begin
  if is_related then
    perform holdfast.lock_pushes(
      array(select push.execution_id from pg_catalog.unnest(pushes) as push where push.execution_id is not null),
      array(select push.id from pg_catalog.unnest(pushes) as push where push.has_own_id),
      array(
        select holdfast.job_key(push.queue, push.unique_key) from pg_catalog.unnest(pushes) as push where push.unique_key is not null
      ));
    loop
      pushes := holdfast.resolve_pushes(pushes);
      select link.children, link.parents, link.touched into children, parents, touched
      from holdfast.links_of_pushes(pushes, edge_jobs, edge_afters) as link;
      exit when touched = locked;
      perform holdfast.require_parents(edge_jobs, edge_afters, touched, holdfast.lock_jobs(touched));
      locked := touched;
    end loop;
  end if;
  if has_owners then
    perform holdfast.lock_owners(pushes);
  end if;
  if has_groups then
    pushes := holdfast.give_turns(pushes);
  end if;
  select made.missed, made.later into missed, later from holdfast.insert_jobs(pushes, traces, children, parents) as made;
  if not is_related then
    return query
    select late.id, late.id, 'created', 'scheduled'::holdfast.job_status, holdfast.run_at_of(late.id)
    from pg_catalog.unnest(later) as late(id)
    union all
    select kept.id, kept.id, 'kept',
      coalesce(holdfast.job_status_of(kept.id), case when holdfast.fail('40001',
        pg_catalog.format('job %s was removed at the moment when it was pushed', kept.id),
        pg_catalog.json_build_object('entity', 'job', 'id', kept.id)) then 'ready'::holdfast.job_status end),
      holdfast.run_at_of(kept.id)
    from pg_catalog.unnest(missed) as kept(id);
    return;
  end if;
  if missed <> '{}' then
    perform holdfast.fail('40001', pg_catalog.format('job %s was pushed by another at the same moment', missed[1]),
      pg_catalog.json_build_object('entity', 'job', 'id', missed[1]));
  end if;
  perform holdfast.relate_jobs(pushes, traces, has_keys, children, parents, locked);
  return query
  select push.id, case when push.outcome = 'created' then push.id else push.holder end, push.outcome,
    case
      when push.outcome = 'kept' then push.status
      when push.outcome = 'replaced' then holdfast.job_status_of(push.holder)
      when push.id in (select pg_catalog.unnest(children)) then holdfast.job_status_of(push.id)
      when push.run_at > holdfast.now() then 'scheduled'
      else 'ready'
    end,
    case when push.outcome = 'created' then push.run_at else holdfast.run_at_of(push.holder) end
  from pg_catalog.unnest(pushes) as push;
end
$$;
`,
  },
  {
    number: 18,
    name: "0018_due_work",
    oldestClient: 18,
    sql: `-- The work in a queue before a general claim: jobs and executions that became due, and those whose holder is lost.
--
-- The limits inside \`in (select …)\` and \`using (select … limit …)\` cut nothing off here. They make the planner expect few rows, so it
-- looks rows up by place, even in a plan from when the tables were empty. Limits and arrays are in sub-selects, which hide them from the
-- planner: for visible values it would plan each call anew. The next migrations do the same.

-- Makes work of a queue ready whose time has come, the first due first, at most \`most\`. If the groups of the queue have a limit, it goes
-- to the line of its group.
-- Index: scheduled_due. Locks: rows of scheduled, skipping those that others have locked.
create function holdfast.wake_due(in_queue text, most bigint) returns void
  language plpgsql volatile
  as $$
begin
  with due as materialized (
    select found.ctid as place
    from holdfast.scheduled as found
    where found.queue = in_queue and found.run_at <= holdfast.now()
    order by found.run_at
    limit (select most)
    for update skip locked
  ), gone as (
    delete from holdfast.scheduled as work
    where work.ctid = any(array(select due.place from due))
    returning work.kind, work.id, work.queue, work.route, work.rank, work.turn, work.run_at, work.sequence, work.priority,
      work.attempts, work.group_key, work.is_linked, work.group_key is not null and coalesce((
        select queue.concurrency_per_group is not null from holdfast.queues as queue where queue.name = in_queue
      ), false) as has_line
  ), lined as (
    insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    select gone.kind, gone.id, gone.queue, gone.route, gone.rank, gone.turn, gone.run_at, gone.sequence, gone.priority, gone.attempts,
      gone.group_key, gone.is_linked
    from gone where gone.has_line
  ), opened as (
    insert into holdfast.openings (queue, group_key, freed)
    select distinct in_queue, gone.group_key, 0 from gone where gone.has_line
  )
  insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, has_place, is_linked)
  select gone.kind, gone.id, gone.queue, gone.route, gone.rank, gone.turn, gone.run_at, gone.sequence, gone.priority, gone.attempts,
    gone.group_key, false, gone.is_linked
  from gone where not gone.has_line;
end
$$;

-- Takes at most \`most\` jobs of a queue from holders whose leases have expired. They wait again with the attempt counted, or are dead
-- after the last one, with their dependents settled. Returns how many wait, which are dead, and the queues that those woke. Jobs whose
-- executions fail with them stay, because their executions must be locked first. \`are_left\` says whether there are any.
-- Index: leases_of_queue. Locks: leases, skipping those that others have locked, then jobs, and those of settle_jobs.
create function holdfast.rescue_expired(in_queue text, most bigint, expired_error json)
  returns table (reclaimed bigint, died text[], woken text[], are_left boolean)
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  again text[];
  settled text[];
  dead text[];
begin
  perform holdfast.unpack_lease(held.token)
  from (
    select chunk.token
    from holdfast.lease_chunks as chunk
    where chunk.queue = in_queue and chunk.lease_until <= holdfast.now()
    order by chunk.lease_until
    limit most
    for update skip locked
  ) as held;
  with expired as materialized (
    select found.ctid as place
    from holdfast.leases as found
    where found.queue = in_queue and found.lease_until <= holdfast.now() and found.kind = 'job' and not holdfast.is_fatal(found)
    order by found.lease_until
    limit (select most)
    for update skip locked
  ), gone as (
    delete from holdfast.leases as lease
    where lease.ctid = any(array(select expired.place from expired))
    returning lease.id, lease.token, lease.claimed_at, lease.attempts, lease.holder, lease.group_key, lease.is_linked
  ), job as materialized (
    select gone.id, gone.token, gone.claimed_at, gone.attempts, gone.holder, gone.is_linked,
      gone.attempts >= stored.max_attempts as is_dead
    from gone
    cross join lateral (select each.max_attempts from holdfast.jobs as each where each.id = gone.id limit 1) as stored
  ), opened as (
    insert into holdfast.openings (queue, group_key, freed)
    select in_queue, gone.group_key, count(*) from gone where gone.group_key is not null group by gone.group_key
  ), ended as (
    insert into holdfast.ended_jobs (id, queue, status, attempts, token, started_at, finished_at, holder, error)
    select job.id, in_queue, 'dead', job.attempts, job.token, job.claimed_at, holdfast.now(), job.holder, expired_error
    from job where job.is_dead
  ), recorded as (
    insert into holdfast.job_failures (job_id, token, attempt, started_at, failed_at, holder, error)
    select job.id, job.token, job.attempts, job.claimed_at, holdfast.now(), job.holder, expired_error from job
  ), counted as (
    insert into holdfast.job_counts (queue, status, count)
    select in_queue, 'dead', count(*) from job where job.is_dead having count(*) > 0
  ), kept as (
    update holdfast.jobs as stored set
      attempts = lost.attempts, token = lost.token, started_at = lost.claimed_at, holder = lost.holder, turn = 0
    from (select job.* from job where not job.is_dead limit (select most)) as lost
    where stored.id = lost.id
  )
  select coalesce(pg_catalog.array_agg(job.id) filter (where not job.is_dead), '{}'),
    pg_catalog.array_agg(job.id) filter (where job.is_dead and job.is_linked),
    coalesce(pg_catalog.array_agg(job.id) filter (where job.is_dead), '{}')
  into again, settled, dead
  from job;
  if pg_catalog.cardinality(again) > 0 then
    perform holdfast.enqueue_jobs(again);
  end if;
  return query select pg_catalog.cardinality(again)::bigint, dead,
    case when settled is null then '{}' else holdfast.settle_jobs(settled) end,
    exists (
      select from holdfast.leases as lease
      where lease.queue = in_queue and lease.lease_until <= holdfast.now() and lease.kind = 'job' and holdfast.is_fatal(lease)
    );
end
$$;

-- Does so in several queues or, if none is named, in all that have leases, found by stepping through the index.
create function holdfast.rescue_queues(names text[], most bigint, expired_error json)
  returns table (queue text, reclaimed bigint, died text[], woken text[], are_left boolean)
  language plpgsql volatile
  as $$
declare
  rescued record;
  done bigint := 0;
begin
  for queue in
    with recursive busy as (
      select '' collate "C" as name where pg_catalog.cardinality(names) = 0
      union all
      select least(
        (select lease.queue from holdfast.leases as lease where lease.queue > busy.name order by lease.queue limit 1),
        (select chunk.queue from holdfast.lease_chunks as chunk where chunk.queue > busy.name order by chunk.queue limit 1)
      )
      from busy
      where busy.name is not null
    )
    select busy.name from busy where busy.name > ''
    union all
    (select distinct given.name collate "C" from pg_catalog.unnest(names) as given(name) order by 1)
  loop
    exit when done >= most;
    select one.* into rescued from holdfast.rescue_expired(queue, most - done, expired_error) as one;
    reclaimed := rescued.reclaimed;
    died := rescued.died;
    woken := rescued.woken;
    are_left := rescued.are_left;
    done := done + reclaimed + pg_catalog.cardinality(died);
    return next;
  end loop;
end
$$;

-- Folds the counts of a queue into one row per status, so that summing them stays cheap. Called by retention, and by one claim in many.
-- Leaves rows that others are folding. Only if each statement sees the current rows: above READ COMMITTED, a row that another transaction
-- has folded would be a conflict.
-- Index: job_counts_of_queue. Locks: rows of job_counts, skipping those that others hold.
create function holdfast.fold_job_counts(in_queue text) returns bigint
  language plpgsql volatile
  as $$
declare
  written bigint;
begin
  if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
    return 0;
  end if;
  with told as materialized (
    select found.ctid as place
    from holdfast.job_counts as found
    where found.queue = in_queue
    order by found.queue, found.status
    limit (select 10000)
    for update skip locked
  ), gone as (
    delete from holdfast.job_counts as stored
    where stored.ctid = any(array(select told.place from told))
    returning stored.status, stored.count
  )
  insert into holdfast.job_counts (queue, status, count)
  select in_queue, gone.status, sum(gone.count) from gone group by gone.status having sum(gone.count) <> 0;
  get diagnostics written = row_count;
  return written;
end
$$;
`,
  },
  {
    number: 19,
    name: "0019_groups",
    oldestClient: 19,
    sql: `-- Limited groups: moves waiting work to their lines, and counts their slots. Under the lock of the queue.

-- Moves waiting work without a slot, pushed before its group had a limit, to the lines of the groups: at most 10,000 rows. Returns their
-- number. Under the lock of the queue.
-- Index: ready_of_group. Locks: rows of ready, skipping those that others have locked.
create function holdfast.file_groups(in_queue text) returns bigint
  language plpgsql volatile
  as $$
declare
  filed bigint;
begin
  with misfiled as materialized (
    select found.ctid as place
    from holdfast.ready as found
    where found.queue = in_queue and found.group_key is not null and not found.has_place
    order by found.queue, found.group_key
    limit (select 10000)
    for update skip locked
  ), gone as (
    delete from holdfast.ready as work
    where work.ctid = any(array(select misfiled.place from misfiled))
    returning work.kind, work.id, work.route, work.rank, work.turn, work.run_at, work.sequence, work.priority, work.attempts,
      work.group_key, work.is_linked
  ), opened as (
    insert into holdfast.openings (queue, group_key, freed) select distinct in_queue, gone.group_key, 0 from gone
  )
  insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
  select gone.kind, gone.id, in_queue, gone.route, gone.rank, gone.turn, gone.run_at, gone.sequence, gone.priority, gone.attempts,
    gone.group_key, gone.is_linked
  from gone;
  get diagnostics filed = row_count;
  return filed;
end
$$;

-- Gives back the slots of groups that openings report, at most 10,000 of those. Then admits the first of their lines as far as there are
-- slots. That is at most 1,000 per group, or all if the queue's groups have no limit any more. A group that may admit more stays open.
-- Rows that others have locked in its line, and those behind the thousandth, are for the next claim. Returns the groups that are full
-- now. Under the lock of the queue.
-- Index: openings_of_queue, in order, so that it marks what it finds dead; group_lines_order, places_pkey. Locks: rows of group_lines,
-- skipping those that others have locked.
create function holdfast.fold_openings(in_queue text, per_group integer) returns text[]
  language plpgsql volatile
  as $$
declare
  crowded text[];
begin
  with opening as materialized (
    select found.ctid as place
    from holdfast.openings as found
    where found.queue = in_queue
    order by found.queue, found.group_key
    limit (select 10000)
  ), gone as (
    delete from holdfast.openings as told
    where told.ctid = any(array(select opening.place from opening))
    returning told.group_key, told.freed
  ), room as materialized (
    select opened.group_key, coalesce(taken.used, 0) as former, coalesce(taken.used, 0) - opened.freed as used,
      least(1000, coalesce(per_group - coalesce(taken.used, 0) + opened.freed, 1000)) as count
    from (select gone.group_key, sum(gone.freed)::integer as freed from gone group by gone.group_key) as opened
    left join lateral (
      select stored.used from holdfast.places as stored where stored.queue = in_queue and stored.group_key = opened.group_key limit 1
    ) as taken on true
  ), head as materialized (
    select found.place
    from room
    cross join lateral (
      select work.ctid as place
      from holdfast.group_lines as work
      where work.queue = in_queue and work.group_key = room.group_key
      order by work.rank, work.turn, work.run_at, work.sequence
      limit greatest(room.count, 0)
      for update skip locked
    ) as found
  ), let_in as (
    delete from holdfast.group_lines as work
    where work.ctid = any(array(select head.place from head))
    returning work.kind, work.id, work.route, work.rank, work.turn, work.run_at, work.sequence, work.priority, work.attempts,
      work.group_key, work.is_linked
  ), ready as (
    insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, has_place, is_linked)
    select let_in.kind, let_in.id, in_queue, let_in.route, let_in.rank, let_in.turn, let_in.run_at, let_in.sequence, let_in.priority,
      let_in.attempts, let_in.group_key, per_group is not null, let_in.is_linked
    from let_in
  ), settled as materialized (
    select room.group_key, room.former, room.count as room, coalesce(entered.count, 0) as entered,
      room.used + case when per_group is null then 0 else coalesce(entered.count, 0) end as used
    from room
    left join (select let_in.group_key, count(*)::integer as count from let_in group by let_in.group_key) as entered
      on entered.group_key = room.group_key
  ), taken as (
    insert into holdfast.places as stored (queue, group_key, used)
    select in_queue, settled.group_key, settled.used from settled where settled.used <> settled.former and settled.used <> 0
    on conflict (queue, group_key) do update set used = excluded.used
  ), vacated as (
    delete from holdfast.places as stored
    using (select settled.group_key from settled where settled.used = 0 and settled.former <> 0 limit (select 10000)) as empty
    where stored.queue = in_queue and stored.group_key = empty.group_key
  ), reopened as (
    insert into holdfast.openings (queue, group_key, freed)
    select in_queue, settled.group_key, 0
    from settled
    where (settled.entered < settled.room or settled.entered = 1000) and settled.entered < (
      select count(*) from (
        select from holdfast.group_lines as work
        where work.queue = in_queue and work.group_key = settled.group_key limit settled.entered + 1
      ) as waiting
    )
  )
  select pg_catalog.array_agg(settled.group_key) filter (where settled.used >= per_group) into crowded from settled;
  return crowded;
end
$$;

-- Runs after a change of the limit of a queue's groups, under the lock of the queue. Counts the jobs that were claimed while there was
-- none. Opens every group that has slots or a line, for the next claim to admit or send back.
-- Index: leases_of_queue, jobs_pkey, places_pkey; the lines are found by stepping through group_lines_order. Locks: leases in id order.
create function holdfast.regroup_queue(in_queue text) returns void
  language plpgsql volatile
  as $$
begin
  if exists (select from holdfast.queues as queue where queue.name = in_queue and queue.concurrency_per_group is not null) then
    with running as materialized (
      select lease.id, lease.kind, coalesce(job.group_key, execution.group_key) as group_key
      from holdfast.leases as lease
      left join lateral (
        select stored.group_key from holdfast.jobs as stored where stored.id = lease.id and lease.kind = 'job' limit 1
      ) as job on true
      left join lateral (
        select stored.group_key from holdfast.executions as stored where stored.id = lease.id and lease.kind = 'execution' limit 1
      ) as execution on true
      where lease.queue = in_queue and lease.group_key is null and coalesce(job.group_key, execution.group_key) is not null
      order by lease.kind, lease.id
      for update of lease
    ), seated as (
      update holdfast.leases as lease set group_key = running.group_key
      from (select running.id, running.kind, running.group_key from running limit (select 1000000000)) as running
      where lease.id = running.id and lease.kind = running.kind
      returning lease.group_key
    )
    insert into holdfast.places as stored (queue, group_key, used)
    select in_queue, seated.group_key, count(*) from seated group by seated.group_key
    on conflict (queue, group_key) do update set used = stored.used + excluded.used;
  end if;
  insert into holdfast.openings (queue, group_key, freed)
  with recursive waiting as (
    (select work.group_key from holdfast.group_lines as work where work.queue = in_queue order by work.group_key limit 1)
    union all
    select (
      select work.group_key from holdfast.group_lines as work
      where work.queue = in_queue and work.group_key > waiting.group_key order by work.group_key limit 1
    )
    from waiting
    where waiting.group_key is not null
  )
  select in_queue, waiting.group_key, 0 from waiting where waiting.group_key is not null
  union
  select in_queue, stored.group_key, 0 from holdfast.places as stored where stored.queue = in_queue;
end
$$;
`,
  },
  {
    number: 20,
    name: "0020_admission",
    oldestClient: 20,
    sql: `-- Decides which work in the lines of groups gets a slot: better work first. Under the lock of the queue.

-- Takes slots back from the last ready work of groups that have too many, as after their limit was lowered: it returns to the line. Rows
-- that others have locked are for the next claim: the group stays open. Under the lock of the queue.
-- Index: ready_with_place. Locks: rows of ready, skipping those that others have locked.
create function holdfast.evict_groups(in_queue text, per_group integer, crowded text[]) returns void
  language plpgsql volatile
  as $$
begin
  with excess as materialized (
    select given.group_key, taken.used - per_group as count
    from pg_catalog.unnest((select crowded)) as given(group_key)
    cross join lateral (
      select stored.used from holdfast.places as stored where stored.queue = in_queue and stored.group_key = given.group_key limit 1
    ) as taken
    where taken.used > per_group
  ), last as materialized (
    select found.place
    from excess
    cross join lateral (
      select work.ctid as place
      from holdfast.ready as work
      where work.queue = in_queue and work.group_key = excess.group_key and work.has_place
      order by work.rank desc, work.turn desc, work.run_at desc, work.sequence desc
      limit excess.count
      for update skip locked
    ) as found
  ), let_out as (
    delete from holdfast.ready as work
    where work.ctid = any(array(select last.place from last))
    returning work.kind, work.id, work.route, work.rank, work.turn, work.run_at, work.sequence, work.priority, work.attempts,
      work.group_key, work.is_linked
  ), lined as (
    insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    select let_out.kind, let_out.id, in_queue, let_out.route, let_out.rank, let_out.turn, let_out.run_at, let_out.sequence,
      let_out.priority, let_out.attempts, let_out.group_key, let_out.is_linked
    from let_out
  ), settled as materialized (
    select excess.group_key, excess.count as excess, (
        select count(*)::integer from let_out where let_out.group_key = excess.group_key
      ) as count
    from excess
  ), reopened as (
    insert into holdfast.openings (queue, group_key, freed)
    select in_queue, settled.group_key, 0
    from settled
    where settled.count < settled.excess and settled.count < (
      select count(*) from (
        select from holdfast.ready as work
        where work.queue = in_queue and work.group_key = settled.group_key and work.has_place limit settled.count + 1
      ) as left_over
    )
  )
  update holdfast.places as stored set used = stored.used - settled.count
  from (select each.group_key, each.count from settled as each where each.count > 0 limit (select 10000)) as settled
  where stored.queue = in_queue and stored.group_key = settled.group_key;
end
$$;

-- Gives a slot of a group's last ready work to the first of its line if that comes before it: one per group and call. Returns the groups
-- that may have more. Under the lock of the queue.
-- Index: ready_with_place, group_lines_order. Locks: the rows that trade slots, skipping those that others have locked.
create function holdfast.reseat_groups(in_queue text, crowded text[]) returns text[]
  language plpgsql volatile
  as $$
declare
  moved text[];
begin
  with pair as materialized (
    select head.place as better, last.place as worse
    from pg_catalog.unnest((select crowded)) as given(group_key)
    cross join lateral (
      select work.ctid as place, work.rank, work.turn, work.run_at, work.sequence
      from holdfast.ready as work
      where work.queue = in_queue and work.group_key = given.group_key and work.has_place
      order by work.rank desc, work.turn desc, work.run_at desc, work.sequence desc
      limit 1
    ) as last
    cross join lateral (
      select work.ctid as place, work.rank, work.turn, work.run_at, work.sequence
      from holdfast.group_lines as work
      where work.queue = in_queue and work.group_key = given.group_key
      order by work.rank, work.turn, work.run_at, work.sequence
      limit 1
    ) as head
    where (head.rank, head.turn, head.run_at, head.sequence) < (last.rank, last.turn, last.run_at, last.sequence)
  ), locked as materialized (
    select better.place as better, worse.place as worse
    from pair
    cross join lateral (select work.ctid as place from holdfast.ready as work where work.ctid = pair.worse for update skip locked) as worse
    cross join lateral (
      select work.ctid as place from holdfast.group_lines as work where work.ctid = pair.better for update skip locked
    ) as better
  ), let_in as (
    delete from holdfast.group_lines as work
    where work.ctid = any(array(select locked.better from locked))
    returning work.kind, work.id, work.route, work.rank, work.turn, work.run_at, work.sequence, work.priority, work.attempts,
      work.group_key, work.is_linked
  ), let_out as (
    delete from holdfast.ready as work
    where work.ctid = any(array(select locked.worse from locked))
    returning work.kind, work.id, work.route, work.rank, work.turn, work.run_at, work.sequence, work.priority, work.attempts,
      work.group_key, work.is_linked
  ), ready as (
    insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, has_place, is_linked)
    select let_in.kind, let_in.id, in_queue, let_in.route, let_in.rank, let_in.turn, let_in.run_at, let_in.sequence, let_in.priority,
      let_in.attempts, let_in.group_key, true, let_in.is_linked
    from let_in
  ), lined as (
    insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    select let_out.kind, let_out.id, in_queue, let_out.route, let_out.rank, let_out.turn, let_out.run_at, let_out.sequence,
      let_out.priority, let_out.attempts, let_out.group_key, let_out.is_linked
    from let_out
  ), counted as (
    -- Nothing if both rows moved, as they do unless one was changed just before it was locked.
    insert into holdfast.openings (queue, group_key, freed)
    select in_queue, each.group_key, -sum(each.count)
    from (
      select let_in.group_key, 1 as count from let_in
      union all
      select let_out.group_key, -1 from let_out
    ) as each
    group by each.group_key
    having sum(each.count) <> 0
  )
  select pg_catalog.array_agg(let_in.group_key) into moved from let_in;
  return moved;
end
$$;

-- Gives the ready work of a queue the slots of its groups. The queue's lock serializes such claims, so nobody else changes \`places\`.
create function holdfast.admit_groups(in_queue text, per_group integer) returns void
  language plpgsql volatile
  as $$
declare
  crowded text[];
begin
  if per_group is not null then
    for round in 1..10 loop
      exit when not exists (
        select from holdfast.ready as work where work.queue = in_queue and work.group_key is not null and not work.has_place
      );
      exit when holdfast.file_groups(in_queue) < 10000;
    end loop;
  end if;
  if exists (select from holdfast.openings as opening where opening.queue = in_queue) then
    crowded := holdfast.fold_openings(in_queue, per_group);
    if crowded is not null then
      perform holdfast.evict_groups(in_queue, per_group, crowded);
      for round in 1..1000 loop
        crowded := holdfast.reseat_groups(in_queue, crowded);
        exit when crowded is null;
      end loop;
    end if;
  end if;
end
$$;
`,
  },
  {
    number: 21,
    name: "0021_claims",
    oldestClient: 21,
    sql: `-- The general claim, in steps: which queues are open and for how many, and the leases themselves.

-- The named queues that a claim may take from, how much from each, and whether their groups have limits. First makes due work ready,
-- rescues expired leases, locks queues with limits or openings, in name order, until the transaction ends, and admits their groups.
-- Paused queues are left alone. One that is resumed meanwhile is for the next claim, because it was not locked. \`died\` are lost jobs that
-- are dead now, \`woken\` the queues that they woke, and \`fatal\` the queues of lost jobs whose executions fail. \`behind\` says where
-- executions return that lost their holder.
-- Index: queues_pkey, scheduled_due, leases_of_queue, openings_of_queue. Locks: see the steps; then queues, by name.
create function holdfast.open_queues(named text[], most bigint, expired_error json, behind boolean)
  returns table (names text[], rooms bigint[], are_grouped boolean[], are_guarded boolean, died text[], woken text[], fatal text[])
  language plpgsql volatile
  as $$
declare
  each record;
  rescued record;
  guarded text[] := '{}';
begin
  names := '{}';
  fatal := '{}';
  rooms := '{}';
  are_grouped := '{}';
  died := '{}';
  woken := '{}';
  for each in
    select given.name,
      exists (
        select from holdfast.scheduled as work where work.queue = given.name and work.run_at <= holdfast.now()
      ) as has_due,
      exists (
        select from holdfast.leases as lease where lease.queue = given.name and lease.lease_until <= holdfast.now()
      ) or exists (
        select from holdfast.lease_chunks as chunk where chunk.queue = given.name and chunk.lease_until <= holdfast.now()
      ) as has_expired,
      coalesce(setting.is_limited, false) or exists (
        select from holdfast.openings as opening where opening.queue = given.name
      ) as is_guarded
    from (select distinct known.name collate "C" as name from pg_catalog.unnest((select named)) as known(name) order by 1) as given
    left join lateral (
      select queue.paused_at, queue.is_limited from holdfast.queues as queue where queue.name = given.name limit 1
    ) as setting on true
    where setting.paused_at is null
  loop
    if each.has_due then
      perform holdfast.wake_due(each.name, greatest(most, 100));
    end if;
    if each.has_expired then
      select one.* into rescued from holdfast.rescue_expired(each.name, greatest(most, 100), expired_error) as one;
      died := died || rescued.died;
      woken := woken || rescued.woken;
      if rescued.are_left then
        fatal := fatal || each.name;
      end if;
      perform holdfast.rescue_executions(each.name, greatest(most, 100), expired_error, behind);
    end if;
    if each.is_guarded then
      guarded := guarded || each.name;
    end if;
    names := names || each.name;
    rooms := rooms || most;
    are_grouped := are_grouped || false;
  end loop;
  are_guarded := pg_catalog.cardinality(guarded) > 0;
  if are_guarded then
    insert into holdfast.queues (name)
    select given.name from pg_catalog.unnest(guarded) as given(name)
    where not exists (select from holdfast.queues as queue where queue.name = given.name)
    order by given.name
    on conflict (name) do nothing;
    perform from holdfast.queues as queue
    where queue.name = any(array(select pg_catalog.unnest(guarded)))
    order by queue.name
    for no key update;
    select * into names, rooms, are_grouped from holdfast.open_guarded_queues(names, guarded, most);
  end if;
  return next;
end
$$;

-- The same for locked queues, as they are now. A queue that got its first limit meanwhile is left out, because it was not locked.
create function holdfast.open_guarded_queues(named text[], guarded text[], most bigint)
  returns table (names text[], rooms bigint[], are_grouped boolean[])
  language plpgsql volatile
  as $$
declare
  each record;
begin
  names := '{}';
  rooms := '{}';
  are_grouped := '{}';
  for each in
    select given.name, setting.concurrency_per_group, given.name = any(guarded) as is_guarded,
      greatest(0, least(
        most,
        case when setting.concurrency is not null then setting.concurrency - (
          select count(*) from (
            select from holdfast.leases as lease where lease.queue = given.name limit setting.concurrency
          ) as busy
        ) - (
          select coalesce(sum(holdfast.count_running(chunk)), 0)
          from holdfast.lease_chunks as chunk where chunk.queue = given.name
        ) end,
        -- Rounded down, except for what the rounding of the times removed.
        case when setting.rate_limit is not null then pg_catalog.floor(setting.rate_limit * (1 - greatest(0,
          extract(epoch from setting.rate_full_at - holdfast.now()) * 1000) / setting.rate_period_ms) + 0.0001)::bigint end
      )) as room
    from pg_catalog.unnest((select named)) as given(name)
    left join lateral (select queue.* from holdfast.queues as queue where queue.name = given.name limit 1) as setting on true
    where setting.paused_at is null and (given.name = any(guarded) or not coalesce(setting.is_limited, false))
  loop
    if each.is_guarded then
      perform holdfast.admit_groups(each.name, each.concurrency_per_group);
    end if;
    names := names || each.name;
    rooms := rooms || each.room;
    are_grouped := are_grouped || (each.concurrency_per_group is not null);
  end loop;
  return next;
end
$$;

-- Leases at most \`most\` ready jobs, or executions. Of each queue it takes the first \`room\`, by rank, turn, time and push, on routes that
-- the capabilities serve. The lines of several queues are merged by priority, then time. Work that precedes another in its queue's line
-- counts as no later than that one. Claims count against the rate. \`pos\` is the place of a row in the answer. Rows are found again by
-- their place (ctid), which nobody changes while they are locked. Rows that changed after this statement began are invisible here, and
-- left to the next claim.
-- Index: ready_order, in order per queue and route. Locks: rows of ready, skipping those that others have locked.
create function holdfast.lease_work(of_kind holdfast.work_kind, names text[], rooms bigint[], are_grouped boolean[], most bigint,
    lease_ms bigint, claimer text, capabilities text[])
  returns table (pos bigint, id text, queue text, token bigint, attempts integer)
  language plpgsql volatile
  as $$
#variable_conflict use_column
begin
  return query
  with recursive open_queue as materialized (
    select given.name, given.room, given.is_grouped
    from unnest((select names), rooms, are_grouped) as given(name, room, is_grouped)
    where given.room > 0
  ), served_route as (
    select open_queue.name as queue, '' collate "C" as route from open_queue
    union all
    select served_route.queue, (
        select work.route
        from holdfast.ready as work
        where work.queue = served_route.queue and work.kind = of_kind and work.route > served_route.route
        order by work.route
        limit 1
      )
    from served_route
    where served_route.route is not null and pg_catalog.cardinality(capabilities) > 0
  ), head as materialized (
    select served_route.queue, open_queue.room, found.place, found.priority, found.rank, found.turn, found.run_at, found.sequence,
      row_number() over in_line as number
    from served_route
    join open_queue on open_queue.name = served_route.queue
    cross join lateral (
      select work.ctid as place, work.priority, work.rank, work.turn, work.run_at, work.sequence
      from holdfast.ready as work
      where work.queue = served_route.queue and work.kind = of_kind and work.route = served_route.route
        and (work.has_place or work.group_key is null or not open_queue.is_grouped)
      order by work.rank, work.turn, work.run_at, work.sequence
      limit open_queue.room
      for update skip locked
    ) as found
    where served_route.route = '' or holdfast.serves(capabilities, served_route.route)
    window in_line as (partition by served_route.queue order by found.rank, found.turn, found.run_at, found.sequence)
  ), aligned as (
    select head.queue, head.place, head.run_at, head.sequence, head.number,
      min(head.priority) over (partition by head.queue order by head.number desc) as priority
    from head
    where head.number <= head.room and pg_catalog.cardinality(names) > 1
  ), dated as (
    select aligned.place, aligned.sequence, aligned.number, aligned.priority,
      min(aligned.run_at) over (partition by aligned.queue, aligned.priority order by aligned.number desc) as run_at
    from aligned
  ), picked as materialized (
    select dated.place, row_number() over (order by dated.priority, dated.run_at, dated.number, dated.sequence) as pos
    from dated
    union all
    select head.place, head.number from head where head.number <= head.room and pg_catalog.cardinality(names) = 1
  ), gone as (
    delete from holdfast.ready as work
    using (
      select given.place, given.pos
      from (
        select pg_catalog.array_agg(picked.place order by picked.pos) as places from picked where picked.pos <= most
      ) as line
      cross join lateral unnest(line.places) with ordinality as given(place, pos)
      limit (select most)
    ) as chosen
    where work.ctid = chosen.place
    returning work.id, work.queue, work.turn, work.attempts + 1 as attempts,
      case when work.has_place then work.group_key end as group_key,
      -- For an execution it says whether it waits for events, which its lease need not know.
      of_kind = 'job' and work.is_linked as is_linked,
      -- Drawn here instead of at the insert: joining those rows with these would compare all with all.
      chosen.pos, nextval('holdfast.tokens') as token
  ), leased as (
    insert into holdfast.leases (kind, id, token, queue, lease_until, claimed_at, attempts, holder, group_key, is_linked)
    select of_kind, gone.id, gone.token, gone.queue, holdfast.now() + lease_ms * interval '1 millisecond', holdfast.now(), gone.attempts,
      claimer, gone.group_key, gone.is_linked
    from gone
  ), charged as (
    update holdfast.queues as charged set
      turn = greatest(charged.turn, started.turn),
      rate_full_at = holdfast.rate_after(charged.rate_full_at, started.count, charged.rate_limit, charged.rate_period_ms)
    from (select gone.queue, count(*) as count, max(gone.turn) as turn from gone group by gone.queue limit (select most)) as started
    where charged.name = started.queue and charged.is_limited
  )
  select gone.pos, gone.id, gone.queue, gone.token, gone.attempts from gone;
end
$$;

-- Leases ready jobs by lease_work, and returns what a claim returns.
-- Index: jobs_pkey. Locks: see lease_work.
create function holdfast.lease_jobs(names text[], rooms bigint[], are_grouped boolean[], most bigint, lease_ms bigint, claimer text,
    capabilities text[])
  returns table (pos bigint, id text, queue text, token bigint, priority integer, attempts integer, max_attempts integer,
    timeout_ms bigint, queue_timeout_ms bigint, lease_until timestamptz, run_at timestamptz, created_at timestamptz, execution_id text, payload json,
    trace_context text)
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  held record;
begin
  select pg_catalog.array_agg(leased.pos) as places, pg_catalog.array_agg(leased.id) as ids, pg_catalog.array_agg(leased.queue) as queues,
    pg_catalog.array_agg(leased.token) as tokens, pg_catalog.array_agg(leased.attempts) as attempts
  into held
  from holdfast.lease_work('job', names, rooms, are_grouped, most, lease_ms, claimer, capabilities) as leased;
  -- A separate statement: lease_work may have leased rows committed after the calling statement's snapshot.
  return query
  select leased.pos, leased.id, leased.queue, leased.token, job.priority, leased.attempts, job.max_attempts, job.timeout_ms,
    setting.timeout_ms, holdfast.now() + lease_ms * interval '1 millisecond', job.run_at, job.created_at, job.execution_id::text, job.payload,
    job.trace_context
  from rows from (
    pg_catalog.unnest(held.places), pg_catalog.unnest(held.ids), pg_catalog.unnest(held.queues), pg_catalog.unnest(held.tokens),
    pg_catalog.unnest(held.attempts)
  ) as leased(pos, id, queue, token, attempts)
  cross join lateral (
    select stored.priority, stored.run_at, stored.max_attempts, stored.timeout_ms, stored.created_at, stored.execution_id, stored.payload,
      stored.trace_context
    from holdfast.jobs as stored
    where stored.id = leased.id
    limit 1
  ) as job
  left join holdfast.queues as setting on setting.name = leased.queue;
end
$$;

-- The general claim, of queues that may have limits, of due work and of jobs whose leases expired: holdfast.open_queues, then
-- holdfast.lease_jobs. A row without an id holds dead jobs and the queues that they woke, or one queue with lost jobs whose executions
-- fail with them. Another call ends those, because it locks their executions first. All plans are generic: planning them anew for the
-- values of a call takes longer than a claim.
create function holdfast.claim_jobs(named text[], most bigint, lease_ms bigint, claimer text, capabilities text[], expired_error json)
  returns table (pos bigint, id text, queue text, token bigint, priority integer, attempts integer, max_attempts integer,
    timeout_ms bigint, queue_timeout_ms bigint, lease_until timestamptz, run_at timestamptz, created_at timestamptz, execution_id text, payload json,
    trace_context text, woken text[], died text[])
  language plpgsql volatile
  set plan_cache_mode = force_generic_plan
  as $$
#variable_conflict use_column
declare
  found_open record;
  claimed bigint;
begin
  select opened.* into found_open from holdfast.open_queues(named, most, expired_error, false) as opened;
  if pg_catalog.cardinality(named) = 1 and found_open.names = named and capabilities = '{}' and not found_open.are_grouped[1] then
    return query select leased.*, null::text[], null::text[] from holdfast.claim_chunks(named[1], found_open.rooms[1], lease_ms, claimer,
      found_open.are_guarded) as leased;
  else
    perform holdfast.unpack_heads(found_open.names, most);
    return query
    select leased.*, null::text[], null::text[]
    from holdfast.lease_jobs(found_open.names, found_open.rooms, found_open.are_grouped, most, lease_ms, claimer, capabilities) as leased;
  end if;
  get diagnostics claimed = row_count;
  if pg_catalog.cardinality(found_open.died) > 0 then
    return query select 0::bigint, null::text, '', 0::bigint, 0, 0, 0, null::bigint, null::bigint, holdfast.now(), holdfast.now(),
      holdfast.now(), null::text, null::json, null::text, found_open.woken, found_open.died;
  end if;
  return query select 0::bigint, null::text, lost.queue, 0::bigint, 0, 0, 0, null::bigint, null::bigint, holdfast.now(), holdfast.now(),
    holdfast.now(), null::text, null::json, null::text, null::text[], null::text[]
  from pg_catalog.unnest(found_open.fatal) as lost(queue);
  -- Once in 256 jobs, so that folding costs a claim nothing on average. The usual claim calls this one as often.
  if claimed > 0 then
    if (pg_catalog.currval('holdfast.tokens') - 3) % 512 < 2 * claimed then
      perform holdfast.fold_job_counts(each.name) from pg_catalog.unnest(found_open.names) as each(name);
    end if;
  end if;
end
$$;
`,
  },
  {
    number: 22,
    name: "0022_execution_claims",
    oldestClient: 22,
    sql: `-- Claims of executions, as of jobs, from the same tables. A claim returns the execution itself, and writes to it only on request.

create type holdfast.wake_reason as enum ('moment', 'event', 'children', 'expiry', 'call');

-- What a parked execution waits for, and what woke it. Each claim returns that until the execution parks again or ends, so that no event
-- is lost if a holder dies. The time is in \`scheduled\`, the events are rows of \`waits\`.
create table holdfast.parks (
  execution_id text collate "C" primary key,
  parked_at timestamptz not null,
  -- How many of its children have to end yet; null if it does not wait for them.
  children integer,
  -- What woke it before its time; null if nothing did. The time is then the expiry of the wait of this step and key or, without these,
  -- the given one.
  woken_by holdfast.wake_reason,
  step text collate "C",
  key text collate "C",
  payload json,
  -- Of the event or the call that woke it.
  trace_context text collate "C"
) with (fillfactor = 70);

-- Puts new executions in their queues, each at its time, or at once. Most are ready there and have no group: they need no check of
-- earlier ones, and take one insert.
create function holdfast.enqueue_new(ids text[], moments timestamptz[]) returns void
  language plpgsql volatile
  set plan_cache_mode = force_generic_plan
  set enable_hashjoin = off
  set enable_mergejoin = off
  set enable_seqscan = off
  as $$
declare
  done bigint;
begin
  insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, has_place, is_linked)
  select 'execution', stored.id, stored.queue, stored.route,
    holdfast.work_rank(stored.priority, coalesce(given.moment, holdfast.now()), (
      select setting.aging_ms from holdfast.queues as setting where setting.name = stored.queue
    )), 0, coalesce(given.moment, holdfast.now()), stored.sequence, stored.priority, 0, false, false
  from unnest(ids, moments) as given(id, moment)
  join holdfast.executions as stored on stored.id = given.id
  where stored.group_key is null and (given.moment > holdfast.now()) is not true;
  get diagnostics done = row_count;
  if done = pg_catalog.cardinality(ids) then
    return;
  end if;
  perform holdfast.enqueue_execution(stored.id, coalesce(given.moment, holdfast.now()), 0, null)
  from unnest(ids, moments) with ordinality as given(id, moment, position)
  join holdfast.executions as stored on stored.id = given.id
  where stored.group_key is not null or given.moment > holdfast.now()
  order by given.position;
end
$$;

-- Takes at most \`most\` executions of a queue from holders whose leases have expired. They wait again with the attempt counted, at their
-- former place or, with \`behind\`, behind all that are ready now; after the last attempt they fail. Returns the number of each. An
-- execution that somebody is writing, or whose lease is being moved, is left to the next call.
-- Index: leases_of_queue, executions_pkey. Locks: one execution after another and its lease, skipping those that others have locked.
create function holdfast.rescue_executions(in_queue text, most bigint, expired_error json, behind boolean)
  returns table (reclaimed bigint, died bigint)
  language plpgsql volatile
  as $$
declare
  lost record;
  place text;
begin
  reclaimed := 0;
  died := 0;
  for lost in
    select lease.id, lease.attempts, lease.token, lease.claimed_at, lease.attempts >= execution.max_attempts as is_dead
    from holdfast.leases as lease
    cross join lateral (select stored.max_attempts from holdfast.executions as stored where stored.id = lease.id limit 1) as execution
    where lease.queue = in_queue and lease.lease_until <= holdfast.now() and lease.kind = 'execution'
    order by lease.lease_until
    limit (select most)
  loop
    if lost.is_dead then
      perform from holdfast.executions as stored where stored.id = lost.id for update skip locked;
    else
      perform from holdfast.executions as stored where stored.id = lost.id for key share skip locked;
    end if;
    continue when not found;
    select lease.group_key into place from holdfast.leases as lease
      where lease.id = lost.id and lease.kind = 'execution' and lease.token = lost.token and lease.lease_until <= holdfast.now()
      for update skip locked;
    continue when not found;
    if lost.is_dead then
      died := died + 1;
      update holdfast.executions as stored set status = 'failed', error = expired_error, version = stored.version + 1,
          updated_at = holdfast.now(), started_at = coalesce(stored.started_at, lost.claimed_at), finished_at = holdfast.now()
        where stored.id = lost.id;
    else
      reclaimed := reclaimed + 1;
      delete from holdfast.leases as lease where lease.id = lost.id and lease.kind = 'execution';
      perform holdfast.enqueue_execution(lost.id, case when behind then holdfast.now() else lost.claimed_at end, lost.attempts, place);
    end if;
  end loop;
  return next;
end
$$;

-- The general claim: of queues that may have limits, of due work and of executions whose leases expired. These are made ready first, and
-- then claimed in their order among all ready ones. Executions that lost their holder return to their former place, or behind all others
-- on request. Returns the executions whole, with what they were parked for.
create function holdfast.claim_executions(named text[], most bigint, lease_ms bigint, claimer text, capabilities text[],
    expired_error json, behind boolean)
  returns table (pos bigint, token bigint, attempts integer, execution holdfast.executions, park holdfast.parks)
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  found_open record;
  held record;
begin
  select opened.* into found_open from holdfast.open_queues(named, most, expired_error, behind) as opened;
  select pg_catalog.array_agg(leased.pos) as places, pg_catalog.array_agg(leased.id) as ids, pg_catalog.array_agg(leased.token) as tokens,
    pg_catalog.array_agg(leased.attempts) as attempts
  into held
  from holdfast.lease_work('execution', found_open.names, found_open.rooms, found_open.are_grouped, most, lease_ms, claimer, capabilities)
    as leased;
  -- A separate statement: lease_work may have leased rows committed after the calling statement's snapshot.
  return query
  select leased.pos, leased.token, leased.attempts, present.whole, parked.whole
  from rows from (
    pg_catalog.unnest(held.places), pg_catalog.unnest(held.ids), pg_catalog.unnest(held.tokens), pg_catalog.unnest(held.attempts)
  ) as leased(pos, id, token, attempts)
  cross join lateral (select stored as whole from holdfast.executions as stored where stored.id = leased.id limit 1) as present
  left join lateral (select stored as whole from holdfast.parks as stored where stored.execution_id = leased.id limit 1) as parked on true;
end
$$;

-- Locks an execution for a claim that changes it, if nobody else has locked it. A claim never waits.
-- Index: executions_pkey. Locks: the execution.
create function holdfast.lock_claimable(execution text) returns boolean
  language plpgsql volatile
  as $$
begin
  perform from holdfast.executions as stored where stored.id = execution for no key update skip locked;
  return found;
end
$$;

-- Writes to an execution what its claim says, and returns it.
-- Index: executions_pkey. Locks: none but those of lock_claimable, which came before.
create function holdfast.change_claimed(execution text, new_status holdfast.status, added jsonb) returns holdfast.executions
  language plpgsql volatile
  as $$
declare
  changed holdfast.executions;
begin
  update holdfast.executions as stored set
      version = stored.version + 1, status = coalesce(new_status, stored.status), updated_at = holdfast.now(),
      started_at = holdfast.started_at(stored.started_at, coalesce(new_status, stored.status)),
      usage = case when added is null then stored.usage else holdfast.add_usage(stored.usage, added) end
    where stored.id = execution
    returning stored.* into changed;
  return changed;
end
$$;

-- Claims executions in the general way, as the function of seven arguments, and writes to them. One that somebody else has locked goes
-- back to its queue.
-- Index and locks: those of that function; then the executions, skipping locked ones.
create function holdfast.claim_executions(named text[], most bigint, lease_ms bigint, claimer text, capabilities text[],
    expired_error json, behind boolean, new_status holdfast.status, added jsonb)
  returns table (pos bigint, token bigint, attempts integer, execution holdfast.executions, park holdfast.parks)
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  claimed record;
  place text;
begin
  for claimed in
    select one.* from holdfast.claim_executions(named, most, lease_ms, claimer, capabilities, expired_error, behind) as one
  loop
    if holdfast.lock_claimable((claimed.execution).id) then
      pos := claimed.pos;
      token := claimed.token;
      attempts := claimed.attempts;
      execution := holdfast.change_claimed((claimed.execution).id, new_status, added);
      park := claimed.park;
      return next;
    else
      delete from holdfast.leases as lease
        where lease.id = (claimed.execution).id and lease.kind = 'execution'
        returning lease.group_key into place;
      perform holdfast.enqueue_execution((claimed.execution).id, holdfast.now(), claimed.attempts - 1, place);
    end if;
  end loop;
end
$$;

-- Ends an attempt in failure. The execution can be claimed again after a while, with the attempt counted, or fails after the last one.
-- Without a given time it waits a second, doubled after each attempt, at most an hour. Returns "again", "failed" or "lost".
-- Locks: the execution, then its lease.
create function holdfast.fail_execution(execution text, fence bigint, cause json, after_ms bigint)
  returns table (outcome text, queue text, parent_id text, run_at timestamptz)
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  stored holdfast.executions;
  held holdfast.leases;
begin
  outcome := 'lost';
  select present.* into stored from holdfast.executions as present where present.id = execution for update;
  select lease.* into held from holdfast.leases as lease
    where lease.id = execution and lease.kind = 'execution' and holdfast.holds(lease.token, lease.lease_until, fence)
    for update;
  if held.id is null or held.queue is null then
    return next;
    return;
  end if;
  queue := held.queue;
  parent_id := stored.parent_id;
  if held.attempts >= stored.max_attempts then
    outcome := 'failed';
    update holdfast.executions as present set status = 'failed', error = coalesce(cause, present.error),
        version = present.version + 1, updated_at = holdfast.now(),
        started_at = coalesce(present.started_at, held.claimed_at), finished_at = holdfast.now()
      where present.id = execution;
  else
    outcome := 'again';
    delete from holdfast.leases as lease where lease.id = execution and lease.kind = 'execution';
    run_at := holdfast.after_ms(coalesce(after_ms, least(1000 * 2 ^ least(held.attempts - 1, 22), 3600000)::bigint));
    perform holdfast.enqueue_execution(execution, run_at, held.attempts, held.group_key);
  end if;
  return next;
end
$$;
`,
  },
  {
    number: 23,
    name: "0023_parks",
    oldestClient: 23,
    sql: `-- Parking and waking executions.

-- Removes the waits of a woken execution; expired ones move to \`ended_waits\`. Deleting the row of \`scheduled\` grants the right to wake
-- the execution, so every wake passes here. A wait that a delivery has locked stays: that delivery finds nothing to wake, and runs again.
-- Index: waits_execution_id_step_key_key.
create function holdfast.leave_park() returns trigger
  language plpgsql
  as $$
begin
  with gone as (
    delete from holdfast.waits as wait
    where wait.id = any(array(
      select parked.id::text from holdfast.waits as parked
      where parked.execution_id = old.id and parked.is_park
      for update skip locked
    ))
    returning wait.id, wait.key, wait.execution_id, wait.step, wait.created_at, wait.expires_at
  )
  insert into holdfast.ended_waits (id, key, execution_id, step, status, created_at, expires_at, ended_at)
  select gone.id, gone.key, gone.execution_id, gone.step, 'expired', gone.created_at, gone.expires_at, holdfast.now()
  from gone
  where gone.expires_at <= holdfast.now()
  on conflict (id) do nothing;
  return null;
end
$$;

create trigger scheduled_woken after delete on holdfast.scheduled
  for each row when (old.kind = 'execution' and old.is_linked)
  execute function holdfast.leave_park();

-- Wakes a parked execution, and keeps what woke it for its next claims. Returns its queue; null if it is no longer parked.
-- Locks: its rows of parks and scheduled, then those of waits.
create function holdfast.wake(execution text, reason holdfast.wake_reason, of_step text, of_key text, with_payload json,
    with_trace text default null) returns text
  language plpgsql volatile
  as $$
declare
  lane text;
begin
  perform from holdfast.parks as park where park.execution_id = execution for update;
  delete from holdfast.scheduled as work
    where work.id = execution and work.kind = 'execution'
    returning work.queue into lane;
  if not found then
    return null;
  end if;
  update holdfast.parks as park set woken_by = reason, children = null, step = of_step, key = of_key, payload = with_payload,
      trace_context = with_trace
    where park.execution_id = execution;
  perform holdfast.enqueue_execution(execution, holdfast.now(), 0, null);
  return lane;
end
$$;

-- Wakes the execution that is parked for a wait to which an event is being delivered. If another transaction has woken it since this one
-- began, fails with 40001. The delivery is then repeated and goes to another wait, or is kept.
create function holdfast.wake_waiter(execution text, of_step text, of_key text, with_payload json, with_trace text)
  returns text
  language plpgsql volatile
  as $$
declare
  lane text := holdfast.wake(execution, 'event', of_step, of_key, with_payload, with_trace);
begin
  if lane is null then
    perform holdfast.fail('40001', pg_catalog.format('execution %s was woken at the same moment', execution), '{}');
  end if;
  return lane;
end
$$;

-- Takes the oldest kept event of the keys that an execution parks for, and records it as what woke the execution. Returns whether there
-- was one. Called under the locks of the keys.
-- Index: events_kept, parks_pkey. Locks: the event.
create function holdfast.take_early_event(execution text, wait_ids text[], steps text[], keys text[], expiries timestamptz[])
  returns boolean
  language plpgsql volatile
  as $$
declare
  event holdfast.events;
  place integer;
begin
  select kept.* into event from holdfast.events as kept
    where kept.key = any(keys) and kept.consumed_at is null and kept.expires_at > holdfast.now()
    order by kept.sequence
    limit 1
    for update;
  if not found then
    return false;
  end if;
  perform holdfast.consume(event.id, event.dedupe_id);
  place := pg_catalog.array_position(keys, event.key::text);
  insert into holdfast.ended_waits (id, key, execution_id, step, status, created_at, expires_at, ended_at, event_id, payload,
    trace_context)
  values (wait_ids[place], event.key, execution, steps[place], 'delivered', holdfast.now(), expiries[place], holdfast.now(), event.id,
    event.payload, event.trace_context);
  update holdfast.parks as park set woken_by = 'event', step = steps[place], key = event.key, payload = event.payload,
      trace_context = event.trace_context
    where park.execution_id = execution;
  return true;
end
$$;

-- Lets a park end with the children that run now: with the last of them or, if \`since\` is given, with the first. Returns whether it ends
-- at once, because none runs or because one has ended since then. Children are locked, so that this waits for one that is ending, and one
-- that ends later finds the park.
-- Index: executions_parent, parks_pkey. Locks: children, shared, in id order.
create function holdfast.await_children(execution text, since timestamptz) returns boolean
  language plpgsql volatile
  as $$
declare
  running integer;
  is_over boolean;
begin
  select count(*) into running from (
    select from holdfast.executions as child
    where child.parent_id = execution and child.finished_at is null
    order by child.id
    for key share
  ) as locked;
  is_over := case
    when since is null then running = 0
    else exists (select from holdfast.executions as child where child.parent_id = execution and child.finished_at >= since)
  end;
  update holdfast.parks as park set woken_by = case when is_over then 'children'::holdfast.wake_reason end,
      children = case when running > 0 and not is_over then case when since is null then running else 1 end end
    where park.execution_id = execution;
  return is_over;
end
$$;

-- Parks an execution whose lease the transaction holds. Gives the lease back, and waits. The park ends by whichever comes first: its time,
-- an event, the expiry of a wait, the end of all current children, or of any. Three things make the execution claimable at once: a call
-- that came while it was not parked, an early event, and children that have ended. Returns its queue, and whether it is claimable. Called
-- under the locks of the keys.
-- Index: leases_pkey, parks_pkey, waits_execution_id_step_key_key. Locks: the lease; events; children, shared, in id order; waits.
create function holdfast.park(execution text, until_at timestamptz, wait_ids text[], steps text[], keys text[], expiries timestamptz[],
    for_children boolean, any_child boolean)
  returns table (queue text, is_ready boolean)
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  held holdfast.leases;
  soonest record;
begin
  delete from holdfast.leases as lease
    where lease.id = execution and lease.kind = 'execution'
    returning lease.* into held;
  if held.queue is null then
    perform holdfast.fail('HF006',
      pg_catalog.format('execution %s is in no queue, so nobody could claim it again: create it with a queue', execution),
      pg_catalog.json_build_object('entity', 'execution', 'field', 'park', 'id', execution));
  end if;
  delete from holdfast.waits as wait where wait.execution_id = execution and wait.is_park;
  insert into holdfast.parks as park (execution_id, parked_at) values (execution, holdfast.now())
    on conflict (execution_id) do update set
      parked_at = excluded.parked_at, children = null, woken_by = null, step = null, key = null, payload = null,
      trace_context = null;
  with called as (
    delete from holdfast.wakes as called where called.execution_id = execution returning called.payload, called.trace_context
  )
  update holdfast.parks as park set woken_by = 'call', payload = called.payload, trace_context = called.trace_context
    from called where park.execution_id = execution;
  is_ready := found;
  queue := held.queue;
  if pg_catalog.cardinality(keys) > 0 and not is_ready then
    is_ready := holdfast.take_early_event(execution, wait_ids, steps, keys, expiries);
  end if;
  if (for_children or any_child) and not is_ready then
    is_ready := holdfast.await_children(execution, case when any_child then held.claimed_at end);
  end if;
  if not is_ready then
    with registered as (
      insert into holdfast.waits as wait (id, key, execution_id, step, created_at, expires_at, is_park)
      select given.id, given.key, execution, given.step, holdfast.now(), given.expires_at, true
      from unnest((select wait_ids), keys, steps, expiries) with ordinality as given(id, key, step, expires_at, position)
      order by given.position
      on conflict (execution_id, step, key) do update set is_park = true
      returning wait.step, wait.key, wait.expires_at
    )
    select registered.step, registered.key, registered.expires_at into soonest
      from registered
      where registered.expires_at < coalesce(until_at, 'infinity')
      order by registered.expires_at
      limit 1;
    if soonest.expires_at is not null then
      until_at := soonest.expires_at;
      update holdfast.parks as park set step = soonest.step, key = soonest.key where park.execution_id = execution;
    end if;
  end if;
  perform holdfast.enqueue_execution(execution, case when is_ready then holdfast.now() else coalesce(until_at, 'infinity') end, 0,
    held.group_key, pg_catalog.cardinality(keys) > 0);
  is_ready := is_ready or until_at <= holdfast.now();
  return next;
end
$$;

-- The end of a child counts for its parent, if that is parked for its children: the last one wakes it. Children that end concurrently
-- wait for the parent's row of parks.
create function holdfast.tell_parent() returns trigger
  language plpgsql
  as $$
declare
  unfinished integer;
begin
  if old.status >= 'succeeded' then
    return null;
  end if;
  update holdfast.parks as park set children = park.children - 1
    where park.execution_id = new.parent_id and park.children > 0
    returning park.children into unfinished;
  if unfinished = 0 then
    perform holdfast.wake(new.parent_id, 'children', null, null, null);
  end if;
  return null;
end
$$;

create trigger executions_ended_below after update of status on holdfast.executions
  for each row when (new.parent_id is not null and new.status >= 'succeeded')
  execute function holdfast.tell_parent();
`,
  },
  {
    number: 24,
    name: "0024_forks",
    oldestClient: 24,
    sql: `-- How an execution is forked.

-- The fork point of an execution, and what the fork takes over. \`is_known\` says that the same fork exists already. Fails with HF007 if
-- another execution has the id, with HF004 without the source, the entry or the parent, and with HF001 above a depth of 100 forks. Locks
-- the parent, shared.
create function holdfast.fork_point(source text, fork text, wanted bigint, parent text,
    out is_known boolean, out at bigint, out strategy holdfast.strategy, out definition_name text, out definition_version integer,
    out labels jsonb, out input json, out transaction xid8)
  language plpgsql
  -- The plans outlive the time when the tables were empty.
  set enable_seqscan = off
  as $$
declare
  last bigint;
  depth bigint;
begin
  select stored.origin_number into at
    from holdfast.history_forks as stored
    where stored.execution_id = fork and stored.origin_id = source and stored.origin_number = coalesce(wanted, stored.origin_number);
  is_known := found;
  if is_known then
    return;
  end if;
  perform from holdfast.executions as stored where stored.id = fork;
  if found then
    perform holdfast.fail('HF007', pg_catalog.format('execution %s exists: choose another id', fork),
      pg_catalog.json_build_object('entity', 'execution', 'id', fork));
  end if;
  select stored.strategy, stored.definition_name, stored.definition_version, stored.labels, stored.input,
      coalesce(head.transaction, pg_catalog.pg_current_xact_id())
    into strategy, definition_name, definition_version, labels, input, transaction
    from holdfast.executions as stored
    left join lateral (
      select known.transaction from holdfast.history_heads as known where known.execution_id = stored.id limit 1
    ) as head on true
    where stored.id = source;
  if not found then
    perform holdfast.fail('HF004', pg_catalog.format('execution %s does not exist: fork one that does', source),
      pg_catalog.json_build_object('entity', 'execution', 'id', source));
  end if;
  -- Reads the newest entry instead of the next number: retention removes the newest entries first, and leaves that number.
  select coalesce(max(newest.number), 0), count(*) into last, depth
    from holdfast.history_lineage(source) as part
    left join lateral (
      select stored.number
      from holdfast.history_entries as stored
      where stored.execution_id = part.owner_id and stored.number > part.above and stored.number <= part.through
      order by stored.number desc
      limit 1
    ) as newest on true;
  at := coalesce(wanted, last);
  if at > last then
    perform holdfast.fail('HF004', pg_catalog.format('execution %s has no entry %s: its last is %s', source, at, last),
      pg_catalog.json_build_object('entity', 'history', 'field', 'at', 'executionId', source, 'expected', at, 'actual', last));
  elsif depth > 100 then
    perform holdfast.fail('HF001',
      pg_catalog.format('execution %s has 100 forks behind it, and may not be forked again: fork one of those', source),
      pg_catalog.json_build_object('reason', 'rule', 'entity', 'execution', 'id', source, 'depth', 100));
  elsif parent is not null then
    perform holdfast.hold_parent(parent, fork);
  end if;
end
$$;
`,
  },
  {
    number: 25,
    name: "0025_execution_writes",
    oldestClient: 25,
    sql: `-- How sets of executions are saved and created.

-- What a write of executions returns: everything except the payloads.
create type holdfast.execution_summary as (
  id holdfast.id, version bigint, status holdfast.status, strategy holdfast.strategy, definition_name holdfast.id,
  definition_version integer, parent_id holdfast.id, parent_task_id holdfast.id, idempotency_key holdfast.key, labels jsonb, usage jsonb,
  created_at timestamptz, updated_at timestamptz, started_at timestamptz, finished_at timestamptz
);

-- Labels by name: the new ones over the old ones, without those that are set to null.
create function holdfast.merge_labels(before jsonb, changes jsonb) returns jsonb
  language sql immutable parallel safe
  as $$
  select coalesce(pg_catalog.jsonb_object_agg(label.key, label.value), '{}')
  from pg_catalog.jsonb_each(before || changes) as label
  where label.value <> 'null'
$$;

-- Versions of definitions requested by number, "active" or "latest", in input order. Locks them, shared, in key order. Fails with HF004
-- if one does not exist.
create function holdfast.pin_definitions(names text[], asked text[]) returns integer[]
  language plpgsql
  set enable_seqscan = off
  set plan_cache_mode = force_generic_plan
  as $$
declare
  versions constant integer[] := array(
    select case given.asked
      when 'active' then (
        select stored.version from holdfast.definitions as stored where stored.name = given.name and stored.status = 'active'
      )
      when 'latest' then (select max(stored.version) from holdfast.definitions as stored where stored.name = given.name)
      else (
        select stored.version
        from holdfast.definitions as stored
        where stored.name = given.name and stored.version = given.asked::integer
      )
    end
    from unnest(names, asked) with ordinality as given(name, asked, position)
    order by given.position
  );
begin
  perform holdfast.fail('HF004',
    pg_catalog.format('definition %s has no %s: publish it first, or save the execution without it', given.name,
      case when given.asked in ('active', 'latest') then given.asked || ' version' else 'version ' || given.asked end),
    pg_catalog.json_build_object('entity', 'definition', 'field', 'definition', 'name', given.name, 'version', given.asked))
  from unnest(names, asked, versions) as given(name, asked, version)
  where given.name is not null and given.version is null;
  perform from (
    select distinct given.name collate "C" as name, given.version
    from unnest(names, versions) as given(name, version)
    where given.version is not null
    order by 1, 2
  ) as pinned
  cross join lateral (
    select stored.version
    from holdfast.definitions as stored
    where stored.name = pinned.name and stored.version = pinned.version
    for key share
  ) as locked;
  return versions;
end
$$;

-- The parents of executions, each once. Fails with HF004 for a new execution whose parent neither exists nor comes before it.
create function holdfast.parents_of_saved(ids text[], parent_ids text[], come_before boolean[]) returns text[]
  language plpgsql
  set enable_seqscan = off
  set plan_cache_mode = force_generic_plan
  as $$
begin
  perform holdfast.fail('HF004',
    pg_catalog.format('execution %s, the parent of %s, does not exist: create it first', given.parent_id, given.id),
    pg_catalog.json_build_object('entity', 'execution', 'field', 'parentId', 'id', given.parent_id))
  from unnest(ids, parent_ids, come_before) as given(id, parent_id, comes_before)
  where given.parent_id is not null and not given.comes_before
    and (select parent.version from holdfast.executions as parent where parent.id = given.parent_id) is null
    and (select stored.version from holdfast.executions as stored where stored.id = given.id) is null;
  return array(select distinct given.id from unnest(parent_ids) as given(id) where given.id is not null);
end
$$;

-- The expectations of saves, by id: a token of the lease, a version, or both. Null if there are none.
create function holdfast.expectations(ids text[], tokens bigint[], versions bigint[]) returns jsonb
  language sql immutable parallel safe
  as $$
  select pg_catalog.jsonb_object_agg(given.id, pg_catalog.jsonb_build_object('token', given.token, 'version', given.version))
  from unnest(ids, tokens, versions) as given(id, token, version)
  where given.token is not null or given.version is not null
$$;

-- Whether an execution is as its save expects. Fails with HF002 if the lease is not held, and with HF001 at another version. A new one,
-- at version 0, has no lease, and no version that anybody can have read.
create function holdfast.is_as_expected(execution text, version bigint, expected jsonb) returns boolean
  language plpgsql
  as $$
declare
  token constant bigint := (expected ->> 'token')::bigint;
  expected_version constant bigint := (expected ->> 'version')::bigint;
begin
  if token is not null then
    perform holdfast.hold_lease(execution, token);
  end if;
  return expected_version is null or expected_version = version or holdfast.fail('HF001',
    pg_catalog.format('execution %s is not at the expected version: read it again', execution),
    pg_catalog.json_build_object('entity', 'execution', 'id', execution, 'expected', expected_version, 'actual', version));
end
$$;

-- Whether a save leaves an execution under its parent, and under the task that started it. Fails with HF006 if it names another. Inlined.
create function holdfast.keeps_parent(execution text, parent text, task text, given text, given_task text) returns boolean
  language sql volatile
  as $$
  select (given is null or given = parent) and (given_task is null or given_task = task) or holdfast.fail('HF006',
    pg_catalog.format('execution %s has another parent, which never changes: leave parentId and parentTaskId out', execution),
    pg_catalog.json_build_object('entity', 'execution', 'field', 'parentId', 'id', execution))
$$;

-- Writes executions: see the statement save_executions.
--
-- One command locks the existing rows and inserts the others, in one order, because the existence of rows may change until it reaches
-- them. It compares with each row once that is locked, and locks parents on the way. The sub-selects of given fields are hashed.
create function holdfast.save_executions(
  ids text[], tokens bigint[], versions bigint[], statuses holdfast.status[], strategies holdfast.strategy[], definition_names text[],
  asked text[], parent_ids text[], parent_task_ids text[], come_before boolean[], new_labels jsonb[], inputs json[], states json[],
  kept_states integer[], outputs json[], errors json[]
) returns setof holdfast.execution_summary
  language plpgsql
  -- The plans outlive the time when the tables were empty. Planning each call anew takes as long as a lone save.
  set enable_seqscan = off
  set plan_cache_mode = force_generic_plan
  as $$
declare
  total constant integer := cardinality(ids);
  -- In input order. Numbers drawn for existing rows are lost.
  sequences constant bigint[] := array(select nextval('holdfast.executions_sequence_seq') from generate_series(1, total));
  expected constant jsonb := holdfast.expectations(ids, tokens, versions);
  all_statuses constant boolean := cardinality(array_remove(statuses, null)) = total;
  all_strategies constant boolean := cardinality(array_remove(strategies, null)) = total;
  all_labels constant boolean := cardinality(array_remove(new_labels, null)) = total;
  any_kept constant boolean := array_remove(kept_states, null) <> '{}';
  pinned integer[];
  parents text[] := '{}';
begin
  if array_remove(definition_names, null) <> '{}' then
    pinned := holdfast.pin_definitions(definition_names, asked);
  end if;
  if array_remove(parent_ids, null) <> '{}' then
    parents := holdfast.parents_of_saved(ids, parent_ids, come_before);
  end if;
  return query
    insert into holdfast.executions as stored (id, sequence, version, status, strategy, definition_name, definition_version, parent_id,
      parent_task_id, created_at, updated_at, started_at, finished_at, labels, input, state, keeps_states, output, error)
      overriding system value
    select step.id, step.sequence, 1, coalesce(step.status, 'pending'), coalesce(step.strategy, 'wait_all'), step.definition_name,
      step.pinned, step.parent_id, step.parent_task_id, holdfast.now(), holdfast.now(), holdfast.started_at(null, step.status),
      holdfast.finished_at(null, step.status), coalesce(step.labels, '{}'), step.input, step.state,
      nullif(step.keeps_states, 0), step.output, step.error
    from (
      select given.*
      from unnest((select ids || parents), sequences, statuses, strategies, definition_names, pinned, parent_ids, parent_task_ids, new_labels, inputs,
        states, kept_states, outputs, errors) as given(id, sequence, status, strategy, definition_name, pinned, parent_id, parent_task_id, labels,
        input, state, keeps_states, output, error)
      order by given.id collate "C"
    ) as step
    left join lateral (
      select execution.id from holdfast.executions as execution where step.sequence is null and execution.id = step.id for key share
    ) as parent on true
    -- An ending execution waits for sessions that are adding to it before it is locked as the others are. Otherwise each could wait for
    -- the other.
    left join lateral (
      select execution.id
      from holdfast.executions as execution
      where holdfast.is_terminal(step.status) and execution.id = step.id
      for update
    ) as ending on true
    -- Nothing is inserted for a parent: no id is empty. The condition is on the join, so that the parent is locked first.
    where case when step.sequence is null then parent.id = '' else true end
    order by step.id collate "C"
    on conflict (id) do update set
      version = stored.version + 1,
      status = case
        when all_statuses or excluded.id in (select given.id from unnest(ids, statuses) as given(id, status) where given.status is not null)
        then excluded.status else stored.status
      end,
      strategy = case
        when all_strategies or excluded.id in (
          select given.id from unnest(ids, strategies) as given(id, strategy) where given.strategy is not null
        ) then excluded.strategy else stored.strategy
      end,
      definition_name = coalesce(excluded.definition_name, stored.definition_name),
      definition_version = coalesce(excluded.definition_version, stored.definition_version),
      updated_at = excluded.updated_at, started_at = coalesce(stored.started_at, excluded.started_at),
      finished_at = coalesce(stored.finished_at, excluded.finished_at),
      labels = case
        when all_labels or excluded.id in (select given.id from unnest(ids, new_labels) as given(id, labels) where given.labels is not null)
        then excluded.labels else stored.labels
      end,
      input = coalesce(excluded.input, stored.input), state = coalesce(excluded.state, stored.state),
      keeps_states = case
        when any_kept and excluded.id in (select given.id from unnest(ids, kept_states) as given(id, keep) where given.keep is not null)
        then excluded.keeps_states else stored.keeps_states
      end,
      output = coalesce(excluded.output, stored.output), error = coalesce(excluded.error, stored.error)
    where case
      when expected is null or holdfast.is_as_expected(stored.id, stored.version, expected -> stored.id)
      then holdfast.keeps_parent(stored.id, stored.parent_id, stored.parent_task_id, excluded.parent_id, excluded.parent_task_id)
    end
    returning stored.id,
      case when stored.version > 1 or expected is null or holdfast.is_as_expected(stored.id, 0, expected -> stored.id) then stored.version end,
      stored.status, stored.strategy, stored.definition_name, stored.definition_version, stored.parent_id, stored.parent_task_id, stored.idempotency_key,
      stored.labels, stored.usage, stored.created_at, stored.updated_at, stored.started_at, stored.finished_at;
  if any_kept then
    perform holdfast.trim_former_states(given.id, '', given.keep)
    from (select named.* from unnest(ids, kept_states) as named(id, keep) order by named.id collate "C") as given
    where given.keep is not null;
  end if;
end
$$;

-- The outcome of a creation. \`known\` is the execution that has the idempotency key, if the creation made none. Fails with HF007 if there
-- is neither: the id is taken. Inlined.
create function holdfast.creation_outcome(is_new boolean, asked_id text, known holdfast.executions, fingerprint text,
  other_fingerprints text) returns text
  language sql volatile
  as $$
  select case
    when is_new then 'created'
    when known.id is null and holdfast.fail('HF007',
      pg_catalog.format('execution %s exists: choose another id, or create it with an idempotency key', asked_id),
      pg_catalog.json_build_object('entity', 'execution', 'id', asked_id)) then null
    when known.fingerprint = creation_outcome.fingerprint
      or known.fingerprint = any (pg_catalog.string_to_array(other_fingerprints, ' ')) then 'replayed'
    else 'mismatch'
  end
$$;
`,
  },
  {
    number: 26,
    name: "0026_task_writes",
    oldestClient: 26,
    sql: `-- How tasks are saved, one or any number at once.

-- What a write of tasks returns: everything except the payloads.
create type holdfast.task_summary as (
  id holdfast.id, execution_id holdfast.id, sequence bigint, version bigint, parent_id holdfast.id, name holdfast.key,
  type holdfast.task_type, status holdfast.status, strategy holdfast.strategy, attempt holdfast.positive, component holdfast.key,
  agent holdfast.key, action holdfast.key, tool holdfast.key, usage jsonb, created_at timestamptz, updated_at timestamptz,
  started_at timestamptz, finished_at timestamptz
);

-- Fails if a missing task may not be created: with HF001 if a version of it is expected, with HF004 if its execution is missing.
create function holdfast.check_new_tasks(ids text[], execution_ids text[], expected bigint[], missing text[]) returns boolean
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
  return true;
end
$$;

-- Fails with HF004 if a task gets a new parent that is neither in its execution nor written with it. '' means no parent.
create function holdfast.check_parents(ids text[], execution_ids text[], parent_ids text[]) returns boolean
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
  return true;
end
$$;

-- Whether a save may change an existing task. Fails with HF001 at another version than expected, and with HF006 if the task belongs to
-- another execution. Inlined.
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

-- Writes one task: see the statement save_task. A lone row needs no arrays, and only the necessary steps run, so it takes half the time
-- of save_tasks.
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
    -- An update that finds nothing takes twice as long to start as this look-up.
    perform from holdfast.tasks as stored where stored.id = task_id;
    if found then
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
    end if;
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
    -- If another session created it meanwhile, the next round finds it.
    exit when found;
  end loop;
  return next saved;
end
$$;

-- Inserts the missing tasks, and locks the existing ones and others that the plan will write. One command does all of it in one order,
-- because the existence of rows may change until it reaches them. Returns what it inserted.
create function holdfast.insert_or_lock_tasks(
  ids text[], sequences bigint[], execution_ids text[], parent_ids text[], names text[], types holdfast.task_type[],
  statuses holdfast.status[], strategies holdfast.strategy[], attempts integer[], components text[], agents text[], actions text[],
  tools text[], inputs json[], outputs json[], errors json[], other_ids text[]
) returns setof holdfast.task_summary
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
begin
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
    -- Nothing is inserted for another: no id is empty. The condition is on the join, so that the other is locked first.
    where case when step.sequence is null then other.id = '' else true end
    order by step.id collate "C" desc
    on conflict (id) do update set version = stored.version where false
    returning stored.id, stored.execution_id, stored.sequence, stored.version, stored.parent_id, stored.name, stored.type,
      stored.status, stored.strategy, stored.attempt, stored.component, stored.agent, stored.action, stored.tool, stored.usage,
      stored.created_at, stored.updated_at, stored.started_at, stored.finished_at;
end
$$;

-- Changes the existing tasks, except those that were inserted with one of the sequences.
create function holdfast.change_tasks(
  ids text[], sequences bigint[], execution_ids text[], parent_ids text[], names text[], types holdfast.task_type[],
  statuses holdfast.status[], strategies holdfast.strategy[], attempts integer[], components text[], agents text[], actions text[],
  tools text[], inputs json[], outputs json[], errors json[], expected bigint[]
) returns setof holdfast.task_summary
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_hashjoin = off
  set enable_mergejoin = off
  as $$
begin
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
      limit cardinality(ids)
    ) as given
    -- Not those that were inserted above.
    where stored.id = given.id and stored.sequence is distinct from given.sequence
      and holdfast.may_save_task(stored.id, stored.execution_id, stored.version, given.execution_id, given.expected)
    returning stored.id, stored.execution_id, stored.sequence, stored.version, stored.parent_id, stored.name, stored.type,
      stored.status, stored.strategy, stored.attempt, stored.component, stored.agent, stored.action, stored.tool, stored.usage,
      stored.created_at, stored.updated_at, stored.started_at, stored.finished_at;
end
$$;

-- How many of the tasks exist.
create function holdfast.count_tasks(ids text[]) returns bigint
  language plpgsql
  set enable_seqscan = off
  as $$
begin
  return (select count(*) from holdfast.tasks as task where task.id = any (ids));
end
$$;

-- Writes any number of tasks: see the statement save_tasks. Inserts the missing ones, and then changes the others.
create function holdfast.save_tasks(
  ids text[], execution_ids text[], parent_ids text[], names text[], types holdfast.task_type[], statuses holdfast.status[],
  strategies holdfast.strategy[], attempts integer[], components text[], agents text[], actions text[], tools text[],
  inputs json[], outputs json[], errors json[], expected bigint[], other_ids text[]
) returns setof holdfast.task_summary
  language plpgsql
  as $$
declare
  missing constant text[] := holdfast.hold_executions(execution_ids);
  total constant bigint := cardinality(ids);
  -- In input order. Numbers drawn for existing rows are lost.
  sequences bigint[];
  added bigint := 0;
  changed bigint;
begin
  if other_ids <> '{}' or total > holdfast.count_tasks(ids) then
    if missing is not null or 0 < any (expected) then
      perform holdfast.check_new_tasks(ids, execution_ids, expected, missing);
    end if;
    sequences := array(select nextval('holdfast.tasks_sequence_seq') from unnest((select ids)));
  end if;
  if cardinality(array_remove(array_remove(parent_ids, null), '')) > 0 then
    perform holdfast.check_parents(ids, execution_ids, parent_ids);
  end if;
  if sequences is not null then
    return query select * from holdfast.insert_or_lock_tasks(ids, sequences, execution_ids, parent_ids, names, types, statuses,
      strategies, attempts, components, agents, actions, tools, inputs, outputs, errors, other_ids);
    get diagnostics added = row_count;
  end if;
  if added < total then
    return query select * from holdfast.change_tasks(ids, sequences, execution_ids, parent_ids, names, types, statuses, strategies,
      attempts, components, agents, actions, tools, inputs, outputs, errors, expected);
    get diagnostics changed = row_count;
    if added + changed < total then
      perform holdfast.fail('40001', 'a task was removed at the same moment', '{}');
    end if;
  end if;
end
$$;
`,
  },
  {
    number: 27,
    name: "0027_leases",
    oldestClient: 27,
    sql: `-- Operations on many leases at once, one after another. Each is a separate statement, whose plan is a look-up by key. A plan for all at
-- once would depend on the size of the tables, which are vacuumed when nearly empty, and full a moment later.

-- Takes leases of jobs whose claims still hold from their table, for a caller that ends or gives back the claimed work. Settled claims
-- were checked and locked by an earlier statement of the transaction: they may expire meanwhile. Returns them by their place in the
-- input.
-- Index: leases_pkey. Locks: chunks that it unpacks; then leases in id order.
create function holdfast.take_leases(ids text[], tokens bigint[], is_settled boolean)
  returns table (place bigint, id text, token bigint, queue text, claimed_at timestamptz, attempts integer, holder text, group_key text,
    is_linked boolean)
  -- Few, so that the caller continues by index.
  language plpgsql volatile rows 10
  as $$
#variable_conflict use_column
declare
  claim record;
begin
  perform holdfast.unpack_claims(tokens);
  for claim in
    select given.id, given.token, given.place
    from rows from (pg_catalog.unnest(ids), pg_catalog.unnest(tokens)) with ordinality as given(id, token, place)
    order by given.id collate "C"
  loop
    delete from holdfast.leases as lease
    where lease.id = claim.id and lease.kind = 'job' and lease.token = claim.token
      and (is_settled or lease.lease_until > holdfast.now())
    returning claim.place, lease.id, lease.token, lease.queue, lease.claimed_at, lease.attempts, lease.holder, lease.group_key,
      lease.is_linked
    into place, id, token, queue, claimed_at, attempts, holder, group_key, is_linked;
    if found then
      return next;
    end if;
  end loop;
end
$$;

-- Locks the leases of jobs under any token, and returns their tokens.
-- Index: leases_pkey. Locks: chunks that it unpacks; then leases in id order.
create function holdfast.lock_leases(ids text[], tokens bigint[])
  returns table (id text, token bigint, lease_until timestamptz)
  language plpgsql volatile rows 10
  as $$
#variable_conflict use_column
declare
  wanted text;
begin
  perform holdfast.unpack_claims(tokens);
  for wanted in
    select given.id from pg_catalog.unnest(ids) as given(id) order by given.id collate "C"
  loop
    return query
    select lease.id, lease.token, lease.lease_until
    from holdfast.leases as lease
    where lease.id = wanted and lease.kind = 'job'
    for no key update;
  end loop;
end
$$;

-- Renews leases whose claims still hold from now on. Returns their places in the input.
-- Index: leases_pkey. Locks: leases in id order.
create function holdfast.extend_leases(ids text[], tokens bigint[], lease_ms bigint) returns setof bigint
  language plpgsql volatile
  as $$
declare
  claim record;
begin
  for claim in
    select given.id, given.token, given.place
    from rows from (pg_catalog.unnest(ids), pg_catalog.unnest(tokens)) with ordinality as given(id, token, place)
    order by given.id collate "C"
  loop
    update holdfast.leases as lease set lease_until = holdfast.now() + lease_ms * interval '1 millisecond'
    where lease.id = claim.id and lease.kind = 'job' and lease.token = claim.token and lease.lease_until > holdfast.now();
    if found then
      return next claim.place;
    end if;
  end loop;
end
$$;
`,
  },
  {
    number: 28,
    name: "0028_chunks",
    oldestClient: 28,
    sql: `-- Chunks of jobs: how they are unpacked, claimed and acknowledged.

-- Gives the jobs of a ready chunk their own rows, if it still exists.
-- Index: ready_chunks_pkey, jobs_pkey. Locks: the chunk.
create function holdfast.unpack_ready(of_chunk bigint) returns void
  language plpgsql volatile
  as $$
begin
  with gone as (
    delete from holdfast.ready_chunks as chunk where chunk.id = of_chunk
    returning chunk.queue, chunk.rank, chunk.run_at, chunk.priority, chunk.ids
  )
  insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, has_place, is_linked)
  select 'job', member.id, gone.queue, '', gone.rank, 0, gone.run_at, job.sequence, gone.priority, 0, false, false
  from gone
  cross join lateral pg_catalog.unnest(gone.ids) as member(id)
  cross join lateral (select stored.sequence from holdfast.jobs as stored where stored.id = member.id limit 1) as job;
end
$$;

-- Gives the unfinished jobs of a held chunk their own leases, under its token, if it is still held.
-- Index: lease_chunks_pkey, lease_chunk_ends_of_token, ended_jobs_pkey. Locks: the chunk, which sessions that end its jobs share.
create function holdfast.unpack_lease(of_token bigint) returns void
  language plpgsql volatile
  as $$
begin
  perform from holdfast.lease_chunks as chunk where chunk.token = of_token for update;
  if not found then
    return;
  end if;
  if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
    perform holdfast.require_unended(of_token);
  end if;
  -- With its own snapshot, from after the lock.
  with gone as (
    delete from holdfast.lease_chunks as chunk where chunk.token = of_token
    returning chunk.token, chunk.queue, chunk.lease_until, chunk.claimed_at, chunk.holder, chunk.ids
  ), forgotten as (
    delete from holdfast.lease_chunk_ends as told where told.token = of_token
  )
  insert into holdfast.leases (kind, id, token, queue, lease_until, claimed_at, attempts, holder, is_linked)
  select 'job', member.id, gone.token, gone.queue, gone.lease_until, gone.claimed_at, 1, gone.holder, false
  from gone
  cross join lateral pg_catalog.unnest(gone.ids) as member(id)
  where not exists (select from holdfast.ended_jobs as ended where ended.id = member.id);
end
$$;

-- Fails, with the server's own error, if a job of a held chunk has ended unseen by the transaction's snapshot. An insert still meets its
-- row.
create function holdfast.require_unended(of_token bigint) returns void
  language plpgsql volatile
  as $$
declare
  tried text[];
begin
  with inserted as (
    insert into holdfast.ended_jobs as ended (id, queue, status, attempts, token, finished_at)
    select member.id, chunk.queue, 'canceled', 1, chunk.token, holdfast.now()
    from holdfast.lease_chunks as chunk
    cross join lateral pg_catalog.unnest(chunk.ids) as member(id)
    where chunk.token = of_token
    on conflict (id) do nothing
    returning ended.id
  )
  select pg_catalog.array_agg(inserted.id) into tried from inserted;
  delete from holdfast.ended_jobs as ended where ended.id = any(tried);
end
$$;

-- Gives jobs that were pushed in chunks their own rows, with all others of their chunks.
-- Index: jobs_pkey, lease_chunks_of_chunk. Locks: their chunks, in push order.
create function holdfast.unpack_jobs(job_ids text[]) returns void
  language plpgsql volatile
  as $$
declare
  of_chunk bigint;
begin
  for of_chunk in
    select distinct job.chunk_id
    from pg_catalog.unnest(job_ids) as given(id)
    cross join lateral (select stored.chunk_id from holdfast.jobs as stored where stored.id = given.id limit 1) as job
    where job.chunk_id is not null
    order by 1
  loop
    perform holdfast.unpack_ready(of_chunk);
    perform holdfast.unpack_lease(chunk.token) from holdfast.lease_chunks as chunk where chunk.chunk_id = of_chunk;
  end loop;
end
$$;

-- Gives the jobs of held chunks their own leases, by tokens of claims.
-- Locks: the chunks, in token order.
create function holdfast.unpack_claims(tokens bigint[]) returns void
  language plpgsql volatile
  as $$
begin
  perform holdfast.unpack_lease(named.token)
  from (select distinct given.token from pg_catalog.unnest(tokens) as given(token) where given.token % 2 = 0 order by 1) as named;
end
$$;

-- Counts the unfinished jobs of a held chunk.
-- Index: lease_chunk_ends_of_token.
create function holdfast.count_running(chunk holdfast.lease_chunks) returns bigint
  language sql stable
  as $$
  select pg_catalog.cardinality(chunk.ids) - (
    select coalesce(sum(told.count), 0) from holdfast.lease_chunk_ends as told where told.token = chunk.token
  )
$$;
`,
  },
  {
    number: 29,
    name: "0029_chunk_claims",
    oldestClient: 29,
    sql: `-- Claims and acknowledgements of whole chunks. If a chunk cannot be handled as a whole, it is unpacked, and its jobs are handled one by
-- one.

-- The first ready chunk of a queue that nobody has locked, now locked, and how many single jobs come before it, counted up to \`most\`.
-- Index: ready_chunks_order, ready_order. Locks: that chunk.
create function holdfast.lock_head_chunk(in_queue text, most bigint, out head holdfast.ready_chunks, out ahead bigint)
  language plpgsql volatile
  as $$
begin
  select chunk.* into head
  from holdfast.ready_chunks as chunk
  where chunk.queue = in_queue
  order by chunk.rank, chunk.run_at, chunk.sequence
  limit 1
  for update skip locked;
  if found then
    select count(*) into ahead from (
      select
      from holdfast.ready as work
      where work.queue = in_queue and work.kind = 'job' and work.route = ''
        and (work.rank, work.turn, work.run_at, work.sequence) < (head.rank, 0, head.run_at, head.sequence)
      order by work.rank, work.turn, work.run_at, work.sequence
      limit most
    ) as single;
  end if;
end
$$;

-- Unpacks the ready chunks among the first jobs of each queue, for claims that take single jobs.
-- Index: see lock_head_chunk. Locks: those chunks, skipping those that others have locked.
create function holdfast.unpack_heads(names text[], most bigint) returns void
  language plpgsql volatile
  as $$
declare
  name text;
  first record;
begin
  foreach name in array names loop
    loop
      select * into first from holdfast.lock_head_chunk(name, most);
      exit when first.ahead is null or first.ahead >= most;
      perform holdfast.unpack_ready((first.head).id);
    end loop;
  end loop;
end
$$;

-- Takes the first \`count\` jobs of a ready, locked chunk, and leases them as a chunk. The rest stays in place.
create function holdfast.lease_chunk(head holdfast.ready_chunks, count bigint, lease_ms bigint, claimer text) returns bigint
  language plpgsql volatile
  as $$
declare
  drawn constant bigint := nextval('holdfast.tokens') + 1;
begin
  if pg_catalog.cardinality(head.ids) <= count then
    delete from holdfast.ready_chunks as chunk where chunk.id = head.id;
  else
    update holdfast.ready_chunks as chunk set
      ids = head.ids[count + 1:],
      sequence = (select job.sequence from holdfast.jobs as job where job.id = head.ids[count + 1])
    where chunk.id = head.id;
  end if;
  insert into holdfast.lease_chunks (token, chunk_id, queue, lease_until, claimed_at, holder, ids)
  values (drawn, head.id, head.queue, holdfast.now() + lease_ms * interval '1 millisecond', holdfast.now(), claimer, head.ids[:count]);
  return drawn;
end
$$;

-- Claims jobs of one queue whose groups have no limits, in order. It takes the single ones before a chunk, then as much of the chunk as
-- there is room for. A claim of fewer than ten jobs unpacks the chunk, which would otherwise be rewritten for each claim. Counts against
-- the rate, if the queue was locked for that.
-- Index: see lock_head_chunk and lease_jobs; lease_chunks_pkey, jobs_pkey, queues_pkey. Locks: chunks and rows of ready, skipping those
-- that others have locked.
create function holdfast.claim_chunks(in_queue text, most bigint, lease_ms bigint, claimer text, is_guarded boolean)
  returns table (pos bigint, id text, queue text, token bigint, priority integer, attempts integer, max_attempts integer,
    timeout_ms bigint, queue_timeout_ms bigint, lease_until timestamptz, run_at timestamptz, created_at timestamptz, execution_id text, payload json,
    trace_context text)
  language plpgsql volatile
  set plan_cache_mode = force_generic_plan
  as $$
#variable_conflict use_column
declare
  first record;
  claimed bigint := 0;
  packed bigint := 0;
  before bigint;
  drawn bigint;
  singles bigint;
  queue_timeout constant bigint := (select setting.timeout_ms from holdfast.queues as setting where setting.name = in_queue);
begin
  while claimed < most loop
    before := claimed;
    select * into first from holdfast.lock_head_chunk(in_queue, most - claimed);
    if first.ahead = 0 and most >= 10 then
      drawn := holdfast.lease_chunk(first.head, most - claimed, lease_ms, claimer);
      packed := packed + least(pg_catalog.cardinality((first.head).ids), most - claimed);
      return query
      select before + member.place, member.id, in_queue, drawn, job.priority, 1, job.max_attempts, job.timeout_ms, queue_timeout,
        holdfast.now() + lease_ms * interval '1 millisecond', job.run_at, job.created_at, job.execution_id::text, job.payload,
        job.trace_context
      from (select chunk.ids from holdfast.lease_chunks as chunk where chunk.token = drawn) as held
      cross join lateral pg_catalog.unnest(held.ids) with ordinality as member(id, place)
      cross join lateral (
        select stored.priority, stored.run_at, stored.max_attempts, stored.timeout_ms, stored.created_at, stored.execution_id, stored.payload,
          stored.trace_context
        from holdfast.jobs as stored
        where stored.id = member.id
        limit 1
      ) as job;
    else
      singles := coalesce(first.ahead, most - claimed);
      if first.ahead = 0 then
        perform holdfast.unpack_ready((first.head).id);
        -- No more than these: another chunk may come before other single jobs.
        singles := least(pg_catalog.cardinality((first.head).ids), most - claimed);
      end if;
      return query
      select before + leased.pos, leased.id, leased.queue, leased.token, leased.priority, leased.attempts, leased.max_attempts,
        leased.timeout_ms, leased.queue_timeout_ms, leased.lease_until, leased.run_at, leased.created_at, leased.execution_id,
        leased.payload, leased.trace_context
      from holdfast.lease_jobs(array[in_queue], array[singles], array[false], singles, lease_ms, claimer, '{}') as leased;
    end if;
    get diagnostics singles = row_count;
    claimed := claimed + singles;
    -- Rows that others have locked are theirs. If no chunk is left, the single ones were the last.
    exit when singles = 0 or first.ahead is null;
  end loop;
  if is_guarded and packed > 0 then
    update holdfast.queues as charged set
      rate_full_at = holdfast.rate_after(charged.rate_full_at, packed, charged.rate_limit, charged.rate_period_ms)
    where charged.name = in_queue and charged.rate_limit is not null;
  end if;
end
$$;

-- Completes claimed jobs of held chunks, if their claims still hold. Returns the others, by their places in the input: jobs outside
-- chunks, and lost claims. A claim that has already completed its job counts as held. A row without a place names a queue that has a
-- limit, and so room now.
-- Index: ended_jobs_pkey. Locks: see complete_chunk, in token order.
create function holdfast.complete_chunks(ids text[], tokens bigint[], results json[], is_settled boolean)
  returns table (place bigint, id text, token bigint, result json, freed text)
  language plpgsql volatile
  set plan_cache_mode = force_generic_plan
  as $$
#variable_conflict use_column
declare
  named record;
  ended record;
  done bigint := 0;
begin
  for named in
    select given.token, pg_catalog.array_agg(given.id) as ids, pg_catalog.array_agg(given.result) as results
    from rows from (pg_catalog.unnest(ids), pg_catalog.unnest(tokens), pg_catalog.unnest(results)) as given(id, token, result)
    where given.token % 2 = 0
    group by given.token
    order by given.token
  loop
    select one.* into ended from holdfast.complete_chunk(named.token, named.ids, named.results, is_settled) as one;
    done := done + ended.done;
    if ended.freed is not null then
      return query select null::bigint, null::text, null::bigint, null::json, ended.freed;
    end if;
  end loop;
  if done < pg_catalog.cardinality(ids) then
    return query
    select given.place, given.id, given.token, given.result, null::text
    from rows from (pg_catalog.unnest(ids), pg_catalog.unnest(tokens), pg_catalog.unnest(results)) with ordinality
      as given(id, token, result, place)
    where done = 0 or given.token % 2 <> 0 or not exists (
      select from holdfast.ended_jobs as job
      where job.id = given.id and job.token = given.token and job.status = 'succeeded'
    );
  end if;
end
$$;

-- The same for jobs of one chunk. Returns how many it completed, and their queue if it has a limit. The chunk is removed with its last
-- job.
-- Index: lease_chunks_pkey, ended_jobs_pkey, lease_chunk_ends_of_token, queues_pkey. Locks: the chunk, shared; waits for jobs that others
-- are ending.
create function holdfast.complete_chunk(of_token bigint, ids text[], results json[], is_settled boolean, out done bigint, out freed text)
  language plpgsql volatile
  as $$
declare
  held holdfast.lease_chunks;
begin
  done := 0;
  select chunk.* into held
  from holdfast.lease_chunks as chunk
  where chunk.token = of_token and (is_settled or chunk.lease_until > holdfast.now())
  for key share;
  if not found then
    return;
  end if;
  insert into holdfast.ended_jobs (id, queue, status, attempts, token, started_at, finished_at, holder, result)
  select given.id, held.queue, 'succeeded', 1, of_token, held.claimed_at, holdfast.now(), held.holder, given.result
  from rows from (pg_catalog.unnest(ids), pg_catalog.unnest(results)) as given(id, result)
  where given.id in (select pg_catalog.unnest(held.ids))
  on conflict (id) do nothing;
  get diagnostics done = row_count;
  if done = 0 then
    return;
  end if;
  insert into holdfast.job_counts (queue, status, count) values (held.queue, 'succeeded', done);
  if done = holdfast.count_running(held) then
    delete from holdfast.lease_chunks as chunk where chunk.token = of_token;
    delete from holdfast.lease_chunk_ends as told where told.token = of_token;
  else
    insert into holdfast.lease_chunk_ends (token, count) values (of_token, done);
  end if;
  freed := (select queue.name from holdfast.queues as queue where queue.name = held.queue and queue.is_limited);
end
$$;

-- Completes a job of a held chunk, if its claim still holds, for a job without its own lease. Returns the job's state, and its queue if
-- that has a limit and so room now.
create function holdfast.complete_packed(job_id text, claim_token bigint, job_result json, is_settled boolean)
  returns table (status holdfast.job_status, token bigint, attempts integer, freed text)
  language plpgsql volatile
  as $$
begin
  if claim_token % 2 = 0 then
    freed := (select ended.freed from holdfast.complete_chunk(claim_token, array[job_id], array[job_result], is_settled) as ended);
  end if;
  return query select job.status, job.token, job.attempts, complete_packed.freed from holdfast.job_standing(job_id) as job;
end
$$;

-- Renews held chunks from now on, if the claims still hold and name all unfinished jobs of a chunk. Unpacks a chunk if they leave some
-- out. Returns the places of the renewed claims.
-- Index: lease_chunks_pkey, ended_jobs_pkey. Locks: the chunks, in token order.
create function holdfast.extend_chunks(ids text[], tokens bigint[], lease_ms bigint) returns setof bigint
  language plpgsql volatile
  as $$
declare
  named record;
  running text[];
begin
  for named in
    select given.token, pg_catalog.array_agg(given.id) as ids, pg_catalog.array_agg(given.place) as places
    from rows from (pg_catalog.unnest(ids), pg_catalog.unnest(tokens)) with ordinality as given(id, token, place)
    where given.token % 2 = 0
    group by given.token
    order by given.token
  loop
    select pg_catalog.array_agg(member.id) into running
    from holdfast.lease_chunks as chunk
    cross join lateral pg_catalog.unnest(chunk.ids) as member(id)
    where chunk.token = named.token and not exists (select from holdfast.ended_jobs as ended where ended.id = member.id);
    continue when running is null;
    if running <@ named.ids then
      update holdfast.lease_chunks as chunk set lease_until = holdfast.now() + lease_ms * interval '1 millisecond'
      where chunk.token = named.token and chunk.lease_until > holdfast.now();
      if found then
        return query select given.place
        from rows from (pg_catalog.unnest(named.ids), pg_catalog.unnest(named.places)) as given(id, place)
        where given.id in (select pg_catalog.unnest(running));
      end if;
    else
      perform holdfast.unpack_lease(named.token);
    end if;
  end loop;
end
$$;
`,
  },
  {
    number: 30,
    name: "0030_steps",
    oldestClient: 30,
    sql: `-- Steps of executions: the locks and checks at their start, and the changes at their end.

-- Locks an execution for one step, and checks the step's requirements. A step that only adds to it, under a token that is only checked,
-- writes nothing and waits for no other such step. Returns its id. Fails with HF004 if it does not exist, and like hold_lease and meets.
-- Index: executions_pkey, leases_pkey. Locks: the execution, as the mode says; then its lease, shared.
create function holdfast.hold_execution(execution text, mode text, fence bigint, held_by text, is_lax boolean, required bigint,
    statuses text) returns text
  language plpgsql volatile
  as $$
declare
  found_version bigint;
  found_status holdfast.status;
begin
  if mode = 'add' then
    select stored.version, stored.status into found_version, found_status
      from holdfast.executions as stored where stored.id = execution for key share;
  elsif mode = 'hold' then
    select stored.version, stored.status into found_version, found_status
      from holdfast.executions as stored where stored.id = execution for share;
  elsif mode = 'change' then
    select stored.version, stored.status into found_version, found_status
      from holdfast.executions as stored where stored.id = execution for no key update;
  else
    select stored.version, stored.status into found_version, found_status
      from holdfast.executions as stored where stored.id = execution for update;
  end if;
  if found_version is null then
    perform holdfast.fail('HF004', pg_catalog.format('execution %s does not exist: create it first', execution),
      pg_catalog.json_build_object('entity', 'execution', 'id', execution));
  end if;
  -- One condition after another, because PL/pgSQL prepares each expression that it reaches anew in each transaction.
  -- The look-up is hold_lease's own, without its call. That function fails, if nothing is found.
  if fence is not null or held_by is not null then
    perform from holdfast.leases as lease
      where lease.id = execution and lease.kind = 'execution' and (is_lax or lease.lease_until > holdfast.now())
        and (fence is null or lease.token = fence) and (held_by is null or lease.holder = held_by)
      for key share;
    if not found then
      perform holdfast.hold_lease(execution, fence, held_by, is_lax);
    end if;
  end if;
  if required is not null or statuses is not null then
    perform holdfast.meets(execution, found_version, found_status, required, statuses);
  end if;
  return execution;
end
$$;

-- What an append to one history answers: the number of the first entry, and the time of all.
create type holdfast.appended as (first bigint, recorded_at timestamptz);

-- Appends entries to the history of one execution; \`expected\` refers to the number of the first. Fails with HF001 for another number than
-- expected, HF003 if the execution has ended, HF004 if it does not exist.
-- Index: history_heads_pkey, executions_pkey. Locks: the execution, if it has no entry yet, then its history_heads.
create function holdfast.append_to(of_execution text, kinds text[], payloads json[], expected bigint) returns holdfast.appended
  language plpgsql volatile
  as $$
declare
  amount constant bigint := pg_catalog.cardinality(kinds);
  log holdfast.history_heads;
  found_status holdfast.status;
begin
  update holdfast.history_heads as head set
    next = head.next + amount, transaction = greatest(head.transaction, pg_catalog.pg_current_xact_id())
  where head.execution_id = of_execution and holdfast.is_open(head.execution_id, head.ended_as)
  returning head.* into log;
  if not found then
    -- Before the head is created: its foreign key would lock the execution after it. A session that has locked the execution and appends
    -- to it would then wait for us, and we for it.
    select stored.status into found_status from holdfast.executions as stored where stored.id = of_execution for key share;
    if not found then
      perform holdfast.fail('HF004', pg_catalog.format('executionId is %s, which does not exist: create the execution first', of_execution),
        pg_catalog.json_build_object('field', 'executionId', 'entity', 'execution', 'id', of_execution));
    end if;
    perform holdfast.is_open(of_execution, found_status);
    insert into holdfast.history_heads as head (execution_id, next, transaction)
    values (of_execution, amount + 1, pg_catalog.pg_current_xact_id())
    on conflict (execution_id) do update set
      next = head.next + excluded.next - 1, transaction = greatest(head.transaction, excluded.transaction)
    where holdfast.is_open(head.execution_id, head.ended_as)
    returning head.* into log;
  end if;
  if expected <> log.next - amount then
    perform holdfast.fail('HF001', pg_catalog.format('the next entry of execution %s has not the expected number', of_execution),
      pg_catalog.json_build_object('reason', 'number', 'entity', 'history', 'executionId', of_execution, 'expected', expected,
        'actual', log.next - amount));
  end if;
  insert into holdfast.history_entries (execution_id, number, transaction, kind, recorded_at, payload)
  select of_execution, log.next - amount + given.position - 1, log.transaction, given.kind, holdfast.now(), given.payload
  from unnest(kinds, payloads) with ordinality as given(kind, payload, position)
  -- The order of all entries preserves the order of an execution's numbers.
  order by given.position;
  return row(log.next - amount, holdfast.now())::holdfast.appended;
end
$$;

-- An execution that a step has changed, whether the step ended it, and its payloads, if they are wanted.
create type holdfast.changed_execution as (
  id text, version bigint, status holdfast.status, strategy holdfast.strategy, definition_name text, definition_version integer,
  parent_id text, parent_task_id text, idempotency_key text, labels jsonb, usage jsonb, created_at timestamptz, updated_at timestamptz,
  started_at timestamptz, finished_at timestamptz, ends boolean, input json, state json, output json, error json
);

-- Changes one execution that the transaction has locked: labels are merged, usage is added, and null keeps the stored value. Its snapshot is
-- from after the lock. An update that begins with an older version of the row could wait for a session that waits for this one.
-- Index: executions_pkey.
create function holdfast.change_locked(of_execution text, new_status holdfast.status, new_labels jsonb, more_usage jsonb, new_state json,
    new_output json, new_error json, whole boolean)
  returns setof holdfast.changed_execution
  language plpgsql volatile rows 1
  as $$
declare
  changed holdfast.changed_execution;
begin
  update holdfast.executions as stored set
    version = stored.version + 1, status = coalesce(new_status, stored.status), updated_at = holdfast.now(),
    started_at = holdfast.started_at(stored.started_at, new_status),
    finished_at = holdfast.finished_at(stored.finished_at, new_status),
    labels = case when new_labels is null then stored.labels else holdfast.merge_labels(stored.labels, new_labels) end,
    usage = case when more_usage is null then stored.usage else holdfast.add_usage(stored.usage, more_usage) end,
    state = coalesce(new_state, stored.state), output = coalesce(new_output, stored.output), error = coalesce(new_error, stored.error)
  where stored.id = of_execution
  returning stored.id, stored.version, stored.status, stored.strategy, stored.definition_name, stored.definition_version,
    stored.parent_id, stored.parent_task_id, stored.idempotency_key, stored.labels, stored.usage, stored.created_at, stored.updated_at,
    stored.started_at, stored.finished_at,
    coalesce(stored.finished_at = stored.updated_at, false) and (
      select former.finished_at from holdfast.executions as former where former.id = stored.id limit 1
    ) is null,
    case when whole then stored.input end, case when whole then stored.state end,
    case when whole then stored.output end, case when whole then stored.error end
  into changed;
  return next changed;
end
$$;

-- Changes executions that the transaction has locked, as the statement change_executions does: labels are merged, usage is added, and
-- null keeps the stored value. A plain update, because nobody else can be changing them. In id order, for the sake of parents that are
-- notified of an end. Returns them without payloads, in any order.
create function holdfast.change_held(ids text[], statuses holdfast.status[], labels jsonb[], usages jsonb[], states json[],
    outputs json[], errors json[])
  returns table (id text, version bigint, status holdfast.status, strategy holdfast.strategy, definition_name text,
    definition_version integer, parent_id text, parent_task_id text, idempotency_key text, label jsonb, usage jsonb,
    created_at timestamptz, updated_at timestamptz, started_at timestamptz, finished_at timestamptz)
  language plpgsql volatile
  set plan_cache_mode = force_generic_plan
  set enable_hashjoin = off
  set enable_mergejoin = off
  set enable_seqscan = off
  as $$
#variable_conflict use_column
begin
  return query
    update holdfast.executions as stored set
      version = stored.version + 1, status = coalesce(input.status, stored.status), updated_at = holdfast.now(),
      started_at = holdfast.started_at(stored.started_at, input.status),
      finished_at = holdfast.finished_at(stored.finished_at, input.status),
      labels = case when input.labels is null then stored.labels else holdfast.merge_labels(stored.labels, input.labels) end,
      usage = case when input.usage is null then stored.usage else holdfast.add_usage(stored.usage, input.usage) end,
      state = coalesce(input.state, stored.state), output = coalesce(input.output, stored.output),
      error = coalesce(input.error, stored.error)
    from (
      select given.id, given.status, given.labels, given.usage, given.state, given.output, given.error
      from unnest(ids, statuses, change_held.labels, usages, states, outputs, errors)
        as given(id, status, labels, usage, state, output, error)
      order by given.id collate "C"
    ) as input
    where stored.id = input.id
    returning stored.id::text, stored.version, stored.status, stored.strategy, stored.definition_name::text,
      stored.definition_version, stored.parent_id::text, stored.parent_task_id::text, stored.idempotency_key::text, stored.labels,
      stored.usage, stored.created_at, stored.updated_at, stored.started_at, stored.finished_at;
end
$$;
`,
  },
  {
    number: 31,
    name: "0031_first_pages",
    oldestClient: 31,
    sql: `-- At least twenty pages, which they keep, for the tables that every step of an execution reads: see 0005_queues.sql. After a vacuum of
-- such a table while it was empty, a new plan would read it whole, and so would a foreign key's plan.

alter table holdfast.executions set (vacuum_truncate = off);

alter table holdfast.history_heads set (vacuum_truncate = off);

alter table holdfast.tasks set (vacuum_truncate = off);

insert into holdfast.executions (id, sequence, version, status, strategy, created_at, updated_at, labels, input) overriding system value
select pg_catalog.repeat('-', 240) || number, -number, 0, 'pending', 'wait_all', 'epoch', 'epoch', '{}',
  pg_catalog.to_json(pg_catalog.repeat('-', 300))
from pg_catalog.generate_series(1, 300) as number;

insert into holdfast.history_heads (execution_id, next, transaction)
select stored.id, 1, '0' from holdfast.executions as stored where stored.sequence < 0;

insert into holdfast.tasks (id, execution_id, sequence, version, name, type, status, strategy, attempt, created_at, updated_at, input)
  overriding system value
select stored.id, stored.id, stored.sequence, 0, '-', 'basic', 'pending', 'wait_all', 1, 'epoch', 'epoch',
  pg_catalog.to_json(pg_catalog.repeat('-', 300))
from holdfast.executions as stored where stored.sequence < 0;

delete from holdfast.executions where sequence < 0;
`,
  },
  {
    number: 32,
    name: "0032_propagation",
    oldestClient: 32,
    sql: `-- How statuses propagate from children to parents.

-- Gives the tasks of one level the status that results from their children. Returns those that changed. For a start that has ended
-- already it returns only the parent, which is next.
--
-- Locks the tasks by id, the greatest first. Children are counted in a snapshot taken after the lock, so of two children that end at
-- once, the later sees the former. Above READ COMMITTED there is no such snapshot. There the children are locked. That fails for a child
-- that has changed since, and skips one that another transaction is changing, because that transaction propagates after us.
create function holdfast.propagate_level(level_ids text[], start_ids text[])
  returns table (task_id text, task_parent_id text, task_status holdfast.status, task_version bigint)
  language plpgsql
  -- Otherwise the plans are made anew for each call, which takes three times as long as the work.
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_hashjoin = off
  set enable_mergejoin = off
  as $$
begin
  perform from holdfast.tasks as task where task.id = any (level_ids) order by task.id desc for no key update;
  if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
    perform from holdfast.tasks as task where task.parent_id = any (level_ids) order by task.id desc
      for share skip locked;
  end if;
  return query
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
    where counted.id = any (start_ids) and holdfast.is_terminal(counted.status);
end
$$;

-- Propagates the status of tasks. Each start gets the status that results from its children, then its parent does, and so on until one
-- does not change. A start without children, or with a terminal status, passes to its parent, because its own change is what propagates.
-- A start without children is not even locked. Returns the tasks that changed, deepest first.
--
-- Of several attempts under one name, the newest counts. A waiting or paused task stays so until its children end; a terminal task stays
-- as it is.
--
-- Locks the executions, shared, because an ended one does not change any more. Then locks tasks level by level, deepest first, and within
-- a level by id, the greatest first. So concurrent callers with common ancestors lock in one order. If ids grow in time, it is also the
-- lock order of task writes.
create function holdfast.propagate(starts text[])
  returns table (task_id text, task_parent_id text, task_status holdfast.status, task_version bigint)
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_hashjoin = off
  set enable_mergejoin = off
  as $$
declare
  start_ids text[];
  start_depths bigint[];
  level_depth bigint;
  level_ids text[];
  climbing text[] := '{}';
begin
  perform holdfast.hold_executions_of(starts);
  -- UNION ends the climb if damaged data has a cycle.
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
    climbing := '{}';
    for task_id, task_parent_id, task_status, task_version in
      select level.task_id, level.task_parent_id, level.task_status, level.task_version
      from holdfast.propagate_level(level_ids, start_ids) as level
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
    number: 33,
    name: "0033_rescheduling",
    oldestClient: 33,
    sql: `-- Gives waiting jobs another time or priority, and puts them where they then belong; null keeps either. Returns those that waited,
-- including blocked ones.
-- Locks: those of lock_job, blocked jobs last, then in id order.
create function holdfast.reschedule_jobs(job_ids text[], moments timestamptz[], priorities integer[]) returns text[]
  language plpgsql volatile
  as $$
declare
  moved text[];
  blocked text[];
begin
  select coalesce(pg_catalog.array_agg(ordered.id) filter (where job.status in ('scheduled', 'ready')), '{}'),
    coalesce(pg_catalog.array_agg(ordered.id) filter (where job.status = 'blocked'), '{}')
  into moved, blocked
  from (
    select given.id collate "C" as id,
      exists (select from holdfast.blocked_jobs as waiting where waiting.id = given.id) as is_blocked
    from (select distinct each.id from pg_catalog.unnest(job_ids) as each(id) where each.id is not null) as given
    order by is_blocked, id
  ) as ordered
  cross join lateral holdfast.lock_job(ordered.id) as job;
  perform holdfast.unplace_jobs(moved);
  delete from holdfast.scheduled as work
  using (select given.id from pg_catalog.unnest(moved) as given(id) limit holdfast.at_most(pg_catalog.cardinality(moved))) as job
  where work.id = job.id and work.kind = 'job';
  update holdfast.jobs as job set
    run_at = change.run_at, priority = change.priority,
    rank = holdfast.work_rank(change.priority, change.run_at, change.aging_ms)
  from (
    select stored.id, coalesce(given.run_at, stored.run_at) as run_at, coalesce(given.priority, stored.priority) as priority,
      (select queue.aging_ms from holdfast.queues as queue where queue.name = stored.queue) as aging_ms
    from rows from (pg_catalog.unnest(job_ids), pg_catalog.unnest(moments), pg_catalog.unnest(priorities))
      as given(id, run_at, priority)
    cross join lateral (select each.* from holdfast.jobs as each where each.id = given.id limit 1) as stored
    where given.id = any(moved || blocked)
    limit holdfast.at_most(pg_catalog.cardinality(job_ids))
  ) as change
  where job.id = change.id;
  perform holdfast.enqueue_jobs(moved);
  return moved || blocked;
end
$$;
`,
  },
  {
    number: 34,
    name: "0034_dead_jobs",
    oldestClient: 34,
    sql: `-- Executions that fail because one of their jobs dies (jobs.fails_execution).

-- Locks the executions that fail if these attempts fail, then all that their ends change, and the jobs of the attempts, in one order.
-- Everything that ends an execution locks it before its jobs. A step also locks the other jobs that it touches, and the parts of executions
-- that it ends. Returns whether an execution fails; locks nothing if none does.
-- Index: jobs_pkey, leases_pkey. Locks: the executions, in id order, then those of holdfast.lock_parts.
create function holdfast.lock_failing(job_ids text[], are_final boolean[], touched text[], ending text[]) returns boolean
  language plpgsql volatile set plan_cache_mode = force_generic_plan
  as $$
declare
  failing text[];
begin
  failing := array(
    select distinct job.execution_id collate "C"
    from rows from (pg_catalog.unnest(job_ids), pg_catalog.unnest(are_final)) as given(id, is_final)
    cross join lateral (
      select stored.execution_id::text as execution_id, stored.max_attempts
      from holdfast.jobs as stored where stored.id = given.id and stored.fails_execution limit 1
    ) as job
    where given.is_final or (
      select lease.attempts >= job.max_attempts from holdfast.leases as lease where lease.id = given.id and lease.kind = 'job'
    )
    order by 1
  );
  if failing = '{}' then
    return false;
  end if;
  perform from pg_catalog.unnest(failing) as given(id)
  cross join lateral (select from holdfast.executions as stored where stored.id = given.id for update) as execution;
  perform holdfast.lock_parts(failing || ending, job_ids || touched);
  return true;
end
$$;

-- Fails the executions of dead jobs, if the jobs say so and the executions have not ended. Each gets the error of its first such job.
-- Returns the executions, and the queues that may have work now. Runs after lock_failing.
-- Index: jobs_pkey, ended_jobs_pkey, executions_pkey. Locks: those of holdfast.clear_execution.
create function holdfast.fail_owners(job_ids text[]) returns table (executions text[], woken text[])
  language plpgsql volatile set plan_cache_mode = force_generic_plan
  as $$
declare
  owner text;
  cause json;
begin
  executions := '{}';
  woken := '{}';
  for owner, cause in
    select distinct on (job.execution_id collate "C") job.execution_id, ended.error
    from pg_catalog.unnest(job_ids) with ordinality as given(id, place)
    cross join lateral (
      select stored.execution_id::text as execution_id
      from holdfast.jobs as stored where stored.id = given.id and stored.fails_execution limit 1
    ) as job
    cross join lateral (
      select stored.error from holdfast.ended_jobs as stored where stored.id = given.id and stored.status = 'dead' limit 1
    ) as ended
    order by job.execution_id collate "C", given.place
  loop
    perform from holdfast.executions as stored where stored.id = owner and stored.finished_at is null for update;
    continue when not found;
    executions := executions || owner;
    woken := woken || holdfast.clear_execution(owner);
    update holdfast.executions as stored set status = 'failed', error = coalesce(cause, stored.error), version = stored.version + 1,
        updated_at = holdfast.now(), started_at = coalesce(stored.started_at, holdfast.now()), finished_at = holdfast.now()
      where stored.id = owner;
  end loop;
  return next;
end
$$;

-- Whether the execution of a job fails when this lease expires, because the attempt was the last.
-- Index: jobs_pkey.
create function holdfast.is_fatal(lease holdfast.leases) returns boolean
  language sql stable
  as $$
  select lease.is_linked and exists (
    select from holdfast.jobs as job where job.id = lease.id and job.fails_execution and lease.attempts >= job.max_attempts
  )
$$;
`,
  },
  {
    number: 35,
    name: "0035_wakes",
    oldestClient: 35,
    sql: `-- Calls that wake executions.

-- Calls that came while their executions were not parked. Each ends the next park at once, so a call between an engine's last check and
-- its park is not lost.
create table holdfast.wakes (
  execution_id text collate "C" primary key,
  payload json,
  trace_context text collate "C"
);

-- Wakes a parked execution, or records that its next park ends at once. An execution in no queue, or one that has ended, cannot be woken.
-- Returns whether it could be, and its queue if it is claimable now.
-- Index: executions_pkey, parks_pkey, scheduled_pkey, wakes_pkey. Locks: the execution, so that it cannot park meanwhile; then those of
-- holdfast.wake.
create function holdfast.wake_execution(execution text, with_payload json, with_trace text, out is_woken boolean, out queue text)
  language plpgsql volatile
  as $$
begin
  perform from holdfast.executions as stored
    where stored.id = execution and stored.queue is not null and stored.finished_at is null
    for no key update;
  is_woken := found;
  if not is_woken then
    return;
  end if;
  -- A woken execution keeps its reason until the next park, also while it waits for another attempt.
  if exists (select from holdfast.parks as park where park.execution_id = execution and park.woken_by is null) and exists (
    select from holdfast.scheduled as work where work.id = execution and work.kind = 'execution' and work.attempts = 0
  ) then
    queue := holdfast.wake(execution, 'call', null, null, with_payload, with_trace);
  end if;
  if queue is null then
    insert into holdfast.wakes (execution_id, payload, trace_context) values (execution, with_payload, with_trace)
      on conflict (execution_id) do update set payload = excluded.payload, trace_context = excluded.trace_context;
  end if;
end
$$;
`,
  },
  {
    number: 36,
    name: "0036_job_reports",
    oldestClient: 36,
    sql: `-- Reports of the holders of running jobs.

-- A separate table, so that a report never writes the rows that claims and ends write. Number 0 holds the latest progress of a job. All
-- other numbers are lines of its log; the newest thousand are kept.
create table holdfast.job_reports (
  job_id holdfast.id not null references holdfast.jobs on delete cascade,
  number bigint not null,
  reported_at timestamptz not null,
  message text collate "C",
  data json,
  primary key (job_id, number),
  check ((number = 0) = (message is null))
);

create sequence holdfast.job_log_numbers;

-- Whether a claim of a job holds. If so, it holds until the transaction ends: the end of the job and its removal wait.
-- Index: leases_pkey, lease_chunks_pkey, ended_jobs_pkey. Locks: the lease or the chunk's, shared.
create function holdfast.hold_claim(job_id text, fence bigint) returns boolean
  language plpgsql volatile
  as $$
begin
  perform from holdfast.leases as lease
    where lease.id = job_id and lease.kind = 'job' and holdfast.holds(lease.token, lease.lease_until, fence)
    for key share;
  if found then
    return true;
  end if;
  perform from holdfast.lease_chunks as chunk
    where chunk.token = fence and chunk.lease_until > holdfast.now() and job_id = any(chunk.ids)
    for key share;
  return found and not exists (select from holdfast.ended_jobs as ended where ended.id = job_id);
end
$$;
`,
  },
  {
    number: 37,
    name: "0037_checkpoints",
    oldestClient: 37,
    sql: `-- Checkpoints: versions of the state of threads, each with its parent, so that a thread is a tree.

-- One row per thread. Every write of a thread's content first locks its row, so a removal misses none.
create table holdfast.checkpoint_threads (
  thread holdfast.id primary key,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- From then on the thread is absent for every reader; its space is freed later.
  expires_at timestamptz
) with (fillfactor = 80);

create index checkpoint_threads_expiring on holdfast.checkpoint_threads (expires_at) where expires_at is not null;

create table holdfast.checkpoints (
  thread holdfast.id not null,
  -- May be empty.
  namespace holdfast.kv_key not null,
  id holdfast.id not null,
  parent_id holdfast.id,
  created_at timestamptz not null,
  labels jsonb not null,
  -- The parts of this checkpoint, in one order: each part's name, its version, and the checkpoint that stored it. Null stands for this one,
  -- which stores most of its parts.
  part_names text[] not null,
  part_versions text[] not null,
  part_origins text[] not null,
  manifest holdfast.id,
  encoding text not null,
  state bytea not null,
  primary key (thread, namespace, id)
);

-- Lists go across threads.
create index checkpoints_by_id on holdfast.checkpoints (id, thread, namespace);
create index checkpoints_labels on holdfast.checkpoints using gin (labels jsonb_path_ops);

-- A part belongs to the checkpoint that stored it, its origin; later checkpoints share it. Checkpoints of two branches may give one
-- version to different values.
create table holdfast.checkpoint_parts (
  thread holdfast.id not null,
  namespace holdfast.kv_key not null,
  name holdfast.id not null,
  version holdfast.id not null,
  origin holdfast.id not null,
  manifest holdfast.id,
  encoding text not null,
  value bytea not null,
  primary key (thread, namespace, name, version, origin)
);

-- What tasks have written on top of a checkpoint, before the next one. The checkpoint itself may be written later.
create table holdfast.checkpoint_writes (
  thread holdfast.id not null,
  namespace holdfast.kv_key not null,
  checkpoint_id holdfast.id not null,
  task holdfast.id not null,
  number integer not null,
  path holdfast.kv_key not null,
  name holdfast.id not null,
  manifest holdfast.id,
  encoding text not null,
  value bytea not null,
  primary key (thread, namespace, checkpoint_id, task, number)
);

-- Removes the content of a thread that was removed, or that expired and is written again. Its statements take newer snapshots than the
-- one that fired it, so they see all that was committed before the thread's row was locked.
create function holdfast.empty_checkpoint_thread() returns trigger
  language plpgsql
  as $$
begin
  delete from holdfast.checkpoints as stored where stored.thread = old.thread;
  delete from holdfast.checkpoint_parts as stored where stored.thread = old.thread;
  delete from holdfast.checkpoint_writes as stored where stored.thread = old.thread;
  return new;
end
$$;

create trigger checkpoint_threads_removed after delete on holdfast.checkpoint_threads
  for each row execute function holdfast.empty_checkpoint_thread();

-- Compares with the moment of the update. PostgreSQL would plan a call of a function here anew at each update.
create trigger checkpoint_threads_revived before update on holdfast.checkpoint_threads
  for each row when (old.expires_at <= new.updated_at)
  execute function holdfast.empty_checkpoint_thread();

-- The checkpoint that stored a version of a part: the last one by id if several did; null if none.
create function holdfast.checkpoint_part_origin(of_thread text, of_namespace text, of_name text, of_version text) returns text
  language sql stable
  as $$
  select max(stored.origin)
  from holdfast.checkpoint_parts as stored
  where stored.thread = of_thread and stored.namespace = of_namespace and stored.name = of_name and stored.version = of_version
$$;
`,
  },
  {
    number: 38,
    name: "0038_cancellations",
    oldestClient: 38,
    sql: `-- Cancellations of executions and of what belongs to them.

-- Cancels the unfinished jobs of an execution, as cancel_jobs does. Returns the queues that may have work now.
-- Index: jobs_of_execution. Locks: those of take_jobs and settle_jobs.
create function holdfast.cancel_jobs_of(execution text) returns text[]
  language plpgsql volatile
  as $$
declare
  done record;
begin
  if not exists (select from holdfast.jobs as job where job.execution_id = execution) then
    return '{}';
  end if;
  select ended.* into done
  from holdfast.cancel_jobs(
    array(select stored.id::text from holdfast.jobs as stored where stored.execution_id = execution),
    array['blocked', 'scheduled', 'ready', 'running']::holdfast.job_status[]
  ) as ended;
  return done.woken;
end
$$;

-- The unfinished jobs of executions.
-- Index: jobs_of_execution, ended_jobs_pkey.
create function holdfast.open_jobs_of(execution_ids text[]) returns text[]
  language plpgsql stable
  -- Because the plan is made once, usually while there are few jobs.
  set enable_seqscan = off
  as $$
begin
  return array(
    select job.id
    from pg_catalog.unnest(execution_ids) as given(id)
    cross join lateral (
      select stored.id::text as id from holdfast.jobs as stored where stored.execution_id = given.id limit holdfast.at_most(1000000000)
    ) as job
    where (select true from holdfast.ended_jobs as ended where ended.id = job.id limit 1) is null
  );
end
$$;

-- Locks the leases of executions, which the caller has locked. Heartbeats hold them without their executions, and may then wait for jobs.
-- Index: leases_pkey. Locks: the leases, in id order.
create function holdfast.lock_leases_of(execution_ids text[]) returns void
  language plpgsql volatile
  as $$
begin
  -- The usual case, without a sort.
  if pg_catalog.cardinality(execution_ids) = 1 then
    perform from holdfast.leases as stored where stored.id = execution_ids[1] and stored.kind = 'execution' for update;
    return;
  end if;
  perform from (select given.id collate "C" as id from pg_catalog.unnest(execution_ids) as given(id) order by 1) as named
    cross join lateral (
      select from holdfast.leases as stored where stored.id = named.id and stored.kind = 'execution' for update
    ) as lease;
end
$$;

-- Locks all that the ends of several executions change, together with other jobs, in one order. Otherwise the parts of the first would be
-- locked before those of the second, whatever their ids. The caller has locked the executions for update.
-- Index: leases_pkey, jobs_of_execution, timers_of_execution, waits_execution_id_step_key_key, history_heads_pkey. Locks: leases in id
-- order; unfinished jobs, as lock_jobs does; timers in id order; waits in key and sequence order; heads of history in id order.
create function holdfast.lock_parts(execution_ids text[], other_jobs text[]) returns void
  language plpgsql volatile
  -- Because the plans are made once, usually while there are few jobs, timers and waits.
  set enable_seqscan = off
  as $$
begin
  perform holdfast.lock_leases_of(execution_ids);
  perform holdfast.lock_jobs(other_jobs || holdfast.open_jobs_of(execution_ids));
  perform from holdfast.timers as timer
    where timer.execution_id = any(execution_ids)
      and (timer.status = 'scheduled' or (timer.status = 'claimed' and timer.lease_until <= holdfast.now()))
    order by timer.id
    for update;
  perform from holdfast.waits as wait
    where wait.execution_id = any(execution_ids)
    order by wait.key, wait.sequence
    for update;
  perform from holdfast.history_heads as head
    where head.execution_id = any(execution_ids)
    order by head.execution_id
    for no key update;
end
$$;

-- Locks what the ends of executions and the acknowledgement of claimed jobs change, before either. Usually nothing of the executions is
-- left, and their leases are all. The caller has locked the executions for update.
-- Index and locks: those of lock_leases_of, or of lock_parts.
create function holdfast.lock_ending(execution_ids text[], claimed text[]) returns boolean
  language plpgsql volatile
  as $$
begin
  perform holdfast.lock_leases_of(execution_ids);
  if not holdfast.open_jobs_of(execution_ids) <@ claimed then
    perform holdfast.lock_parts(execution_ids, claimed);
  end if;
  return true;
end
$$;

-- Locks executions, and below those that \`trees\` marks all descendants, or with \`only_open\` the unfinished ones: from the roots down, so
-- that nobody adds a child meanwhile. Returns those that it locked. Without a tree, an ended execution is left alone.
-- Index: executions_pkey, executions_parent. Locks: the executions, each level in id order.
create function holdfast.lock_families(roots text[], trees boolean[], only_open boolean) returns text[]
  language plpgsql volatile
  set enable_seqscan = off
  as $$
declare
  level text[] := roots;
  locked text[] := '{}';
begin
  while pg_catalog.cardinality(level) > 0 loop
    locked := locked || array(
      select named.id
      from (
        select given.id collate "C" as id, pg_catalog.bool_or(trees[given.place]) as is_tree
        from pg_catalog.unnest(level) with ordinality as given(id, place)
        group by 1
        order by 1
      ) as named
      cross join lateral (
        select from holdfast.executions as stored where stored.id = named.id and (stored.finished_at is null or named.is_tree) for update
      ) as execution
    );
    level := array(
      select child.id
      from pg_catalog.unnest(level) with ordinality as given(id, place)
      cross join lateral (
        select stored.id::text as id
        from holdfast.executions as stored
        where stored.parent_id = given.id and (stored.finished_at is null or not only_open)
        limit holdfast.at_most(1000000000)
      ) as child
      where trees[given.place]
    );
    trees := pg_catalog.array_fill(true, array[pg_catalog.cardinality(level)]);
  end loop;
  return locked;
end
$$;

-- Locks executions that are about to be canceled, and with \`trees\` their unfinished descendants. Then, if there are several, locks their
-- parts, together with other jobs. Returns those that it locked.
-- Locks: those of lock_families, then those of lock_parts.
create function holdfast.lock_canceled(roots text[], trees boolean[], other_jobs text[]) returns text[]
  language plpgsql volatile
  as $$
declare
  locked constant text[] := holdfast.lock_families(roots, trees, true);
begin
  if pg_catalog.cardinality(locked) > 1 then
    perform holdfast.lock_parts(locked, other_jobs);
  end if;
  return locked;
end
$$;

-- Cleans up an ending execution: cancels its jobs, removes its waits, cancels its timers. Returns the queues that may have work now.
-- Called under its lock for update.
-- Index: jobs_of_execution, waits_execution_id_step_key_key, timers_of_execution. Locks: its lease, its jobs, timers and waits.
create function holdfast.clear_execution(execution text) returns text[]
  language plpgsql volatile
  -- Because the plans are made once, usually while there are few jobs, timers and waits.
  set enable_seqscan = off
  as $$
declare
  woken text[];
begin
  -- The usual case: nothing is left, and one look-up tells.
  if not (
    exists (select from holdfast.jobs as job where job.execution_id = execution)
    or exists (select from holdfast.timers as timer where timer.execution_id = execution)
    or exists (select from holdfast.waits as wait where wait.execution_id = execution)
  ) then
    return '{}';
  end if;
  perform from holdfast.leases as stored where stored.id = execution and stored.kind = 'execution' for update;
  woken := holdfast.cancel_jobs_of(execution);
  perform from holdfast.timers as timer
    where timer.execution_id = execution
      and (timer.status = 'scheduled' or (timer.status = 'claimed' and timer.lease_until <= holdfast.now()))
    order by timer.id
    for update;
  if found then
    update holdfast.timers as timer set status = 'canceled', canceled_at = holdfast.now(), holder = null, lease_until = null
      where timer.execution_id = execution and timer.dedupe_key is not null
        and (timer.status = 'scheduled' or (timer.status = 'claimed' and timer.lease_until <= holdfast.now()));
    delete from holdfast.timers as timer
      where timer.execution_id = execution and timer.dedupe_key is null
        and (timer.status = 'scheduled' or (timer.status = 'claimed' and timer.lease_until <= holdfast.now()));
  end if;
  delete from holdfast.waits as wait
    where wait.id = any(array(
      select found.id::text from holdfast.waits as found
      where found.execution_id = execution
      order by found.key, found.sequence
      for update
    ));
  return woken;
end
$$;

-- Cleans up ending executions, each by clear_execution. Returns those that may have had anything to clean up, and the queues that may have
-- work now.
-- Index: those of clear_execution. Locks: those of lock_parts, if there are several.
create function holdfast.clear_executions(ids text[]) returns table (id text, woken text[])
  language plpgsql volatile
  set enable_seqscan = off
  as $$
#variable_conflict use_column
declare
  crowded text[] := ids;
  each text;
begin
  if pg_catalog.cardinality(ids) > 1 then
    crowded := array(
      select given.id
      from pg_catalog.unnest(ids) as given(id)
      -- Not written with \`exists\`: the planner may answer that by reading the whole table.
      where (select true from holdfast.jobs as job where job.execution_id = given.id limit 1)
        or (select true from holdfast.timers as timer where timer.execution_id = given.id limit 1)
        or (select true from holdfast.waits as wait where wait.execution_id = given.id limit 1)
      order by given.id collate "C"
    );
    if crowded <> '{}' then
      perform holdfast.lock_parts(ids, '{}');
    end if;
  end if;
  foreach each in array crowded loop
    id := each;
    woken := holdfast.clear_execution(each);
    return next;
  end loop;
end
$$;

-- Cancels an unfinished execution with its remaining parts, and with \`tree\` its descendants, parents first. Returns which were canceled,
-- and the queues that may have work now. If there may be several, runs behind lock_canceled.
-- Index: executions_pkey, executions_parent. Locks: executions from the root down, each level in id order; for each, those of
-- clear_execution, and then its lease or its place in its queue.
create function holdfast.cancel_executions(roots text[], cause json, tree boolean) returns table (canceled text[], woken text[])
  language plpgsql volatile
  as $$
declare
  level text[] := roots;
  each text;
begin
  canceled := '{}';
  woken := '{}';
  while pg_catalog.cardinality(level) > 0 loop
    for each in select given.id from unnest(level) as given(id) order by given.id collate "C" loop
      perform from holdfast.executions as stored where stored.id = each and stored.finished_at is null for update;
      continue when not found;
      woken := woken || holdfast.clear_execution(each);
      update holdfast.executions as stored set status = 'canceled', error = coalesce(cause, stored.error), version = stored.version + 1,
          updated_at = holdfast.now(), finished_at = holdfast.now()
        where stored.id = each;
      canceled := canceled || each;
    end loop;
    exit when not tree;
    level := array(
      select child.id::text
      from unnest(level) as given(id)
      cross join lateral (
        select stored.id from holdfast.executions as stored where stored.parent_id = given.id and stored.finished_at is null
      ) as child
    );
  end loop;
  return next;
end
$$;
`,
  },
  {
    number: 39,
    name: "0039_timers",
    oldestClient: 39,
    sql: `-- Times that executions wait for, and waits that expire.

create type holdfast.timer_status as enum ('scheduled', 'claimed', 'fired', 'canceled');

create table holdfast.timers (
  id holdfast.id primary key,
  -- Scheduling order, which decides among timers of one time.
  sequence bigint generated always as identity,
  execution_id holdfast.id not null references holdfast.executions on delete cascade,
  step holdfast.key not null,
  status holdfast.timer_status not null,
  -- Whole milliseconds, as in JavaScript, so that a page's cursor is exact.
  fire_at timestamptz not null,
  dedupe_key holdfast.key,
  holder text,
  token bigint not null default 0,
  lease_until timestamptz,
  created_at timestamptz not null,
  fired_at timestamptz,
  canceled_at timestamptz,
  payload json,
  trace_context text collate "C",
  -- The expired wait. It may be gone, so its key is stored here too.
  wait_id holdfast.id,
  wait_key holdfast.key,
  constraint timers_lease check ((status = 'claimed') = (lease_until is not null))
);

create index timers_due on holdfast.timers (fire_at, sequence) where status = 'scheduled';
create index timers_claimed on holdfast.timers (lease_until) where status = 'claimed';
create index timers_ended on holdfast.timers (status, fire_at, sequence) where status in ('fired', 'canceled');
-- For retention.
create index timers_expiring on holdfast.timers (coalesce(fired_at, canceled_at))
  where status in ('fired', 'canceled') and dedupe_key is null;
create index timers_of_execution on holdfast.timers (execution_id, fire_at, sequence);
create unique index timers_dedupe on holdfast.timers (execution_id, dedupe_key) where dedupe_key is not null;

-- The time \`ms\` from now, in whole milliseconds and never early; now for 0.
create function holdfast.after_ms(ms bigint) returns timestamptz
  language sql stable parallel safe
  as $$
  select pg_catalog.date_trunc('milliseconds', holdfast.now() + least(ms, 1) * interval '999 microseconds')
    + ms * interval '1 millisecond'
$$;

-- Turns at most \`most\` expired waits into claimed timers, the longest expired first.
-- Index: waits_expiring, waits_pkey, executions_pkey. Locks: executions, shared, because the foreign key of new timers would wait for
-- them; then waits. Skips rows that others hold.
create function holdfast.expire_waits(most bigint, claimer text, until timestamptz) returns setof holdfast.timers
  language plpgsql
  set enable_seqscan = off
  as $$
begin
  return query
  with expired as materialized (
    select stored.id, stored.key, stored.execution_id, stored.step, stored.created_at, stored.expires_at, stored.sequence
    from holdfast.waits as stored
    cross join lateral (
      select execution.id from holdfast.executions as execution where execution.id = stored.execution_id for key share skip locked
    ) as owner
    where not stored.is_park and stored.expires_at <= holdfast.now()
    order by stored.expires_at, stored.sequence
    limit most
    for update of stored skip locked
  ), removed as (
    delete from holdfast.waits as stored
    where stored.id = any(array(select expired.id::text from expired))
  ), ended as (
    insert into holdfast.ended_waits (id, key, execution_id, step, status, created_at, expires_at, ended_at)
    select expired.id, expired.key, expired.execution_id, expired.step, 'expired', expired.created_at, expired.expires_at, holdfast.now()
    from expired
    order by expired.expires_at, expired.sequence
    on conflict (id) do nothing
  )
  insert into holdfast.timers as timer
    (id, execution_id, step, status, fire_at, token, holder, lease_until, created_at, wait_id, wait_key)
  select pg_catalog.gen_random_uuid()::text, expired.execution_id, expired.step, 'claimed', expired.expires_at,
    pg_catalog.nextval('holdfast.tokens'), claimer, until, holdfast.now(), expired.id, expired.key
  from expired
  order by expired.expires_at, expired.sequence
  returning timer.*;
end
$$;
`,
  },
  {
    number: 40,
    name: "0040_former_states",
    oldestClient: 40,
    sql: `-- The former versions of the states of executions and components. A caller asks for them by state (\`keep_states\`). All other states
-- cost nothing, because the triggers' conditions fail.

create table holdfast.former_states (
  execution_id holdfast.id not null references holdfast.executions on delete cascade,
  -- Empty for the execution's own state: no component has an empty name.
  component text collate "C" not null,
  version bigint not null,
  updated_at timestamptz not null,
  replaced_at timestamptz not null,
  state json not null,
  primary key (execution_id, component, version)
);

-- Removes the former versions of a state but the newest ones.
create function holdfast.trim_former_states(execution text, of_component text, keep integer) returns void
  language sql volatile
  as $$
  delete from holdfast.former_states as former
  where former.execution_id = execution and former.component = of_component and former.version <= (
    select newest.version
    from holdfast.former_states as newest
    where newest.execution_id = execution and newest.component = of_component
    order by newest.version desc
    offset keep limit 1
  )
$$;

-- Keeps the state that an update of an execution has replaced. It takes the version from the updated row, so it is the one that existed
-- once the row was locked.
create function holdfast.keep_former_state() returns trigger
  language plpgsql
  as $$
begin
  if old.state::text is distinct from new.state::text then
    insert into holdfast.former_states (execution_id, component, version, updated_at, replaced_at, state)
    values (old.id, '', old.version, old.updated_at, new.updated_at, old.state);
    perform holdfast.trim_former_states(new.id, '', new.keeps_states);
  end if;
  return null;
end
$$;

create trigger executions_state_replaced after update of state on holdfast.executions
  for each row when (new.keeps_states is not null and old.state is not null)
  execute function holdfast.keep_former_state();

-- The same for the state of a component.
create function holdfast.keep_former_component_state() returns trigger
  language plpgsql
  as $$
begin
  if old.state::text is distinct from new.state::text then
    insert into holdfast.former_states (execution_id, component, version, updated_at, replaced_at, state)
    values (old.execution_id, old.component, old.version, old.updated_at, new.updated_at, old.state);
    perform holdfast.trim_former_states(new.execution_id, new.component, new.keeps_states);
  end if;
  return null;
end
$$;

create trigger component_states_replaced after update of state on holdfast.component_states
  for each row when (new.keeps_states is not null)
  execute function holdfast.keep_former_component_state();

-- The former versions of a component's state go with it: the versions of its next one begin again.
create function holdfast.forget_former_states() returns trigger
  language plpgsql
  as $$
begin
  delete from holdfast.former_states as former where former.execution_id = old.execution_id and former.component = old.component;
  return null;
end
$$;

create trigger component_states_removed after delete on holdfast.component_states
  for each row when (old.keeps_states is not null)
  execute function holdfast.forget_former_states();

-- Sets how many former versions of a state are kept from now on, and removes those beyond. Returns whether there is such a state; an
-- execution counts as one, whether its state was written or not.
-- Locks: the execution or the component state, then the former versions.
create function holdfast.keep_states(execution text, of_component text, keep integer) returns boolean
  language plpgsql volatile
  as $$
begin
  if of_component = '' then
    update holdfast.executions as stored set keeps_states = nullif(keep, 0) where stored.id = execution;
  else
    update holdfast.component_states as stored set keeps_states = nullif(keep, 0)
      where stored.execution_id = execution and stored.component = of_component;
  end if;
  if not found then
    return false;
  end if;
  perform holdfast.trim_former_states(execution, of_component, keep);
  return true;
end
$$;
`,
  },
];
