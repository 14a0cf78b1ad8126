-- The events that are kept under a key and not expired, oldest first, after a position.
-- Index: events_kept.
-- :many
select id, sequence, key, dedupe_id, created_at, expires_at, payload
from holdfast.events
where key = :key and sequence > :after and consumed_at is null and expires_at > holdfast.now()
order by sequence
limit :limit
