-- Gives up uploads, whose contents a sweep may then remove. Returns in input order what each content was. "pending" is the usual case;
-- "committed": its upload had succeeded after all; "gone": a sweep had given it up before.
-- Index: blob_contents_pkey. Locks: blob_contents in id order.
-- :many
with input as (
  select given.id, given.position
  from unnest((select :ids::text[])) with ordinality as given(id, position)
), locked as materialized (
  select stored.id, stored.pending_until, stored.size
  from input
  join holdfast.blob_contents as stored on stored.id = input.id
  order by stored.id
  for no key update of stored
), abandoned as (
  update holdfast.blob_contents as stored set pending_until = null, unused_since = holdfast.now()
  where stored.id = any(array(select locked.id::text from locked where locked.pending_until is not null))
)
select case
  when locked.size is not null then 'committed' when locked.pending_until is not null then 'pending' else 'gone'
end as "state!"
from input
left join locked on locked.id = input.id
order by input.position
