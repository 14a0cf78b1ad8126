-- The newest versions of snapshots, each with its position in the input. Missing ones have no row. Payloads count towards `bytesMax`:
-- beyond it, later positions are left out, and `found` exceeds the number of rows.
-- Index: snapshots_pkey.
-- :many
select latest.position as "position!", latest.persistence_id as "persistence_id!", latest.version::text as "version!",
  latest.generation as "generation!", latest.shard as "shard!", latest.created_at as "created_at!",
  latest.updated_at as "updated_at!", latest.engine_timestamp::text as "engine_timestamp?", latest.manifest as "manifest?",
  latest.definition_name as "definition_name?", latest.definition_version as "definition_version?",
  latest.definition_hash as "definition_hash?", latest.encoding as "encoding!",
  array_to_string(latest.digests, ' ') as "digests!", latest.payload as "payload!",
  latest.found as "found!"
from (
  select given.position, stored.persistence_id, stored.version, stored.generation, stored.shard, stored.created_at, stored.updated_at,
    stored.engine_timestamp, stored.manifest, stored.definition_name, stored.definition_version, stored.definition_hash,
    stored.encoding, stored.digests, stored.payload, count(*) over () as found,
    sum(octet_length(stored.payload)) over (
      order by given.position rows between unbounded preceding and 1 preceding
    ) as bytes_before
  from unnest((select :persistenceIds::text[])) with ordinality as given(persistence_id, position)
  cross join lateral (
    select known.persistence_id, known.version, known.generation, known.shard, known.created_at, known.updated_at,
      known.engine_timestamp, known.manifest, known.definition_name, known.definition_version, known.definition_hash,
      known.encoding, known.digests, known.payload
    from holdfast.snapshots as known
    where known.persistence_id = given.persistence_id
    limit holdfast.at_most(1)
  ) as stored
) as latest
where coalesce(latest.bytes_before, 0) < :bytesMax::bigint
order by latest.position
