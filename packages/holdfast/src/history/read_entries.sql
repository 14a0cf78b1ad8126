-- The entries of an execution by number, from a given one on and after another; for a fork, including shared ones.
-- Index: history_forks_pkey, history_entries_pkey.
-- :many both-orders
select entry.number as "number!", entry.position as "position!", entry.kind as "kind!", entry.recorded_at as "recorded_at!",
  entry.payload as "payload?"
from holdfast.history_lineage(:executionId) as part
cross join lateral (
  select stored.number, stored.position, stored.kind, stored.recorded_at, stored.payload
  from holdfast.history_entries as stored
  where stored.execution_id = part.owner_id and stored.number >= greatest(part.above + 1, :from)
    and stored.number <= part.through and stored.number > :after
  order by stored.number
  limit :limit
) as entry
order by entry.number
limit :limit
