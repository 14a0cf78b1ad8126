-- How many blobs have expired.
-- Index: blobs_expiring.
-- :one
select count(*) as "count!"
from holdfast.blobs as stored
where stored.expires_at <= holdfast.now()
