-- Removes at most `limit` chunks of contents that no blob has, and returns their number.
-- Index: blob_contents_pkey, blob_chunks_pkey. Locks: blob_chunks.
-- :one
with chosen as materialized (
  select chunk.content_id, chunk.first_byte
  from unnest((select :contentIds::text[])) as given(id)
  cross join lateral (
    select unused.id from holdfast.blob_contents as unused where unused.id = given.id and unused.unused_since is not null limit 1
  ) as content
  cross join lateral (
    select stored.content_id, stored.first_byte from holdfast.blob_chunks as stored where stored.content_id = content.id
    limit :limit::bigint
  ) as chunk
  limit :limit
), removed as (
  delete from holdfast.blob_chunks as stored
  using chosen
  where stored.content_id = chosen.content_id and stored.first_byte = chosen.first_byte
  returning stored.first_byte
)
select count(*) as "removed!"
from removed
