-- Decides which work in the lines of groups gets a slot: better work first. Under the lock of the queue.

-- Takes slots back from the last ready work of groups that have too many, as after their limit was lowered: it returns to the line. Rows
-- that others have locked are for the next claim: the group stays open. Under the lock of the queue.
-- Index: ready_with_place. Locks: rows of ready, skipping those that others have locked.
create function holdfast.evict_groups(in_queue text, per_group integer, crowded text[]) returns void
  language plpgsql volatile
  as $$
begin
  with excess as materialized (
    select given.group_key, taken.used - per_group as count
    from pg_catalog.unnest((select crowded)) as given(group_key)
    cross join lateral (
      select stored.used from holdfast.places as stored where stored.queue = in_queue and stored.group_key = given.group_key limit 1
    ) as taken
    where taken.used > per_group
  ), last as materialized (
    select found.place
    from excess
    cross join lateral (
      select work.ctid as place
      from holdfast.ready as work
      where work.queue = in_queue and work.group_key = excess.group_key and work.has_place
      order by work.rank desc, work.turn desc, work.run_at desc, work.sequence desc
      limit excess.count
      for update skip locked
    ) as found
  ), let_out as (
    delete from holdfast.ready as work
    where work.ctid = any(array(select last.place from last))
    returning work.kind, work.id, work.route, work.rank, work.turn, work.run_at, work.sequence, work.priority, work.attempts,
      work.group_key, work.is_linked
  ), lined as (
    insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    select let_out.kind, let_out.id, in_queue, let_out.route, let_out.rank, let_out.turn, let_out.run_at, let_out.sequence,
      let_out.priority, let_out.attempts, let_out.group_key, let_out.is_linked
    from let_out
  ), settled as materialized (
    select excess.group_key, excess.count as excess, (
        select count(*)::integer from let_out where let_out.group_key = excess.group_key
      ) as count
    from excess
  ), reopened as (
    insert into holdfast.openings (queue, group_key, freed)
    select in_queue, settled.group_key, 0
    from settled
    where settled.count < settled.excess and settled.count < (
      select count(*) from (
        select from holdfast.ready as work
        where work.queue = in_queue and work.group_key = settled.group_key and work.has_place limit settled.count + 1
      ) as left_over
    )
  )
  update holdfast.places as stored set used = stored.used - settled.count
  from (select each.group_key, each.count from settled as each where each.count > 0 limit (select 10000)) as settled
  where stored.queue = in_queue and stored.group_key = settled.group_key;
end
$$;

-- Gives a slot of a group's last ready work to the first of its line if that comes before it: one per group and call. Returns the groups
-- that may have more. Under the lock of the queue.
-- Index: ready_with_place, group_lines_order. Locks: the rows that trade slots, skipping those that others have locked.
create function holdfast.reseat_groups(in_queue text, crowded text[]) returns text[]
  language plpgsql volatile
  as $$
declare
  moved text[];
begin
  with pair as materialized (
    select head.place as better, last.place as worse
    from pg_catalog.unnest((select crowded)) as given(group_key)
    cross join lateral (
      select work.ctid as place, work.rank, work.turn, work.run_at, work.sequence
      from holdfast.ready as work
      where work.queue = in_queue and work.group_key = given.group_key and work.has_place
      order by work.rank desc, work.turn desc, work.run_at desc, work.sequence desc
      limit 1
    ) as last
    cross join lateral (
      select work.ctid as place, work.rank, work.turn, work.run_at, work.sequence
      from holdfast.group_lines as work
      where work.queue = in_queue and work.group_key = given.group_key
      order by work.rank, work.turn, work.run_at, work.sequence
      limit 1
    ) as head
    where (head.rank, head.turn, head.run_at, head.sequence) < (last.rank, last.turn, last.run_at, last.sequence)
  ), locked as materialized (
    select better.place as better, worse.place as worse
    from pair
    cross join lateral (select work.ctid as place from holdfast.ready as work where work.ctid = pair.worse for update skip locked) as worse
    cross join lateral (
      select work.ctid as place from holdfast.group_lines as work where work.ctid = pair.better for update skip locked
    ) as better
  ), let_in as (
    delete from holdfast.group_lines as work
    where work.ctid = any(array(select locked.better from locked))
    returning work.kind, work.id, work.route, work.rank, work.turn, work.run_at, work.sequence, work.priority, work.attempts,
      work.group_key, work.is_linked
  ), let_out as (
    delete from holdfast.ready as work
    where work.ctid = any(array(select locked.worse from locked))
    returning work.kind, work.id, work.route, work.rank, work.turn, work.run_at, work.sequence, work.priority, work.attempts,
      work.group_key, work.is_linked
  ), ready as (
    insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, has_place, is_linked)
    select let_in.kind, let_in.id, in_queue, let_in.route, let_in.rank, let_in.turn, let_in.run_at, let_in.sequence, let_in.priority,
      let_in.attempts, let_in.group_key, true, let_in.is_linked
    from let_in
  ), lined as (
    insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    select let_out.kind, let_out.id, in_queue, let_out.route, let_out.rank, let_out.turn, let_out.run_at, let_out.sequence,
      let_out.priority, let_out.attempts, let_out.group_key, let_out.is_linked
    from let_out
  ), counted as (
    -- Nothing if both rows moved, as they do unless one was changed just before it was locked.
    insert into holdfast.openings (queue, group_key, freed)
    select in_queue, each.group_key, -sum(each.count)
    from (
      select let_in.group_key, 1 as count from let_in
      union all
      select let_out.group_key, -1 from let_out
    ) as each
    group by each.group_key
    having sum(each.count) <> 0
  )
  select pg_catalog.array_agg(let_in.group_key) into moved from let_in;
  return moved;
end
$$;

-- Gives the ready work of a queue the slots of its groups. The queue's lock serializes such claims, so nobody else changes `places`.
create function holdfast.admit_groups(in_queue text, per_group integer) returns void
  language plpgsql volatile
  as $$
declare
  crowded text[];
begin
  if per_group is not null then
    for round in 1..10 loop
      exit when not exists (
        select from holdfast.ready as work where work.queue = in_queue and work.group_key is not null and not work.has_place
      );
      exit when holdfast.file_groups(in_queue) < 10000;
    end loop;
  end if;
  if exists (select from holdfast.openings as opening where opening.queue = in_queue) then
    crowded := holdfast.fold_openings(in_queue, per_group);
    if crowded is not null then
      perform holdfast.evict_groups(in_queue, per_group, crowded);
      for round in 1..1000 loop
        crowded := holdfast.reseat_groups(in_queue, crowded);
        exit when crowded is null;
      end loop;
    end if;
  end if;
end
$$;
