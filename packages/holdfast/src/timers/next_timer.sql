-- When the next timer can be claimed: the earliest scheduled moment or end of a claim, in whole milliseconds and never early. Also
-- answers how long that is from now, by the database's clock. No row if there is no timer.
-- Index: timers_due, timers_claimed (one entry each).
-- :maybe
with earliest as materialized (
  select least(
    (
      select stored.fire_at from holdfast.timers as stored
      where stored.status = 'scheduled' order by stored.fire_at, stored.sequence limit 1
    ),
    (
      select date_trunc('milliseconds', stored.lease_until + interval '999 microseconds') from holdfast.timers as stored
      where stored.status = 'claimed' order by stored.lease_until limit 1
    )
  ) as due_at
)
select earliest.due_at as "at!",
  greatest(ceil(extract(epoch from earliest.due_at - holdfast.now()) * 1000), 0)::float8 as "in_ms!"
from earliest
where earliest.due_at is not null
