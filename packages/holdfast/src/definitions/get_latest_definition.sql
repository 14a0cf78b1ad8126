-- The version of a definition with the highest number, in any status.
-- Index: definitions_pkey, backwards.
-- :maybe
select name, version, status, document, created_at, updated_at, deployed_at, retired_at
from holdfast.definitions
where name = :name
order by version desc
limit 1
