-- The versions whose document contains a given one, by name and version after given ones.
-- Index: definitions_document.
-- :many both-orders unprepared
select name, version, status, document, created_at, updated_at, deployed_at, retired_at
from holdfast.definitions
where document @> :containing::jsonb
  and (name, version) > (:afterName, :afterVersion)
  and (:status?::holdfast.definition_status is null or status = :status)
order by name, version
limit :limit
