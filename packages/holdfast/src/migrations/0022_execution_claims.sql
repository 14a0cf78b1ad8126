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

-- The general claim: of queues that may have limits, of what is due and of executions whose leases ran out. What is due and what lost its
-- holder is made ready first, and then claimed in its order among all that are ready. What lost its holder stands behind all others where
-- that is asked for, and else where it stood.
create function holdfast.claim_executions(named text[], most bigint, lease_ms bigint, claimer text, capabilities text[],
    expired_error json, behind boolean)
  returns table (pos bigint, id text, token bigint, attempts integer)
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  found_open record;
begin
  select opened.* into found_open from holdfast.open_queues(named, most, expired_error, behind) as opened;
  return query
  select leased.pos, leased.id, leased.token, leased.attempts
  from holdfast.lease_work('execution', found_open.names, found_open.rooms, found_open.are_grouped, most, lease_ms, claimer, capabilities)
    as leased;
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
