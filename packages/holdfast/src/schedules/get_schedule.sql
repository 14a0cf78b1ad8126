-- Reads a schedule by id.
-- Index: schedules_pkey.
-- :maybe
select id, queue, status, overlap, catch_up, catch_up_limit, missed_after_ms, cron, time_zone, every_ms, anchor_at, starts_at, ends_at,
  next_at, version, created_at, updated_at, paused_at, last_tick_at, missed_from, missed_to, pushed_count, skipped_count,
  job_options, payload
from holdfast.schedules
where id = :id
