-- Cancellations of executions and of what belongs to them.

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
