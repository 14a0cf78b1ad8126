-- The newest version of each name, or the newest one in a status, the last made first, before a given moment and name.
-- Index: definitions_created, backwards; definitions_pkey, for whether there is a newer one.
-- :many unprepared
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
  and (:afterMicros?::text is null
    or (definition.created_at, definition.name) < (timestamptz 'epoch' + :afterMicros::bigint * interval '1 microsecond', :afterName?::text))
order by definition.created_at desc, definition.name desc
limit :limit
