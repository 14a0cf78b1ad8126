-- The entries of executions behind given numbers, including those that forks share and those of this transaction. At most 1,000 of each
-- execution, by number.
-- Index: history_forks_pkey, history_entries_pkey.
-- :many
select given.ordinal as "ordinal!", entry.number as "number!", entry.position as "position!", entry.kind as "kind!",
  entry.recorded_at as "recorded_at!", entry.payload as "payload?"
from unnest((select :executionIds::text[]), :afters::bigint[]) with ordinality as given(execution_id, after, ordinal)
cross join lateral (
  select shared.number, shared.position, shared.kind, shared.recorded_at, shared.payload
  from holdfast.history_lineage(given.execution_id) as part
  cross join lateral (
    select stored.number, stored.position, stored.kind, stored.recorded_at, stored.payload
    from holdfast.history_entries as stored
    where stored.execution_id = part.owner_id and stored.number > greatest(part.above, given.after) and stored.number <= part.through
    order by stored.number
    limit 1000
  ) as shared
  order by shared.number
  limit 1000
) as entry
order by given.ordinal, entry.number
