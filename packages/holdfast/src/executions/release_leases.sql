-- Gives leases back, and returns in input order whether each was still held, and the queue from which it can be claimed again at once.
-- Their tokens become stale.
-- Index: leases_pkey, executions_pkey. Locks: leases in id order.
-- :many
with input as materialized (
  select given.id collate "C" as id, given.token, given.position
  from unnest((select :ids::text[]), :tokens::bigint[]) with ordinality as given(id, token, position)
), held as materialized (
  select wanted.id
  from (select input.id, input.token from input order by input.id) as wanted
  cross join lateral (
    select stored.id
    from holdfast.leases as stored
    where stored.id = wanted.id and stored.kind = 'execution' and holdfast.holds(stored.token, stored.lease_until, wanted.token)
    for update
  ) as lease
), released as (
  delete from holdfast.leases as stored
  using (
    select held.id, 'execution'::holdfast.work_kind as kind from held
    -- The kind comes from here too: with a constant, the planner expects two rows of an empty table and prefers a scan. The id is
    -- compared as an array. The planner might join a single id with the whole index in order, while all leases seem to be gone.
    limit holdfast.at_most(cardinality(:ids::text[]))
  ) as held
  where stored.id = any(array[held.id]) and stored.kind = held.kind
  returning stored.id, stored.queue, stored.attempts, stored.group_key
), back as materialized (
  select holdfast.enqueue_execution(released.id, holdfast.now(), released.attempts - 1, released.group_key)
  from released
  where released.queue is not null
)
select released.id is not null as "is_released!", released.queue as "queue?"
from input
left join released on released.id = input.id
where (select count(*) from back) >= 0
order by input.position
