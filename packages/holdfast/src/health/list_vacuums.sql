-- How vacuum keeps up with each table, by the server's statistics.
-- Index: pg_class_oid_index.
-- :many unprepared scan: of pg_class, which has a row a table
select stored.relname as "name!", pg_catalog.pg_stat_get_live_tuples(stored.oid) as "rows!",
  pg_catalog.pg_stat_get_dead_tuples(stored.oid) as "dead_rows!",
  greatest(pg_catalog.pg_stat_get_last_vacuum_time(stored.oid), pg_catalog.pg_stat_get_last_autovacuum_time(stored.oid))
    as "vacuumed_at?",
  greatest(pg_catalog.pg_stat_get_last_analyze_time(stored.oid), pg_catalog.pg_stat_get_last_autoanalyze_time(stored.oid))
    as "analyzed_at?",
  coalesce(stored.reloptions::text like '%autovacuum_enabled=false%' or stored.reloptions::text like '%autovacuum_enabled=off%', false)
    as "is_left_out!"
from pg_catalog.pg_class as stored
where stored.relkind = 'r'
  and stored.relnamespace = (select jobs.relnamespace from pg_catalog.pg_class as jobs where jobs.oid = 'holdfast.jobs'::regclass)
order by stored.relname
