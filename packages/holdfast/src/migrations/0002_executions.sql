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
-- Most executions have no labels, and cost nothing here.
create index executions_labels on holdfast.executions using gin (labels jsonb_path_ops) where labels <> '{}';

create trigger executions_status_change before update of status on holdfast.executions
  for each row when (old.status is distinct from new.status)
  execute function holdfast.check_status_change('execution');

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
  next bigint not null
) with (fillfactor = 50);

-- Entries are never changed. They refer to their head, which the append that writes them has locked anyway.
create table holdfast.history_entries (
  execution_id holdfast.id not null references holdfast.history_heads on delete cascade,
  number bigint not null check (number > 0),
  kind holdfast.id not null,
  recorded_at timestamptz not null,
  payload json,
  primary key (execution_id, number)
);
