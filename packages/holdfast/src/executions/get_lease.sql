-- The lease of an execution, where one is held now.
-- Index: executions_pkey.
-- :maybe
select holder as "holder!", token, lease_until as "lease_until!"
from holdfast.executions
where id = :id and lease_until > holdfast.now()
