-- The rule of a schedule, and the time.
-- Index: schedules_pkey.
-- :maybe
select cron, time_zone, every_ms, anchor_at, starts_at, ends_at, next_at, holdfast.now() as "now!"
from holdfast.schedules
where id = :id
