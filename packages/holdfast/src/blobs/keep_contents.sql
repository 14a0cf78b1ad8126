-- The heartbeat of uploads: they live for `leaseMs` from now. Returns in input order whether each is still to be uploaded. Each row is
-- locked by its own sub-select, so the plan is one look-up per row, even from when there were few contents.
-- Index: blob_contents_pkey. Locks: blob_contents in id order.
-- :many
with locked as materialized (
  select input.id, input.position, content.id is not null as is_pending
  from (
    select given.id, given.position
    from unnest((select :ids::text[])) with ordinality as given(id, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select stored.id
    from holdfast.blob_contents as stored
    where stored.id = input.id and stored.pending_until is not null
    for no key update
  ) as content on true
), kept as (
  update holdfast.blob_contents as stored set
    pending_until = holdfast.now() + :leaseMs::bigint * interval '1 millisecond'
  from (
    select locked.id
    from locked
    where locked.is_pending
    limit holdfast.at_most(cardinality(:ids::text[]))
  ) as pending
  where stored.id = pending.id
)
select locked.is_pending as "is_kept!"
from locked
order by locked.position
