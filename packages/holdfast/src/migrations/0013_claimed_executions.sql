-- Leased executions, by hand or by a claim: the fence of their steps, and their place.
--
-- Every lock of an execution precedes that of its lease. Only a claim locks no execution, because it has taken the row of `ready`. A
-- concurrent end of the execution waits for that row, and then finds the lease.

-- A queue comes with all of its claim options, and a task of the parent with the parent.
create function holdfast.check_columns() returns trigger
  language plpgsql
  as $$
begin
  if pg_catalog.num_nulls(new.queue, new.priority, new.route, new.max_attempts) % 4 <> 0
    or new.parent_task_id is not null and new.parent_id is null
  then
    perform holdfast.refuse_row('executions', 'executions_columns', new.id);
  end if;
  return new;
end
$$;

create trigger executions_columns
  before insert or update of queue, priority, route, max_attempts, parent_id, parent_task_id on holdfast.executions
  for each row when (
    new.parent_task_id is not null or pg_catalog.num_nulls(new.queue, new.priority, new.route, new.max_attempts) % 4 <> 0
  )
  execute function holdfast.check_columns();

-- Holds the lease of an execution until the transaction ends. Fails with HF002 if the lease has expired, or has another token or holder
-- than given. A lax caller accepts an expired lease too, until a claim takes it. The lock prevents a takeover; steps under one token, and
-- heartbeats, do not wait for it. Volatile, so that it sees the lease as it is, not as it was when the statement began.
-- Index: leases_pkey. Locks: the lease, shared.
create function holdfast.hold_lease(execution text, fence bigint, held_by text default null, is_lax boolean default false) returns boolean
  language plpgsql volatile
  as $$
begin
  perform from holdfast.leases as lease
    where lease.id = execution and lease.kind = 'execution' and (is_lax or lease.lease_until > holdfast.now())
      and (fence is null or lease.token = fence) and (held_by is null or lease.holder = held_by)
    for key share;
  -- Apart, because PL/pgSQL prepares each expression that it reaches anew in each transaction.
  if not found then
    perform holdfast.fail('HF002', pg_catalog.format('the lease of execution %s is no longer held: stop its work', execution),
      pg_catalog.json_build_object('entity', 'execution', 'id', execution, 'token', fence));
  end if;
  return true;
end
$$;

-- Whether an execution has the version and one of the statuses, joined by commas, that a step requires. Fails with HF001 or HF003 if it
-- does not.
create function holdfast.meets(execution text, version bigint, status holdfast.status, required bigint, statuses text) returns boolean
  language sql volatile
  as $$
  select case
    when required <> version then
      holdfast.fail('HF001', pg_catalog.format('execution %s is not at the expected version: read it again', execution),
        pg_catalog.json_build_object('entity', 'execution', 'id', execution, 'expected', required,
          'actual', version))
    when statuses is not null and status::text <> all(pg_catalog.string_to_array(statuses, ',')) then
      holdfast.fail('HF003', pg_catalog.format('execution %s is %s, not %s: read it again', execution, status, statuses),
        pg_catalog.json_build_object('entity', 'execution', 'id', execution, 'expected', statuses,
          'actual', status))
    else true
  end
$$;

-- Takes an execution from wherever it is: its lease, `ready`, the line of its group or `scheduled`. Gives the slot of its group back.
-- Returns whether it was anywhere. Called under the execution's lock. If it moves meanwhile, this waits for it and then finds it: each
-- look-up has its own snapshot.
create function holdfast.leave_queue(execution text, queue text) returns boolean
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  gone record;
  place text;
