-- Claims at most `limit` jobs of queues that are not paused. Candidates are ready jobs, jobs that became due, and jobs whose holder was
-- lost. The capabilities must serve a job's route, and the limits of its queue and group must leave room. The order is rank, group turn,
-- time and push. The lines of several queues are merged by priority, then time. A job whose lease expired on its last attempt dies
-- instead. A row without an id holds dead jobs and the queues that they woke, or a queue with lost jobs whose executions fail with them.
-- The steps are functions of the schema; they say what they read and lock.
-- :many
select claimed.pos as "position!", claimed.id as "id?", claimed.queue as "queue!", claimed.token as "token!",
  claimed.priority as "priority!", claimed.attempts as "attempts!", claimed.max_attempts as "max_attempts!",
  claimed.timeout_ms as "timeout_ms?", claimed.queue_timeout_ms as "queue_timeout_ms?", claimed.lease_until as "lease_until!",
  claimed.run_at as "run_at!", claimed.created_at as "created_at!", claimed.execution_id as "execution_id?", claimed.payload as "payload?",
  claimed.trace_context as "trace_context?", claimed.woken as "woken?",
  claimed.died as "died?"
from holdfast.claim_jobs(:queues::text[], :limit::bigint, :leaseMs::bigint, :holder?::text, :capabilities::text[], :expiredError::json)
  as claimed
