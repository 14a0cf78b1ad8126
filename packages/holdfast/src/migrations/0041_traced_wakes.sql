-- Waits and wakes that pass on the traces of events and calls.

-- Functions whose parameters or results change.
drop function holdfast.wake(text, holdfast.wake_reason, text, text, json);

drop function holdfast.wake_waiter(text, text, text, json);

drop function holdfast.wake_execution(text, json);

-- Registers a wait, or takes the oldest kept event for it. If the step has registered the caller's own id (`is_own`) before, and that
-- wait is over, returns what became of it. Otherwise, an existing wait of the step stays as it is and takes nothing. Runs under the lock
-- of its key. Fails with HF004 without the execution, and with HF003 if that has ended.
create or replace function holdfast.register_wait(new_id text, is_own boolean, event_key text, execution text, at_step text, until timestamptz)
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

-- Parks an execution whose lease the transaction holds. Gives the lease back, and waits. The first of these ends the park: a time (null
-- for none), an event, the expiry of a wait, the end of all current children. Three things make it claimable at once: a call that came
-- while it was not parked, an early event, and children that have all ended. Returns its queue, and whether it is claimable. Called under
-- the locks of the keys. Children are locked, so that this waits for one that is ending, and one that ends later finds the park.
-- Locks: the lease; events; children, shared, in id order; waits.
create or replace function holdfast.park(execution text, until_at timestamptz, wait_ids text[], steps text[], keys text[], expiries timestamptz[],
    for_children boolean)
  returns table (queue text, is_ready boolean)
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  held holdfast.leases;
  event holdfast.events;
  unfinished integer;
  place integer;
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
  update holdfast.parks as park set woken_by = 'call', payload = called.payload,
      trace_context = called.trace_context
    from called where park.execution_id = execution;
  is_ready := found;
  queue := held.queue;
  if pg_catalog.cardinality(keys) > 0 and not is_ready then
    select kept.* into event from holdfast.events as kept
      where kept.key = any(keys) and kept.consumed_at is null and kept.expires_at > holdfast.now()
      order by kept.sequence
      limit 1
      for update;
    if found then
      perform holdfast.consume(event.id, event.dedupe_id);
      place := pg_catalog.array_position(keys, event.key::text);
      insert into holdfast.ended_waits (id, key, execution_id, step, status, created_at, expires_at, ended_at, event_id, payload,
        trace_context)
      values (wait_ids[place], event.key, execution, steps[place], 'delivered', holdfast.now(), expiries[place], holdfast.now(), event.id,
        event.payload, event.trace_context);
      update holdfast.parks as park set woken_by = 'event', step = steps[place], key = event.key, payload = event.payload,
          trace_context = event.trace_context
        where park.execution_id = execution;
      is_ready := true;
    end if;
  end if;
  if for_children and not is_ready then
    select count(*) into unfinished from (
      select from holdfast.executions as child
      where child.parent_id = execution and child.finished_at is null
      order by child.id
      for key share
    ) as running;
    update holdfast.parks as park set children = nullif(unfinished, 0),
        woken_by = case when unfinished = 0 then 'children'::holdfast.wake_reason end
      where park.execution_id = execution;
    is_ready := unfinished = 0;
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
