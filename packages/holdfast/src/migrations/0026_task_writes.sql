-- How tasks are saved, one or any number at once.

-- What a write of tasks returns: everything except the payloads.
create type holdfast.task_summary as (
  id holdfast.id, execution_id holdfast.id, sequence bigint, version bigint, parent_id holdfast.id, name holdfast.key,
  type holdfast.task_type, status holdfast.status, strategy holdfast.strategy, attempt holdfast.positive, component holdfast.key,
  agent holdfast.key, action holdfast.key, tool holdfast.key, usage jsonb, created_at timestamptz, updated_at timestamptz,
  started_at timestamptz, finished_at timestamptz
);

-- Fails if a missing task may not be created: with HF001 if a version of it is expected, with HF004 if its execution is missing.
create function holdfast.check_new_tasks(ids text[], execution_ids text[], expected bigint[], missing text[]) returns boolean
  language plpgsql
  as $$
begin
  perform case
    when given.expected > 0 then
      holdfast.fail('HF001', pg_catalog.format('task %s is not at the expected version', given.id),
        json_build_object('entity', 'task', 'id', given.id, 'expected', given.expected, 'actual', 0))
    else
      holdfast.fail('HF004', pg_catalog.format('executionId of task %s is %s, which does not exist: create the execution first',
        given.id, given.execution_id),
        json_build_object('field', 'executionId', 'entity', 'execution', 'id', given.execution_id))
  end
  from unnest(ids, execution_ids, expected) as given(id, execution_id, expected)
  where (given.expected > 0 or given.execution_id = any (missing))
    and (select stored.version from holdfast.tasks as stored where stored.id = given.id) is null;
  return true;
end
$$;

-- Fails with HF004 if a task gets a new parent that is neither in its execution nor written with it. '' means no parent.
create function holdfast.check_parents(ids text[], execution_ids text[], parent_ids text[]) returns boolean
  language plpgsql
  as $$
begin
  perform holdfast.fail('HF004', pg_catalog.format('parentId of task %s is %s, which is no task of execution %s: save the parent first',
      given.id, given.parent_id, given.execution_id),
    json_build_object('field', 'parentId', 'entity', 'task', 'id', given.parent_id))
  from unnest(ids, execution_ids, parent_ids) as given(id, execution_id, parent_id)
  where given.parent_id <> ''
    and (select parent.execution_id from holdfast.tasks as parent where parent.id = given.parent_id) is distinct from given.execution_id
    and (select stored.parent_id from holdfast.tasks as stored where stored.id = given.id) is distinct from given.parent_id
    and (given.execution_id, given.parent_id) not in (
      select sibling.execution_id, sibling.id from unnest(ids, execution_ids) as sibling(id, execution_id)
    );
  return true;
end
$$;

-- Whether a save may change an existing task. Fails with HF001 at another version than expected, and with HF006 if the task belongs to
-- another execution. Inlined.
create function holdfast.may_save_task(task_id text, task_execution text, task_version bigint, of_execution text, expected bigint)
  returns boolean
  language sql volatile
  as $$
  select case
    when expected <> task_version then
      holdfast.fail('HF001', pg_catalog.format('task %s is not at the expected version', task_id),
        pg_catalog.json_build_object('entity', 'task', 'id', task_id, 'expected', expected, 'actual', task_version))
    when task_execution <> of_execution then
      holdfast.fail('HF006', pg_catalog.format('executionId is %s, but task %s belongs to another execution', of_execution, task_id),
        pg_catalog.json_build_object('field', 'executionId', 'entity', 'task', 'id', task_id))
    else true
  end
$$;

-- Writes one task: see the statement save_task. A lone row needs no arrays, and only the necessary steps run, so it takes half the time
-- of save_tasks.
create function holdfast.save_task(
  task_id text, of_execution text, under text, new_name text, new_type holdfast.task_type, new_status holdfast.status,
  new_strategy holdfast.strategy, new_attempt integer, new_component text, new_agent text, new_action text, new_tool text,
  new_input json, new_output json, new_error json, expected bigint
) returns setof holdfast.task_summary
  language plpgsql rows 1
  as $$
declare
  owner_status holdfast.status;
  saved holdfast.task_summary;
