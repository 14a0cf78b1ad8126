-- The newest entry of an execution. For a fork without its own entries, the last shared one.
-- Index: history_forks_pkey, history_entries_pkey.
-- :maybe
select entry.number as "number!", entry.position as "position!", entry.kind as "kind!", entry.recorded_at as "recorded_at!",
  entry.payload as "payload?"
from holdfast.history_lineage(:executionId) as part
cross join lateral (
  select stored.number, stored.position, stored.kind, stored.recorded_at, stored.payload
  from holdfast.history_entries as stored
  where stored.execution_id = part.owner_id and stored.number > part.above and stored.number <= part.through
  order by stored.number desc
  limit 1
) as entry
order by entry.number desc
limit 1
