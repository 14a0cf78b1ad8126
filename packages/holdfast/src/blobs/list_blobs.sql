-- The unexpired blobs whose keys begin with a prefix, by key in byte order, after a given one.
-- Index: blobs_pkey, also for the prefix, which takes a plan for its value. blob_contents_pkey.
-- :many both-orders unprepared
select blob.key, blob.content_id, blob.content_type, blob.created_at, blob.updated_at, blob.expires_at, blob.metadata,
  content.backend, content.size as "size!", content.sha256 as "sha256!"
from holdfast.blobs as blob
join holdfast.blob_contents as content on content.id = blob.content_id
where blob.key ^@ :prefix::text and blob.key > :after and (blob.expires_at is null or blob.expires_at > holdfast.now())
order by blob.key
limit :limit
