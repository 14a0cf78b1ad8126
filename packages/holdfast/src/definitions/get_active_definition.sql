-- The active version of a definition.
-- Index: definitions_active.
-- :maybe
select name, version, status, document, created_at, updated_at, deployed_at, retired_at
from holdfast.definitions
where name = :name and status = 'active'
