-- What engines need that fence by the holder's name. Leases count until somebody takes them, and claims write to executions. Any child
-- can end a park.

-- Executions of a queue, in the order of lists.
-- squawk-ignore require-concurrent-index-creation
create index executions_of_queue on holdfast.executions (queue, created_at, sequence) where queue is not null;

-- Whether a lease holds, as the function of three arguments. A lax requirement accepts an expired lease too, until a claim takes it.
-- Index: leases_pkey. Locks: the lease, shared.
create function holdfast.hold_lease(execution text, fence bigint, held_by text, is_lax boolean) returns boolean
  language plpgsql volatile
  as $$
begin
  perform from holdfast.leases as lease
    where lease.id = execution and lease.kind = 'execution' and (is_lax or lease.lease_until > holdfast.now())
      and (fence is null or lease.token = fence) and (held_by is null or lease.holder = held_by)
    for key share;
  return found or holdfast.fail('HF002', pg_catalog.format('the lease of execution %s is no longer held: stop its work', execution),
    pg_catalog.json_build_object('entity', 'execution', 'id', execution, 'token', fence));
end
$$;

-- Locks an execution as a step of that mode does, and checks its requirements. Clients of this release call this one.
-- Index: executions_pkey, leases_pkey. Locks: the execution, then its lease, shared.
create function holdfast.hold_execution(execution text, mode text, fence bigint, held_by text, is_lax boolean, required bigint,
  statuses text) returns text
  language plpgsql volatile
  as $$
declare
  found_version bigint;
  found_status holdfast.status;
begin
  if mode = 'add' then
    select stored.version, stored.status into found_version, found_status
      from holdfast.executions as stored where stored.id = execution for key share;
  elsif mode = 'hold' then
    select stored.version, stored.status into found_version, found_status
      from holdfast.executions as stored where stored.id = execution for share;
  elsif mode = 'change' then
    select stored.version, stored.status into found_version, found_status
      from holdfast.executions as stored where stored.id = execution for no key update;
  else
    select stored.version, stored.status into found_version, found_status
      from holdfast.executions as stored where stored.id = execution for update;
  end if;
  if found_version is null then
    perform holdfast.fail('HF004', pg_catalog.format('execution %s does not exist: create it first', execution),
      pg_catalog.json_build_object('entity', 'execution', 'id', execution));
  end if;
  if (fence is null and held_by is null or holdfast.hold_lease(execution, fence, held_by, is_lax))
      and holdfast.meets(execution, found_version, found_status, required, statuses) then
    return execution;
  end if;
end
$$;

-- Clients of earlier releases call these two.
create or replace function holdfast.hold_lease(execution text, fence bigint, held_by text default null) returns boolean
  language sql volatile
  as $$ select holdfast.hold_lease(execution, fence, held_by, false) $$;

create or replace function holdfast.hold_execution(execution text, mode text, fence bigint, held_by text, required bigint, statuses text)
  returns text
  language sql volatile
  as $$ select holdfast.hold_execution(execution, mode, fence, held_by, false, required, statuses) $$;

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

-- Parks an execution, as the function of seven arguments. With `any_child`, the end of one child ends the park too. If one has ended since
-- the claim, that is at once.
-- Index: leases_pkey, executions_parent. Locks: those of that function; then children, shared, in id order.
create function holdfast.park(execution text, until_at timestamptz, wait_ids text[], steps text[], keys text[], expiries timestamptz[],
    for_children boolean, any_child boolean)
  returns table (queue text, is_ready boolean)
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  since timestamptz;
  running integer;
begin
  if any_child then
    select lease.claimed_at into since from holdfast.leases as lease where lease.id = execution and lease.kind = 'execution';
  end if;
  select one.queue, one.is_ready into queue, is_ready
    from holdfast.park(execution, until_at, wait_ids, steps, keys, expiries, for_children) as one;
  if any_child and not is_ready then
    -- Waits for a child that is ending. One that ends later finds the park.
    select count(*) into running from (
      select from holdfast.executions as child
      where child.parent_id = execution and child.finished_at is null
      order by child.id
      for key share
    ) as locked;
    if exists (select from holdfast.executions as child where child.parent_id = execution and child.finished_at >= since) then
      perform holdfast.wake(execution, 'children', null, null, null);
      is_ready := true;
    elsif running > 0 then
      update holdfast.parks as park set children = 1 where park.execution_id = execution;
    end if;
  end if;
  return next;
end
$$;
