-- The claims of lost jobs whose executions fail with them, by queue. Claims and rescues leave these jobs alone.
-- Index: leases_of_queue, jobs_pkey.
-- :many
select lost.id as "id!", lost.token as "token!"
from unnest((select :queues::text[])) as named(queue)
cross join lateral (
  select lease.id, lease.token
  from holdfast.leases as lease
  where lease.queue = named.queue and lease.lease_until <= holdfast.now() and lease.kind = 'job' and holdfast.is_fatal(lease)
  order by lease.lease_until
  limit :limit::bigint
) as lost
