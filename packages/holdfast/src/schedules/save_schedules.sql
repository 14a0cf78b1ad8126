-- Creates schedules, or updates existing ones, and returns in input order what is stored. A paused schedule stays paused. Its counters,
-- and the jobs that its overlap policy considers, stay too. Claims of its ticks are lost: the token moves on. Runs behind lock_schedules,
-- whose caller computed the next ticks.
-- Index: schedules_pkey. Locks: schedules, which are locked already.
-- :many
with input as (
  select given.id, given.queue, given.overlap, given.catch_up, given.catch_up_limit, given.missed_after_ms, given.cron,
    given.time_zone, given.every_ms, given.anchor_at, given.starts_at, given.ends_at, given.next_at, given.is_paused,
    given.job_options, given.payload, given.position
  from unnest((select :ids::text[]), :queues::text[], :overlaps::holdfast.overlap_policy[], :catchUps::holdfast.catch_up_policy[],
    :catchUpLimits::integer[], :missedAfterMs::bigint[], :crons?::text[], :timeZones::text[], :everyMs?::bigint[],
    :anchorsAt::timestamptz[], :startsAt?::timestamptz[], :endsAt?::timestamptz[], :nextAt?::timestamptz[], :arePaused::boolean[],
    :jobOptions::json[], :payloads?::json[])
    with ordinality as given(id, queue, overlap, catch_up, catch_up_limit, missed_after_ms, cron, time_zone, every_ms, anchor_at,
      starts_at, ends_at, next_at, is_paused, job_options, payload, position)
), written as (
  insert into holdfast.schedules as stored (id, queue, status, overlap, catch_up, catch_up_limit, missed_after_ms, cron, time_zone,
    every_ms, anchor_at, starts_at, ends_at, next_at, available_at, created_at, updated_at, paused_at, job_options, payload)
  select input.id, input.queue,
    case when input.is_paused then 'paused' when input.next_at is null then 'ended' else 'active' end::holdfast.schedule_status,
    input.overlap, input.catch_up, input.catch_up_limit, input.missed_after_ms, input.cron, input.time_zone, input.every_ms,
    input.anchor_at, input.starts_at, input.ends_at, input.next_at, input.next_at, holdfast.now(), holdfast.now(),
    case when input.is_paused then holdfast.now() end, input.job_options, input.payload
  from input
  order by input.id collate "C"
  on conflict (id) do update set
    queue = excluded.queue, status = excluded.status, overlap = excluded.overlap, catch_up = excluded.catch_up,
    catch_up_limit = excluded.catch_up_limit, missed_after_ms = excluded.missed_after_ms, cron = excluded.cron,
    time_zone = excluded.time_zone, every_ms = excluded.every_ms, anchor_at = excluded.anchor_at, starts_at = excluded.starts_at,
    ends_at = excluded.ends_at, next_at = excluded.next_at, available_at = excluded.available_at, updated_at = excluded.updated_at,
    job_options = excluded.job_options, payload = excluded.payload, token = nextval('holdfast.tokens'), version = stored.version + 1
  returning stored.id, stored.queue, stored.status, stored.overlap, stored.catch_up, stored.catch_up_limit, stored.missed_after_ms,
    stored.cron, stored.time_zone, stored.every_ms, stored.anchor_at, stored.starts_at, stored.ends_at, stored.next_at,
    stored.version, stored.created_at, stored.updated_at, stored.paused_at, stored.last_tick_at, stored.missed_from,
    stored.missed_to, stored.pushed_count, stored.skipped_count, stored.job_options, stored.payload
)
select written.id as "id!", written.queue as "queue!", written.status as "status!", written.overlap as "overlap!",
  written.catch_up as "catch_up!", written.catch_up_limit as "catch_up_limit!", written.missed_after_ms as "missed_after_ms!",
  written.cron as "cron?", written.time_zone as "time_zone!", written.every_ms as "every_ms?", written.anchor_at as "anchor_at!",
  written.starts_at as "starts_at?", written.ends_at as "ends_at?", written.next_at as "next_at?", written.version as "version!",
  written.created_at as "created_at!", written.updated_at as "updated_at!", written.paused_at as "paused_at?",
  written.last_tick_at as "last_tick_at?", written.missed_from as "missed_from?", written.missed_to as "missed_to?",
  written.pushed_count as "pushed_count!", written.skipped_count as "skipped_count!", written.job_options as "job_options!",
  written.payload as "payload?"
from input
join written on written.id = input.id
order by input.position
