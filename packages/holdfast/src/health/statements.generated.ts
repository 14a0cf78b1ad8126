// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import { many, type StatementFunction } from "../core/plan.ts";

/** The parameters of {@link measureTables}. */
export interface MeasureTablesParameters {
}

/** A row of {@link measureTables}. */
export interface MeasureTablesRow {
  readonly name: string;
  readonly rows: number;
  readonly deadRows: number;
  readonly tableBytes: number;
  readonly indexBytes: number;
}

/**
 * The size of each table by the server's statistics, which follow writes with a short delay. If nothing was inserted since they began, as
 * after a crash, the planner's estimate is used.
 * Index: pg_class_oid_index, and pg_class itself, which has a row per table.
 */
export const measureTables: StatementFunction<MeasureTablesParameters, readonly MeasureTablesRow[]> = many({
  name: "health/measureTables",
  prepared: false,
  readsOnly: true,
  parameters: [],
  object: (row) => ({ name: row[0], rows: row[1], deadRows: row[2], tableBytes: row[3], indexBytes: row[4] }),
  elements: {},
  text: `select stored.relname as "name!",
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
order by stored.relname`,
});

/** The parameters of {@link missingIndexes}. */
export interface MissingIndexesParameters {
  readonly names: readonly string[];
}

/** A row of {@link missingIndexes}. */
export interface MissingIndexesRow {
  readonly name: string;
}

/**
 * Those of the given indexes that the schema lacks, or cannot use, as after an interrupted build.
 * Index: pg_class_relname_nsp_index, pg_index_indexrelid_index.
 */
export const missingIndexes: StatementFunction<MissingIndexesParameters, readonly MissingIndexesRow[]> = many({
  name: "health/missingIndexes",
  prepared: false,
  readsOnly: true,
  parameters: ["names"],
  object: (row) => ({ name: row[0] }),
  elements: {"names":"text"},
  text: `select expected.name as "name!"
from unnest((select $1::text[])) as expected(name)
where not exists (
  select
  from pg_catalog.pg_class as found
  join pg_catalog.pg_index as built on built.indexrelid = found.oid
  where found.relname = expected.name and built.indisvalid and built.indisready
    and found.relnamespace = (select jobs.relnamespace from pg_catalog.pg_class as jobs where jobs.oid = 'holdfast.jobs'::regclass)
)
order by expected.name`,
});
