-- Limited groups: moves waiting work to their lines, and counts their slots. Under the lock of the queue.

-- Moves waiting work without a slot, pushed before its group had a limit, to the lines of the groups: at most 10,000 rows. Returns their
-- number. Under the lock of the queue.
-- Index: ready_of_group. Locks: rows of ready, skipping those that others have locked.
create function holdfast.file_groups(in_queue text) returns bigint
  language plpgsql volatile
  as $$
declare
  filed bigint;
begin
  with misfiled as materialized (
    select found.ctid as place
    from holdfast.ready as found
    where found.queue = in_queue and found.group_key is not null and not found.has_place
    order by found.queue, found.group_key
    limit (select 10000)
    for update skip locked
  ), gone as (
    delete from holdfast.ready as work
    where work.ctid = any(array(select misfiled.place from misfiled))
    returning work.kind, work.id, work.route, work.rank, work.turn, work.run_at, work.sequence, work.priority, work.attempts,
      work.group_key, work.is_linked
  ), opened as (
    insert into holdfast.openings (queue, group_key, freed) select distinct in_queue, gone.group_key, 0 from gone
  )
  insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
  select gone.kind, gone.id, in_queue, gone.route, gone.rank, gone.turn, gone.run_at, gone.sequence, gone.priority, gone.attempts,
    gone.group_key, gone.is_linked
  from gone;
  get diagnostics filed = row_count;
  return filed;
end
$$;

-- Gives back the slots of groups that openings report, at most 10,000 of those. Then admits the first of their lines as far as there are
-- slots. That is at most 1,000 per group, or all if the queue's groups have no limit any more. A group that may admit more stays open.
-- Rows that others have locked in its line, and those behind the thousandth, are for the next claim. Returns the groups that are full
-- now. Under the lock of the queue.
-- Index: openings_of_queue, in order, so that it marks what it finds dead; group_lines_order, places_pkey. Locks: rows of group_lines,
-- skipping those that others have locked.
create function holdfast.fold_openings(in_queue text, per_group integer) returns text[]
  language plpgsql volatile
  as $$
declare
  crowded text[];
begin
  with opening as materialized (
    select found.ctid as place
    from holdfast.openings as found
    where found.queue = in_queue
    order by found.queue, found.group_key
    limit (select 10000)
  ), gone as (
    delete from holdfast.openings as told
    where told.ctid = any(array(select opening.place from opening))
    returning told.group_key, told.freed
  ), room as materialized (
    select opened.group_key, coalesce(taken.used, 0) as former, coalesce(taken.used, 0) - opened.freed as used,
      least(1000, coalesce(per_group - coalesce(taken.used, 0) + opened.freed, 1000)) as count
    from (select gone.group_key, sum(gone.freed)::integer as freed from gone group by gone.group_key) as opened
    left join lateral (
      select stored.used from holdfast.places as stored where stored.queue = in_queue and stored.group_key = opened.group_key limit 1
    ) as taken on true
  ), head as materialized (
    select found.place
    from room
    cross join lateral (
      select work.ctid as place
      from holdfast.group_lines as work
      where work.queue = in_queue and work.group_key = room.group_key
      order by work.rank, work.turn, work.run_at, work.sequence
      limit greatest(room.count, 0)
      for update skip locked
    ) as found
  ), let_in as (
    delete from holdfast.group_lines as work
    where work.ctid = any(array(select head.place from head))
    returning work.kind, work.id, work.route, work.rank, work.turn, work.run_at, work.sequence, work.priority, work.attempts,
      work.group_key, work.is_linked
  ), ready as (
    insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, has_place, is_linked)
    select let_in.kind, let_in.id, in_queue, let_in.route, let_in.rank, let_in.turn, let_in.run_at, let_in.sequence, let_in.priority,
      let_in.attempts, let_in.group_key, per_group is not null, let_in.is_linked
    from let_in
  ), settled as materialized (
    select room.group_key, room.former, room.count as room, coalesce(entered.count, 0) as entered,
      room.used + case when per_group is null then 0 else coalesce(entered.count, 0) end as used
    from room
    left join (select let_in.group_key, count(*)::integer as count from let_in group by let_in.group_key) as entered
      on entered.group_key = room.group_key
  ), taken as (
    insert into holdfast.places as stored (queue, group_key, used)
    select in_queue, settled.group_key, settled.used from settled where settled.used <> settled.former and settled.used <> 0
    on conflict (queue, group_key) do update set used = excluded.used
  ), vacated as (
    delete from holdfast.places as stored
    using (select settled.group_key from settled where settled.used = 0 and settled.former <> 0 limit (select 10000)) as empty
    where stored.queue = in_queue and stored.group_key = empty.group_key
  ), reopened as (
    insert into holdfast.openings (queue, group_key, freed)
    select in_queue, settled.group_key, 0
    from settled
    where (settled.entered < settled.room or settled.entered = 1000) and settled.entered < (
      select count(*) from (
        select from holdfast.group_lines as work
        where work.queue = in_queue and work.group_key = settled.group_key limit settled.entered + 1
      ) as waiting
    )
  )
  select pg_catalog.array_agg(settled.group_key) filter (where settled.used >= per_group) into crowded from settled;
  return crowded;
end
$$;

-- Runs after a change of the limit of a queue's groups, under the lock of the queue. Counts the jobs that were claimed while there was
-- none. Opens every group that has slots or a line, for the next claim to admit or send back.
-- Index: leases_of_queue, jobs_pkey, places_pkey; the lines are found by stepping through group_lines_order. Locks: leases in id order.
create function holdfast.regroup_queue(in_queue text) returns void
  language plpgsql volatile
  as $$
begin
  if exists (select from holdfast.queues as queue where queue.name = in_queue and queue.concurrency_per_group is not null) then
    with running as materialized (
      select lease.id, lease.kind, coalesce(job.group_key, execution.group_key) as group_key
      from holdfast.leases as lease
      left join lateral (
        select stored.group_key from holdfast.jobs as stored where stored.id = lease.id and lease.kind = 'job' limit 1
      ) as job on true
      left join lateral (
        select stored.group_key from holdfast.executions as stored where stored.id = lease.id and lease.kind = 'execution' limit 1
      ) as execution on true
      where lease.queue = in_queue and lease.group_key is null and coalesce(job.group_key, execution.group_key) is not null
      order by lease.kind, lease.id
      for update of lease
    ), seated as (
      update holdfast.leases as lease set group_key = running.group_key
      from (select running.id, running.kind, running.group_key from running limit (select 1000000000)) as running
      where lease.id = running.id and lease.kind = running.kind
      returning lease.group_key
    )
    insert into holdfast.places as stored (queue, group_key, used)
    select in_queue, seated.group_key, count(*) from seated group by seated.group_key
    on conflict (queue, group_key) do update set used = stored.used + excluded.used;
  end if;
  insert into holdfast.openings (queue, group_key, freed)
  with recursive waiting as (
    (select work.group_key from holdfast.group_lines as work where work.queue = in_queue order by work.group_key limit 1)
    union all
    select (
      select work.group_key from holdfast.group_lines as work
      where work.queue = in_queue and work.group_key > waiting.group_key order by work.group_key limit 1
    )
    from waiting
    where waiting.group_key is not null
  )
  select in_queue, waiting.group_key, 0 from waiting where waiting.group_key is not null
  union
  select in_queue, stored.group_key, 0 from holdfast.places as stored where stored.queue = in_queue;
end
$$;
