-- The versions of a definition, newest first, below a given one.
-- Index: definitions_pkey, backwards.
-- :many
select name, version, status, document, created_at, updated_at, deployed_at, retired_at
from holdfast.definitions
where name = :name and version < :before
order by version desc
limit :limit
