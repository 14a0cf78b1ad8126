-- Changes the given fields of each execution, leaves the rest, adds one to its version, and answers in input order. Labels are merged,
-- usage is added. Fails with HF004 if an execution does not exist, and with HF002 if a token does not hold the lease. Fails with HF001 at
-- another version than expected, and with HF003 for a status that cannot follow the stored one. Written as an insert that always finds
-- its row, because an insert waits only at the newest row version. An update begins at the version of its snapshot. A session that has
-- locked the newest version would wait for one that is still on its way there.
-- Index: executions_pkey, leases_pkey. Locks: executions in id order, and after each its lease.
-- :many
with input as materialized (
  select given.id collate "C" as id, given.token, given.expected, given.status, given.labels, given.usage, given.state, given.output,
    given.error, given.position
  from unnest((select :ids::text[]), :tokens?::bigint[], :expected?::bigint[], :statuses?::holdfast.status[], :labels?::jsonb[], :usages?::jsonb[],
      :states?::json[], :outputs?::json[], :errors?::json[])
    with ordinality as given(id, token, expected, status, labels, usage, state, output, error, position)
), changed as (
  insert into holdfast.executions as stored (id, sequence, version, status, strategy, created_at, updated_at, started_at, finished_at,
    labels, usage, state, output, error) overriding system value
  select input.id, 0, 0, coalesce(input.status, 'pending'), 'wait_all', holdfast.now(), holdfast.now(),
    holdfast.started_at(null, input.status), holdfast.finished_at(null, input.status), coalesce(input.labels, '{}'),
    coalesce(input.usage, '{}'), input.state, input.output, input.error
  from (
    select each.id, each.status, each.labels, each.usage, each.state, each.output, each.error from input as each order by each.id
  ) as input
  -- An ending execution waits for sessions that are adding to it before it is locked as the others are. Otherwise each could wait for the
  -- other.
  left join lateral (
    select execution.id
    from holdfast.executions as execution
    where execution.id = input.id and holdfast.is_terminal(input.status)
    for update
  ) as ending on true
  where case
    when (select present.version from holdfast.executions as present where present.id = input.id) is null then
      holdfast.fail('HF004', format('execution %s does not exist: create it first', input.id),
        json_build_object('entity', 'execution', 'id', input.id))
    else true
  end
  order by input.id
  on conflict (id) do update set
    version = stored.version + 1,
    status = case when excluded.id in (select input.id from input where input.status is not null) then excluded.status else stored.status end,
    updated_at = excluded.updated_at,
    started_at = coalesce(stored.started_at, excluded.started_at),
    finished_at = coalesce(stored.finished_at, excluded.finished_at),
    labels = case when excluded.labels = '{}' then stored.labels else holdfast.merge_labels(stored.labels, excluded.labels) end,
    usage = case when excluded.usage = '{}' then stored.usage else holdfast.add_usage(stored.usage, excluded.usage) end,
    state = coalesce(excluded.state, stored.state),
    output = coalesce(excluded.output, stored.output),
    error = coalesce(excluded.error, stored.error)
  where case
    when excluded.id in (select input.id from input where input.token is not null)
      and not holdfast.hold_lease(stored.id, (select input.token from input where input.id = stored.id))
    then false
    when excluded.id in (select input.id from input where input.expected is not null)
      and (stored.id, stored.version) not in (select input.id, input.expected from input where input.expected is not null)
    then
      holdfast.fail('HF001', format('execution %s is not at the expected version: read it again', stored.id),
        json_build_object('entity', 'execution', 'id', stored.id,
          'expected', (select input.expected from input where input.id = stored.id), 'actual', stored.version))
    else true
  end
  returning stored.id, stored.version, stored.status, stored.strategy, stored.definition_name, stored.definition_version,
    stored.parent_id, stored.parent_task_id, stored.idempotency_key, stored.labels, stored.usage, stored.created_at,
    stored.updated_at, stored.started_at, stored.finished_at
)
select changed.id as "id!", changed.version as "version!", changed.status as "status!", changed.strategy as "strategy!",
  changed.definition_name as "definition_name?", changed.definition_version as "definition_version?",
  changed.parent_id as "parent_id?", changed.parent_task_id as "parent_task_id?",
  changed.idempotency_key as "idempotency_key?", changed.labels as "labels!",
  changed.usage as "usage!", changed.created_at as "created_at!", changed.updated_at as "updated_at!",
  changed.started_at as "started_at?", changed.finished_at as "finished_at?",
  coalesce(changed.finished_at = changed.updated_at, false) and (
    select former.finished_at from holdfast.executions as former where former.id = changed.id limit 1
  ) is null as "ends!"
from input
-- All of them match. A full join is never a nested loop, which the planner would choose for another join because it expects few rows.
full join changed on changed.id = input.id
where case
  -- It was removed after this statement began: the row that would be inserted instead has no version.
  when changed.version = 0 then
    holdfast.fail('HF004', format('execution %s does not exist: create it first', input.id),
      json_build_object('entity', 'execution', 'id', input.id))
  else true
end
order by input.position
