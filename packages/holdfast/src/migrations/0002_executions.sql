-- Definitions, executions, their component states and their history.

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
  -- The trace that was active at its creation: W3C's `traceparent` and, behind a space, its `tracestate` if there is one. A trace context
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
-- number is in `number` with an empty `text`. Booleans and texts are in `text` beside an infinity, which no JSON number is. Triggers
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

-- Executions that share the first entries of another one. Those up to `shared` are read from `source_id`, which may share in turn.
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

-- The owners of the entries of an execution. Each owns the numbers above `above` and up to `through`.
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