begin
  -- Before its row in `scheduled`: a wake locks in this order too.
  if leave_queue.queue is not null then
    -- One look-up takes less time than two deletions that find nothing.
    if exists (select from holdfast.parks as park where park.execution_id = execution)
      or exists (select from holdfast.wakes as called where called.execution_id = execution)
    then
      delete from holdfast.parks as park where park.execution_id = execution;
      delete from holdfast.wakes as called where called.execution_id = execution;
    end if;
  end if;
  -- The usual case is that it is leased.
  delete from holdfast.leases as lease
    where lease.id = execution and lease.kind = 'execution'
    returning lease.group_key into place;
  if found and place is null then
    return true;
  end if;
  if found then
    insert into holdfast.openings (queue, group_key, freed) values (leave_queue.queue, place, 1);
    return true;
  end if;
  for round in 1..(case when leave_queue.queue is null then 0 else 10 end) loop
    delete from holdfast.ready as work
      where work.id = execution and work.kind = 'execution'
      returning work.queue, work.group_key, work.has_place into gone;
    exit when found;
    delete from holdfast.scheduled as work
      where work.id = execution and work.kind = 'execution'
      returning work.queue, work.group_key, false as has_place into gone;
    exit when found;
    delete from holdfast.group_lines as work
      where work.id = execution and work.kind = 'execution'
      returning work.queue, work.group_key, false as has_place into gone;
    exit when found;
    delete from holdfast.leases as lease
      where lease.id = execution and lease.kind = 'execution'
      returning lease.queue, lease.group_key, lease.group_key is not null as has_place into gone;
    exit when found;
  end loop;
  if gone is null then
    return false;
  end if;
  if gone.has_place then
    insert into holdfast.openings (queue, group_key, freed) values (gone.queue, gone.group_key, 1);
  end if;
  return true;
end
$$;

-- Leases an execution that is in a queue, wherever it waits there, for a holder who asked for it by id. Returns its token; null if
-- another holds it. Called under the execution's lock.
create function holdfast.acquire_queued(execution text, in_queue text, wanted_by text, held_until timestamptz) returns bigint
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  taken record;
  given bigint;
begin
  for round in 1..10 loop
    delete from holdfast.ready as work
      where work.id = execution and work.kind = 'execution'
      returning work.attempts, case when work.has_place then work.group_key end as group_key into taken;
    exit when found;
    delete from holdfast.scheduled as work
      where work.id = execution and work.kind = 'execution'
      returning work.attempts, null::text as group_key into taken;
    exit when found;
    delete from holdfast.group_lines as work
      where work.id = execution and work.kind = 'execution'
      returning work.attempts, null::text as group_key into taken;
    exit when found;
    -- For update, to wait for an uncommitted step under the old lease.
    perform from holdfast.leases as lease
      where lease.id = execution and lease.kind = 'execution' and lease.lease_until <= holdfast.now()
      for update;
    if found then
      delete from holdfast.leases as lease
        where lease.id = execution and lease.kind = 'execution'
        returning lease.attempts, lease.group_key into taken;
      exit;
    end if;
    perform from holdfast.leases as lease where lease.id = execution and lease.kind = 'execution';
    if found then
      return null;
    end if;
  end loop;
  insert into holdfast.leases (kind, id, token, queue, lease_until, claimed_at, attempts, holder, group_key, is_linked)
  values ('execution', execution, nextval('holdfast.tokens'), in_queue, held_until, holdfast.now(), coalesce(taken.attempts, 0) + 1,
    wanted_by, taken.group_key, false)
  on conflict do nothing
  returning token into given;
  return given;
end
$$;

-- Puts an execution that was taken from its place back in its queue. That is `scheduled` before its time, the line of its group if that
-- has a limit, else `ready`. Gives back the group's slot that it held, if any.
create function holdfast.enqueue_execution(execution text, moment timestamptz, tried integer, place text, linked boolean default false)
  returns void
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  work record;
  aging bigint;
  per_group integer;
  rank bigint;
  turn bigint := 0;
