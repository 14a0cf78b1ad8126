-- The contents that a backend must have, by id, after one and up to another, and the keys of their blobs.
-- Index: blob_contents_pkey, blobs_content_id_key.
-- :many unprepared
select content.id as "id!", blob.key as "key!"
from holdfast.blob_contents as content
join holdfast.blobs as blob on blob.content_id = content.id
where content.id > :after and (:upTo?::text is null or content.id <= :upTo) and content.backend = :backend
order by content.id
limit :limit
