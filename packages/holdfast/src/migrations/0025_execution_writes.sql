-- How sets of executions are saved and created.

-- What a write of executions returns: everything except the payloads.
create type holdfast.execution_summary as (
  id holdfast.id, version bigint, status holdfast.status, strategy holdfast.strategy, definition_name holdfast.id,
  definition_version integer, parent_id holdfast.id, parent_task_id holdfast.id, idempotency_key holdfast.key, labels jsonb, usage jsonb,
  created_at timestamptz, updated_at timestamptz, started_at timestamptz, finished_at timestamptz
);

-- Labels by name: the new ones over the old ones, without those that are set to null.
create function holdfast.merge_labels(before jsonb, changes jsonb) returns jsonb
  language sql immutable parallel safe
  as $$
  select coalesce(pg_catalog.jsonb_object_agg(label.key, label.value), '{}')
  from pg_catalog.jsonb_each(before || changes) as label
  where label.value <> 'null'
$$;

-- Versions of definitions requested by number, "active" or "latest", in input order. Locks them, shared, in key order. Fails with HF004
-- if one does not exist.
create function holdfast.pin_definitions(names text[], asked text[]) returns integer[]
  language plpgsql
  set enable_seqscan = off
  set plan_cache_mode = force_generic_plan
  as $$
declare
  versions constant integer[] := array(
    select case given.asked
      when 'active' then (
        select stored.version from holdfast.definitions as stored where stored.name = given.name and stored.status = 'active'
      )
      when 'latest' then (select max(stored.version) from holdfast.definitions as stored where stored.name = given.name)
      else (
        select stored.version
        from holdfast.definitions as stored
        where stored.name = given.name and stored.version = given.asked::integer
      )
    end
    from unnest(names, asked) with ordinality as given(name, asked, position)
    order by given.position
  );
begin
  perform holdfast.fail('HF004',
    pg_catalog.format('definition %s has no %s: publish it first, or save the execution without it', given.name,
      case when given.asked in ('active', 'latest') then given.asked || ' version' else 'version ' || given.asked end),
    pg_catalog.json_build_object('entity', 'definition', 'field', 'definition', 'name', given.name, 'version', given.asked))
  from unnest(names, asked, versions) as given(name, asked, version)
  where given.name is not null and given.version is null;
  perform from (
    select distinct given.name collate "C" as name, given.version
    from unnest(names, versions) as given(name, version)
    where given.version is not null
    order by 1, 2
  ) as pinned
  cross join lateral (
    select stored.version
    from holdfast.definitions as stored
    where stored.name = pinned.name and stored.version = pinned.version
    for key share
  ) as locked;
  return versions;
end
$$;

-- The parents of executions, each once. Fails with HF004 for a new execution whose parent neither exists nor comes before it.
create function holdfast.parents_of_saved(ids text[], parent_ids text[], come_before boolean[]) returns text[]
  language plpgsql
  set enable_seqscan = off
  set plan_cache_mode = force_generic_plan
  as $$
begin
  perform holdfast.fail('HF004',
    pg_catalog.format('execution %s, the parent of %s, does not exist: create it first', given.parent_id, given.id),
    pg_catalog.json_build_object('entity', 'execution', 'field', 'parentId', 'id', given.parent_id))
  from unnest(ids, parent_ids, come_before) as given(id, parent_id, comes_before)
  where given.parent_id is not null and not given.comes_before
    and (select parent.version from holdfast.executions as parent where parent.id = given.parent_id) is null
    and (select stored.version from holdfast.executions as stored where stored.id = given.id) is null;
  return array(select distinct given.id from unnest(parent_ids) as given(id) where given.id is not null);
end
$$;

-- The expectations of saves, by id: a token of the lease, a version, or both. Null if there are none.
create function holdfast.expectations(ids text[], tokens bigint[], versions bigint[]) returns jsonb
  language sql immutable parallel safe
  as $$
  select pg_catalog.jsonb_object_agg(given.id, pg_catalog.jsonb_build_object('token', given.token, 'version', given.version))
  from unnest(ids, tokens, versions) as given(id, token, version)
  where given.token is not null or given.version is not null
