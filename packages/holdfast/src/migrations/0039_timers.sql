-- Times that executions wait for, and waits that expire.

create type holdfast.timer_status as enum ('scheduled', 'claimed', 'fired', 'canceled');

create table holdfast.timers (
  id holdfast.id primary key,
  -- Scheduling order, which decides among timers of one time.
  sequence bigint generated always as identity,
  execution_id holdfast.id not null references holdfast.executions on delete cascade,
  step holdfast.key not null,
  status holdfast.timer_status not null,
  -- Whole milliseconds, as in JavaScript, so that a page's cursor is exact.
  fire_at timestamptz not null,
  dedupe_key holdfast.key,
  holder text,
  token bigint not null default 0,
  lease_until timestamptz,
  created_at timestamptz not null,
  fired_at timestamptz,
  canceled_at timestamptz,
  payload json,
  trace_context text collate "C",
  -- The expired wait. It may be gone, so its key is stored here too.
  wait_id holdfast.id,
  wait_key holdfast.key,
  constraint timers_lease check ((status = 'claimed') = (lease_until is not null))
);

create index timers_due on holdfast.timers (fire_at, sequence) where status = 'scheduled';
create index timers_claimed on holdfast.timers (lease_until) where status = 'claimed';
create index timers_ended on holdfast.timers (status, fire_at, sequence) where status in ('fired', 'canceled');
-- For retention.
create index timers_expiring on holdfast.timers (coalesce(fired_at, canceled_at))
  where status in ('fired', 'canceled') and dedupe_key is null;
create index timers_of_execution on holdfast.timers (execution_id, fire_at, sequence);
create unique index timers_dedupe on holdfast.timers (execution_id, dedupe_key) where dedupe_key is not null;

-- The time `ms` from now, in whole milliseconds and never early; now for 0.
create function holdfast.after_ms(ms bigint) returns timestamptz
  language sql stable parallel safe
  as $$
  select pg_catalog.date_trunc('milliseconds', holdfast.now() + least(ms, 1) * interval '999 microseconds')
    + ms * interval '1 millisecond'
$$;

-- Turns at most `most` expired waits into claimed timers, the longest expired first.
-- Index: waits_expiring, waits_pkey, executions_pkey. Locks: executions, shared, because the foreign key of new timers would wait for
-- them; then waits. Skips rows that others hold.
create function holdfast.expire_waits(most bigint, claimer text, until timestamptz) returns setof holdfast.timers
  language plpgsql
  set enable_seqscan = off
  as $$
begin
  return query
  with expired as materialized (
    select stored.id, stored.key, stored.execution_id, stored.step, stored.created_at, stored.expires_at, stored.sequence
    from holdfast.waits as stored
    cross join lateral (
      select execution.id from holdfast.executions as execution where execution.id = stored.execution_id for key share skip locked
    ) as owner
    where not stored.is_park and stored.expires_at <= holdfast.now()
    order by stored.expires_at, stored.sequence
    limit most
    for update of stored skip locked
  ), removed as (
    delete from holdfast.waits as stored
    where stored.id = any(array(select expired.id::text from expired))
  ), ended as (
    insert into holdfast.ended_waits (id, key, execution_id, step, status, created_at, expires_at, ended_at)
    select expired.id, expired.key, expired.execution_id, expired.step, 'expired', expired.created_at, expired.expires_at, holdfast.now()
    from expired
    order by expired.expires_at, expired.sequence
    on conflict (id) do nothing
  )
  insert into holdfast.timers as timer
    (id, execution_id, step, status, fire_at, token, holder, lease_until, created_at, wait_id, wait_key)
  select pg_catalog.gen_random_uuid()::text, expired.execution_id, expired.step, 'claimed', expired.expires_at,
    pg_catalog.nextval('holdfast.tokens'), claimer, until, holdfast.now(), expired.id, expired.key
  from expired
  order by expired.expires_at, expired.sequence
  returning timer.*;
end
$$;
