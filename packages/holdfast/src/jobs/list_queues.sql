-- One queue, whether it has jobs or not; or, where no name is given, the queues that have jobs or for which something is set, by name,
-- after a given one: found by stepping through the indexes of the states.
-- Of each state at most `countUpTo` jobs are counted.
-- Index: queues_pkey, and the partial index of each state.
-- :many
with recursive known as (
  select :after::text collate "C" as name, 0 as number
  union all
  select (
      select min(found.name collate "C") from (
        (select job.queue from holdfast.jobs as job where job.state = 'blocked' and job.queue > known.name order by job.queue limit 1)
        union all
        (select job.queue from holdfast.jobs as job where job.state = 'scheduled' and job.queue > known.name order by job.queue limit 1)
        union all
        (select job.queue from holdfast.jobs as job where job.state = 'ready' and job.queue > known.name order by job.queue limit 1)
        union all
        (select job.queue from holdfast.jobs as job where job.state = 'running' and job.queue > known.name order by job.queue limit 1)
        union all
        (select job.queue from holdfast.jobs as job where job.state in ('succeeded', 'dead', 'canceled') and job.queue > known.name
          order by job.queue limit 1)
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
    select from holdfast.jobs as job where job.queue = named.name and job.state = 'blocked' limit :countUpTo
  ) as counted) as "blocked!",
  (select count(*) from (
    select from holdfast.jobs as job where job.queue = named.name and job.state = 'scheduled' limit :countUpTo
  ) as counted) as "scheduled!",
  (select count(*) from (
    select from holdfast.jobs as job where job.queue = named.name and job.state = 'running' limit :countUpTo
  ) as counted) as "running!",
  (select count(*) from (
    select from holdfast.jobs as job where job.queue = named.name and job.state = 'succeeded' limit :countUpTo
  ) as counted) as "succeeded!",
  (select count(*) from (
    select from holdfast.jobs as job where job.queue = named.name and job.state = 'dead' limit :countUpTo
  ) as counted) as "dead!",
  (select count(*) from (
    select from holdfast.jobs as job where job.queue = named.name and job.state = 'canceled' limit :countUpTo
  ) as counted) as "canceled!"
from named
left join holdfast.queues as queue on queue.name = named.name
cross join lateral (
  select count(*) as count, min(first.run_at) as oldest_at
  from (
    select job.run_at from holdfast.jobs as job where job.queue = named.name and job.state = 'ready' limit :countUpTo
  ) as first
) as ready
order by named.name