begin
  select execution.status into owner_status from holdfast.executions as execution where execution.id = of_execution for key share;
  if holdfast.is_open(of_execution, owner_status) and under <> '' then
    perform holdfast.check_parents(array[task_id], array[of_execution], array[under]);
  end if;
  loop
    -- An update that finds nothing takes twice as long to start as this look-up.
    perform from holdfast.tasks as stored where stored.id = task_id;
    if found then
      update holdfast.tasks as stored set
        version = stored.version + 1, parent_id = nullif(coalesce(under, stored.parent_id), ''), name = new_name,
        type = coalesce(new_type, stored.type), status = coalesce(new_status, stored.status),
        strategy = coalesce(new_strategy, stored.strategy), attempt = coalesce(new_attempt, stored.attempt),
        component = nullif(coalesce(new_component, stored.component), ''), agent = nullif(coalesce(new_agent, stored.agent), ''),
        action = nullif(coalesce(new_action, stored.action), ''), tool = nullif(coalesce(new_tool, stored.tool), ''),
        updated_at = holdfast.now(), started_at = holdfast.started_at(stored.started_at, coalesce(new_status, stored.status)),
        finished_at = holdfast.finished_at(stored.finished_at, coalesce(new_status, stored.status)),
        input = coalesce(new_input, stored.input), output = coalesce(new_output, stored.output),
        error = coalesce(new_error, stored.error)
      where stored.id = task_id and holdfast.may_save_task(stored.id, stored.execution_id, stored.version, of_execution, expected)
      returning stored.id, stored.execution_id, stored.sequence, stored.version, stored.parent_id, stored.name, stored.type,
        stored.status, stored.strategy, stored.attempt, stored.component, stored.agent, stored.action, stored.tool, stored.usage,
        stored.created_at, stored.updated_at, stored.started_at, stored.finished_at
      into saved;
      exit when found;
    end if;
    if owner_status is null or expected > 0 then
      perform holdfast.check_new_tasks(array[task_id], array[of_execution], array[expected], array[of_execution]);
    end if;
    insert into holdfast.tasks as stored (
      id, execution_id, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool,
      created_at, updated_at, started_at, finished_at, input, output, error
    ) values (
      task_id, of_execution, 1, nullif(under, ''), new_name, coalesce(new_type, 'basic'), coalesce(new_status, 'pending'),
      coalesce(new_strategy, 'wait_all'), coalesce(new_attempt, 1), nullif(new_component, ''), nullif(new_agent, ''),
      nullif(new_action, ''), nullif(new_tool, ''), holdfast.now(), holdfast.now(), holdfast.started_at(null, new_status),
      holdfast.finished_at(null, new_status), new_input, new_output, new_error
    ) on conflict (id) do nothing
    returning stored.id, stored.execution_id, stored.sequence, stored.version, stored.parent_id, stored.name, stored.type,
      stored.status, stored.strategy, stored.attempt, stored.component, stored.agent, stored.action, stored.tool, stored.usage,
      stored.created_at, stored.updated_at, stored.started_at, stored.finished_at
    into saved;
    -- If another session created it meanwhile, the next round finds it.
    exit when found;
  end loop;
  return next saved;
end
$$;

-- Inserts the missing tasks, and locks the existing ones and others that the plan will write. One command does all of it in one order,
-- because the existence of rows may change until it reaches them. Returns what it inserted.
create function holdfast.insert_or_lock_tasks(
  ids text[], sequences bigint[], execution_ids text[], parent_ids text[], names text[], types holdfast.task_type[],
  statuses holdfast.status[], strategies holdfast.strategy[], attempts integer[], components text[], agents text[], actions text[],
  tools text[], inputs json[], outputs json[], errors json[], other_ids text[]
) returns setof holdfast.task_summary
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
begin
  return query
    insert into holdfast.tasks as stored (
      id, execution_id, sequence, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool,
      created_at, updated_at, started_at, finished_at, input, output, error
    ) overriding system value
    select step.id, step.execution_id, step.sequence, 1, nullif(step.parent_id, ''), step.name, coalesce(step.type, 'basic'),
      coalesce(step.status, 'pending'), coalesce(step.strategy, 'wait_all'), coalesce(step.attempt, 1), nullif(step.component, ''),
      nullif(step.agent, ''), nullif(step.action, ''), nullif(step.tool, ''), holdfast.now(), holdfast.now(),
      holdfast.started_at(null, step.status), holdfast.finished_at(null, step.status), step.input, step.output, step.error
    from (
      select given.*
      from unnest((select ids || other_ids), sequences, execution_ids, parent_ids, names, types, statuses, strategies, attempts,
        components, agents, actions, tools, inputs, outputs, errors) as given(id, sequence, execution_id, parent_id, name, type,
        status, strategy, attempt, component, agent, action, tool, input, output, error)
      order by given.id collate "C" desc
    ) as step
    left join lateral (
      select task.id from holdfast.tasks as task where step.sequence is null and task.id = step.id for no key update
    ) as other on true
    -- Nothing is inserted for another: no id is empty. The condition is on the join, so that the other is locked first.
    where case when step.sequence is null then other.id = '' else true end
    order by step.id collate "C" desc
    on conflict (id) do update set version = stored.version where false
    returning stored.id, stored.execution_id, stored.sequence, stored.version, stored.parent_id, stored.name, stored.type,
      stored.status, stored.strategy, stored.attempt, stored.component, stored.agent, stored.action, stored.tool, stored.usage,
      stored.created_at, stored.updated_at, stored.started_at, stored.finished_at;
