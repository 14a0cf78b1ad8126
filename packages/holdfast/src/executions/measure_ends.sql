-- Counts the executions that were created since a time and those that ended since, with how long these took in milliseconds. Reads at most
-- `limit` of each, the newest.
-- Index: executions_created, executions_ended.
-- :one
with ended as materialized (
  select execution.status, extract(epoch from execution.finished_at - execution.created_at)::float8 * 1000 as total_ms
  from holdfast.executions as execution
  where execution.finished_at > :since::timestamptz
  order by execution.finished_at desc
  limit :limit
)
select holdfast.now() as "now!",
  (
    select count(*) from (
      select from holdfast.executions as execution where execution.created_at > :since order by execution.created_at desc limit :limit
    ) as newest
  ) as "created!",
  count(*) filter (where ended.status = 'succeeded') as "succeeded!", count(*) filter (where ended.status = 'failed') as "failed!",
  count(*) filter (where ended.status = 'timed_out') as "timed_out!", count(*) filter (where ended.status = 'canceled') as "canceled!",
  percentile_disc(0.5) within group (order by ended.total_ms) as "p50?", percentile_disc(0.95) within group (order by ended.total_ms) as "p95?",
  max(ended.total_ms) as "max?"
from ended
