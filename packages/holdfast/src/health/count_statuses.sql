-- How many rows each noun has in each status, up to a limit. Jobs are counted by queue.
-- Index: executions_status, tasks_status, timers_due, timers_claimed, timers_ended, schedules_of_state, waits_pkey, events_kept.
-- :many unprepared scan: of a table that most rows of a status fill, which is read up to the limit
select 'executions' as "noun!", known.status::text as "status!", (
    select count(*) from (
      select from holdfast.executions as stored where stored.status = known.status limit :countUpTo::integer
    ) as counted
  ) as "count!"
from unnest(enum_range(null::holdfast.status)) as known(status)
union all
select 'tasks', known.status::text, (
    select count(*) from (
      select from holdfast.tasks as stored where stored.status = known.status limit :countUpTo
    ) as counted
  )
from unnest(enum_range(null::holdfast.status)) as known(status)
union all
select 'timers', known.status::text, (
    select count(*) from (
      select from holdfast.timers as stored where stored.status = known.status limit :countUpTo
    ) as counted
  )
from unnest(enum_range(null::holdfast.timer_status)) as known(status)
union all
select 'schedules', known.status::text, (
    select count(*) from (
      select from holdfast.schedules as stored where stored.status = known.status limit :countUpTo
    ) as counted
  )
from unnest(enum_range(null::holdfast.schedule_status)) as known(status)
union all
select 'definitions', known.status::text, (
    select count(*) from (
      select from holdfast.definitions as stored where stored.status = known.status limit :countUpTo
    ) as counted
  )
from unnest(enum_range(null::holdfast.definition_status)) as known(status)
union all
select 'waits', 'waiting', (
    select count(*) from (select from holdfast.waits limit :countUpTo) as counted
  )
union all
select 'events', 'kept', (
    select count(*) from (
      select from holdfast.events as stored
      where stored.consumed_at is null and stored.expires_at > holdfast.now() limit :countUpTo
    ) as counted
  )
