-- Makes pushes that name a common id or unique key follow each other, so that the next statement of the plan sees what the ones
-- before did. The executions come first, as for whoever has locked one of them and pushes then.
-- Index: executions_pkey. Locks: the executions' keys, shared, in id order; then advisory, ids before unique keys, each in hash order.
-- :exec
with owner as materialized (
  select execution.id
  from (
    select distinct given.id collate "C" as id from unnest((select :executionIds?::text[])) as given(id) order by 1
  ) as input
  cross join lateral (
    select stored.id from holdfast.executions as stored where stored.id = input.id for key share
  ) as execution
), keys as materialized (
  select :ids::text[] as ids from (select count(*) from owner) as owners
)
select holdfast.lock_keys('job', keys.ids),
  holdfast.lock_keys('job unique key', array(
    select holdfast.job_key(given.queue, given.unique_key)
    from unnest((select :queues::text[]), :uniqueKeys::text[]) as given(queue, unique_key)
  ))
from keys
