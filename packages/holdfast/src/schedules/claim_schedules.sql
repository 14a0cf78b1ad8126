-- Claims schedules with a due tick, the longest due first, and those whose claim expired. Each comes with its unfinished jobs, as they
-- are once the schedule is locked. The function job_status_of reads them anew: the process that handled the previous tick may have pushed
-- them after this statement began.
-- Index: schedules_available, schedules_pkey, jobs_pkey. Locks: schedules that nobody else has locked.
-- :many
with due as materialized (
  select stored.id
  from holdfast.schedules as stored
  where stored.available_at <= holdfast.now()
  order by stored.available_at
  limit :limit
  for no key update skip locked
), claimed as (
  update holdfast.schedules as stored set
    token = nextval('holdfast.tokens'),
    available_at = holdfast.now() + :leaseMs::bigint * interval '1 millisecond'
  from (
    select found.id
    from unnest(array(select due.id::text from due)) as found(id)
    limit holdfast.at_most((select :limit::bigint))
  ) as taken
  where stored.id = taken.id
  returning stored.id, stored.queue, stored.overlap, stored.catch_up, stored.catch_up_limit, stored.missed_after_ms, stored.cron,
    stored.time_zone, stored.every_ms, stored.anchor_at, stored.starts_at, stored.ends_at, stored.next_at, stored.token,
    stored.last_tick_at, stored.job_ids, stored.job_options, stored.payload
)
select claimed.id as "id!", claimed.queue as "queue!", claimed.overlap as "overlap!", claimed.catch_up as "catch_up!",
  claimed.catch_up_limit as "catch_up_limit!", claimed.missed_after_ms as "missed_after_ms!", claimed.cron as "cron?",
  claimed.time_zone as "time_zone!", claimed.every_ms as "every_ms?", claimed.anchor_at as "anchor_at!",
  claimed.starts_at as "starts_at?", claimed.ends_at as "ends_at?", claimed.next_at as "next_at!", claimed.token as "token!",
  claimed.last_tick_at as "last_tick_at?", claimed.job_options as "job_options!", claimed.payload as "payload?",
  array(
    select given.job_id
    from unnest(claimed.job_ids) with ordinality as given(job_id, position)
    where holdfast.job_status_of(given.job_id) in ('blocked', 'scheduled', 'ready', 'running')
    order by given.position
  ) as "open_jobs!",
  holdfast.now() as "now!"
from claimed