$$;

-- Whether an execution is as its save expects. Fails with HF002 if the lease is not held, and with HF001 at another version. A new one,
-- at version 0, has no lease, and no version that anybody can have read.
create function holdfast.is_as_expected(execution text, version bigint, expected jsonb) returns boolean
  language plpgsql
  as $$
declare
  token constant bigint := (expected ->> 'token')::bigint;
  expected_version constant bigint := (expected ->> 'version')::bigint;
begin
  if token is not null then
    perform holdfast.hold_lease(execution, token);
  end if;
  return expected_version is null or expected_version = version or holdfast.fail('HF001',
    pg_catalog.format('execution %s is not at the expected version: read it again', execution),
    pg_catalog.json_build_object('entity', 'execution', 'id', execution, 'expected', expected_version, 'actual', version));
end
$$;

-- Whether a save leaves an execution under its parent, and under the task that started it. Fails with HF006 if it names another. Inlined.
create function holdfast.keeps_parent(execution text, parent text, task text, given text, given_task text) returns boolean
  language sql volatile
  as $$
  select (given is null or given = parent) and (given_task is null or given_task = task) or holdfast.fail('HF006',
    pg_catalog.format('execution %s has another parent, which never changes: leave parentId and parentTaskId out', execution),
    pg_catalog.json_build_object('entity', 'execution', 'field', 'parentId', 'id', execution))
$$;

-- Writes executions: see the statement save_executions.
--
-- One command locks the existing rows and inserts the others, in one order, because the existence of rows may change until it reaches
-- them. It compares with each row once that is locked, and locks parents on the way. The sub-selects of given fields are hashed.
create function holdfast.save_executions(
  ids text[], tokens bigint[], versions bigint[], statuses holdfast.status[], strategies holdfast.strategy[], definition_names text[],
  asked text[], parent_ids text[], parent_task_ids text[], come_before boolean[], new_labels jsonb[], inputs json[], states json[],
  kept_states integer[], outputs json[], errors json[]
) returns setof holdfast.execution_summary
  language plpgsql
  -- The plans outlive the time when the tables were empty. Planning each call anew takes as long as a lone save.
  set enable_seqscan = off
  set plan_cache_mode = force_generic_plan
  as $$
declare
  total constant integer := cardinality(ids);
  -- In input order. Numbers drawn for existing rows are lost.
  sequences constant bigint[] := array(select nextval('holdfast.executions_sequence_seq') from generate_series(1, total));
  expected constant jsonb := holdfast.expectations(ids, tokens, versions);
  all_statuses constant boolean := cardinality(array_remove(statuses, null)) = total;
  all_strategies constant boolean := cardinality(array_remove(strategies, null)) = total;
  all_labels constant boolean := cardinality(array_remove(new_labels, null)) = total;
  any_kept constant boolean := array_remove(kept_states, null) <> '{}';
  pinned integer[];
  parents text[] := '{}';
