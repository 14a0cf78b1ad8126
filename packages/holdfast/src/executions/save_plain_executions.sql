-- Writes executions that refer to nothing else and expect nothing, as `save_executions` does. All of them give the same: a status, a
-- strategy and labels or none.
-- Index: executions_pkey. Locks: executions in id order, in which new rows are inserted too; their order of creation is that of the
-- input.
-- :many
with input as materialized (
  select given.id, given.status, given.strategy, given.labels, given.input, given.state, given.output, given.error,
    nextval('holdfast.executions_sequence_seq') as sequence
  from unnest((select :ids::text[]), :statuses?::holdfast.status[], :strategies?::holdfast.strategy[], :labels?::jsonb[],
      :inputs?::json[], :states?::json[], :outputs?::json[], :errors?::json[])
    as given(id, status, strategy, labels, input, state, output, error)
)
insert into holdfast.executions as stored (id, sequence, version, status, strategy, created_at, updated_at, started_at, finished_at, labels,
  input, state, output, error) overriding system value
select input.id, input.sequence, 1, coalesce(input.status, 'pending'), coalesce(input.strategy, 'wait_all'), holdfast.now(), holdfast.now(),
  holdfast.started_at(null, input.status), holdfast.finished_at(null, input.status), coalesce(input.labels, '{}'),
  input.input, input.state, input.output, input.error
from input
order by input.id collate "C"
on conflict (id) do update set
  version = stored.version + 1,
  status = case when :hasStatus::boolean then excluded.status else stored.status end,
  strategy = case when :hasStrategy::boolean then excluded.strategy else stored.strategy end,
  updated_at = excluded.updated_at,
  started_at = coalesce(stored.started_at, excluded.started_at),
  finished_at = coalesce(stored.finished_at, excluded.finished_at),
  labels = case when :hasLabels::boolean then excluded.labels else stored.labels end,
  input = coalesce(excluded.input, stored.input), state = coalesce(excluded.state, stored.state),
  output = coalesce(excluded.output, stored.output), error = coalesce(excluded.error, stored.error)
returning stored.id as "id!", stored.version as "version!", stored.status as "status!", stored.strategy as "strategy!",
  stored.definition_name as "definition_name?", stored.definition_version as "definition_version?", stored.parent_id as "parent_id?",
  stored.idempotency_key as "idempotency_key?", stored.labels as "labels!", stored.usage as "usage!",
  stored.created_at as "created_at!", stored.updated_at as "updated_at!", stored.started_at as "started_at?",
  stored.finished_at as "finished_at?"
