-- Puts imported jobs into the lines of their groups where their queue, as it is here, limits groups; a trigger opens these groups.
-- Index: jobs_pkey. Locks: jobs that this transaction has made.
-- :exec
update holdfast.jobs as job set has_group_limit = true
from holdfast.queues as queue
where job.id = any(:ids::text[]) and job.group_key is not null and queue.name = job.queue and queue.has_group_limit
