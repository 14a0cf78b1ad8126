-- Claims of executions, as of jobs, from the same tables. A claim returns the execution itself, and writes to it only on request.

create type holdfast.wake_reason as enum ('moment', 'event', 'children', 'expiry', 'call');

-- What a parked execution waits for, and what woke it. Each claim returns that until the execution parks again or ends, so that no event
-- is lost if a holder dies. The time is in `scheduled`, the events are rows of `waits`.
create table holdfast.parks (
  execution_id text collate "C" primary key,
  parked_at timestamptz not null,
  -- How many of its children have to end yet; null if it does not wait for them.
  children integer,
  -- What woke it before its time; null if nothing did. The time is then the expiry of the wait of this step and key or, without these,
  -- the given one.
  woken_by holdfast.wake_reason,
  step text collate "C",
  key text collate "C",
  payload json,
  -- Of the event or the call that woke it.
  trace_context text collate "C"
) with (fillfactor = 70);

-- Puts new executions in their queues, each at its time, or at once. Most are ready there and have no group: they need no check of
-- earlier ones, and take one insert.
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

-- Takes at most `most` executions of a queue from holders whose leases have expired. They wait again with the attempt counted, at their
-- former place or, with `behind`, behind all that are ready now; after the last attempt they fail. Returns the number of each. An
-- execution that somebody is writing, or whose lease is being moved, is left to the next call.
-- Index: leases_of_queue, executions_pkey. Locks: one execution after another and its lease, skipping those that others have locked.
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

-- The general claim: of queues that may have limits, of due work and of executions whose leases expired. These are made ready first, and
-- then claimed in their order among all ready ones. Executions that lost their holder return to their former place, or behind all others
-- on request. Returns the executions whole, with what they were parked for.
create function holdfast.claim_executions(named text[], most bigint, lease_ms bigint, claimer text, capabilities text[],
    expired_error json, behind boolean)
  returns table (pos bigint, token bigint, attempts integer, execution holdfast.executions, park holdfast.parks)
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  found_open record;
  held record;
begin
  select opened.* into found_open from holdfast.open_queues(named, most, expired_error, behind) as opened;
  select pg_catalog.array_agg(leased.pos) as places, pg_catalog.array_agg(leased.id) as ids, pg_catalog.array_agg(leased.token) as tokens,
    pg_catalog.array_agg(leased.attempts) as attempts
  into held
  from holdfast.lease_work('execution', found_open.names, found_open.rooms, found_open.are_grouped, most, lease_ms, claimer, capabilities)
    as leased;
  -- A separate statement: lease_work may have leased rows committed after the calling statement's snapshot.
  return query
  select leased.pos, leased.token, leased.attempts, present.whole, parked.whole
  from rows from (
    pg_catalog.unnest(held.places), pg_catalog.unnest(held.ids), pg_catalog.unnest(held.tokens), pg_catalog.unnest(held.attempts)
  ) as leased(pos, id, token, attempts)
  cross join lateral (select stored as whole from holdfast.executions as stored where stored.id = leased.id limit 1) as present
  left join lateral (select stored as whole from holdfast.parks as stored where stored.execution_id = leased.id limit 1) as parked on true;
end
$$;

-- Locks an execution for a claim that changes it, if nobody else has locked it. A claim never waits.
-- Index: executions_pkey. Locks: the execution.
create function holdfast.lock_claimable(execution text) returns boolean
  language plpgsql volatile
  as $$
begin
  perform from holdfast.executions as stored where stored.id = execution for no key update skip locked;
  return found;
end
$$;

-- Writes to an execution what its claim says, and returns it.
-- Index: executions_pkey. Locks: none but those of lock_claimable, which came before.
create function holdfast.change_claimed(execution text, new_status holdfast.status, added jsonb) returns holdfast.executions
  language plpgsql volatile
  as $$
declare
  changed holdfast.executions;
begin
  update holdfast.executions as stored set
      version = stored.version + 1, status = coalesce(new_status, stored.status), updated_at = holdfast.now(),
      started_at = holdfast.started_at(stored.started_at, coalesce(new_status, stored.status)),
      usage = case when added is null then stored.usage else holdfast.add_usage(stored.usage, added) end
    where stored.id = execution
    returning stored.* into changed;
  return changed;
end
$$;

-- Claims executions in the general way, as the function of seven arguments, and writes to them. One that somebody else has locked goes
-- back to its queue.
-- Index and locks: those of that function; then the executions, skipping locked ones.
create function holdfast.claim_executions(named text[], most bigint, lease_ms bigint, claimer text, capabilities text[],
    expired_error json, behind boolean, new_status holdfast.status, added jsonb)
  returns table (pos bigint, token bigint, attempts integer, execution holdfast.executions, park holdfast.parks)
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  claimed record;
  place text;
begin
  for claimed in
    select one.* from holdfast.claim_executions(named, most, lease_ms, claimer, capabilities, expired_error, behind) as one
  loop
    if holdfast.lock_claimable((claimed.execution).id) then
      pos := claimed.pos;
      token := claimed.token;
      attempts := claimed.attempts;
      execution := holdfast.change_claimed((claimed.execution).id, new_status, added);
      park := claimed.park;
      return next;
    else
      delete from holdfast.leases as lease
        where lease.id = (claimed.execution).id and lease.kind = 'execution'
        returning lease.group_key into place;
      perform holdfast.enqueue_execution((claimed.execution).id, holdfast.now(), claimed.attempts - 1, place);
    end if;
  end loop;
end
$$;

-- Ends an attempt in failure. The execution can be claimed again after a while, with the attempt counted, or fails after the last one.
-- Without a given time it waits a second, doubled after each attempt, at most an hour. Returns "again", "failed" or "lost".
-- Locks: the execution, then its lease.
create function holdfast.fail_execution(execution text, fence bigint, cause json, after_ms bigint)
  returns table (outcome text, queue text, parent_id text, run_at timestamptz)
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
    run_at := holdfast.after_ms(coalesce(after_ms, least(1000 * 2 ^ least(held.attempts - 1, 22), 3600000)::bigint));
    perform holdfast.enqueue_execution(execution, run_at, held.attempts, held.group_key);
  end if;
  return next;
end
$$;
