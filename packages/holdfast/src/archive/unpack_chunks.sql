-- Gives the jobs of held, imported chunks their own leases. See the function for what is read and locked.
-- :many unprepared scan: of lease_chunks, which are all imported
select holdfast.unpack_lease(chunk.token)::text as "unpacked!"
from (select held.token from holdfast.lease_chunks as held order by held.token) as chunk
