-- Claims of executions: as of jobs, from the same tables; what is claimed is the execution itself, which no claim writes.

create type holdfast.wake_reason as enum ('moment', 'event', 'children');

-- What a parked execution waits for, and what woke it: told to each claim until it parks again or ends, so that a holder who dies takes
-- no event with it. The moment is in `scheduled`, the events are rows of `waits`.
create table holdfast.parks (
  execution_id text collate "C" primary key,
  parked_at timestamptz not null,
  -- How many of its children have to end yet; null where it does not wait for them.
  children integer,
  -- What woke it before its moment; null where nothing did.
  woken_by holdfast.wake_reason,
  step text collate "C",
  key text collate "C",
  payload json
) with (fillfactor = 70);

-- Puts new executions in their queues, each at its moment, or at once without one. Most are ready there, and of no group: they need no
-- look at what stands before them, and are one insert.
create function holdfast.enqueue_new(ids text[], moments timestamptz[]) returns void
  language plpgsql volatile
  set plan_cache_mode = force_generic_plan
  set enable_hashjoin = off
  set enable_mergejoin = off
  set enable_seqscan = off
  as $$
declare
  done bigint;
begin
  insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, has_place, is_linked)
  select 'execution', stored.id, stored.queue, stored.route,
    holdfast.work_rank(stored.priority, coalesce(given.moment, holdfast.now()), (
      select setting.aging_ms from holdfast.queues as setting where setting.name = stored.queue
    )), 0, coalesce(given.moment, holdfast.now()), stored.sequence, stored.priority, 0, false, false
  from unnest(ids, moments) as given(id, moment)
  join holdfast.executions as stored on stored.id = given.id
  where stored.group_key is null and (given.moment > holdfast.now()) is not true;
  get diagnostics done = row_count;
  if done = pg_catalog.cardinality(ids) then
    return;
  end if;
  perform holdfast.enqueue_execution(stored.id, coalesce(given.moment, holdfast.now()), 0, null)
  from unnest(ids, moments) with ordinality as given(id, moment, position)
  join holdfast.executions as stored on stored.id = given.id
  where stored.group_key is not null or given.moment > holdfast.now()
  order by given.position;
end
$$;

-- Takes executions of a queue from holders whose leases have run out, at most `most`: they wait again with the attempt counted, where
-- they stood when they were claimed or, with `behind`, behind all that are ready now; after the last attempt they fail. Answers how many
-- of each. An execution that somebody is writing, or whose lease is just moved, is left to the next call.
-- Index: leases_of_queue, executions_pkey. Locks: one execution after the other and its lease, skipping those that others have locked.
create function holdfast.rescue_executions(in_queue text, most bigint, expired_error json, behind boolean)
  returns table (reclaimed bigint, died bigint)
  language plpgsql volatile
  as $$
declare
  lost record;
  place text;
begin
  reclaimed := 0;
  died := 0;
  for lost in
    select lease.id, lease.attempts, lease.token, lease.claimed_at, lease.attempts >= execution.max_attempts as is_dead
    from holdfast.leases as lease
    cross join lateral (select stored.max_attempts from holdfast.executions as stored where stored.id = lease.id limit 1) as execution
    where lease.queue = in_queue and lease.lease_until <= holdfast.now() and lease.kind = 'execution'
    order by lease.lease_until
    limit (select most)
  loop
    if lost.is_dead then
      perform from holdfast.executions as stored where stored.id = lost.id for update skip locked;
    else
      perform from holdfast.executions as stored where stored.id = lost.id for key share skip locked;
    end if;
    continue when not found;
    select lease.group_key into place from holdfast.leases as lease
      where lease.id = lost.id and lease.kind = 'execution' and lease.token = lost.token and lease.lease_until <= holdfast.now()
      for update skip locked;
    continue when not found;
    if lost.is_dead then
      died := died + 1;
      update holdfast.executions as stored set status = 'failed', error = expired_error, version = stored.version + 1,
          updated_at = holdfast.now(), started_at = coalesce(stored.started_at, lost.claimed_at), finished_at = holdfast.now()
        where stored.id = lost.id;
    else
      reclaimed := reclaimed + 1;
      delete from holdfast.leases as lease where lease.id = lost.id and lease.kind = 'execution';
      perform holdfast.enqueue_execution(lost.id, case when behind then holdfast.now() else lost.claimed_at end, lost.attempts, place);
    end if;
  end loop;
  return next;
