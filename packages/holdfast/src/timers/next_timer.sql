-- When the next timer can be claimed: the earliest scheduled time, end of a claim or expiry of a wait. In whole milliseconds, and never
-- early. Also returns the delay from now, by the database's clock. No row if there is no timer.
-- Index: timers_due, timers_claimed, waits_expiring (one entry each).
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
    ),
    (
      select stored.expires_at from holdfast.waits as stored
      where not stored.is_park and stored.expires_at is not null
      order by stored.expires_at, stored.sequence limit 1
    )
  ) as due_at
)
select earliest.due_at as "at!",
  greatest(ceil(extract(epoch from earliest.due_at - holdfast.now()) * 1000), 0)::float8 as "in_ms!"
from earliest
where earliest.due_at is not null
