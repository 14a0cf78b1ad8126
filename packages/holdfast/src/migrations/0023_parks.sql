-- What parks an execution, what wakes it, and what is cleared at its end.

-- Whatever wakes a parked execution removes the waits it was parked for: to delete the row of `scheduled` is the right to wake it. A wait
-- that a delivery has locked is left: that delivery finds nothing to wake, and is made again. Index: waits_execution_id_step_key_key.
create function holdfast.leave_park() returns trigger
  language plpgsql
  as $$
begin
  delete from holdfast.waits as wait
    where wait.id = any(array(
      select parked.id::text from holdfast.waits as parked
      where parked.execution_id = old.id and parked.is_park
      for update skip locked
    ));
  return null;
end
$$;

create trigger scheduled_woken after delete on holdfast.scheduled
  for each row when (old.kind = 'execution' and old.is_linked)
  execute function holdfast.leave_park();

-- Wakes a parked execution, and keeps what woke it for its next claims. Answers its queue; null where it is not parked any more.
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

-- Wakes the execution that is parked for a wait to which an event is being delivered. Another transaction may have woken it since this
-- one began: then fails with 40001, so that the delivery is made again and goes to another, or is kept.
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

-- Parks an execution whose lease the transaction holds: gives the lease back, and waits for whichever comes first of a moment (null for
-- none), an event under one of the keys and the end of all children it has now. An event that came early, or children that have ended
-- already, make it claimable at once. Answers its queue, and whether it is claimable.
-- Called under the locks of the keys. Children are locked, so that one that is just ending is waited for, and one that ends later finds
-- the park. Locks: the lease; events; children, shared, in id order; waits.
create function holdfast.park(execution text, until_at timestamptz, wait_ids text[], steps text[], keys text[], for_children boolean)
  returns table (queue text, is_ready boolean)
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  held holdfast.leases;
  event holdfast.events;
  unfinished integer;
  awaited_step text;
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
  is_ready := false;
  queue := held.queue;
  if pg_catalog.cardinality(keys) > 0 then
    select kept.* into event from holdfast.events as kept
      where kept.key = any(keys) and kept.consumed_at is null and kept.expires_at > holdfast.now()
      order by kept.sequence
      limit 1
      for update;
    if found then
      if event.dedupe_id is null then
        delete from holdfast.events as kept where kept.id = event.id;
      else
        update holdfast.events as kept set consumed_at = holdfast.now(), payload = null where kept.id = event.id;
      end if;
      update holdfast.parks as park set woken_by = 'event', step = steps[pg_catalog.array_position(keys, event.key::text)],
          key = event.key, payload = event.payload
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
    insert into holdfast.waits (id, key, execution_id, step, created_at, is_park)
    select given.id, given.key, execution, given.step, holdfast.now(), true
    from unnest((select wait_ids), keys, steps) with ordinality as given(id, key, step, position)
    order by given.position
    on conflict (execution_id, step, key) do update set is_park = true;
  end if;
  perform holdfast.enqueue_execution(execution, case when is_ready then holdfast.now() else coalesce(until_at, 'infinity') end, 0,
    held.group_key, pg_catalog.cardinality(keys) > 0);
  is_ready := is_ready or until_at <= holdfast.now();
  return next;
end
$$;

-- The end of a child counts for its parent, where that is parked for its children: the last one wakes it. The parent's row of parks is
-- what children that end at once wait for.
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

-- Cancels the jobs of an execution that have not ended, as cancel_jobs does. Answers the queues in which there may be work now.
-- Index: jobs_of_execution. Locks: what take_jobs and settle_jobs lock.
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

-- Removes what is left of an execution that ends: its jobs are canceled, its waits removed, its timers canceled. Answers the queues in
-- which there may be work now. Called under its lock for update. Index: jobs_of_execution, waits_execution_id_step_key_key,
-- timers_of_execution. Locks: its jobs, waits and timers.
create function holdfast.clear_execution(execution text) returns text[]
  language plpgsql volatile
  -- For the plans are made once, mostly while there are few jobs, timers and waits.
  set enable_seqscan = off
  as $$
declare
  woken text[];
begin
  -- The usual case: nothing is left, and one look tells.
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

-- Cancels an execution that has not ended, with all that is left of it, and with `tree` its descendants, parents first. Answers which were
-- canceled, and the queues in which there may be work now. Index: executions_pkey, executions_parent. Locks: executions from the root
-- down, each level in id order; of each what clear_execution locks, and then its lease or its place in its queue.
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
