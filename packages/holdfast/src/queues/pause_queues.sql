-- Pauses queues, which need not have a job yet. A queue that is already paused keeps its time.
-- Index: queues_pkey. Locks: queues in name order.
-- :exec
insert into holdfast.queues as queue (name, paused_at)
select distinct given.name collate "C", holdfast.now()
from unnest((select :queues::text[])) as given(name)
order by 1
on conflict (name) do update set paused_at = excluded.paused_at
where queue.paused_at is null
