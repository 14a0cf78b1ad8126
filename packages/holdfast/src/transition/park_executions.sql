-- Parks executions, each by holdfast.park, which names its locks. Returns in input order the queue of each, and whether it is claimable
-- at once. The waits of an execution are a JSON array of [id, step, key, expiresAt, ttlMs].
-- :many
with input as materialized (
  select given.id, coalesce(given.until_at, holdfast.after_ms(given.after_ms)) as until_at, given.waits, given.for_children,
    given.any_child, given.position
  from unnest((select :ids::text[]), :untilAt?::timestamptz[], :afterMs?::bigint[], :waits::json[], :forChildren::boolean[],
    :anyChild::boolean[]) with ordinality as given(id, until_at, after_ms, waits, for_children, any_child, position)
), parked as materialized (
  select ordered.position, each.queue, each.is_ready
  from (
    select input.id, input.until_at, input.waits, input.for_children, input.any_child, input.position from input
    order by input.id collate "C"
  ) as ordered
  cross join lateral holdfast.park(
    ordered.id, ordered.until_at,
    array(select wait ->> 0 from json_array_elements(ordered.waits) as wait),
    array(select wait ->> 1 from json_array_elements(ordered.waits) as wait),
    array(select wait ->> 2 from json_array_elements(ordered.waits) as wait),
    array(
      select coalesce((wait ->> 3)::timestamptz, holdfast.after_ms((wait ->> 4)::bigint)) from json_array_elements(ordered.waits) as wait
    ),
    ordered.for_children, ordered.any_child
  ) as each
)
select parked.queue as "queue!", parked.is_ready as "is_ready!"
from parked
order by parked.position
