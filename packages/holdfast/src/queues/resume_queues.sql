-- Lets jobs of paused queues be claimed again. Returns in input order whether each was paused.
-- Index: queues_pkey. Locks: queues in name order.
-- :many
with input as (
  select given.name, given.position
  from unnest((select :queues::text[])) with ordinality as given(name, position)
), locked as materialized (
  select queue.name
  from input
  join holdfast.queues as queue on queue.name = input.name and queue.paused_at is not null
  order by queue.name
  for update of queue
), resumed as (
  update holdfast.queues as queue set paused_at = null
  from locked
  where queue.name = locked.name
  returning queue.name
)
select resumed.name is not null as "resumed!"
from input
left join resumed on resumed.name = input.name
order by input.position
