-- The leases that are held, and the timers and ticks that are due, with the oldest of each.
-- Index: timers_due, timers_claimed, schedules_available.
-- :one unprepared scan: of leases, which has a row a running job or execution
select holdfast.now() as "at!",
  leases.held as "leases!", leases.expired as "expired_leases!", leases.oldest_expired_at as "oldest_expired_at?",
  timers.due as "due_timers!", timers.oldest_due_at as "oldest_due_at?", timers.next_at as "next_timer_at?",
  schedules.late as "late_schedules!", schedules.oldest_late_at as "oldest_late_at?", schedules.next_at as "next_tick_at?"
from (
  select count(*) as held, count(*) filter (where lease.lease_until < holdfast.now()) as expired,
    min(lease.lease_until) filter (where lease.lease_until < holdfast.now()) as oldest_expired_at
  from (
    select one.lease_until from holdfast.leases as one
    union all
    select chunk.lease_until from holdfast.lease_chunks as chunk
    cross join lateral generate_series(1, holdfast.count_running(chunk))
  ) as lease
) as leases
cross join (
  select (
      select count(*) from (
        select from holdfast.timers as stored
        where stored.status = 'scheduled' and stored.fire_at <= holdfast.now() limit :countUpTo::integer
      ) as counted
    ) as due,
    (
      select stored.fire_at from holdfast.timers as stored
      where stored.status = 'scheduled' and stored.fire_at <= holdfast.now()
      order by stored.fire_at, stored.sequence limit 1
    ) as oldest_due_at,
    (
      select stored.fire_at from holdfast.timers as stored
      where stored.status = 'scheduled' and stored.fire_at > holdfast.now()
      order by stored.fire_at, stored.sequence limit 1
    ) as next_at
) as timers
cross join (
  select count(*) filter (where stored.available_at <= holdfast.now()) as late,
    min(stored.available_at) filter (where stored.available_at <= holdfast.now()) as oldest_late_at,
    min(stored.available_at) filter (where stored.available_at > holdfast.now()) as next_at
  from holdfast.schedules as stored
  where stored.available_at is not null
) as schedules
