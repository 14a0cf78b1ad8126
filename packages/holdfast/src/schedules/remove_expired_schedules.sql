-- Removes at most `limit` schedules that ended, and have not changed since, at least this long ago, oldest first. Returns their number.
-- Index: schedules_ended. Locks: schedules, skipping those that others hold.
-- :one
with removed as (
  delete from holdfast.schedules as stored
  where stored.ctid = any(array(
    select schedule.ctid
    from holdfast.schedules as schedule
    where schedule.status = 'ended'
      and greatest(schedule.updated_at, schedule.ends_at) <= holdfast.now() - :keepMs::bigint * interval '1 millisecond'
    order by greatest(schedule.updated_at, schedule.ends_at)
    limit :limit
    for update skip locked
  ))
  returning stored.id
)
select count(*) as "removed!"
from removed
