-- Wakes executions by holdfast.wake_execution, which names its locks. Returns in input order whether each could be woken, and its queue
-- if it is claimable now.
-- :many
select woken.is_woken as "is_woken!", woken.queue as "queue?"
from (
  select given.id, given.payload, given.trace_context, given.position
  from unnest((select :ids::text[]), :payloads?::json[], :traceContexts?::text[])
    with ordinality as given(id, payload, trace_context, position)
  order by given.id collate "C"
) as ordered
cross join lateral holdfast.wake_execution(ordered.id, ordered.payload, ordered.trace_context) as woken
order by ordered.position
