-- Transactions that have been open for long, in any database of the server: of sessions, prepared ones, and replication slots that nobody
-- reads. They keep vacuum from removing dead rows. Those of other roles are visible to a role that may see others' activity.
-- Index: none.
-- :many unprepared scan: of views of the server's state
select open.kind as "kind!", open.name as "name!", open.role as "role!", open.state as "state!", open.open_ms as "open_ms!"
from (
  select 'session' as kind, activity.pid::text as name, coalesce(activity.usename, '')::text as role,
    coalesce(activity.state, '') as state, (extract(epoch from clock_timestamp() - activity.xact_start) * 1000)::float8 as open_ms
  from pg_catalog.pg_stat_activity as activity
  where activity.pid <> pg_backend_pid() and activity.xact_start < clock_timestamp() - :olderMs::float8 * interval '1 millisecond'
    and activity.backend_type in ('client backend', 'walsender')
  union all
  select 'prepared', prepared.gid, prepared.owner::text, 'prepared', (extract(epoch from clock_timestamp() - prepared.prepared) * 1000)::float8
  from pg_catalog.pg_prepared_xacts as prepared
  where prepared.prepared < clock_timestamp() - :olderMs * interval '1 millisecond'
  union all
  select 'slot', slot.slot_name::text, '', 'inactive', 0
  from pg_catalog.pg_replication_slots as slot
  where not slot.active and coalesce(slot.xmin, slot.catalog_xmin) is not null
) as open
order by open.open_ms desc, open.name
limit :limit
