-- Writes executions that are given by their ids in order, refer to nothing else and expect nothing, as `save_executions` does: by one
-- write of each, instead of a look, a lock and a write. All of them give the same: a status, a strategy and labels or none.
-- Index: executions_pkey. Locks: executions in id order, in which new rows are inserted too.
-- :many
insert into holdfast.executions as stored (id, version, status, strategy, created_at, updated_at, started_at, finished_at, labels,
  input, state, output, error)
select given.id, 1, coalesce(given.status, 'pending'), coalesce(given.strategy, 'wait_all'), holdfast.now(), holdfast.now(),
  holdfast.started_at(null, given.status), holdfast.finished_at(null, given.status), coalesce(given.labels, '{}'),
  given.input, given.state, given.output, given.error
from unnest((select :ids::text[]), :statuses?::holdfast.status[], :strategies?::holdfast.strategy[], :labels?::jsonb[],
    :inputs?::json[], :states?::json[], :outputs?::json[], :errors?::json[])
  as given(id, status, strategy, labels, input, state, output, error)
order by given.id collate "C"
on conflict (id) do update set
  version = stored.version + 1,
  status = case when :hasStatus::boolean then excluded.status else stored.status end,
  strategy = case when :hasStrategy::boolean then excluded.strategy else stored.strategy end,
  updated_at = excluded.updated_at,
  started_at = holdfast.started_at(stored.started_at, case when :hasStatus then excluded.status else stored.status end),
  finished_at = holdfast.finished_at(stored.finished_at, case when :hasStatus then excluded.status else stored.status end),
  labels = case when :hasLabels::boolean then excluded.labels else stored.labels end,
  input = coalesce(excluded.input, stored.input), state = coalesce(excluded.state, stored.state),
  output = coalesce(excluded.output, stored.output), error = coalesce(excluded.error, stored.error)
returning stored.id as "id!", stored.version as "version!", stored.status as "status!", stored.strategy as "strategy!",
  stored.definition_name as "definition_name?", stored.definition_version as "definition_version?", stored.parent_id as "parent_id?",
  stored.idempotency_key as "idempotency_key?", stored.labels as "labels!", stored.usage as "usage!",
  stored.created_at as "created_at!", stored.updated_at as "updated_at!", stored.started_at as "started_at?",
  stored.finished_at as "finished_at?"
