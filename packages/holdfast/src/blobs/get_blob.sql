-- The blob of a key, unless it has expired.
-- Index: blobs_pkey, blob_contents_pkey.
-- :maybe
select blob.key, blob.content_id, blob.content_type, blob.created_at, blob.updated_at, blob.expires_at, blob.metadata,
  content.backend, content.size as "size!", content.sha256 as "sha256!"
from holdfast.blobs as blob
join holdfast.blob_contents as content on content.id = blob.content_id
where blob.key = :key and (blob.expires_at is null or blob.expires_at > holdfast.now())
