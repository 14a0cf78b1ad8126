-- The tables, constraints, triggers and functions of the schema, each with a digest of its content. That of a table covers its columns, and
-- that of a function its source. The source of `now` is left out, because tests replace it.
-- Index: pg_class_relname_nsp_index, pg_attribute_relid_attnum_index, pg_proc_proname_args_nsp_index.
-- :many unprepared scan: of the catalog, which has a row an object
with own as (
  select space.oid, '"' || space.nspname || '".' as quoted, quote_ident(space.nspname) || '.' as plain
  from pg_catalog.pg_namespace as space
  join pg_catalog.pg_class as jobs on jobs.relnamespace = space.oid
  where jobs.oid = 'holdfast.jobs'::regclass
)
select found.kind as "kind!", found.name as "name!", found.digest as "digest!"
from (
  select 'table' as kind, stored.relname::text as name, (
      select md5(string_agg(
        part.attname || ' ' || replace(pg_catalog.format_type(part.atttypid, part.atttypmod), own.plain, '~.')
          || case when part.attnotnull then ' not null' else '' end,
        ',' order by part.attnum
      ))
      from pg_catalog.pg_attribute as part
      where part.attrelid = stored.oid and part.attnum > 0 and not part.attisdropped
    ) as digest
  from pg_catalog.pg_class as stored cross join own
  where stored.relkind = 'r' and stored.relnamespace = own.oid
  union all
  select 'constraint', stored.relname || '.' || rule.conname, case when rule.convalidated then '' else 'not validated' end
  from pg_catalog.pg_constraint as rule
  join pg_catalog.pg_class as stored on stored.oid = rule.conrelid
  cross join own
  where stored.relnamespace = own.oid and rule.contype <> 'n'
  union all
  select 'trigger', stored.relname || '.' || rule.tgname, case when rule.tgenabled = 'O' then '' else 'disabled' end
  from pg_catalog.pg_trigger as rule
  join pg_catalog.pg_class as stored on stored.oid = rule.tgrelid
  cross join own
  where stored.relnamespace = own.oid and not rule.tgisinternal
  union all
  select 'function',
    routine.proname || '(' || replace(pg_catalog.pg_get_function_identity_arguments(routine.oid), own.plain, '~.') || ')',
    case when routine.proname = 'now' then '' else md5(replace(routine.prosrc, own.quoted, '~.')) end
  from pg_catalog.pg_proc as routine cross join own
  where routine.pronamespace = own.oid
) as found
order by found.kind, found.name collate "C"
