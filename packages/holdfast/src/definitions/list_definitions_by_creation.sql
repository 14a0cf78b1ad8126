-- The newest version of each name, optionally in a status, by its creation time, after a given time and name.
-- Index: definitions_created; definitions_pkey, to check whether there is a newer one.
-- :many both-orders unprepared
select definition.name, definition.version, definition.status, definition.document, definition.created_at, definition.updated_at,
  definition.deployed_at, definition.retired_at,
  (extract(epoch from definition.created_at) * 1000000)::bigint::text as "micros!"
from holdfast.definitions as definition
where (:status?::holdfast.definition_status is null or definition.status = :status)
  and not exists (
    select from holdfast.definitions as newer
    where newer.name = definition.name and newer.version > definition.version
      and (:status? is null or newer.status = :status)
  )
  and (:afterMoment?::text is null or (definition.created_at, definition.name) > (:afterMoment::text::timestamptz, :afterName?::text))
order by definition.created_at, definition.name
limit :limit
