-- The general claim, in steps: which queues are open and for how many, and the leases themselves.

-- The named queues that a claim may take from, how much from each, and whether their groups have limits. First makes due work ready,
-- rescues expired leases, locks queues with limits or openings, in name order, until the transaction ends, and admits their groups.
-- Paused queues are left alone. One that is resumed meanwhile is for the next claim, because it was not locked. `died` are lost jobs that
-- are dead now, `woken` the queues that they woke, and `fatal` the queues of lost jobs whose executions fail. `behind` says where
-- executions return that lost their holder.
-- Index: queues_pkey, scheduled_due, leases_of_queue, openings_of_queue. Locks: see the steps; then queues, by name.
create function holdfast.open_queues(named text[], most bigint, expired_error json, behind boolean)
  returns table (names text[], rooms bigint[], are_grouped boolean[], are_guarded boolean, died text[], woken text[], fatal text[])
  language plpgsql volatile
  as $$
declare
  each record;
  rescued record;
  guarded text[] := '{}';
begin
  names := '{}';
  fatal := '{}';
  rooms := '{}';
  are_grouped := '{}';
  died := '{}';
  woken := '{}';
  for each in
    select given.name,
      exists (
        select from holdfast.scheduled as work where work.queue = given.name and work.run_at <= holdfast.now()
      ) as has_due,
      exists (
        select from holdfast.leases as lease where lease.queue = given.name and lease.lease_until <= holdfast.now()
      ) or exists (
        select from holdfast.lease_chunks as chunk where chunk.queue = given.name and chunk.lease_until <= holdfast.now()
      ) as has_expired,
      coalesce(setting.is_limited, false) or exists (
        select from holdfast.openings as opening where opening.queue = given.name
      ) as is_guarded
    from (select distinct known.name collate "C" as name from pg_catalog.unnest((select named)) as known(name) order by 1) as given
    left join lateral (
      select queue.paused_at, queue.is_limited from holdfast.queues as queue where queue.name = given.name limit 1
    ) as setting on true
    where setting.paused_at is null
  loop
    if each.has_due then
      perform holdfast.wake_due(each.name, greatest(most, 100));
    end if;
    if each.has_expired then
      select one.* into rescued from holdfast.rescue_expired(each.name, greatest(most, 100), expired_error) as one;
      died := died || rescued.died;
      woken := woken || rescued.woken;
      if rescued.are_left then
        fatal := fatal || each.name;
      end if;
      perform holdfast.rescue_executions(each.name, greatest(most, 100), expired_error, behind);
    end if;
    if each.is_guarded then
      guarded := guarded || each.name;
    end if;
    names := names || each.name;
    rooms := rooms || most;
    are_grouped := are_grouped || false;
  end loop;
  are_guarded := pg_catalog.cardinality(guarded) > 0;
  if are_guarded then
    insert into holdfast.queues (name)
    select given.name from pg_catalog.unnest(guarded) as given(name)
    where not exists (select from holdfast.queues as queue where queue.name = given.name)
    order by given.name
    on conflict (name) do nothing;
    perform from holdfast.queues as queue
    where queue.name = any(array(select pg_catalog.unnest(guarded)))
    order by queue.name
    for no key update;
    select * into names, rooms, are_grouped from holdfast.open_guarded_queues(names, guarded, most);
  end if;
  return next;
end
$$;

-- The same for locked queues, as they are now. A queue that got its first limit meanwhile is left out, because it was not locked.
create function holdfast.open_guarded_queues(named text[], guarded text[], most bigint)
  returns table (names text[], rooms bigint[], are_grouped boolean[])
  language plpgsql volatile
  as $$
declare
  each record;
