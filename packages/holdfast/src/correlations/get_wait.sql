-- Reads one wait, pending or finished.
-- Index: waits_pkey, ended_waits_pkey.
-- :maybe
select stored.id as "id!", stored.key as "key!", stored.execution_id as "execution_id!", stored.step as "step!",
  case when stored.expires_at <= holdfast.now() then 'expired' else 'waiting' end::holdfast.wait_status as "status!",
  stored.created_at as "created_at!", stored.expires_at as "expires_at?", null::timestamptz as "ended_at?", null::text as "event_id?",
  null::json as "payload?", null::text as "trace_context?"
from holdfast.waits as stored
where stored.id = :id
union all
select ended.id, ended.key, ended.execution_id, ended.step, ended.status, ended.created_at, ended.expires_at, ended.ended_at,
  ended.event_id, ended.payload, ended.trace_context
from holdfast.ended_waits as ended
where ended.id = :id
limit 1
