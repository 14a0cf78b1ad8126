-- Locks one version against new executions of it, which lock it for the key it is referred to by.
-- Index: definitions_pkey. Locks: definitions.
-- :maybe
select name, version
from holdfast.definitions
where name = :name and version = :version
for update
