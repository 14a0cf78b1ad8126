-- Pauses queues, which need not have a job yet. One that is paused keeps the moment since when.
-- Index: queues_pkey. Locks: queues in name order.
-- :exec
insert into holdfast.queues (name, paused_at)
select distinct given.name, holdfast.now()
from unnest(:queues::text[]) as given(name)
order by given.name
on conflict (name) do nothing
