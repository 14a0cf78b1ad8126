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

-- The unfinished jobs of executions.
-- Index: jobs_of_execution, ended_jobs_pkey.
create function holdfast.open_jobs_of(execution_ids text[]) returns text[]
  language plpgsql stable
  -- Because the plan is made once, usually while there are few jobs.
  set enable_seqscan = off
  as $$
begin
  return array(
    select job.id
    from pg_catalog.unnest(execution_ids) as given(id)
    cross join lateral (
      select stored.id::text as id from holdfast.jobs as stored where stored.execution_id = given.id limit holdfast.at_most(1000000000)
    ) as job
    where (select true from holdfast.ended_jobs as ended where ended.id = job.id limit 1) is null
  );
end
$$;

-- Locks the leases of executions, which the caller has locked. Heartbeats hold them without their executions, and may then wait for jobs.
-- Index: leases_pkey. Locks: the leases, in id order.
create function holdfast.lock_leases_of(execution_ids text[]) returns void
  language plpgsql volatile
  as $$
begin
  -- The usual case, without a sort.
  if pg_catalog.cardinality(execution_ids) = 1 then
    perform from holdfast.leases as stored where stored.id = execution_ids[1] and stored.kind = 'execution' for update;
    return;
  end if;
  perform from (select given.id collate "C" as id from pg_catalog.unnest(execution_ids) as given(id) order by 1) as named
    cross join lateral (
      select from holdfast.leases as stored where stored.id = named.id and stored.kind = 'execution' for update
    ) as lease;
end
$$;

-- Locks all that the ends of several executions change, together with other jobs, in one order. Otherwise the parts of the first would be
-- locked before those of the second, whatever their ids. The caller has locked the executions for update.
-- Index: leases_pkey, jobs_of_execution, timers_of_execution, waits_execution_id_step_key_key, history_heads_pkey. Locks: leases in id
-- order; unfinished jobs, as lock_jobs does; timers in id order; waits in key and sequence order; heads of history in id order.
create function holdfast.lock_parts(execution_ids text[], other_jobs text[]) returns void
  language plpgsql volatile
  -- Because the plans are made once, usually while there are few jobs, timers and waits.
  set enable_seqscan = off
  as $$
begin
  perform holdfast.lock_leases_of(execution_ids);
  perform holdfast.lock_jobs(other_jobs || holdfast.open_jobs_of(execution_ids));
  perform from holdfast.timers as timer
    where timer.execution_id = any(execution_ids)
      and (timer.status = 'scheduled' or (timer.status = 'claimed' and timer.lease_until <= holdfast.now()))
    order by timer.id
    for update;
  perform from holdfast.waits as wait
    where wait.execution_id = any(execution_ids)
    order by wait.key, wait.sequence
    for update;
  perform from holdfast.history_heads as head
    where head.execution_id = any(execution_ids)
    order by head.execution_id
    for no key update;
end
$$;

-- Locks what the ends of executions and the acknowledgement of claimed jobs change, before either. Usually nothing of the executions is
-- left, and their leases are all. The caller has locked the executions for update.
-- Index and locks: those of lock_leases_of, or of lock_parts.
create function holdfast.lock_ending(execution_ids text[], claimed text[]) returns boolean
  language plpgsql volatile
  as $$
begin
  perform holdfast.lock_leases_of(execution_ids);
  if not holdfast.open_jobs_of(execution_ids) <@ claimed then
    perform holdfast.lock_parts(execution_ids, claimed);
  end if;
  return true;
end
$$;

-- Locks executions, and below those that `trees` marks all descendants, or with `only_open` the unfinished ones: from the roots down, so
-- that nobody adds a child meanwhile. Returns those that it locked. Without a tree, an ended execution is left alone.
-- Index: executions_pkey, executions_parent. Locks: the executions, each level in id order.
create function holdfast.lock_families(roots text[], trees boolean[], only_open boolean) returns text[]
  language plpgsql volatile
  set enable_seqscan = off
  as $$
declare
  level text[] := roots;
  locked text[] := '{}';
begin
  while pg_catalog.cardinality(level) > 0 loop
    locked := locked || array(
      select named.id
      from (
        select given.id collate "C" as id, pg_catalog.bool_or(trees[given.place]) as is_tree
        from pg_catalog.unnest(level) with ordinality as given(id, place)
        group by 1
        order by 1
      ) as named
      cross join lateral (
        select from holdfast.executions as stored where stored.id = named.id and (stored.finished_at is null or named.is_tree) for update
      ) as execution
    );
    level := array(
      select child.id
      from pg_catalog.unnest(level) with ordinality as given(id, place)
      cross join lateral (
        select stored.id::text as id
        from holdfast.executions as stored
        where stored.parent_id = given.id and (stored.finished_at is null or not only_open)
        limit holdfast.at_most(1000000000)
      ) as child
      where trees[given.place]
    );
    trees := pg_catalog.array_fill(true, array[pg_catalog.cardinality(level)]);
  end loop;
  return locked;
end
$$;

-- Locks executions that are about to be canceled, and with `trees` their unfinished descendants. Then, if there are several, locks their
-- parts, together with other jobs. Returns those that it locked.
-- Locks: those of lock_families, then those of lock_parts.
create function holdfast.lock_canceled(roots text[], trees boolean[], other_jobs text[]) returns text[]
  language plpgsql volatile
  as $$
declare
  locked constant text[] := holdfast.lock_families(roots, trees, true);
begin
  if pg_catalog.cardinality(locked) > 1 then
    perform holdfast.lock_parts(locked, other_jobs);
  end if;
  return locked;
end
$$;

-- Cleans up an ending execution: cancels its jobs, removes its waits, cancels its timers. Returns the queues that may have work now.
-- Called under its lock for update.
-- Index: jobs_of_execution, waits_execution_id_step_key_key, timers_of_execution. Locks: its lease, its jobs, timers and waits.
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
  perform from holdfast.leases as stored where stored.id = execution and stored.kind = 'execution' for update;
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

-- Cleans up ending executions, each by clear_execution. Returns those that may have had anything to clean up, and the queues that may have
-- work now.
-- Index: those of clear_execution. Locks: those of lock_parts, if there are several.
create function holdfast.clear_executions(ids text[]) returns table (id text, woken text[])
  language plpgsql volatile
  set enable_seqscan = off
  as $$
#variable_conflict use_column
declare
  crowded text[] := ids;
  each text;
begin
  if pg_catalog.cardinality(ids) > 1 then
    crowded := array(
      select given.id
      from pg_catalog.unnest(ids) as given(id)
      -- Not written with `exists`: the planner may answer that by reading the whole table.
      where (select true from holdfast.jobs as job where job.execution_id = given.id limit 1)
        or (select true from holdfast.timers as timer where timer.execution_id = given.id limit 1)
        or (select true from holdfast.waits as wait where wait.execution_id = given.id limit 1)
      order by given.id collate "C"
    );
    if crowded <> '{}' then
      perform holdfast.lock_parts(ids, '{}');
    end if;
  end if;
  foreach each in array crowded loop
    id := each;
    woken := holdfast.clear_execution(each);
    return next;
  end loop;
end
$$;

-- Cancels an unfinished execution with its remaining parts, and with `tree` its descendants, parents first. Returns which were canceled,
-- and the queues that may have work now. If there may be several, runs behind lock_canceled.
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
