-- The lease of an execution, if one is held now.
-- Index: leases_pkey.
-- :maybe
select holder, token, lease_until
from holdfast.leases
where id = :id and kind = 'execution' and lease_until > holdfast.now()
