-- Makes executions out of others, one a row of input, that share the first entries of their histories; answers in input order what
-- became of each, and at which number it was forked. Definition, strategy and, where none are given, labels and input are the
-- source's. Where the id is that of the same fork already, it is left as it is. Fails and writes nothing where the id is taken
-- otherwise (HF007), without the source, the parent or the entry (HF004), and where too many forks would lie behind each other (HF001).
-- Runs under the locks of lock_fork_keys and lock_fork_sources.
-- Index: executions_pkey, history_heads_pkey, history_forks_pkey, history_entries_pkey. Locks: its new rows, which are
-- inserted in id order; their order of creation is that of the input.
-- :many
with input as materialized (
  select given.source_id collate "C" as source_id, given.id collate "C" as id, given.at, given.parent_id, given.status, given.labels,
    given.input, given.state, given.position, nextval('holdfast.executions_sequence_seq') as sequence
  from unnest((select :sourceIds::text[]), :ids::text[], :ats?::bigint[], :parentIds?::text[], :statuses::holdfast.status[], :labels?::jsonb[],
      :inputs?::json[], :states?::json[])
    with ordinality as given(source_id, id, at, parent_id, status, labels, input, state, position)
), resolved as materialized (
  select input.source_id, input.id, coalesce(known.origin_number, input.at, newest.number, 0) as at, input.parent_id, input.status,
    coalesce(input.labels, source.labels) as labels, coalesce(input.input, source.input) as input, input.state, input.position, input.sequence,
    source.id is not null as has_source, source.strategy, source.definition_name, source.definition_version,
    coalesce(newest.number, 0) as last, coalesce(head.transaction, pg_current_xact_id()) as transaction,
    taken.version is not null as is_taken,
    known.origin_id = input.source_id and known.origin_number = coalesce(input.at, known.origin_number) as is_known,
    (select count(*) from holdfast.history_lineage(input.source_id)) as depth
  from input
  left join lateral (
    select stored.id, stored.strategy, stored.definition_name, stored.definition_version, stored.labels, stored.input
    from holdfast.executions as stored
    where stored.id = input.source_id
    limit 1
  ) as source on true
  left join lateral (
    select stored.transaction
    from holdfast.history_heads as stored
    where stored.execution_id = input.source_id
    limit 1
  ) as head on true
  -- Not by the number of the next entry: retention takes the newest entries first, and may be on its way.
  left join lateral (
    select entry.number
    from holdfast.history_lineage(input.source_id) as part
    cross join lateral (
      select stored.number
      from holdfast.history_entries as stored
      where stored.execution_id = part.owner_id and stored.number > part.above and stored.number <= part.through
      order by stored.number desc
      limit 1
    ) as entry
    order by entry.number desc
    limit 1
  ) as newest on true
  left join lateral (
    select stored.version from holdfast.executions as stored where stored.id = input.id limit 1
  ) as taken on true
  left join lateral (
    select stored.origin_id, stored.origin_number
    from holdfast.history_forks as stored
    where stored.execution_id = input.id
    limit 1
  ) as known on true
), checked as materialized (
  select resolved.source_id, resolved.id, resolved.sequence, resolved.at, resolved.parent_id, resolved.status, resolved.labels, resolved.input,
    resolved.state, resolved.strategy, resolved.definition_name, resolved.definition_version, resolved.transaction
  from resolved
  where case
    when resolved.is_known then false
    when resolved.is_taken then
      holdfast.fail('HF007', format('execution %s exists: choose another id', resolved.id),
        json_build_object('entity', 'execution', 'id', resolved.id))
    when not resolved.has_source then
      holdfast.fail('HF004', format('execution %s does not exist: fork one that does', resolved.source_id),
        json_build_object('entity', 'execution', 'id', resolved.source_id))
    when resolved.at > resolved.last then
      holdfast.fail('HF004', format('execution %s has no entry %s: its last is %s', resolved.source_id, resolved.at, resolved.last),
        json_build_object('entity', 'history', 'field', 'at', 'executionId', resolved.source_id, 'expected', resolved.at,
          'actual', resolved.last))
    when resolved.depth > 100 then
      holdfast.fail('HF001', format('execution %s has 100 forks behind it, and may not be forked again: fork one of those',
        resolved.source_id), json_build_object('entity', 'execution', 'id', resolved.source_id, 'depth', 100))
    when resolved.parent_id is not null
      and (select parent.id from holdfast.executions as parent where parent.id = resolved.parent_id) is null
    then
      holdfast.fail('HF004', format('execution %s, the parent of %s, does not exist: create it first', resolved.parent_id, resolved.id),
        json_build_object('entity', 'execution', 'field', 'parentId', 'id', resolved.parent_id))
    else true
  end
), written as (
  insert into holdfast.executions as stored (id, sequence, version, status, strategy, definition_name, definition_version, parent_id,
    created_at, updated_at, started_at, labels, input, state) overriding system value
  select checked.id, checked.sequence, 1, checked.status, checked.strategy, checked.definition_name, checked.definition_version, checked.parent_id,
    holdfast.now(), holdfast.now(), holdfast.started_at(null, checked.status), checked.labels, checked.input, checked.state
  from checked
  order by checked.id
), heads as (
  insert into holdfast.history_heads (execution_id, next, transaction)
  select checked.id, checked.at + 1, checked.transaction
  from checked
), forks as (
  insert into holdfast.history_forks (execution_id, source_id, shared, origin_id, origin_number)
  select checked.id, case when checked.at > 0 then checked.source_id end, checked.at, checked.source_id, checked.at
  from checked
)
select case when resolved.is_known then 'replayed' else 'created' end as "outcome!", resolved.at as "at!"
from resolved
order by resolved.position
