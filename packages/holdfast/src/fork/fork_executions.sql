-- Creates forks, one per input row: executions that share the first entries of another one's history. Returns in input order each outcome
-- and the number of the last shared entry. Definition and strategy are the source's, and so are labels and input if none are given. An
-- existing fork stays as it is. If holdfast.fork_point fails, nothing is written. Runs under the locks of lock_fork_keys and
-- lock_fork_sources.
-- Index: executions_pkey, history_heads_pkey, history_forks_pkey, history_entries_pkey. Locks: parents, shared, in id order; then its new
-- rows, which are inserted in id order. They are created in input order.
-- :many
with input as materialized (
  select given.source_id collate "C" as source_id, given.id collate "C" as id, given.at, given.parent_id, given.parent_task_id, given.status, given.labels,
    given.input, given.state, given.trace_context, given.position, nextval('holdfast.executions_sequence_seq') as sequence
  from unnest((select :sourceIds::text[]), :ids::text[], :ats?::bigint[], :parentIds?::text[], :parentTaskIds?::text[],
      :statuses::holdfast.status[], :labels?::jsonb[], :inputs?::json[], :states?::json[], :traceContexts?::text[])
    with ordinality as given(source_id, id, at, parent_id, parent_task_id, status, labels, input, state, trace_context, position)
), resolved as materialized (
  select input.position, input.source_id, input.id, input.sequence, input.parent_id, input.parent_task_id, input.status, input.state,
    input.trace_context, point.is_known, point.at, point.strategy, point.definition_name, point.definition_version, coalesce(input.labels, point.labels) as labels,
    coalesce(input.input, point.input) as input, point.transaction
  from (
    select each.position, each.source_id, each.id, each.sequence, each.at, each.parent_id, each.parent_task_id, each.status, each.labels, each.input,
      each.state, each.trace_context
    from input as each
    order by each.parent_id collate "C", each.id
  ) as input
  cross join lateral holdfast.fork_point(input.source_id, input.id, input.at, input.parent_id) as point
), made as (
  insert into holdfast.executions as stored (id, sequence, version, status, strategy, definition_name, definition_version, parent_id,
    parent_task_id, created_at, updated_at, started_at, labels, input, state, trace_context) overriding system value
  select resolved.id, resolved.sequence, 1, resolved.status, resolved.strategy, resolved.definition_name, resolved.definition_version,
    resolved.parent_id, resolved.parent_task_id, holdfast.now(), holdfast.now(), holdfast.started_at(null, resolved.status), resolved.labels, resolved.input,
    resolved.state, resolved.trace_context
  from resolved
  where not resolved.is_known
  order by resolved.id
), headed as (
  insert into holdfast.history_heads (execution_id, next, transaction)
  select resolved.id, resolved.at + 1, resolved.transaction
  from resolved
  where not resolved.is_known
), forked as (
  insert into holdfast.history_forks (execution_id, source_id, shared, origin_id, origin_number)
  select resolved.id, case when resolved.at > 0 then resolved.source_id end, resolved.at, resolved.source_id, resolved.at
  from resolved
  where not resolved.is_known
)
select case when resolved.is_known then 'replayed' else 'created' end as "outcome!", resolved.at as "at!"
from resolved
order by resolved.position