begin
  names := '{}';
  rooms := '{}';
  are_grouped := '{}';
  for each in
    select given.name, setting.concurrency_per_group, given.name = any(guarded) as is_guarded,
      greatest(0, least(
        most,
        case when setting.concurrency is not null then setting.concurrency - (
          select count(*) from (
            select from holdfast.leases as lease where lease.queue = given.name limit setting.concurrency
          ) as busy
        ) - (
          select coalesce(sum(holdfast.count_running(chunk)), 0)
          from holdfast.lease_chunks as chunk where chunk.queue = given.name
        ) end,
        -- Rounded down, except for what the rounding of the times removed.
        case when setting.rate_limit is not null then pg_catalog.floor(setting.rate_limit * (1 - greatest(0,
          extract(epoch from setting.rate_full_at - holdfast.now()) * 1000) / setting.rate_period_ms) + 0.0001)::bigint end
      )) as room
    from pg_catalog.unnest((select named)) as given(name)
    left join lateral (select queue.* from holdfast.queues as queue where queue.name = given.name limit 1) as setting on true
    where setting.paused_at is null and (given.name = any(guarded) or not coalesce(setting.is_limited, false))
  loop
    if each.is_guarded then
      perform holdfast.admit_groups(each.name, each.concurrency_per_group);
    end if;
    names := names || each.name;
    rooms := rooms || each.room;
    are_grouped := are_grouped || (each.concurrency_per_group is not null);
  end loop;
  return next;
end
$$;

-- Leases at most `most` ready jobs, or executions. Of each queue it takes the first `room`, by rank, turn, time and push, on routes that
-- the capabilities serve. The lines of several queues are merged by priority, then time. Work that precedes another in its queue's line
-- counts as no later than that one. Claims count against the rate. `pos` is the place of a row in the answer. Rows are found again by
-- their place (ctid), which nobody changes while they are locked. Rows that changed after this statement began are invisible here, and
-- left to the next claim.
-- Index: ready_order, in order per queue and route. Locks: rows of ready, skipping those that others have locked.
create function holdfast.lease_work(of_kind holdfast.work_kind, names text[], rooms bigint[], are_grouped boolean[], most bigint,
    lease_ms bigint, claimer text, capabilities text[])
  returns table (pos bigint, id text, queue text, token bigint, attempts integer)
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
        where work.queue = served_route.queue and work.kind = of_kind and work.route > served_route.route
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
      where work.queue = served_route.queue and work.kind = of_kind and work.route = served_route.route
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
    returning work.id, work.queue, work.turn, work.attempts + 1 as attempts,
      case when work.has_place then work.group_key end as group_key,
      -- For an execution it says whether it waits for events, which its lease need not know.
      of_kind = 'job' and work.is_linked as is_linked,
      -- Drawn here instead of at the insert: joining those rows with these would compare all with all.
      chosen.pos, nextval('holdfast.tokens') as token
  ), leased as (
    insert into holdfast.leases (kind, id, token, queue, lease_until, claimed_at, attempts, holder, group_key, is_linked)
    select of_kind, gone.id, gone.token, gone.queue, holdfast.now() + lease_ms * interval '1 millisecond', holdfast.now(), gone.attempts,
      claimer, gone.group_key, gone.is_linked
    from gone
  ), charged as (
    update holdfast.queues as charged set
      turn = greatest(charged.turn, started.turn),
      rate_full_at = holdfast.rate_after(charged.rate_full_at, started.count, charged.rate_limit, charged.rate_period_ms)
    from (select gone.queue, count(*) as count, max(gone.turn) as turn from gone group by gone.queue limit (select most)) as started
    where charged.name = started.queue and charged.is_limited
  )
  select gone.pos, gone.id, gone.queue, gone.token, gone.attempts from gone;
end
$$;

