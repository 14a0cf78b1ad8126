-- One timer.
-- Index: timers_pkey.
-- :maybe
select id, execution_id, step, status, fire_at, dedupe_key, holder, token, lease_until, created_at, fired_at, canceled_at, payload
from holdfast.timers
where id = :id
