-- Cancels the timers of executions, or of the named steps, as cancel_timers does. Returns in input order how many of each will never
-- fire.
-- Index: timers_of_execution, timers_pkey. Locks: timers in id order.
-- :many
with input as (
  select given.execution_id, given.step, given.position
  from unnest((select :executionIds::text[]), :steps?::text[]) with ordinality as given(execution_id, step, position)
), locked as materialized (
  select stored.id, stored.execution_id, stored.dedupe_key is not null as stays
  from input
  join holdfast.timers as stored on stored.execution_id = input.execution_id
  where (input.step is null or stored.step = input.step)
    and (stored.status = 'scheduled' or (stored.status = 'claimed' and stored.lease_until <= holdfast.now()))
  order by stored.id
  for update of stored
), marked as (
  update holdfast.timers as stored set status = 'canceled', canceled_at = holdfast.now(), holder = null, lease_until = null
  from (
    select locked.id
    from locked
    where locked.stays
    limit holdfast.at_most((select count(*) from locked))
  ) as kept
  where stored.id = kept.id
), removed as (
  delete from holdfast.timers as stored
  using (
    select locked.id
    from locked
    where not locked.stays
    limit holdfast.at_most((select count(*) from locked))
  ) as gone
  where stored.id = gone.id
)
select (select count(*) from locked where locked.execution_id = input.execution_id) as "canceled!"
from input
order by input.position
