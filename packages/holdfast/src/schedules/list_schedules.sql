-- Schedules by id, after an id, optionally of a queue and in a status.
-- Index: schedules_of_queue, schedules_of_state, schedules_pkey.
-- :many both-orders unprepared
select id, queue, status, overlap, catch_up, catch_up_limit, missed_after_ms, cron, time_zone, every_ms, anchor_at, starts_at, ends_at,
  next_at, version, created_at, updated_at, paused_at, last_tick_at, missed_from, missed_to, pushed_count, skipped_count,
  job_options, payload
from holdfast.schedules
where id > :after
  and (:queue?::text is null or queue = :queue)
  and (:status?::holdfast.schedule_status is null or status = :status)
order by id
limit :limit
