-- Counts snapshots, optionally of a shard and of a definition.
-- Index: snapshots_pkey, snapshots_shard, snapshots_definition.
-- :one unprepared scan: counting without filters reads all
select count(*) as "count!"
from holdfast.snapshots
where (:shard?::bigint is null or shard = :shard)
  and (:definitionName?::text is null or definition_name = :definitionName)
