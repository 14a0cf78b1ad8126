-- Takes at most `limit` executions from holders whose leases have expired. Reads the named queues, or all that have leases, which it
-- finds by stepping through the index. Returns how many wait again, how many have failed, and which queues have work.
-- Index: leases_of_queue. Locks: see holdfast.rescue_executions.
-- :one
with recursive busy as (
  (
    select lease.queue as name
    from holdfast.leases as lease
    where lease.queue is not null and cardinality((select :queues::text[])) = 0
    order by lease.queue
    limit 1
  )
  union all
  select (select lease.queue from holdfast.leases as lease where lease.queue > busy.name order by lease.queue limit 1)
  from busy
  where busy.name is not null
), wanted as materialized (
  select busy.name from busy where busy.name is not null
  union
  select given.name from unnest((select :queues::text[])) as given(name)
), rescued as materialized (
  select ordered.name, each.reclaimed, each.died
  from (select wanted.name from wanted order by wanted.name collate "C") as ordered
  cross join lateral holdfast.rescue_executions(ordered.name, :limit::bigint, :expiredError::json, false) as each
)
select coalesce(sum(rescued.reclaimed), 0)::bigint as "reclaimed!", coalesce(sum(rescued.died), 0)::bigint as "died!",
  array_agg(rescued.name) filter (where rescued.reclaimed > 0) as "woken?"
from rescued
