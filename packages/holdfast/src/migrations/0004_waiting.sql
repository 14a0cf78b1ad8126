-- What executions wait for: events under a correlation key, and moments.

create table holdfast.waits (
  id holdfast.id primary key,
  sequence bigint generated always as identity,
  key holdfast.id not null,
  execution_id holdfast.id not null references holdfast.executions on delete cascade,
  step holdfast.id not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  unique (execution_id, step, key)
);

create index waits_of_key on holdfast.waits (key, sequence);

-- Events that came before their waiter, and the outcomes of deliveries that carry a dedupe id.
create table holdfast.events (
  id holdfast.id primary key,
  sequence bigint generated always as identity,
  key holdfast.id not null,
  dedupe_id holdfast.id,
  created_at timestamptz not null,
  expires_at timestamptz,
  -- When a waiter took it; null while it is kept for one.
  consumed_at timestamptz,
  payload json not null,
  -- What the first delivery answered, for its duplicates.
  delivered_to json
);

create index events_kept on holdfast.events (key, sequence) where consumed_at is null;
create unique index events_dedupe on holdfast.events (key, dedupe_id) where dedupe_id is not null;

create type holdfast.timer_state as enum ('scheduled', 'claimed', 'fired');

create table holdfast.timers (
  id holdfast.id primary key,
  sequence bigint generated always as identity,
  execution_id holdfast.id not null references holdfast.executions on delete cascade,
  step holdfast.id not null,
  state holdfast.timer_state not null,
  fire_at timestamptz not null,
  dedupe_key holdfast.id,
  holder text,
  token bigint not null default 0,
  lease_until timestamptz,
  created_at timestamptz not null,
  fired_at timestamptz,
  payload json not null
);

create index timers_due on holdfast.timers (fire_at, sequence) where state = 'scheduled';
create index timers_claimed on holdfast.timers (lease_until) where state = 'claimed';
create unique index timers_dedupe on holdfast.timers (execution_id, dedupe_key) where dedupe_key is not null;
create index timers_of_execution on holdfast.timers (execution_id, sequence);
