-- Changes what is given of each execution, leaves the rest, adds one to its version, and answers in input order. Labels are
-- merged, usage is added. Fails with HF004 where there is none, HF002 where a token does not hold the lease, HF001 where another
-- version is expected, HF003 for a status that cannot follow the stored one.
-- Index: executions_pkey. Locks: executions in id order.
-- :many
with input as (
  select given.id, given.token, given.expected, given.status, given.labels, given.usage, given.state, given.output, given.error,
    given.position
  from unnest((select :ids::text[]), :tokens?::bigint[], :expected?::bigint[], :statuses?::holdfast.status[], :labels?::jsonb[], :usages?::jsonb[],
      :states?::json[], :outputs?::json[], :errors?::json[])
    with ordinality as given(id, token, expected, status, labels, usage, state, output, error, position)
  order by given.id collate "C"
), current as materialized (
  select input.id, input.token, input.expected, input.status, input.labels, input.usage, input.state, input.output, input.error,
    input.position, stored.version, stored.row_token, stored.lease_until
  from input
  -- One that ends waits for who adds to it before it is locked as the others are: else each could wait for the other.
  left join lateral (
    select execution.id
    from holdfast.executions as execution
    where execution.id = input.id and holdfast.is_terminal(input.status)
    for update
  ) as ending on true
  left join lateral (
    select execution.version, execution.token as row_token, execution.lease_until
    from holdfast.executions as execution
    where execution.id = input.id
    for no key update
  ) as stored on true
), checked as materialized (
  select current.id, current.status, current.labels, current.usage, current.state, current.output, current.error, current.position
  from current
  where case
    when current.version is null then
      holdfast.fail('HF004', format('execution %s does not exist: create it first', current.id),
        json_build_object('entity', 'execution', 'id', current.id))
    when current.token is not null and holdfast.holds(current.row_token, current.lease_until, current.token) is not true then
      holdfast.fail('HF002', format('the lease of execution %s is no longer held: stop its work', current.id),
        json_build_object('entity', 'execution', 'id', current.id, 'token', current.token))
    when current.expected <> current.version then
      holdfast.fail('HF001', format('execution %s is not at the expected version: read it again', current.id),
        json_build_object('entity', 'execution', 'id', current.id, 'expected', current.expected, 'actual', current.version))
    else true
  end
  -- Cuts nothing. It makes the planner expect one row, and so go by the index even in a plan from when the table was empty.
  limit cardinality(:ids::text[])
), changed as (
  update holdfast.executions as stored set
    version = stored.version + 1,
    status = coalesce(checked.status, stored.status),
    updated_at = holdfast.now(),
    started_at = holdfast.started_at(stored.started_at, coalesce(checked.status, stored.status)),
    finished_at = holdfast.finished_at(stored.finished_at, coalesce(checked.status, stored.status)),
    labels = case when checked.labels is null then stored.labels else holdfast.merge_labels(stored.labels, checked.labels) end,
    usage = case when checked.usage is null then stored.usage else holdfast.add_usage(stored.usage, checked.usage) end,
    state = coalesce(checked.state, stored.state),
    output = coalesce(checked.output, stored.output),
    error = coalesce(checked.error, stored.error)
  from checked
  where stored.id = checked.id
  returning stored.id, stored.version, stored.status, stored.strategy, stored.definition_name, stored.definition_version,
    stored.parent_id, stored.idempotency_key, stored.labels, stored.usage, stored.created_at, stored.updated_at, stored.started_at,
    stored.finished_at, checked.position
)
select changed.id as "id!", changed.version as "version!", changed.status as "status!", changed.strategy as "strategy!",
  changed.definition_name as "definition_name?", changed.definition_version as "definition_version?",
  changed.parent_id as "parent_id?", changed.idempotency_key as "idempotency_key?", changed.labels as "labels!",
  changed.usage as "usage!", changed.created_at as "created_at!", changed.updated_at as "updated_at!",
  changed.started_at as "started_at?", changed.finished_at as "finished_at?"
from changed
order by changed.position
