-- Counts the jobs that ended since a time, by status. Measures in milliseconds how long they waited, from due to claimed, and ran, from
-- claimed to ended. Reads at most `limit` of each status, the newest.
-- Index: ended_jobs_finished, jobs_pkey.
-- :one
with ended as materialized (
  select job.status, job.started_at, job.finished_at, request.run_at
  from unnest(array['succeeded', 'dead', 'canceled']::holdfast.job_status[]) as wanted(status)
  cross join lateral (
    select stored.id, stored.status, stored.started_at, stored.finished_at
    from holdfast.ended_jobs as stored
    where stored.status = wanted.status and not stored.is_kept and stored.finished_at > :since::timestamptz
    order by stored.finished_at desc
    limit :limit
  ) as job
  cross join lateral (select stored.run_at from holdfast.jobs as stored where stored.id = job.id limit 1) as request
), lasted as (
  select ended.status,
    extract(epoch from greatest(ended.started_at - ended.run_at, interval '0'))::float8 * 1000 as wait_ms,
    extract(epoch from ended.finished_at - ended.started_at)::float8 * 1000 as run_ms
  from ended
)
select holdfast.now() as "now!", count(*) filter (where lasted.status = 'succeeded') as "succeeded!",
  count(*) filter (where lasted.status = 'dead') as "dead!", count(*) filter (where lasted.status = 'canceled') as "canceled!",
  percentile_disc(0.5) within group (order by lasted.wait_ms) as "wait_p50?",
  percentile_disc(0.95) within group (order by lasted.wait_ms) as "wait_p95?", max(lasted.wait_ms) as "wait_max?",
  percentile_disc(0.5) within group (order by lasted.run_ms) as "run_p50?",
  percentile_disc(0.95) within group (order by lasted.run_ms) as "run_p95?", max(lasted.run_ms) as "run_max?"
from lasted
