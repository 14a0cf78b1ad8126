-- A content's bytes from a position to the end of their chunk, at most `length`.
-- Index: blob_chunks_pkey.
-- :maybe
select substring(chunk.bytes from (:position::bigint - chunk.first_byte)::integer + 1 for :length::integer) as "bytes!"
from holdfast.blob_chunks as chunk
where chunk.content_id = :contentId and chunk.first_byte <= :position
order by chunk.first_byte desc
limit 1
