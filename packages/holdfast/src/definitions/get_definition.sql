-- Reads one version of a definition.
-- Index: definitions_pkey.
-- :maybe
select name, version, status, document, created_at, updated_at, deployed_at, retired_at
from holdfast.definitions
where name = :name and version = :version
