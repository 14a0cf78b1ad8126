-- Locks the execution of one transition, and checks its requirements, as `lock_executions` does: by holdfast.hold_execution.
-- Index: executions_pkey, leases_pkey. Locks: the execution, as `mode` says, then its lease, shared.
-- :exec
select holdfast.hold_execution(:id::text, :mode::text, :token?::bigint, :holder?::text, :lax::boolean, :version?::bigint, :statuses?::text)
  as "held!"
