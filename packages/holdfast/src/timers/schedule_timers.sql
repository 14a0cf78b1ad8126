-- Schedules timers, one per input row, and answers in input order. If the execution has a timer with that dedupe key, in any status, that
-- one is kept. The conflict's update changes nothing, but waits for a concurrent writer and reads the row. Fails with HF003 if a timer is
-- new and the execution has ended.
-- Index: timers_dedupe, timers_pkey, executions_pkey. Locks: executions in id order; then the existing timers in id order, like every
-- statement that acknowledges or cancels them.
-- :many
with input as (
  select given.id, given.execution_id, given.step, given.dedupe_key, given.payload, given.trace_context, given.position,
    coalesce(given.fire_at, holdfast.after_ms(given.after_ms)) as fire_at
  from unnest((select :ids::text[]), :executionIds::text[], :steps::text[], :fireAt?::timestamptz[], :afterMs?::bigint[],
    :dedupeKeys?::text[], :payloads?::json[], :traceContexts?::text[])
    with ordinality as given(id, execution_id, step, fire_at, after_ms, dedupe_key, payload, trace_context, position)
), owner as materialized (
  -- Before the timers: their foreign key would lock the execution after them. A session that has locked the execution and schedules would
  -- then wait for us, and we for it. This lock is stronger than the foreign key's. Of two writers of one timer, the later must find the
  -- earlier row by its dedupe key, because a concurrent insert would fail on the id.
  select execution.id, execution.status, named.adds
  from (
    select input.execution_id collate "C" as id,
      bool_or(input.dedupe_key is null or (
        select known.status
        from holdfast.timers as known
        where known.execution_id = input.execution_id and known.dedupe_key = input.dedupe_key
      ) is null) as adds
    from input
    group by 1
    order by 1
  ) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for no key update
  ) as execution
), known as materialized (
  select stored.id
  from (
    select same.id
    from input
    cross join lateral (
      select timer.id
      from holdfast.timers as timer
      where timer.execution_id = input.execution_id and timer.dedupe_key = input.dedupe_key
      limit 1
    ) as same
    where (select count(*) from owner) >= 0
    order by same.id
  ) as named
  cross join lateral (select timer.id from holdfast.timers as timer where timer.id = named.id for no key update) as stored
), written as (
  insert into holdfast.timers as stored (id, execution_id, step, status, fire_at, dedupe_key, created_at, payload, trace_context)
  select input.id, input.execution_id, input.step, 'scheduled', input.fire_at, input.dedupe_key, holdfast.now(), input.payload,
    input.trace_context
  from input
  where (select count(*) from owner where not owner.adds or holdfast.is_open(owner.id, owner.status)) >= 0
    and (select count(*) from known) >= 0
  order by input.execution_id collate "C", input.dedupe_key collate "C" nulls first, input.position
  on conflict (execution_id, dedupe_key) where dedupe_key is not null do update set dedupe_key = excluded.dedupe_key
  -- An inserted row has no xmax; one that the conflict locked has this transaction's.
  returning stored.id, stored.execution_id, stored.dedupe_key, stored.status, stored.fire_at, stored.xmax = 0 as is_new
)
select coalesce(own.id, keyed.id) as "id!", coalesce(own.status, keyed.status) as "status!",
  coalesce(own.fire_at, keyed.fire_at) as "fire_at!", coalesce(own.is_new, keyed.is_new) as "is_new!"
from input
left join written as own on input.dedupe_key is null and own.id = input.id
left join written as keyed on keyed.execution_id = input.execution_id and keyed.dedupe_key = input.dedupe_key
order by input.position
