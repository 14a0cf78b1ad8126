-- Counts expired blobs.
-- Index: blobs_expiring.
-- :one
select count(*) as "expired!"
from holdfast.blobs as stored
where stored.expires_at <= holdfast.now()
