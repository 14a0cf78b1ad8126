-- The rules of the active schedules that are due first, and the time.
-- Index: schedules_available (as many entries as the limit).
-- :many
select id, queue, cron, time_zone, every_ms, anchor_at, starts_at, ends_at, next_at as "next_at!"
from holdfast.schedules
where available_at is not null
order by available_at
limit :limit
