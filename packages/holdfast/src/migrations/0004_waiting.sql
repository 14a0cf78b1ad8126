-- What executions wait for: events under a correlation key.

create type holdfast.wait_status as enum ('waiting', 'delivered', 'expired');

-- Registered and delivered under the key's lock (holdfast.lock_keys), so that a wait and an event of one key never miss each other. A
-- delivered or expired wait moves to `ended_waits`; a canceled one is removed.
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

-- Registers a wait, or takes the oldest kept event for it. If the step has registered the caller's own id (`is_own`) before, and that
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
