-- Steps of executions: the locks and checks at their start, and the changes at their end.

-- Locks an execution for one step, and checks the step's requirements. A step that only adds to it, under a token that is only checked,
-- writes nothing and waits for no other such step. Returns its id. Fails with HF004 if it does not exist, and like hold_lease and meets.
-- Index: executions_pkey, leases_pkey. Locks: the execution, as the mode says; then its lease, shared.
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
  -- One condition after another, because PL/pgSQL prepares each expression that it reaches anew in each transaction.
  -- The look-up is hold_lease's own, without its call. That function fails, if nothing is found.
  if fence is not null or held_by is not null then
    perform from holdfast.leases as lease
      where lease.id = execution and lease.kind = 'execution' and (is_lax or lease.lease_until > holdfast.now())
        and (fence is null or lease.token = fence) and (held_by is null or lease.holder = held_by)
      for key share;
    if not found then
      perform holdfast.hold_lease(execution, fence, held_by, is_lax);
    end if;
  end if;
  if required is not null or statuses is not null then
    perform holdfast.meets(execution, found_version, found_status, required, statuses);
  end if;
  return execution;
end
$$;

-- What an append to one history answers: the number of the first entry, and the time of all.
create type holdfast.appended as (first bigint, recorded_at timestamptz);

-- Appends entries to the history of one execution; `expected` refers to the number of the first. Fails with HF001 for another number than
-- expected, HF003 if the execution has ended, HF004 if it does not exist.
-- Index: history_heads_pkey, executions_pkey. Locks: the execution, if it has no entry yet, then its history_heads.
create function holdfast.append_to(of_execution text, kinds text[], payloads json[], expected bigint) returns holdfast.appended
  language plpgsql volatile
  as $$
declare
  amount constant bigint := pg_catalog.cardinality(kinds);
  log holdfast.history_heads;
  found_status holdfast.status;
begin
  update holdfast.history_heads as head set
    next = head.next + amount, transaction = greatest(head.transaction, pg_catalog.pg_current_xact_id())
  where head.execution_id = of_execution and holdfast.is_open(head.execution_id, head.ended_as)
  returning head.* into log;
  if not found then
    -- Before the head is created: its foreign key would lock the execution after it. A session that has locked the execution and appends
    -- to it would then wait for us, and we for it.
    select stored.status into found_status from holdfast.executions as stored where stored.id = of_execution for key share;
    if not found then
      perform holdfast.fail('HF004', pg_catalog.format('executionId is %s, which does not exist: create the execution first', of_execution),
        pg_catalog.json_build_object('field', 'executionId', 'entity', 'execution', 'id', of_execution));
    end if;
    perform holdfast.is_open(of_execution, found_status);
    insert into holdfast.history_heads as head (execution_id, next, transaction)
    values (of_execution, amount + 1, pg_catalog.pg_current_xact_id())
    on conflict (execution_id) do update set
      next = head.next + excluded.next - 1, transaction = greatest(head.transaction, excluded.transaction)
    where holdfast.is_open(head.execution_id, head.ended_as)
    returning head.* into log;
  end if;
  if expected <> log.next - amount then
    perform holdfast.fail('HF001', pg_catalog.format('the next entry of execution %s has not the expected number', of_execution),
      pg_catalog.json_build_object('reason', 'number', 'entity', 'history', 'executionId', of_execution, 'expected', expected,
        'actual', log.next - amount));
  end if;
  insert into holdfast.history_entries (execution_id, number, transaction, kind, recorded_at, payload)
  select of_execution, log.next - amount + given.position - 1, log.transaction, given.kind, holdfast.now(), given.payload
  from unnest(kinds, payloads) with ordinality as given(kind, payload, position)
  -- The order of all entries preserves the order of an execution's numbers.
  order by given.position;
  return row(log.next - amount, holdfast.now())::holdfast.appended;
end
$$;

-- An execution that a step has changed, whether the step ended it, and its payloads, if they are wanted.
create type holdfast.changed_execution as (
  id text, version bigint, status holdfast.status, strategy holdfast.strategy, definition_name text, definition_version integer,
  parent_id text, parent_task_id text, idempotency_key text, labels jsonb, usage jsonb, created_at timestamptz, updated_at timestamptz,
  started_at timestamptz, finished_at timestamptz, ends boolean, input json, state json, output json, error json
);

