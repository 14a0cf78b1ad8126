-- One queue, whether it has jobs or not; or, where no name is given, the queues that have work or for which something is set, by name,
-- after a given one: found by stepping through the indexes of the tables that say where work is.
-- Of each status at most `countUpTo` jobs are counted, in the order of an index: no table is read from its start for the jobs of one queue.
-- What has ended is known as a sum.
-- Index: queues_pkey, ready_order, scheduled_due, group_lines_order, leases_of_queue, blocked_jobs_of_queue, job_counts_of_queue.
-- :many
with recursive known as (
  select :after::text collate "C" as name, 0 as number
  union all
  select (
      select min(found.name collate "C") from (
        (select work.queue from holdfast.ready as work where work.queue > known.name order by work.queue limit 1)
        union all
        (select chunk.queue from holdfast.ready_chunks as chunk where chunk.queue > known.name order by chunk.queue limit 1)
        union all
        (select chunk.queue from holdfast.lease_chunks as chunk where chunk.queue > known.name order by chunk.queue limit 1)
        union all
        (select work.queue from holdfast.scheduled as work where work.queue > known.name order by work.queue limit 1)
        union all
        (select work.queue from holdfast.group_lines as work where work.queue > known.name order by work.queue limit 1)
        union all
        (select lease.queue from holdfast.leases as lease where lease.queue > known.name order by lease.queue limit 1)
        union all
        (select blocked.queue from holdfast.blocked_jobs as blocked where blocked.queue > known.name order by blocked.queue limit 1)
        union all
        (select ended.queue from holdfast.job_counts as ended where ended.queue > known.name order by ended.queue limit 1)
        union all
        (select queue.name from holdfast.queues as queue where queue.name > known.name order by queue.name limit 1)
      ) as found(name)
    ), known.number + 1
  from known
  where known.name is not null and known.number < :limit and :name?::text is null
), named as (
  select known.name from known where known.number > 0 and known.name is not null
  union all
  select :name?::text where :name?::text is not null
)
select named.name as "name!", queue.paused_at as "paused_at?", queue.concurrency as "concurrency?",
  queue.concurrency_per_group as "concurrency_per_group?", queue.rate_limit as "rate_limit?",
  queue.rate_period_ms as "rate_period_ms?", queue.aging_ms as "aging_ms?",
  ready.count as "ready!", ready.oldest_at as "oldest_ready_at?",
  (select count(*) from (
    select from holdfast.blocked_jobs as blocked where blocked.queue = named.name limit :countUpTo
  ) as counted) as "blocked!",
  (select count(*) from (
    select from holdfast.scheduled as work where work.queue = named.name and work.kind = 'job'
    order by work.run_at limit :countUpTo
  ) as counted) as "scheduled!",
  (select count(*) from (
    (
      select from holdfast.leases as lease where lease.queue = named.name and lease.kind = 'job'
      order by lease.lease_until limit :countUpTo
    )
    union all
    (
      select from holdfast.lease_chunks as chunk cross join lateral generate_series(1, holdfast.count_running(chunk))
      where chunk.queue = named.name order by chunk.lease_until limit :countUpTo
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
      order by work.group_key, work.rank limit :countUpTo
    )
    union all
    (
      select chunk.run_at from holdfast.ready_chunks as chunk cross join lateral unnest(chunk.ids)
      where chunk.queue = named.name order by chunk.rank, chunk.run_at, chunk.sequence limit :countUpTo
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
