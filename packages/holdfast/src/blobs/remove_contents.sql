-- Removes contents that no blob has, once their bytes are gone, and returns their number.
-- Index: blob_contents_pkey. Locks: blob_contents.
-- :one
with removed as (
  delete from holdfast.blob_contents as stored
  where stored.id = any(:ids::text[]) and stored.unused_since is not null
  returning stored.id
)
select count(*) as "removed!"
from removed
