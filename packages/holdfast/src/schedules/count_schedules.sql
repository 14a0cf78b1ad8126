-- Counts schedules, optionally of a queue or in a status.
-- Index: schedules_of_queue, schedules_of_state.
-- :one unprepared scan: counting without filters reads all
select count(*) as "count!"
from holdfast.schedules
where (:queue?::text is null or queue = :queue)
  and (:status?::holdfast.schedule_status is null or status = :status)
