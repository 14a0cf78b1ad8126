-- The store's space, if it has one.
-- Index: none needed.
-- :maybe scan: there is one row
select space.id::text as "id!"
from holdfast.blob_spaces as space
where space.number = 1
