-- Those of the given indexes that the schema lacks, or cannot use, as after an interrupted build.
-- Index: pg_class_relname_nsp_index, pg_index_indexrelid_index.
-- :many unprepared scan: of pg_class and pg_index, which have a row an index
select expected.name as "name!"
from unnest((select :names::text[])) as expected(name)
where not exists (
  select
  from pg_catalog.pg_class as found
  join pg_catalog.pg_index as built on built.indexrelid = found.oid
  where found.relname = expected.name and built.indisvalid and built.indisready
    and found.relnamespace = (select jobs.relnamespace from pg_catalog.pg_class as jobs where jobs.oid = 'holdfast.jobs'::regclass)
)
order by expected.name
