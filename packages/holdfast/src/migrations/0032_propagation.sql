-- How statuses propagate from children to parents.

-- Gives the tasks of one level the status that results from their children. Returns those that changed. For a start that has ended
-- already it returns only the parent, which is next.
--
-- Locks the tasks by id, the greatest first. Children are counted in a snapshot taken after the lock, so of two children that end at
-- once, the later sees the former. Above READ COMMITTED there is no such snapshot. There the children are locked. That fails for a child
-- that has changed since, and skips one that another transaction is changing, because that transaction propagates after us.
create function holdfast.propagate_level(level_ids text[], start_ids text[])
  returns table (task_id text, task_parent_id text, task_status holdfast.status, task_version bigint)
  language plpgsql
  -- Otherwise the plans are made anew for each call, which takes three times as long as the work.
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_hashjoin = off
  set enable_mergejoin = off
  as $$
begin
  perform from holdfast.tasks as task where task.id = any (level_ids) order by task.id desc for no key update;
  if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
    perform from holdfast.tasks as task where task.parent_id = any (level_ids) order by task.id desc
      for share skip locked;
  end if;
  return query
    with grouped as (
      select child.parent_id, child.name, child.attempt, child.status, count(*) as tasks
      from holdfast.tasks as child
      where child.parent_id = any (level_ids)
      group by child.parent_id, child.name, child.attempt, child.status
    ), newest as (
      select grouped.parent_id, grouped.status, grouped.tasks,
        grouped.attempt = max(grouped.attempt) over (partition by grouped.parent_id, grouped.name) as is_newest
      from grouped
    ), summed as (
      select newest.parent_id, sum(newest.tasks)::bigint as total,
        coalesce(sum(newest.tasks) filter (where newest.status = 'pending'), 0)::bigint as pending,
        coalesce(sum(newest.tasks) filter (where newest.status in ('running', 'waiting', 'paused')), 0)::bigint as running,
        coalesce(sum(newest.tasks) filter (where newest.status = 'succeeded'), 0)::bigint as succeeded,
        coalesce(sum(newest.tasks) filter (where newest.status = 'failed'), 0)::bigint as failed,
        coalesce(sum(newest.tasks) filter (where newest.status = 'timed_out'), 0)::bigint as timed_out,
        coalesce(sum(newest.tasks) filter (where newest.status = 'canceled'), 0)::bigint as canceled
      from newest
      where newest.is_newest
      group by newest.parent_id
    ), counted as (
      select task.id, task.parent_id, task.status,
        holdfast.overall_status(task.strategy, summed.total, summed.pending, summed.running, summed.succeeded,
          summed.failed, summed.timed_out, summed.canceled) as overall
      from holdfast.tasks as task
      join summed on summed.parent_id = task.id
    ), changed as (
      update holdfast.tasks as task set
        status = counted.overall, version = task.version + 1, updated_at = holdfast.now(),
        started_at = holdfast.started_at(task.started_at, counted.overall),
        finished_at = holdfast.finished_at(task.finished_at, counted.overall)
      from counted
      where task.id = counted.id
        and not holdfast.is_terminal(counted.status)
        and (holdfast.is_terminal(counted.overall) or (counted.status = 'pending' and counted.overall = 'running'))
      returning task.id, task.parent_id, task.status, task.version
    )
    select changed.id::text, changed.parent_id::text, changed.status, changed.version
    from changed
    union all
    select null, counted.parent_id::text, null, null
    from counted
    where counted.id = any (start_ids) and holdfast.is_terminal(counted.status);
end
$$;

-- Propagates the status of tasks. Each start gets the status that results from its children, then its parent does, and so on until one
-- does not change. A start without children, or with a terminal status, passes to its parent, because its own change is what propagates.
-- A start without children is not even locked. Returns the tasks that changed, deepest first.
--
-- Of several attempts under one name, the newest counts. A waiting or paused task stays so until its children end; a terminal task stays
-- as it is.
--
-- Locks the executions, shared, because an ended one does not change any more. Then locks tasks level by level, deepest first, and within
-- a level by id, the greatest first. So concurrent callers with common ancestors lock in one order. If ids grow in time, it is also the
-- lock order of task writes.
create function holdfast.propagate(starts text[])
  returns table (task_id text, task_parent_id text, task_status holdfast.status, task_version bigint)
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_hashjoin = off
  set enable_mergejoin = off
  as $$
declare
  start_ids text[];
  start_depths bigint[];
  level_depth bigint;
  level_ids text[];
  climbing text[] := '{}';
begin
  perform holdfast.hold_executions_of(starts);
  -- UNION ends the climb if damaged data has a cycle.
  with recursive path as (
    select task.id::text as start_id, task.id::text as id
    from holdfast.tasks as named
    join holdfast.tasks as task on task.id = case
      when exists (select from holdfast.tasks as child where child.parent_id = named.id) then named.id
      else named.parent_id
    end
    where named.id = any (starts)
    union
    select path.start_id, task.parent_id::text
    from path
    join holdfast.tasks as task on task.id = path.id
    where task.parent_id is not null
  ), depths as (
    select path.start_id, count(*) as depth from path group by path.start_id
  )
  select array_agg(depths.start_id), array_agg(depths.depth), max(depths.depth)
  into start_ids, start_depths, level_depth
  from depths;

  while level_depth > 0 or cardinality(climbing) > 0 loop
    level_ids := array(
      select start.id from unnest(start_ids, start_depths) as start(id, depth) where start.depth = level_depth
      union
      select climber.id from unnest(climbing) as climber(id)
    );
    level_depth := level_depth - 1;
    continue when cardinality(level_ids) = 0;
    climbing := '{}';
    for task_id, task_parent_id, task_status, task_version in
      select level.task_id, level.task_parent_id, level.task_status, level.task_version
      from holdfast.propagate_level(level_ids, start_ids) as level
    loop
      if task_parent_id is not null then
        climbing := array_append(climbing, task_parent_id);
      end if;
      if task_id is not null then
        return next;
      end if;
    end loop;
  end loop;
end
$$;