-- Leases ready jobs by lease_work, and returns what a claim returns.
-- Index: jobs_pkey. Locks: see lease_work.
create function holdfast.lease_jobs(names text[], rooms bigint[], are_grouped boolean[], most bigint, lease_ms bigint, claimer text,
    capabilities text[])
  returns table (pos bigint, id text, queue text, token bigint, priority integer, attempts integer, max_attempts integer,
    timeout_ms bigint, queue_timeout_ms bigint, lease_until timestamptz, run_at timestamptz, created_at timestamptz, execution_id text, payload json,
    trace_context text)
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  held record;
begin
  select pg_catalog.array_agg(leased.pos) as places, pg_catalog.array_agg(leased.id) as ids, pg_catalog.array_agg(leased.queue) as queues,
    pg_catalog.array_agg(leased.token) as tokens, pg_catalog.array_agg(leased.attempts) as attempts
  into held
  from holdfast.lease_work('job', names, rooms, are_grouped, most, lease_ms, claimer, capabilities) as leased;
  -- A separate statement: lease_work may have leased rows committed after the calling statement's snapshot.
  return query
  select leased.pos, leased.id, leased.queue, leased.token, job.priority, leased.attempts, job.max_attempts, job.timeout_ms,
    setting.timeout_ms, holdfast.now() + lease_ms * interval '1 millisecond', job.run_at, job.created_at, job.execution_id::text, job.payload,
    job.trace_context
  from rows from (
    pg_catalog.unnest(held.places), pg_catalog.unnest(held.ids), pg_catalog.unnest(held.queues), pg_catalog.unnest(held.tokens),
    pg_catalog.unnest(held.attempts)
  ) as leased(pos, id, queue, token, attempts)
  cross join lateral (
    select stored.priority, stored.run_at, stored.max_attempts, stored.timeout_ms, stored.created_at, stored.execution_id, stored.payload,
      stored.trace_context
    from holdfast.jobs as stored
    where stored.id = leased.id
    limit 1
  ) as job
  left join holdfast.queues as setting on setting.name = leased.queue;
end
$$;

-- The general claim, of queues that may have limits, of due work and of jobs whose leases expired: holdfast.open_queues, then
-- holdfast.lease_jobs. A row without an id holds dead jobs and the queues that they woke, or one queue with lost jobs whose executions
-- fail with them. Another call ends those, because it locks their executions first. All plans are generic: planning them anew for the
-- values of a call takes longer than a claim.
create function holdfast.claim_jobs(named text[], most bigint, lease_ms bigint, claimer text, capabilities text[], expired_error json)
  returns table (pos bigint, id text, queue text, token bigint, priority integer, attempts integer, max_attempts integer,
    timeout_ms bigint, queue_timeout_ms bigint, lease_until timestamptz, run_at timestamptz, created_at timestamptz, execution_id text, payload json,
    trace_context text, woken text[], died text[])
  language plpgsql volatile
  set plan_cache_mode = force_generic_plan
  as $$
#variable_conflict use_column
declare
  found_open record;
  claimed bigint;
begin
  select opened.* into found_open from holdfast.open_queues(named, most, expired_error, false) as opened;
  if pg_catalog.cardinality(named) = 1 and found_open.names = named and capabilities = '{}' and not found_open.are_grouped[1] then
    return query select leased.*, null::text[], null::text[] from holdfast.claim_chunks(named[1], found_open.rooms[1], lease_ms, claimer,
      found_open.are_guarded) as leased;
  else
    perform holdfast.unpack_heads(found_open.names, most);
    return query
    select leased.*, null::text[], null::text[]
    from holdfast.lease_jobs(found_open.names, found_open.rooms, found_open.are_grouped, most, lease_ms, claimer, capabilities) as leased;
  end if;
  get diagnostics claimed = row_count;
  if pg_catalog.cardinality(found_open.died) > 0 then
    return query select 0::bigint, null::text, '', 0::bigint, 0, 0, 0, null::bigint, null::bigint, holdfast.now(), holdfast.now(),
      holdfast.now(), null::text, null::json, null::text, found_open.woken, found_open.died;
  end if;
  return query select 0::bigint, null::text, lost.queue, 0::bigint, 0, 0, 0, null::bigint, null::bigint, holdfast.now(), holdfast.now(),
    holdfast.now(), null::text, null::json, null::text, null::text[], null::text[]
  from pg_catalog.unnest(found_open.fatal) as lost(queue);
  -- Once in 256 jobs, so that folding costs a claim nothing on average. The usual claim calls this one as often.
  if claimed > 0 then
    if (pg_catalog.currval('holdfast.tokens') - 3) % 512 < 2 * claimed then
      perform holdfast.fold_job_counts(each.name) from pg_catalog.unnest(found_open.names) as each(name);
    end if;
  end if;
end
$$;