end
$$;

-- Leases ready executions, at most `most`: of each queue the first `room` in the order of rank, turn, moment and creation, of the routes
-- that the capabilities serve, and the lines of several queues merged by priority, then moment. What stands before another in its queue's
-- line counts as no later than that one. Counts what was claimed against the rate. The place of a row in the answer is its `pos`.
-- Rows are found again by their place, which nobody changes while they are locked.
-- Index: ready_order, in order per queue and route. Locks: rows of ready, skipping those that others have locked.
create function holdfast.lease_executions(names text[], rooms bigint[], are_grouped boolean[], most bigint, lease_ms bigint,
    claimer text, capabilities text[])
  returns table (pos bigint, id text, token bigint, attempts integer)
  language plpgsql volatile
  as $$
#variable_conflict use_column
begin
  return query
  with recursive open_queue as materialized (
    select given.name, given.room, given.is_grouped
    from unnest((select names), rooms, are_grouped) as given(name, room, is_grouped)
    where given.room > 0
  ), served_route as (
    select open_queue.name as queue, '' collate "C" as route from open_queue
    union all
    select served_route.queue, (
        select work.route
        from holdfast.ready as work
        where work.queue = served_route.queue and work.kind = 'execution' and work.route > served_route.route
        order by work.route
        limit 1
      )
    from served_route
    where served_route.route is not null and pg_catalog.cardinality(capabilities) > 0
  ), head as materialized (
    select served_route.queue, open_queue.room, found.place, found.priority, found.rank, found.turn, found.run_at, found.sequence,
      row_number() over in_line as number
    from served_route
    join open_queue on open_queue.name = served_route.queue
    cross join lateral (
      select work.ctid as place, work.priority, work.rank, work.turn, work.run_at, work.sequence
      from holdfast.ready as work
      where work.queue = served_route.queue and work.kind = 'execution' and work.route = served_route.route
        and (work.has_place or work.group_key is null or not open_queue.is_grouped)
      order by work.rank, work.turn, work.run_at, work.sequence
      limit open_queue.room
      for update skip locked
    ) as found
    where served_route.route = '' or holdfast.serves(capabilities, served_route.route)
    window in_line as (partition by served_route.queue order by found.rank, found.turn, found.run_at, found.sequence)
  ), aligned as (
    select head.queue, head.place, head.run_at, head.sequence, head.number,
      min(head.priority) over (partition by head.queue order by head.number desc) as priority
    from head
    where head.number <= head.room and pg_catalog.cardinality(names) > 1
  ), dated as (
    select aligned.place, aligned.sequence, aligned.number, aligned.priority,
      min(aligned.run_at) over (partition by aligned.queue, aligned.priority order by aligned.number desc) as run_at
    from aligned
  ), picked as materialized (
    select dated.place, row_number() over (order by dated.priority, dated.run_at, dated.number, dated.sequence) as pos
    from dated
    union all
    select head.place, head.number from head where head.number <= head.room and pg_catalog.cardinality(names) = 1
  ), gone as (
    delete from holdfast.ready as work
    using (
      select given.place, given.pos
      from (
        select pg_catalog.array_agg(picked.place order by picked.pos) as places from picked where picked.pos <= most
      ) as line
      cross join lateral unnest(line.places) with ordinality as given(place, pos)
      limit (select most)
    ) as chosen
    where work.ctid = chosen.place
    returning work.id, work.queue, work.turn, work.attempts + 1 as attempts, case when work.has_place then work.group_key end as group_key,
      -- Drawn here, and not at the insert: to join its rows with these would compare all with all.
      chosen.pos, nextval('holdfast.tokens') as token
  ), leased as (
    insert into holdfast.leases (kind, id, token, queue, lease_until, claimed_at, attempts, holder, group_key, is_linked)
    select 'execution', gone.id, gone.token, gone.queue, holdfast.now() + lease_ms * interval '1 millisecond', holdfast.now(),
      gone.attempts, claimer, gone.group_key, false
    from gone
  ), charged as (
    update holdfast.queues as charged set
      turn = greatest(charged.turn, started.turn),
      rate_full_at = case when charged.rate_limit is not null then greatest(charged.rate_full_at, holdfast.now())
        + started.count * charged.rate_period_ms / charged.rate_limit::double precision * interval '1 millisecond' end
    from (select gone.queue, count(*) as count, max(gone.turn) as turn from gone group by gone.queue limit (select most)) as started
    where charged.name = started.queue and charged.is_limited
  )
  select gone.pos, gone.id, gone.token, gone.attempts from gone;
