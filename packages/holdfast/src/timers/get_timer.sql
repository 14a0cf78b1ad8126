-- Reads one timer.
-- Index: timers_pkey.
-- :maybe
select id, execution_id, step, status, fire_at, dedupe_key, holder, token, lease_until, created_at, fired_at, canceled_at, payload,
  wait_id, wait_key
from holdfast.timers
where id = :id
