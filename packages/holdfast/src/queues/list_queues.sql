-- One queue, with or without jobs. Without a name, the queues that have work or settings, by name, after a given one. They are found by
-- stepping through the indexes of the tables of waiting and running work. Counts at most `countUpTo` jobs per status, in index order, so
-- no table is read from its start for the jobs of one queue. The number of ended jobs is a stored sum.
-- Index: queues_pkey, ready_order, scheduled_due, group_lines_order, leases_of_queue, blocked_jobs_of_queue, job_counts_of_queue.
-- :many both-orders
with recursive known as (
  select :after::text collate "C" as after, 0 as number
  union all
  select (
      select found.name from (
        (select work.queue from holdfast.ready as work where work.queue > known.after order by work.queue limit 1)
        union all
        (select chunk.queue from holdfast.ready_chunks as chunk where chunk.queue > known.after order by chunk.queue limit 1)
        union all
        (select chunk.queue from holdfast.lease_chunks as chunk where chunk.queue > known.after order by chunk.queue limit 1)
        union all
        (select work.queue from holdfast.scheduled as work where work.queue > known.after order by work.queue limit 1)
        union all
        (select work.queue from holdfast.group_lines as work where work.queue > known.after order by work.queue limit 1)
        union all
        (select lease.queue from holdfast.leases as lease where lease.queue > known.after order by lease.queue limit 1)
        union all
        (select blocked.queue from holdfast.blocked_jobs as blocked where blocked.queue > known.after order by blocked.queue limit 1)
        union all
        (select ended.queue from holdfast.job_counts as ended where ended.queue > known.after order by ended.queue limit 1)
        union all
        (select queue.name from holdfast.queues as queue where queue.name > known.after order by queue.name limit 1)
      ) as found(name)
      order by found.name collate "C"
      limit 1
    ), known.number + 1
  from known
  where known.after is not null and known.number < :limit and :name?::text is null
), named as (
  select known.after as name from known where known.number > 0 and known.after is not null
  union all
  select :name?::text where :name?::text is not null
)
select named.name as "name!", queue.paused_at as "paused_at?", queue.concurrency as "concurrency?",
  queue.concurrency_per_group as "concurrency_per_group?", queue.rate_limit as "rate_limit?",
  queue.rate_period_ms as "rate_period_ms?", queue.aging_ms as "aging_ms?",
  queue.timeout_ms as "timeout_ms?", ready.count as "ready!", ready.oldest_at as "oldest_ready_at?",
  (select count(*) from (
    select from holdfast.blocked_jobs as blocked where blocked.queue = named.name limit :countUpTo
  ) as counted) as "blocked!",
  (select count(*) from (
    select from holdfast.scheduled as work where work.queue = named.name and work.kind = 'job'
    order by work.run_at asc limit :countUpTo
  ) as counted) as "scheduled!",
  (select count(*) from (
    (
      select from holdfast.leases as lease where lease.queue = named.name and lease.kind = 'job'
      order by lease.lease_until asc limit :countUpTo
    )
    union all
    (
      select from holdfast.lease_chunks as chunk cross join lateral generate_series(1, holdfast.count_running(chunk))
      where chunk.queue = named.name order by chunk.lease_until asc limit :countUpTo
    )
    limit :countUpTo
  ) as counted) as "running!",
  least(ended.succeeded, :countUpTo) as "succeeded!", least(ended.dead, :countUpTo) as "dead!",
  least(ended.canceled, :countUpTo) as "canceled!"
from named
left join holdfast.queues as queue on queue.name = named.name
cross join lateral (
  select count(*) as count, min(first.run_at) as oldest_at
  from (
    (select work.run_at from holdfast.ready as work where work.queue = named.name and work.kind = 'job' limit :countUpTo)
    union all
    (
      select work.run_at from holdfast.group_lines as work where work.queue = named.name and work.kind = 'job'
      order by work.group_key asc, work.rank asc limit :countUpTo
    )
    union all
    (
      select chunk.run_at from holdfast.ready_chunks as chunk cross join lateral unnest(chunk.ids)
      where chunk.queue = named.name order by chunk.rank asc, chunk.run_at asc, chunk.sequence asc limit :countUpTo
    )
    limit :countUpTo
  ) as first
) as ready
cross join lateral (
  select coalesce(sum(counted.count) filter (where counted.status = 'succeeded'), 0)::bigint as succeeded,
    coalesce(sum(counted.count) filter (where counted.status = 'dead'), 0)::bigint as dead,
    coalesce(sum(counted.count) filter (where counted.status = 'canceled'), 0)::bigint as canceled
  from holdfast.job_counts as counted
  where counted.queue = named.name
) as ended
order by named.name
