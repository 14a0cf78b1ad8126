-- Counts threads that have expired and are still stored.
-- Index: checkpoint_threads_expiring.
-- :one
select count(*) as "expired!"
from holdfast.checkpoint_threads as stored
where stored.expires_at <= holdfast.now()
