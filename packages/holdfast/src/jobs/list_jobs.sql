-- Jobs by id, after a given one: of a queue, in a state, of an execution.
-- Index: jobs_pkey; with a filter that few pass, jobs_of_execution or the partial index of the state.
-- :many unprepared
select id, queue, state, on_dependency_failure, blocked_by, priority, attempts, max_attempts, backoff_ms, backoff_max_ms, token,
  run_at, lease_until, created_at, started_at, finished_at, holder, group_key, route, unique_key, execution_id, payload, result, error
from holdfast.jobs
where id > :after
  and (:queue?::text is null or queue = :queue)
  and (:state?::holdfast.job_state is null or state = :state)
  and (:executionId?::text is null or execution_id = :executionId)
order by id
limit :limit
