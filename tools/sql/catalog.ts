import type pg from "pg";
import { pascalCase } from "./parse.ts";

/** What the generator needs of the system catalog: types by oid, which columns are NOT NULL, and which functions may write. */
export interface Catalog {
  readonly enums: ReadonlyMap<string, readonly string[]>;
  parameterType(oid: number, nullable: boolean): string;
  columnType(oid: number): string;
  /** The type of an array's elements, where they go in binary. */
  binaryElement(oid: number): string | null;
  isNotNull(table: number, attribute: number): boolean;
  /**
   * Whether a function of this name, with its schema or without, is VOLATILE: PostgreSQL lets no other one write. Sizes and statistics
   * are volatile, and only read.
   */
  isVolatile(name: string): boolean;
}

interface TypeRow {
  oid: number;
  name: string;
  kind: string;
  category: string;
  element: number;
  labels: string[] | null;
}

/** What is counted in 64 bits is a number, and checked as it is read; a whole number of the caller's own travels as text. */
const columnTypes: Readonly<Record<string, string>> = {
  bool: "boolean",
  bytea: "Uint8Array",
  int8: "number",
  int2: "number",
  int4: "number",
  float4: "number",
  float8: "number",
  text: "string",
  varchar: "string",
  name: "string",
  json: "JsonText",
  jsonb: "JsonText",
  timestamptz: "Date",
};

/** Each `ElementType` of the kernel, by the type of its arrays. */
const binaryArrays: Readonly<Record<string, string>> = {
  _bytea: "bytea",
  _int8: "int8",
  _json: "json",
  _text: "text",
};

/** Reads the catalog once. */
export async function readCatalog(client: pg.Client): Promise<Catalog> {
  const { rows } = await client.query<TypeRow>(`
    select t.oid::int4 as oid, t.typname::text as name, t.typtype::text as kind, t.typcategory::text as category,
      t.typelem::int4 as element,
      (select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_catalog.pg_enum e where e.enumtypid = t.oid) as labels
    from pg_catalog.pg_type t`);
  const types = new Map(rows.map((row) => [row.oid, row]));
  const { rows: attributes } = await client.query<{ key: string }>(`
    select a.attrelid::int8::text || '.' || a.attnum as key
    from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
    where a.attnotnull and c.relnamespace = 'holdfast'::regnamespace`);
  const notNull = new Set(attributes.map((row) => row.key));
  const volatile = await readVolatile(client);

  const find = (oid: number): TypeRow => {
    const type = types.get(oid);
    if (!type) throw new Error(`no type with oid ${oid}`);
    return type;
  };
  const columnType = (oid: number): string => {
    const type = find(oid);
    if (type.kind === "e") return pascalCase(type.name);
    if (type.category === "A") {
      // The kernel reads no other array, and one of a domain is another.
      if (type.name !== "_text") {
        throw new Error(`a column is an array of PostgreSQL's type ${find(type.element).name}: cast it to text[]`);
      }
      return "readonly string[]";
    }
    if (type.name === "void") return "unknown";
    const known = columnTypes[type.name];
    if (!known) throw new Error(`PostgreSQL's type ${type.name} has no TypeScript type here: cast it to one that has`);
    return known;
  };
  return {
    enums: new Map(rows.filter((row) => row.kind === "e" && row.labels).map((row) => [row.name, row.labels ?? []])),
    parameterType: (oid, nullable) => {
      const type = find(oid);
      const isArray = type.category === "A";
      const scalar = columnType(isArray ? type.element : oid) + (nullable ? " | null" : "");
      if (!isArray) return scalar;
      return scalar.includes("|") ? `readonly (${scalar})[]` : `readonly ${scalar}[]`;
    },
    columnType,
    binaryElement: (oid) => binaryArrays[find(oid).name] ?? null,
    isVolatile: (name) => volatile.has(name.replace(/^pg_catalog\./, "")),
    isNotNull: (table, attribute) => notNull.has(`${table}.${attribute}`),
  };
}

/** The names of the functions that may write. */
async function readVolatile(client: pg.Client): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ name: string }>(`
    select distinct case n.nspname when 'pg_catalog' then '' else n.nspname || '.' end || p.proname as name
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where p.provolatile = 'v' and n.nspname in ('pg_catalog', 'holdfast') and p.proname !~ '^pg_(stat_get_|[a-z]+_size$)'`);
  return new Set(rows.map((row) => row.name));
}
