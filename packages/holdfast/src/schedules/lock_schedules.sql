-- Locks schedules and returns their state in input order, with their unfinished jobs, as they are once locked. Runs behind
-- holdfast.lock_keys if a schedule may be about to be created.
-- Index: schedules_pkey, jobs_pkey. Locks: schedules in id order.
-- :many
with locked as materialized (
  select input.id as given_id, input.position, stored.id, stored.status, stored.cron, stored.time_zone, stored.every_ms,
    stored.anchor_at, stored.starts_at, stored.ends_at, stored.next_at, stored.last_tick_at, stored.version, stored.overlap,
    stored.queue, stored.job_ids, stored.job_options, stored.payload
  from (
    select given.id, given.position
    from unnest((select :ids::text[])) with ordinality as given(id, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select schedule.id, schedule.status, schedule.cron, schedule.time_zone, schedule.every_ms, schedule.anchor_at, schedule.starts_at,
      schedule.ends_at, schedule.next_at, schedule.last_tick_at, schedule.version, schedule.overlap, schedule.queue,
      schedule.job_ids, schedule.job_options, schedule.payload
    from holdfast.schedules as schedule
    where schedule.id = input.id
    for no key update
  ) as stored on true
)
select locked.id as "id?", locked.status as "status?", locked.cron as "cron?", locked.time_zone as "time_zone?",
  locked.every_ms as "every_ms?", locked.anchor_at as "anchor_at?", locked.starts_at as "starts_at?", locked.ends_at as "ends_at?",
  locked.next_at as "next_at?", locked.last_tick_at as "last_tick_at?", locked.version as "version?",
  locked.overlap as "overlap?", locked.queue as "queue?", locked.job_options as "job_options?", locked.payload as "payload?",
  array(
    select given.job_id
    from unnest(locked.job_ids) with ordinality as given(job_id, position)
    where holdfast.job_status_of(given.job_id) in ('blocked', 'scheduled', 'ready', 'running')
    order by given.position
  ) as "open_jobs!",
  holdfast.now() as "now!"
from locked
order by locked.position