begin
  select stored.id::text as id, stored.queue::text as queue, stored.priority, stored.route, stored.group_key::text as group_key,
      stored.sequence, greatest(tried, 0) as attempts
    into work
    from holdfast.executions as stored where stored.id = execution;
  select queue.aging_ms, queue.concurrency_per_group into aging, per_group from holdfast.queues as queue where queue.name = work.queue;
  rank := case when moment = 'infinity' then work.priority else holdfast.work_rank(work.priority, moment, aging) end;
  if work.group_key is not null and tried = 0 and place is null then
    select last.turn + 1 into turn from holdfast.turn_before(work.queue, 'execution', work.route, rank, work.group_key) as last;
  end if;
  if place is not null then
    insert into holdfast.openings (queue, group_key, freed) values (work.queue, place, 1);
  end if;
  if moment > holdfast.now() then
    insert into holdfast.scheduled (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    values ('execution', work.id, work.queue, work.route, rank, turn, moment, work.sequence,
      work.priority, work.attempts, work.group_key, linked);
  elsif work.group_key is not null and per_group is not null then
    insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    values ('execution', work.id, work.queue, work.route, rank, turn, moment, work.sequence,
      work.priority, work.attempts, work.group_key, false);
    insert into holdfast.openings (queue, group_key, freed) values (work.queue, work.group_key, 0);
  else
    insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, has_place,
      is_linked)
    values ('execution', work.id, work.queue, work.route, rank, turn, moment, work.sequence,
      work.priority, work.attempts, work.group_key, false, false);
  end if;
end
$$;

-- The execution that an idempotency key names, if any; a row of nulls for none. Volatile, so that it sees one created meanwhile by a
-- transaction that this one has waited for. An expired key is removed from its execution.
create function holdfast.execution_of_key(key text) returns holdfast.executions
  language plpgsql volatile
  as $$
declare
  known holdfast.executions;
begin
  if key is null then
    return null;
  end if;
  select stored.* into known from holdfast.executions as stored where stored.idempotency_key = key;
  if known.idempotent_until <= holdfast.now() then
    update holdfast.executions as stored set idempotency_key = null, fingerprint = null
      where stored.id = known.id and stored.idempotency_key = key;
    return null;
  end if;
  return known;
end
$$;

-- A requested version of a definition, by number, "active" or "latest", held until the transaction ends. Fails with HF004 if there is
-- none, and with HF003 if it is retired.
create function holdfast.pin_definition(name text, asked text) returns integer
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  found_version integer;
  found_status holdfast.definition_status;
begin
  select stored.version, stored.status into found_version, found_status
    from holdfast.definitions as stored
    where stored.name = pin_definition.name and case pin_definition.asked
        when 'active' then stored.status = 'active'
        when 'latest' then stored.version = (
          select max(newest.version) from holdfast.definitions as newest where newest.name = pin_definition.name
        )
        else stored.version = pin_definition.asked::integer
      end
    for key share;
  if not found then
    perform holdfast.fail('HF004',
      pg_catalog.format('definition %s has no %s: publish it first, or create the execution without it', name,
        case when asked in ('active', 'latest') then asked || ' version' else 'version ' || asked end),
      pg_catalog.json_build_object('entity', 'definition', 'field', 'definition', 'name', name, 'version', asked));
  elsif found_status = 'retired' then
    perform holdfast.fail('HF003',
      pg_catalog.format('version %s of definition %s is retired: start another version, or activate it again', found_version, name),
      pg_catalog.json_build_object('entity', 'definition', 'field', 'definition', 'name', name, 'version', found_version,
        'status', 'retired'));
  end if;
  return found_version;
end
$$;

-- Holds the parent of a new execution until the transaction ends. Fails with HF004 if it does not exist.
create function holdfast.hold_parent(parent text, child text) returns boolean
  language plpgsql volatile
  as $$
begin
  perform from holdfast.executions as execution where execution.id = parent for key share;
  return found or holdfast.fail('HF004',
    pg_catalog.format('execution %s, the parent of %s, does not exist: create it first', parent, child),
    pg_catalog.json_build_object('entity', 'execution', 'field', 'parentId', 'id', parent));
end
$$;

-- An execution that is removed before its end leaves its queue, and loses its holder.
create function holdfast.leave_queue_removed() returns trigger
  language plpgsql
  as $$
begin
  perform holdfast.leave_queue(old.id, old.queue);
  return null;
end
$$;

create trigger executions_removed after delete on holdfast.executions
  for each row when (old.status < 'succeeded')
  execute function holdfast.leave_queue_removed();
