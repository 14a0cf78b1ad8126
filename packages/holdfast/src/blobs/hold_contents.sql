-- Whether no open transaction is uploading each of some contents, in input order. Precedes find_contents in one transaction.
-- Index: none. Locks: an advisory one per content.
-- :many
select holdfast.is_content_free(given.id) as "is_free!"
from unnest((select :ids::text[])) with ordinality as given(id, position)
order by given.position
