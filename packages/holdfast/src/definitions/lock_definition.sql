-- Locks one version against new executions of it, which lock the key that they refer to.
-- Index: definitions_pkey. Locks: definitions.
-- :maybe
select name, version
from holdfast.definitions
where name = :name and version = :version
for update