-- Changes one execution that the transaction has locked: labels are merged, usage is added, and null keeps the stored value. Its snapshot is
-- from after the lock. An update that begins with an older version of the row could wait for a session that waits for this one.
-- Index: executions_pkey.
create function holdfast.change_locked(of_execution text, new_status holdfast.status, new_labels jsonb, more_usage jsonb, new_state json,
    new_output json, new_error json, whole boolean)
  returns setof holdfast.changed_execution
  language plpgsql volatile rows 1
  as $$
declare
  changed holdfast.changed_execution;
begin
  update holdfast.executions as stored set
    version = stored.version + 1, status = coalesce(new_status, stored.status), updated_at = holdfast.now(),
    started_at = holdfast.started_at(stored.started_at, new_status),
    finished_at = holdfast.finished_at(stored.finished_at, new_status),
    labels = case when new_labels is null then stored.labels else holdfast.merge_labels(stored.labels, new_labels) end,
    usage = case when more_usage is null then stored.usage else holdfast.add_usage(stored.usage, more_usage) end,
    state = coalesce(new_state, stored.state), output = coalesce(new_output, stored.output), error = coalesce(new_error, stored.error)
  where stored.id = of_execution
  returning stored.id, stored.version, stored.status, stored.strategy, stored.definition_name, stored.definition_version,
    stored.parent_id, stored.parent_task_id, stored.idempotency_key, stored.labels, stored.usage, stored.created_at, stored.updated_at,
    stored.started_at, stored.finished_at,
    coalesce(stored.finished_at = stored.updated_at, false) and (
      select former.finished_at from holdfast.executions as former where former.id = stored.id limit 1
    ) is null,
    case when whole then stored.input end, case when whole then stored.state end,
    case when whole then stored.output end, case when whole then stored.error end
  into changed;
  return next changed;
end
$$;

-- Changes executions that the transaction has locked, as the statement change_executions does: labels are merged, usage is added, and
-- null keeps the stored value. A plain update, because nobody else can be changing them. In id order, for the sake of parents that are
-- notified of an end. Returns them without payloads, in any order.
create function holdfast.change_held(ids text[], statuses holdfast.status[], labels jsonb[], usages jsonb[], states json[],
    outputs json[], errors json[])
  returns table (id text, version bigint, status holdfast.status, strategy holdfast.strategy, definition_name text,
    definition_version integer, parent_id text, parent_task_id text, idempotency_key text, label jsonb, usage jsonb,
    created_at timestamptz, updated_at timestamptz, started_at timestamptz, finished_at timestamptz)
  language plpgsql volatile
  set plan_cache_mode = force_generic_plan
  set enable_hashjoin = off
  set enable_mergejoin = off
  set enable_seqscan = off
  as $$
#variable_conflict use_column
begin
  return query
    update holdfast.executions as stored set
      version = stored.version + 1, status = coalesce(input.status, stored.status), updated_at = holdfast.now(),
      started_at = holdfast.started_at(stored.started_at, input.status),
      finished_at = holdfast.finished_at(stored.finished_at, input.status),
      labels = case when input.labels is null then stored.labels else holdfast.merge_labels(stored.labels, input.labels) end,
      usage = case when input.usage is null then stored.usage else holdfast.add_usage(stored.usage, input.usage) end,
      state = coalesce(input.state, stored.state), output = coalesce(input.output, stored.output),
      error = coalesce(input.error, stored.error)
    from (
      select given.id, given.status, given.labels, given.usage, given.state, given.output, given.error
      from unnest(ids, statuses, change_held.labels, usages, states, outputs, errors)
        as given(id, status, labels, usage, state, output, error)
      order by given.id collate "C"
    ) as input
    where stored.id = input.id
    returning stored.id::text, stored.version, stored.status, stored.strategy, stored.definition_name::text,
      stored.definition_version, stored.parent_id::text, stored.parent_task_id::text, stored.idempotency_key::text, stored.labels,
      stored.usage, stored.created_at, stored.updated_at, stored.started_at, stored.finished_at;
end
$$;
