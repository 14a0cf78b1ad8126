// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import type { Statement } from "../statement.ts";

/**
 * Makes the extension, where it is missing.
 */
export const createExtension: Statement<object, object> = {
  parameters: [],
  text: `create extension if not exists vector`,
};

/**
 * Makes the table of vectors, where it is missing: one row for each text of an item. Items of several numbers of dimensions stand side by
 * side. A vector stays in its row up to 8 KB, because a search reads all of a namespace: it takes half the time then. The foreign key
 * removes the vectors of an item with the item, however that happens.
 */
export const createTable: Statement<object, object> = {
  parameters: [],
  text: `create table if not exists holdfast.langgraph_vectors (
  prefix text collate "C" not null,
  key text collate "C" not null,
  dims integer generated always as (vector_dims(embedding)) stored,
  number integer not null,
  version bigint not null,
  labels jsonb not null,
  embedding vector not null,
  primary key (prefix, key, dims, number),
  foreign key (prefix, key) references holdfast.kv_entries on delete cascade
) with (toast_tuple_target = 8160)`,
};

/** A row of {@link findPgvector}. */
export interface FindPgvectorRow {
  readonly is_available: boolean;
}

/**
 * Whether the server has the extension pgvector.
 */
export const findPgvector: Statement<object, FindPgvectorRow> = {
  parameters: [],
  text: `select exists (select from pg_catalog.pg_available_extensions as known where known.name = 'vector') as is_available`,
};

/** The parameters of {@link listNearest}. */
export interface ListNearestParameters {
  readonly vector: string;
  readonly start: string;
  readonly end: string;
  readonly dims: number;
  readonly labels: string;
  readonly ranges: string | null;
  readonly limit: number;
  readonly offset: number;
}

/** A row of {@link listNearest}. */
export interface ListNearestRow {
  readonly prefix: string;
  readonly key: string;
  readonly version: number;
  readonly distance: number;
}

/**
 * The items nearest to a vector, by the nearest of their own, within a range of prefixes. Labels are compared by containment, and their
 * ranges by a path. Compares every vector that passes.
 * Index: langgraph_vectors_pkey.
 */
export const listNearest: Statement<ListNearestParameters, ListNearestRow> = {
  parameters: ["vector","start","end","dims","labels","ranges","limit","offset"],
  text: `select stored.prefix, stored.key, stored.version::float8 as version, min(stored.embedding <=> $1::text::vector) as distance
from holdfast.langgraph_vectors as stored
where stored.prefix >= $2::text and stored.prefix < $3::text and stored.dims = $4::integer
  and stored.labels @> $5::text::jsonb
  and ($6::text is null or stored.labels @@ $6::text::jsonpath)
group by stored.prefix, stored.key, stored.version
order by distance, stored.prefix, stored.key, stored.version
limit $7::integer offset $8::integer`,
};

/** The parameters of {@link lockSetup}. */
export interface LockSetupParameters {
  readonly name: string;
}

/**
 * Waits for the others that make the table: two that did it at once would collide in the catalog.
 */
export const lockSetup: Statement<LockSetupParameters, object> = {
  parameters: ["name"],
  text: `select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext($1::text))`,
};

/** The parameters of {@link replaceVectors}. */
export interface ReplaceVectorsParameters {
  readonly vectors: string;
  readonly items: string;
  readonly dims: number;
}

/**
 * Replaces all vectors of items, of this number of dimensions.
 * Index: langgraph_vectors_pkey.
 */
export const replaceVectors: Statement<ReplaceVectorsParameters, object> = {
  parameters: ["vectors","items","dims"],
  text: `with given as materialized (
  select vector.prefix, vector.key, vector.number, vector.version, vector.labels, vector.embedding
  from json_to_recordset($1::text::json)
    as vector(prefix text, key text, number integer, version bigint, labels jsonb, embedding vector)
), removed as (
  delete from holdfast.langgraph_vectors as stored
  using json_to_recordset($2::text::json) as written(prefix text, key text)
  where stored.prefix = written.prefix and stored.key = written.key and stored.dims = $3::integer
    and not exists (
      select from given
      where given.prefix = stored.prefix and given.key = stored.key and given.number = stored.number
    )
)
insert into holdfast.langgraph_vectors (prefix, key, number, version, labels, embedding)
select given.prefix, given.key, given.number, given.version, given.labels, given.embedding
from given
on conflict (prefix, key, dims, number) do update set
  version = excluded.version, labels = excluded.labels, embedding = excluded.embedding`,
};
