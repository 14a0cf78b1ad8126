-- Whether contents exist, and whether they are being uploaded, in input order.
-- Index: blob_contents_pkey.
-- :many
select stored.id is not null as "is_known!", stored.pending_until is not null as "is_pending!"
from unnest((select :ids::text[])) with ordinality as given(id, position)
left join holdfast.blob_contents as stored on stored.id = given.id
order by given.position
