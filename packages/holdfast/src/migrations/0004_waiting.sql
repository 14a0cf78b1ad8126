-- What executions wait for: events under a correlation key, and moments.

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
  -- Whether the execution is parked for it: the event then wakes it, and whatever else wakes it first removes this wait.
  is_park boolean not null default false,
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

-- A moment `ms` from now, in whole milliseconds and never early; at once for 0.
create function holdfast.after_ms(ms bigint) returns timestamptz
  language sql stable parallel safe
  as $$
  select pg_catalog.date_trunc('milliseconds', holdfast.now() + least(ms, 1) * interval '999 microseconds')
    + ms * interval '1 millisecond'
$$;