end
$$;

-- Changes the existing tasks, except those that were inserted with one of the sequences.
create function holdfast.change_tasks(
  ids text[], sequences bigint[], execution_ids text[], parent_ids text[], names text[], types holdfast.task_type[],
  statuses holdfast.status[], strategies holdfast.strategy[], attempts integer[], components text[], agents text[], actions text[],
  tools text[], inputs json[], outputs json[], errors json[], expected bigint[]
) returns setof holdfast.task_summary
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_hashjoin = off
  set enable_mergejoin = off
  as $$
begin
  return query
    update holdfast.tasks as stored set
      version = stored.version + 1, parent_id = nullif(coalesce(given.parent_id, stored.parent_id), ''), name = given.name,
      type = coalesce(given.type, stored.type), status = coalesce(given.status, stored.status),
      strategy = coalesce(given.strategy, stored.strategy), attempt = coalesce(given.attempt, stored.attempt),
      component = nullif(coalesce(given.component, stored.component), ''), agent = nullif(coalesce(given.agent, stored.agent), ''),
      action = nullif(coalesce(given.action, stored.action), ''), tool = nullif(coalesce(given.tool, stored.tool), ''),
      updated_at = holdfast.now(), started_at = holdfast.started_at(stored.started_at, coalesce(given.status, stored.status)),
      finished_at = holdfast.finished_at(stored.finished_at, coalesce(given.status, stored.status)),
      input = coalesce(given.input, stored.input), output = coalesce(given.output, stored.output),
      error = coalesce(given.error, stored.error)
    from (
      select given.*
      from unnest((select ids), sequences, execution_ids, parent_ids, names, types, statuses, strategies, attempts, components,
        agents, actions, tools, inputs, outputs, errors, expected) as given(id, sequence, execution_id, parent_id, name, type, status,
        strategy, attempt, component, agent, action, tool, input, output, error, expected)
      order by given.id collate "C" desc
      limit cardinality(ids)
    ) as given
    -- Not those that were inserted above.
    where stored.id = given.id and stored.sequence is distinct from given.sequence
      and holdfast.may_save_task(stored.id, stored.execution_id, stored.version, given.execution_id, given.expected)
    returning stored.id, stored.execution_id, stored.sequence, stored.version, stored.parent_id, stored.name, stored.type,
      stored.status, stored.strategy, stored.attempt, stored.component, stored.agent, stored.action, stored.tool, stored.usage,
      stored.created_at, stored.updated_at, stored.started_at, stored.finished_at;
end
$$;

-- How many of the tasks exist.
create function holdfast.count_tasks(ids text[]) returns bigint
  language plpgsql
  set enable_seqscan = off
  as $$
begin
  return (select count(*) from holdfast.tasks as task where task.id = any (ids));
end
$$;

-- Writes any number of tasks: see the statement save_tasks. Inserts the missing ones, and then changes the others.
create function holdfast.save_tasks(
  ids text[], execution_ids text[], parent_ids text[], names text[], types holdfast.task_type[], statuses holdfast.status[],
  strategies holdfast.strategy[], attempts integer[], components text[], agents text[], actions text[], tools text[],
  inputs json[], outputs json[], errors json[], expected bigint[], other_ids text[]
) returns setof holdfast.task_summary
  language plpgsql
  as $$
declare
  missing constant text[] := holdfast.hold_executions(execution_ids);
  total constant bigint := cardinality(ids);
  -- In input order. Numbers drawn for existing rows are lost.
  sequences bigint[];
  added bigint := 0;
  changed bigint;
begin
  if other_ids <> '{}' or total > holdfast.count_tasks(ids) then
    if missing is not null or 0 < any (expected) then
      perform holdfast.check_new_tasks(ids, execution_ids, expected, missing);
    end if;
    sequences := array(select nextval('holdfast.tasks_sequence_seq') from unnest((select ids)));
  end if;
  if cardinality(array_remove(array_remove(parent_ids, null), '')) > 0 then
    perform holdfast.check_parents(ids, execution_ids, parent_ids);
  end if;
  if sequences is not null then
    return query select * from holdfast.insert_or_lock_tasks(ids, sequences, execution_ids, parent_ids, names, types, statuses,
      strategies, attempts, components, agents, actions, tools, inputs, outputs, errors, other_ids);
    get diagnostics added = row_count;
  end if;
  if added < total then
    return query select * from holdfast.change_tasks(ids, sequences, execution_ids, parent_ids, names, types, statuses, strategies,
      attempts, components, agents, actions, tools, inputs, outputs, errors, expected);
    get diagnostics changed = row_count;
    if added + changed < total then
      perform holdfast.fail('40001', 'a task was removed at the same moment', '{}');
    end if;
  end if;
end
$$;
