-- Pushes jobs of any kind, as holdfast.push_jobs does. Returns the outcomes of jobs that were not made ready, by pushed id. A row without
-- ids has the time from which the ready ones without a time of their own may run.
-- Index: jobs_pkey, job_keys_pkey, executions_pkey, queues_pkey, ready_order. Locks: those of holdfast.push_jobs.
-- :many
select null as "pushed_id?", null as "id?", null as "outcome?", null::holdfast.job_status as "status?", holdfast.now() as "run_at!"
union all
select pushed.pushed_id, pushed.id, pushed.outcome, pushed.status, pushed.run_at
from holdfast.push_jobs(
  array(
    select row(given.id, given.has_own_id, given.position, 'created', null, null, given.queue, given.priority,
      coalesce(given.run_at, holdfast.now() + given.delay_ms * interval '1 millisecond', holdfast.now()), given.max_attempts,
      given.backoff_ms, given.backoff_max_ms, given.timeout_ms, given.execution_id, given.group_key, 0, given.route,
      given.unique_key, given.replaces, given.on_running, given.debounce_max_ms, given.throttle_ms, given.policy,
      given.fails_execution, given.payload)::holdfast.job_push
    from unnest((select :ids::text[]), :hasOwnIds::boolean[], :queues::text[], :payloads?::json[], :priorities::integer[], :runAt?::timestamptz[],
      :delaysMs?::bigint[], :maxAttempts::integer[], :backoffMs::bigint[], :backoffMaxMs::bigint[], :timeoutMs?::bigint[],
      :executionIds?::text[], :groups?::text[], :routes::text[], :uniqueKeys?::text[], :replaces::boolean[],
      :onRunning::holdfast.running_policy[], :debounceMaxMs?::bigint[], :throttleMs?::bigint[], :policies::holdfast.dependency_policy[],
      :failExecutions::boolean[])
      with ordinality as given(id, has_own_id, queue, payload, priority, run_at, delay_ms, max_attempts, backoff_ms, backoff_max_ms,
        timeout_ms, execution_id, group_key, route, unique_key, replaces, on_running, debounce_max_ms, throttle_ms, policy,
        fails_execution, position)
    order by given.position
  ),
  :traceContexts?::text[],
  :executionIds?::text[] <> '{}', :groups?::text[] <> '{}', :uniqueKeys?::text[] <> '{}', :edgeJobs::text[], :edgeAfters::text[]
) as pushed
