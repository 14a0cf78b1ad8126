-- When queues that are not paused next have work. That is when a scheduled job is due, a lease expires, or the rate of a queue with ready
-- jobs admits a claim. Null if none of these will happen. The time may be in the past: the caller found nothing a moment ago, and would
-- otherwise wait in vain.
-- Index: scheduled_due, leases_of_queue, lease_chunks_of_queue, ready_order, ready_chunks_order.
-- :one scan: of queues, which holds the few that something is set for
with open_queue as materialized (
  select distinct given.name
  from unnest((select :queues::text[])) as given(name)
  where not exists (select from holdfast.queues as queue where queue.name = given.name and queue.paused_at is not null)
), moment as (
  select least(
    (select work.run_at from holdfast.scheduled as work where work.queue = open_queue.name and work.run_at < 'infinity'
      order by work.run_at limit 1),
    (select lease.lease_until from holdfast.leases as lease where lease.queue = open_queue.name order by lease.lease_until limit 1),
    (select chunk.lease_until from holdfast.lease_chunks as chunk where chunk.queue = open_queue.name order by chunk.lease_until limit 1),
    (select queue.rate_full_at - (queue.rate_limit - 1) * (queue.rate_period_ms / queue.rate_limit::double precision
        * interval '1 millisecond')
      from holdfast.queues as queue
      where queue.name = open_queue.name and queue.rate_limit is not null
        and (exists (select from holdfast.ready as work where work.queue = queue.name and work.kind = 'job')
          or exists (select from holdfast.ready_chunks as chunk where chunk.queue = queue.name)))
  ) as at
  from open_queue
)
select min(moment.at) as "at?",
  ceil(extract(epoch from min(moment.at) - holdfast.now()) * 1000)::double precision as "in_ms?"
from moment
