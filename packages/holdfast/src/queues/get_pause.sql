-- The time since when a queue is paused.
-- Index: queues_pkey.
-- :maybe
select paused_at
from holdfast.queues
where name = :queue and paused_at is not null
