-- Reads jobs by id, in any order. The table that holds a job gives its status. Missing jobs have no row.
-- Errors of failures are texts in JSON, as the codec wrote them.
-- Index: jobs_pkey, ended_jobs_pkey, leases_pkey, blocked_jobs_pkey, scheduled_pkey, job_failures_pkey.
-- :many
select job.id as "id!", job.queue as "queue!", job.status as "status!", job.on_dependency_failure as "on_dependency_failure!",
  job.blocked_by as "blocked_by!", job.priority as "priority!", job.attempts as "attempts!", job.max_attempts as "max_attempts!",
  job.backoff_ms as "backoff_ms!", job.backoff_max_ms as "backoff_max_ms!", job.timeout_ms as "timeout_ms?",
  job.token as "token!", job.run_at as "run_at!", job.lease_until as "lease_until?", job.created_at as "created_at!", job.started_at as "started_at?",
  job.finished_at as "finished_at?", job.holder as "holder?", job.group_key as "group_key?", job.route as "route!",
  job.unique_key as "unique_key?", job.execution_id as "execution_id?", job.fails_execution as "fails_execution!",
  job.payload as "payload?", job.result as "result?", job.error as "error?",
  (
    select json_agg(json_build_object('token', failure.token, 'attempt', failure.attempt, 'startedAt', failure.started_at, 'failedAt', failure.failed_at,
      'holder', failure.holder, 'error', failure.error::text) order by failure.token)
    from (
      select stored.token, stored.attempt, stored.started_at, stored.failed_at, stored.holder, stored.error
      from holdfast.job_failures as stored
      where stored.job_id = job.id
      order by stored.token desc
      limit 10
    ) as failure
  ) as "failures?"
from holdfast.job_records as job
where job.id = any((select :ids::text[])::text[])
