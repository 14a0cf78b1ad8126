-- The work of each queue by kind, with its oldest parts: those that have waited longest come first. The queues with waiting work are found
-- by stepping through indexes. Of each queue, it counts at most `countUpTo` rows of each table of waiting work, in index order, so the
-- oldest is one of these. What runs is read in a pass. Plain jobs are a hundred to a row, and read in a pass too.
-- Index: ready_order, group_lines_order, scheduled_due, blocked_jobs_of_queue, queues_pkey, job_counts_of_queue.
-- :many unprepared scan: of leases and of chunks, and of queues and job_counts, which have a row or a few a queue
with recursive known as (
  select ''::text collate "C" as name
  union all
  select (
    select found.name from (
      (select work.queue from holdfast.ready as work where work.queue > known.name order by work.queue limit 1)
      union all
      (select work.queue from holdfast.group_lines as work where work.queue > known.name order by work.queue limit 1)
      union all
      (select work.queue from holdfast.scheduled as work where work.queue > known.name order by work.queue limit 1)
      union all
      (select work.queue from holdfast.blocked_jobs as work where work.queue > known.name order by work.queue limit 1)
    ) as found(name)
    order by found.name collate "C"
    limit 1
  )
  from known
  where known.name is not null
), work as (
  -- Each table is summed by itself: its rows are few columns wide there.
  select known.name as queue, work_kind.of as kind, 'ready' as place, counted.amount, counted.moment
  from known
  cross join unnest(enum_range(null::holdfast.work_kind)) as work_kind(of)
  cross join lateral (
    select count(*) as amount, min(first.run_at) as moment
    from (
      select waiting.run_at from holdfast.ready as waiting where waiting.queue = known.name and waiting.kind = work_kind.of
      order by waiting.route asc, waiting.rank asc, waiting.turn asc, waiting.run_at asc, waiting.sequence asc
      limit :countUpTo::integer
    ) as first
  ) as counted
  union all
  select known.name, first.kind, 'ready', count(*), min(first.run_at)
  from known
  cross join lateral (
    select line.kind, line.run_at from holdfast.group_lines as line where line.queue = known.name
    order by line.group_key asc, line.rank asc, line.turn asc, line.run_at asc, line.sequence asc
    limit :countUpTo
  ) as first
  group by 1, 2
  union all
  select chunk.queue, 'job', 'ready', sum(cardinality(chunk.ids)), min(chunk.run_at)
  from holdfast.ready_chunks as chunk group by chunk.queue
  union all
  select known.name, first.kind, case when first.run_at <= holdfast.now() then 'ready' else 'scheduled' end, count(*), min(first.run_at)
  from known
  cross join lateral (
    select later.kind, later.run_at from holdfast.scheduled as later where later.queue = known.name order by later.run_at asc limit :countUpTo
  ) as first
  group by 1, 2, 3
  union all
  select known.name, 'job', 'blocked', count(*), null
  from known
  cross join lateral (
    select from holdfast.blocked_jobs as blocked where blocked.queue = known.name order by blocked.queue asc limit :countUpTo
  ) as first
  group by 1
  union all
  select lease.queue, lease.kind, case when lease.lease_until < holdfast.now() then 'expired' else 'running' end, count(*),
    min(lease.lease_until)
  from holdfast.leases as lease where lease.queue is not null group by 1, 2, 3
  union all
  select chunk.queue, 'job', case when chunk.lease_until < holdfast.now() then 'expired' else 'running' end,
    sum(holdfast.count_running(chunk)), min(chunk.lease_until)
  from holdfast.lease_chunks as chunk group by 1, 3
  union all
  select ended.queue, 'job', 'dead', sum(ended.count), null
  from holdfast.job_counts as ended where ended.status = 'dead' group by ended.queue
  union all
  select known.name, 'job', 'paused', 0, null from holdfast.queues as known where known.paused_at is not null
)
select work.queue as "queue!", work.kind as "kind!", known.paused_at as "paused_at?",
  least(coalesce(sum(work.amount) filter (where work.place = 'ready'), 0), :countUpTo)::bigint as "ready!",
  least(coalesce(sum(work.amount) filter (where work.place = 'scheduled'), 0), :countUpTo)::bigint as "scheduled!",
  coalesce(sum(work.amount) filter (where work.place = 'blocked'), 0)::bigint as "blocked!",
  coalesce(sum(work.amount) filter (where work.place in ('running', 'expired')), 0)::bigint as "running!",
  coalesce(sum(work.amount) filter (where work.place = 'expired'), 0)::bigint as "expired!",
  coalesce(sum(work.amount) filter (where work.place = 'dead'), 0)::bigint as "dead!",
  min(work.moment) filter (where work.place = 'ready') as "oldest_ready_at?",
  min(work.moment) filter (where work.place = 'expired') as "oldest_expired_at?"
from work
left join holdfast.queues as known on known.name = work.queue
where work.amount > 0 or work.place in ('dead', 'paused')
group by work.queue, work.kind, known.paused_at
order by "oldest_ready_at?" nulls last, work.queue, work.kind
limit :limit
