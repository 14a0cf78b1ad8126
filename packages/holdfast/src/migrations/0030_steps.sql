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
  if (fence is null and held_by is null or holdfast.hold_lease(execution, fence, held_by, is_lax))
      and holdfast.meets(execution, found_version, found_status, required, statuses) then
    return execution;
  end if;
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
