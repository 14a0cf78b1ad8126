-- Counts the schedules that remove_expired_schedules would remove in all.
-- Index: schedules_ended.
-- :one
select count(*) as "expired!"
from holdfast.schedules as schedule
where schedule.status = 'ended'
  and greatest(schedule.updated_at, schedule.ends_at) <= holdfast.now() - :keepMs::bigint * interval '1 millisecond'
