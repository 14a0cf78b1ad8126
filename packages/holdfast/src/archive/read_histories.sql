-- The entries of executions, including those that forks share with others, after an execution and a number, as text.
-- Index: history_forks_pkey, history_entries_pkey.
-- :many unprepared
select given.id as "execution_id!", entry.number::text as "number!", entry.position::text as "position!", entry.kind::text as "kind!",
  to_json(entry.recorded_at) #>> '{}' as "recorded_at!", entry.payload::text as "payload?"
from unnest(:ids::text[]) as given(id)
cross join lateral holdfast.history_lineage(given.id) as part
cross join lateral (
  select stored.number, stored.position, stored.kind, stored.recorded_at, stored.payload
  from holdfast.history_entries as stored
  where stored.execution_id = part.owner_id and stored.number > part.above and stored.number <= part.through
    and (given.id collate "C" <> :afterId or stored.number > :afterNumber)
  order by stored.number
  limit :limit
) as entry
where given.id collate "C" >= :afterId
order by given.id collate "C", entry.number
limit :limit
