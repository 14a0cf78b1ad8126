-- Parking and waking executions, and cleaning up at their end.

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
create function holdfast.wake(execution text, reason holdfast.wake_reason, of_step text, of_key text, with_payload json) returns text
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
  update holdfast.parks as park set woken_by = reason, children = null, step = of_step, key = of_key, payload = with_payload
    where park.execution_id = execution;
  perform holdfast.enqueue_execution(execution, holdfast.now(), 0, null);
  return lane;
end
$$;

-- Wakes the execution that is parked for a wait to which an event is being delivered. If another transaction has woken it since this one
-- began, fails with 40001. The delivery is then repeated and goes to another wait, or is kept.
create function holdfast.wake_waiter(execution text, of_step text, of_key text, with_payload json) returns text
  language plpgsql volatile
  as $$
declare
  lane text := holdfast.wake(execution, 'event', of_step, of_key, with_payload);
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
create function holdfast.park(execution text, until_at timestamptz, wait_ids text[], steps text[], keys text[], expiries timestamptz[],
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
      parked_at = excluded.parked_at, children = null, woken_by = null, step = null, key = null, payload = null;
  with called as (
    delete from holdfast.wakes as called where called.execution_id = execution returning called.payload
  )
  update holdfast.parks as park set woken_by = 'call', payload = called.payload from called where park.execution_id = execution;
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
      insert into holdfast.ended_waits (id, key, execution_id, step, status, created_at, expires_at, ended_at, event_id, payload)
      values (wait_ids[place], event.key, execution, steps[place], 'delivered', holdfast.now(), expiries[place], holdfast.now(), event.id,
        event.payload);
      update holdfast.parks as park set woken_by = 'event', step = steps[place], key = event.key, payload = event.payload
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

-- The end of a child counts for its parent, if that is parked for its children: the last one wakes it. Children that end concurrently
-- wait for the parent's row of parks.
create function holdfast.tell_parent() returns trigger
  language plpgsql
  as $$
declare
  unfinished integer;
begin
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
  for each row when (new.parent_id is not null and new.status >= 'succeeded' and old.status < 'succeeded')
  execute function holdfast.tell_parent();

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

-- Cleans up an ending execution: cancels its jobs, removes its waits, cancels its timers. Returns the queues that may have work now.
-- Called under its lock for update.
-- Index: jobs_of_execution, waits_execution_id_step_key_key, timers_of_execution. Locks: its jobs, waits and timers.
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

-- Cancels an unfinished execution with its remaining parts, and with `tree` its descendants, parents first. Returns which were canceled,
-- and the queues that may have work now.
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
