-- What the session's role may not do with the tables, sequences and functions of the schema, though a store does it. The ledger of
-- migrations is only read. The sequences of identity columns are only read too, by exports.
-- Index: pg_class_relname_nsp_index, pg_proc_proname_args_nsp_index.
-- :many unprepared scan: of pg_class and pg_proc, which have a row an object
select missing.kind as "kind!", missing.name as "name!", missing.privileges as "privileges!"
from (
  select 'table' as kind, stored.relname::text as name, (
      select string_agg(wanted.privilege, ', ')
      from unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) as wanted(privilege)
      where not has_table_privilege(stored.oid, wanted.privilege) and (stored.relname <> 'migrations' or wanted.privilege = 'SELECT')
    ) as privileges
  from pg_catalog.pg_class as stored
  where stored.relkind in ('r', 'v')
    and stored.relnamespace = (select jobs.relnamespace from pg_catalog.pg_class as jobs where jobs.oid = 'holdfast.jobs'::regclass)
    and (stored.relkind = 'r' or not has_table_privilege(stored.oid, 'SELECT'))
  union all
  select 'sequence', stored.relname::text, (
      select string_agg(wanted.privilege, ', ')
      from unnest('{USAGE,SELECT}'::text[]) as wanted(privilege)
      where not has_sequence_privilege(stored.oid, wanted.privilege) and (wanted.privilege = 'SELECT' or not exists (
        select from pg_catalog.pg_depend as owned
        where owned.classid = 'pg_catalog.pg_class'::regclass and owned.objid = stored.oid and owned.deptype = 'i'
      ))
    )
  from pg_catalog.pg_class as stored
  where stored.relkind = 'S'
    and stored.relnamespace = (select jobs.relnamespace from pg_catalog.pg_class as jobs where jobs.oid = 'holdfast.jobs'::regclass)
  union all
  select 'function', stored.proname::text, case when not has_function_privilege(stored.oid, 'EXECUTE') then 'EXECUTE' end
  from pg_catalog.pg_proc as stored
  where stored.pronamespace = (select jobs.relnamespace from pg_catalog.pg_class as jobs where jobs.oid = 'holdfast.jobs'::regclass)
) as missing
where missing.privileges is not null
order by missing.kind desc, missing.name
