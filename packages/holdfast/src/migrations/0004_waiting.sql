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

-- What became of a wait: it is registered, now or by an earlier call, or it has taken an event.
create type holdfast.wait_outcome as (
  wait_id text, created_at timestamptz, expires_at timestamptz, event_id text, payload json
);

-- Registers a wait, or takes the oldest event that is kept for it. A wait that the step has already stays as it is and takes nothing.
-- Runs under the lock of its key. Fails with HF004 without the execution, and with HF003 where that has ended.
create function holdfast.register_wait(new_id text, event_key text, execution text, at_step text, until timestamptz)
  returns holdfast.wait_outcome
  language plpgsql
  -- The plans outlive the time when the tables were empty.
  set enable_seqscan = off
  as $$
declare
  outcome holdfast.wait_outcome;
  owner_status holdfast.status;
  event record;
begin
  select stored.id, stored.created_at, stored.expires_at into outcome
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
    select stored.id, stored.payload, stored.dedupe_id into event
      from holdfast.events as stored
      where stored.key = event_key and stored.consumed_at is null and stored.expires_at > holdfast.now()
      order by stored.sequence
      limit 1
      for update;
  end if;
  if not found then
    insert into holdfast.waits as stored (id, key, execution_id, step, created_at, expires_at)
    values (new_id, event_key, execution, at_step, holdfast.now(), until)
    returning stored.id, stored.created_at, stored.expires_at into outcome;
    return outcome;
  end if;
  if event.dedupe_id is null then
    delete from holdfast.events as stored where stored.id = event.id;
  else
    -- A duplicate of its delivery must still find it.
    update holdfast.events as stored set consumed_at = holdfast.now(), payload = null where stored.id = event.id;
  end if;
  outcome.event_id := event.id;
  outcome.payload := event.payload;
  return outcome;
end
$$;

-- Locks the keys of executions, shared, in the order of their ids. Answers how many there are.
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

create type holdfast.timer_status as enum ('scheduled', 'claimed', 'fired', 'canceled');

create table holdfast.timers (
  id holdfast.id primary key,
  -- Schedule order, the last word among timers of one moment.
  sequence bigint generated always as identity,
  execution_id holdfast.id not null references holdfast.executions on delete cascade,
  step holdfast.id not null,
  status holdfast.timer_status not null,
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

-- A moment `ms` from now, in whole milliseconds and never early; at once for 0.
create function holdfast.after_ms(ms bigint) returns timestamptz
  language sql stable parallel safe
  as $$
  select pg_catalog.date_trunc('milliseconds', holdfast.now() + least(ms, 1) * interval '999 microseconds')
    + ms * interval '1 millisecond'
$$;
