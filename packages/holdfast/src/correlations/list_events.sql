-- The kept, unexpired events of a key in order of arrival, after a position.
-- Index: events_kept.
-- :many both-orders
select id, sequence, key, dedupe_id, created_at, expires_at, payload
from holdfast.events
where key = :key and sequence > :after and consumed_at is null and expires_at > holdfast.now()
order by sequence
limit :limit