end
$$;

-- The general claim: of queues that may have limits, of what is due and of executions whose leases ran out. What is due and what lost its
-- holder is made ready first, and then claimed in its order among all that are ready. What lost its holder stands behind all others where
-- that is asked for, and else where it stood, which is how open_queues puts it back.
create function holdfast.claim_executions(named text[], most bigint, lease_ms bigint, claimer text, capabilities text[],
    expired_error json, behind boolean)
  returns table (pos bigint, id text, token bigint, attempts integer)
  language plpgsql volatile
  as $$
declare
  each text;
  opened record;
begin
  if behind then
    for each in
      select distinct known.name collate "C" as name
      from pg_catalog.unnest((select named)) as known(name)
      where not exists (
        select from holdfast.queues as setting where setting.name = known.name and setting.paused_at is not null
      )
      order by name
    loop
      perform holdfast.rescue_executions(each, greatest(most, 100), expired_error, true);
    end loop;
  end if;
  select found.* into opened from holdfast.open_queues(named, most, expired_error) as found;
  return query select leased.* from holdfast.lease_executions(opened.names, opened.rooms, opened.are_grouped, most, lease_ms, claimer,
    capabilities) as leased;
end
$$;

-- Ends an attempt badly: the execution can be claimed again after a while, with the attempt counted, or fails where it was the last.
-- Without a time of its own it waits a second, twice as long after each attempt, at most an hour. Answers "again", "failed" or "lost".
-- Locks: the execution, then its lease.
create function holdfast.fail_execution(execution text, fence bigint, cause json, after_ms bigint)
  returns table (outcome text, queue text, parent_id text)
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  stored holdfast.executions;
  held holdfast.leases;
begin
  outcome := 'lost';
  select present.* into stored from holdfast.executions as present where present.id = execution for update;
  select lease.* into held from holdfast.leases as lease
    where lease.id = execution and lease.kind = 'execution' and holdfast.holds(lease.token, lease.lease_until, fence)
    for update;
  if held.id is null or held.queue is null then
    return next;
    return;
  end if;
  queue := held.queue;
  parent_id := stored.parent_id;
  if held.attempts >= stored.max_attempts then
    outcome := 'failed';
    update holdfast.executions as present set status = 'failed', error = coalesce(cause, present.error),
        version = present.version + 1, updated_at = holdfast.now(),
        started_at = coalesce(present.started_at, held.claimed_at), finished_at = holdfast.now()
      where present.id = execution;
  else
    outcome := 'again';
    delete from holdfast.leases as lease where lease.id = execution and lease.kind = 'execution';
    perform holdfast.enqueue_execution(execution,
      holdfast.after_ms(coalesce(after_ms, least(1000 * 2 ^ least(held.attempts - 1, 22), 3600000)::bigint)), held.attempts,
      held.group_key);
  end if;
  return next;
end
$$;
