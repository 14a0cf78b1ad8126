-- Claims executions of several queues, or by capabilities, by the steps of holdfast.claim_executions, and gives them whole.
-- Index: executions_pkey, parks_pkey, and those of the steps. Locks: see the steps.
-- :many
select claimed.pos as "position!", claimed.token as "token!", claimed.attempts as "attempts!",
  claimed.lease_until as "lease_until!", execution.id as "id!", execution.version as "version!", execution.status as "status!",
  execution.strategy as "strategy!", execution.definition_name as "definition_name?",
  execution.definition_version as "definition_version?", execution.parent_id as "parent_id?",
  execution.idempotency_key as "idempotency_key?", execution.labels as "labels!", execution.usage as "usage!",
  execution.created_at as "created_at!", execution.updated_at as "updated_at!", execution.started_at as "started_at?",
  execution.finished_at as "finished_at?", execution.input as "input?", execution.state as "state?", execution.output as "output?",
  execution.error as "error?", park.execution_id is not null as "was_parked!", park.woken_by as "woken_by?", park.step as "step?",
  park.key as "key?", park.payload as "payload?"
from holdfast.claim_executions(:queues::text[], :limit::bigint, :leaseMs::bigint, :holder?::text, :capabilities::text[],
  :expiredError::json, :behind::boolean) as claimed
cross join lateral (
  select stored.id, stored.version, stored.status, stored.strategy, stored.definition_name, stored.definition_version,
    stored.parent_id, stored.idempotency_key, stored.labels, stored.usage, stored.created_at, stored.updated_at, stored.started_at,
    stored.finished_at, stored.input, stored.state, stored.output, stored.error
  from holdfast.executions as stored
  where stored.id = claimed.id
  limit 1
) as execution
left join lateral (
  select stored.execution_id, stored.woken_by, stored.step, stored.key, stored.payload
  from holdfast.parks as stored
  where stored.execution_id = claimed.id
  limit 1
) as park on true
