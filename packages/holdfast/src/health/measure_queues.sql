-- The work of each queue by kind, with its oldest parts: those that have waited longest come first. Reads all work that has not ended, so
-- it takes time proportional to that. Plain jobs are a hundred to a row.
-- Index: queues_pkey, job_counts_of_queue.
-- :many unprepared scan: of the tables that hold what has not ended
with work as (
  -- Each table is summed by itself: its rows are few columns wide there.
  select waiting.queue, waiting.kind, 'ready' as place, count(*) as amount, min(waiting.run_at) as moment
  from holdfast.ready as waiting group by waiting.queue, waiting.kind
  union all
  select line.queue, line.kind, 'ready', count(*), min(line.run_at)
  from holdfast.group_lines as line group by line.queue, line.kind
  union all
  select chunk.queue, 'job', 'ready', sum(cardinality(chunk.ids)), min(chunk.run_at)
  from holdfast.ready_chunks as chunk group by chunk.queue
  union all
  select later.queue, later.kind, case when later.run_at <= holdfast.now() then 'ready' else 'scheduled' end, count(*), min(later.run_at)
  from holdfast.scheduled as later group by 1, 2, 3
  union all
  select blocked.queue, 'job', 'blocked', count(*), null from holdfast.blocked_jobs as blocked group by blocked.queue
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
  coalesce(sum(work.amount) filter (where work.place = 'ready'), 0)::bigint as "ready!",
  coalesce(sum(work.amount) filter (where work.place = 'scheduled'), 0)::bigint as "scheduled!",
  coalesce(sum(work.amount) filter (where work.place = 'blocked'), 0)::bigint as "blocked!",
  coalesce(sum(work.amount) filter (where work.place in ('running', 'expired')), 0)::bigint as "running!",
  coalesce(sum(work.amount) filter (where work.place = 'expired'), 0)::bigint as "expired!",
  coalesce(sum(work.amount) filter (where work.place = 'dead'), 0)::bigint as "dead!",
  min(work.moment) filter (where work.place = 'ready') as "oldest_ready_at?",
  min(work.moment) filter (where work.place = 'expired') as "oldest_expired_at?"
from work
left join holdfast.queues as known on known.name = work.queue
group by work.queue, work.kind, known.paused_at
order by "oldest_ready_at?" nulls last, work.queue, work.kind
limit :limit