begin
  if array_remove(definition_names, null) <> '{}' then
    pinned := holdfast.pin_definitions(definition_names, asked);
  end if;
  if array_remove(parent_ids, null) <> '{}' then
    parents := holdfast.parents_of_saved(ids, parent_ids, come_before);
  end if;
  return query
    insert into holdfast.executions as stored (id, sequence, version, status, strategy, definition_name, definition_version, parent_id,
      parent_task_id, created_at, updated_at, started_at, finished_at, labels, input, state, keeps_states, output, error)
      overriding system value
    select step.id, step.sequence, 1, coalesce(step.status, 'pending'), coalesce(step.strategy, 'wait_all'), step.definition_name,
      step.pinned, step.parent_id, step.parent_task_id, holdfast.now(), holdfast.now(), holdfast.started_at(null, step.status),
      holdfast.finished_at(null, step.status), coalesce(step.labels, '{}'), step.input, step.state,
      nullif(step.keeps_states, 0), step.output, step.error
    from (
      select given.*
      from unnest((select ids || parents), sequences, statuses, strategies, definition_names, pinned, parent_ids, parent_task_ids, new_labels, inputs,
        states, kept_states, outputs, errors) as given(id, sequence, status, strategy, definition_name, pinned, parent_id, parent_task_id, labels,
        input, state, keeps_states, output, error)
      order by given.id collate "C"
    ) as step
    left join lateral (
      select execution.id from holdfast.executions as execution where step.sequence is null and execution.id = step.id for key share
    ) as parent on true
    -- An ending execution waits for sessions that are adding to it before it is locked as the others are. Otherwise each could wait for
    -- the other.
    left join lateral (
      select execution.id
      from holdfast.executions as execution
      where holdfast.is_terminal(step.status) and execution.id = step.id
      for update
    ) as ending on true
    -- Nothing is inserted for a parent: no id is empty. The condition is on the join, so that the parent is locked first.
    where case when step.sequence is null then parent.id = '' else true end
    order by step.id collate "C"
    on conflict (id) do update set
      version = stored.version + 1,
      status = case
        when all_statuses or excluded.id in (select given.id from unnest(ids, statuses) as given(id, status) where given.status is not null)
        then excluded.status else stored.status
      end,
      strategy = case
        when all_strategies or excluded.id in (
          select given.id from unnest(ids, strategies) as given(id, strategy) where given.strategy is not null
        ) then excluded.strategy else stored.strategy
      end,
      definition_name = coalesce(excluded.definition_name, stored.definition_name),
      definition_version = coalesce(excluded.definition_version, stored.definition_version),
      updated_at = excluded.updated_at, started_at = coalesce(stored.started_at, excluded.started_at),
      finished_at = coalesce(stored.finished_at, excluded.finished_at),
      labels = case
        when all_labels or excluded.id in (select given.id from unnest(ids, new_labels) as given(id, labels) where given.labels is not null)
        then excluded.labels else stored.labels
      end,
      input = coalesce(excluded.input, stored.input), state = coalesce(excluded.state, stored.state),
      keeps_states = case
        when any_kept and excluded.id in (select given.id from unnest(ids, kept_states) as given(id, keep) where given.keep is not null)
        then excluded.keeps_states else stored.keeps_states
      end,
      output = coalesce(excluded.output, stored.output), error = coalesce(excluded.error, stored.error)
    where case
      when expected is null or holdfast.is_as_expected(stored.id, stored.version, expected -> stored.id)
      then holdfast.keeps_parent(stored.id, stored.parent_id, stored.parent_task_id, excluded.parent_id, excluded.parent_task_id)
    end
    returning stored.id,
      case when stored.version > 1 or expected is null or holdfast.is_as_expected(stored.id, 0, expected -> stored.id) then stored.version end,
      stored.status, stored.strategy, stored.definition_name, stored.definition_version, stored.parent_id, stored.parent_task_id, stored.idempotency_key,
      stored.labels, stored.usage, stored.created_at, stored.updated_at, stored.started_at, stored.finished_at;
  if any_kept then
    perform holdfast.trim_former_states(given.id, '', given.keep)
    from (select named.* from unnest(ids, kept_states) as named(id, keep) order by named.id collate "C") as given
    where given.keep is not null;
  end if;
end
$$;

-- The outcome of a creation. `known` is the execution that has the idempotency key, if the creation made none. Fails with HF007 if there
-- is neither: the id is taken. Inlined.
create function holdfast.creation_outcome(is_new boolean, asked_id text, known holdfast.executions, fingerprint text,
  other_fingerprints text) returns text
  language sql volatile
  as $$
  select case
    when is_new then 'created'
    when known.id is null and holdfast.fail('HF007',
      pg_catalog.format('execution %s exists: choose another id, or create it with an idempotency key', asked_id),
      pg_catalog.json_build_object('entity', 'execution', 'id', asked_id)) then null
    when known.fingerprint = creation_outcome.fingerprint
      or known.fingerprint = any (pg_catalog.string_to_array(other_fingerprints, ' ')) then 'replayed'
    else 'mismatch'
  end
$$;
