-- The size of each table by the server's statistics, which follow writes with a short delay. If nothing was inserted since they began, as
-- after a crash, the planner's estimate is used.
-- Index: pg_class_oid_index, and pg_class itself, which has a row per table.
-- :many unprepared scan: of pg_class, which has a row a table
select stored.relname as "name!",
  case
    when pg_catalog.pg_stat_get_tuples_inserted(stored.oid) > 0 then pg_catalog.pg_stat_get_live_tuples(stored.oid)
    else greatest(stored.reltuples, 0)::bigint
  end as "rows!",
  pg_catalog.pg_stat_get_dead_tuples(stored.oid) as "dead_rows!",
  pg_catalog.pg_table_size(stored.oid) as "table_bytes!",
  pg_catalog.pg_indexes_size(stored.oid) as "index_bytes!"
from pg_catalog.pg_class as stored
where stored.relkind = 'r'
  and stored.relnamespace = (select jobs.relnamespace from pg_catalog.pg_class as jobs where jobs.oid = 'holdfast.jobs'::regclass)
order by stored.relname
