-- Schedules: rules that make jobs, one per tick.

-- What a tick does while a job of an earlier one has not ended.
create type holdfast.overlap_policy as enum ('allow', 'skip', 'buffer_one', 'cancel_previous');

-- What happens to ticks that nobody handled in time.
create type holdfast.catch_up_policy as enum ('skip', 'latest', 'all');

-- ended: no tick comes any more, because ends_at precedes the next one.
create type holdfast.schedule_status as enum ('active', 'paused', 'ended');

create table holdfast.schedules (
  -- Short enough to form a job's id together with a tick's time.
  id holdfast.id primary key check (pg_catalog.octet_length(id) <= 200),
  queue holdfast.id not null,
  status holdfast.schedule_status not null,
  overlap holdfast.overlap_policy not null,
  catch_up holdfast.catch_up_policy not null,
  catch_up_limit integer not null check (catch_up_limit > 0),
  missed_after_ms bigint not null check (missed_after_ms > 0),
  cron text,
  time_zone text not null,
  every_ms bigint check (every_ms > 0),
  -- The start of the intervals, so that ticks do not drift.
  anchor_at timestamptz not null,
  starts_at timestamptz,
  ends_at timestamptz,
  -- The next tick.
  next_at timestamptz,
  -- When it may be claimed: at next_at or, while a process handles its ticks, at the end of that process's claim.
  available_at timestamptz,
  token bigint not null default 0,
  version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  paused_at timestamptz,
  last_tick_at timestamptz,
  -- The first and the last tick of the newest gap that catching up left out.
  missed_from timestamptz,
  missed_to timestamptz,
  pushed_count bigint not null default 0,
  skipped_count bigint not null default 0,
  -- The jobs that the overlap policy considers: those that had not ended at the newest tick, and that tick's own.
  job_ids text[] not null default '{}',
  -- The options of its jobs, as `jobs.push` takes them.
  job_options json not null,
  payload json,
  constraint schedules_rule check ((cron is null) <> (every_ms is null)),
  constraint schedules_next check ((status = 'active') = (next_at is not null)),
  constraint schedules_available check ((next_at is null) = (available_at is null)),
  constraint schedules_paused check ((status = 'paused') = (paused_at is not null))
) with (fillfactor = 85);

create index schedules_available on holdfast.schedules (available_at) where available_at is not null;
create index schedules_of_queue on holdfast.schedules (queue, id);
-- For retention.
create index schedules_ended on holdfast.schedules (greatest(updated_at, ends_at)) where status = 'ended';
create index schedules_of_state on holdfast.schedules (status, id);
