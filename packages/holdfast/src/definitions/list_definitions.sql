-- The newest version of each name, optionally in a status, by name after a given one.
-- Index: definitions_pkey, and definitions_active for the active ones.
-- :many both-orders unprepared scan: definitions are few, and most of their versions are read for a page of names
select distinct on (name) name, version, status, document, created_at, updated_at, deployed_at, retired_at
from holdfast.definitions
where name > :after and (:status?::holdfast.definition_status is null or status = :status)
order by name, version desc
limit :limit
