-- When a tick can next be claimed, in whole milliseconds and never early, with the delay from now by the database's clock. No row if none
-- comes.
-- Index: schedules_available (one entry).
-- :maybe
with earliest as materialized (
  select date_trunc('milliseconds', stored.available_at + interval '999 microseconds') as due_at
  from holdfast.schedules as stored
  where stored.available_at is not null
  order by stored.available_at
  limit 1
)
select earliest.due_at as "at!",
  greatest(ceil(extract(epoch from earliest.due_at - holdfast.now()) * 1000), 0)::float8 as "in_ms!"
from earliest
