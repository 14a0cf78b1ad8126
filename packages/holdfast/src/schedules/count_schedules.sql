-- How many schedules there are: of a queue, in a state.
-- Index: schedules_of_queue, schedules_of_state.
-- :one unprepared scan: counting without filters reads all
select count(*) as "count!"
from holdfast.schedules
where (:queue?::text is null or queue = :queue)
  and (:state?::holdfast.schedule_state is null or state = :state)
