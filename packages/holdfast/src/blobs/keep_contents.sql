-- The heartbeat of uploads: they live for `leaseMs` from now. Answers in input order whether each is still to be uploaded.
-- Index: blob_contents_pkey. Locks: blob_contents in id order.
-- :many
with input as (
  select given.id, given.position
  from unnest((select :ids::text[])) with ordinality as given(id, position)
), locked as materialized (
  select stored.id
  from input
  join holdfast.blob_contents as stored on stored.id = input.id
  where stored.pending_until is not null
  order by stored.id
  for no key update of stored
), kept as (
  update holdfast.blob_contents as stored set
    pending_until = holdfast.now() + :leaseMs::bigint * interval '1 millisecond'
  where stored.id = any(array(select locked.id::text from locked))
  returning stored.id
)
select kept.id is not null as "is_kept!"
from input
left join kept on kept.id = input.id
order by input.position
