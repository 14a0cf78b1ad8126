-- Counts the events that remove_expired_events would remove in all.
-- Index: events_over.
-- :one
select count(*) as "expired!"
from holdfast.events as event
where coalesce(event.consumed_at, event.expires_at) <= holdfast.now() - :keepMs::bigint * interval '1 millisecond'
