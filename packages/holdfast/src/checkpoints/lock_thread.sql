-- Locks a thread, so that nobody adds to it, and returns whether it has not expired.
-- Index: checkpoint_threads_pkey. Locks: the thread.
-- :maybe
select (stored.expires_at is null or stored.expires_at > holdfast.now()) as "is_alive!"
from holdfast.checkpoint_threads as stored
where stored.thread = :thread
for update
