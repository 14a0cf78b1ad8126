-- Parking and waking executions.

-- Removes the waits of a woken execution; expired ones move to `ended_waits`. Deleting the row of `scheduled` grants the right to wake
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

-- Lets a park end with the children that run now: with the last of them or, if `since` is given, with the first. Returns whether it ends
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
