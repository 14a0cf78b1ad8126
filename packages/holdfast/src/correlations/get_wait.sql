-- One wait.
-- Index: waits_pkey.
-- :maybe
select id, key, execution_id, step, created_at, expires_at
from holdfast.waits
where id = :id
