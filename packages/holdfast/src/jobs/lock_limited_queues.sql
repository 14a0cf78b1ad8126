-- Makes claims from queues with limits follow each other: what runs in such a queue and who waits is then known exactly to the next
-- statement of the plan, whose snapshot is taken after the lock was granted. Paused queues are locked too: one that was passed by here
-- could be resumed before that statement, which would then claim from it without the lock.
-- Index: queues_pkey. Locks: queues in name order.
-- :exec
select queue.name
from holdfast.queues as queue
where queue.name = any((select :queues::text[])::text[]) and queue.is_limited
order by queue.name
for no key update
