-- The versions of a definition, after a given one.
-- Index: definitions_pkey.
-- :many both-orders
select name, version, status, document, created_at, updated_at, deployed_at, retired_at
from holdfast.definitions
where name = :name and version > :after::bigint
order by version
limit :limit
