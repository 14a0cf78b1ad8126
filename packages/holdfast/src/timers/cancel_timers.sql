-- Cancels timers that are scheduled, or whose claim expired. Returns in input order whether each will never fire. A canceled timer is
-- removed. One with a dedupe key stays as canceled, so that a replayed step does not schedule it again. Fails with HF006 if an execution
-- is given and the timer belongs to another.
-- Index: timers_pkey. Locks: timers in id order.
-- :many
with input as (
  select given.id, given.execution_id, given.position
  from unnest((select :ids::text[]), :executionIds?::text[]) with ordinality as given(id, execution_id, position)
), locked as materialized (
  select stored.id, stored.execution_id, stored.dedupe_key is not null as stays
  from input
  join holdfast.timers as stored on stored.id = input.id
  where stored.status = 'scheduled' or (stored.status = 'claimed' and stored.lease_until <= holdfast.now())
  order by stored.id
  for update of stored
), marked as (
  update holdfast.timers as stored set status = 'canceled', canceled_at = holdfast.now(), holder = null, lease_until = null
  from (
    select locked.id
    from locked
    where locked.stays
    limit holdfast.at_most(cardinality(:ids::text[]))
  ) as kept
  where stored.id = kept.id
), removed as (
  delete from holdfast.timers as stored
  using (
    select locked.id
    from locked
    where not locked.stays
    limit holdfast.at_most(cardinality(:ids::text[]))
  ) as gone
  where stored.id = gone.id
)
select locked.id is not null as "canceled!"
from input
left join locked on locked.id = input.id
where holdfast.is_within(input.execution_id, locked.execution_id, 'timer', input.id, 'cancelTimers')
order by input.position
