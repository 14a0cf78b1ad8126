-- Threads by name in byte order, after a given one.
-- Index: checkpoint_threads_pkey.
-- :many both-orders
select stored.thread, stored.created_at, stored.updated_at, stored.expires_at
from holdfast.checkpoint_threads as stored
where stored.thread > :after and (stored.expires_at is null or stored.expires_at > holdfast.now())
order by stored.thread
limit (select :limit::bigint)
