-- Stores a part of a content's bytes, or nothing if its upload was given up.
-- Index: blob_contents_pkey, blob_chunks_pkey. Locks: the content, shared.
-- :maybe
insert into holdfast.blob_chunks (content_id, first_byte, bytes)
select stored.id, :firstByte::bigint, :bytes::bytea
from holdfast.blob_contents as stored
where stored.id = :contentId and stored.pending_until is not null
returning first_byte
