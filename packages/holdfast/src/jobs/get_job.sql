-- The job of an id.
-- Index: jobs_pkey.
-- :maybe
select id, queue, state, on_dependency_failure, blocked_by, priority, attempts, max_attempts, backoff_ms, backoff_max_ms, token,
  run_at, lease_until, created_at, started_at, finished_at, holder, group_key, route, unique_key, execution_id, payload, result, error
from holdfast.jobs
where id = :id
