import type pg from "pg";
import { camelCase } from "./parse.ts";

/**
 * Tables that no archive holds, each with the reason. Every other table of the schema is exported and imported, column by column. For a
 * new one, run `npm run sql`, or name it here.
 */
const leftOut: Readonly<Record<string, string>> = {
  migrations: "says of the schema, not of what it holds, which migrations it has",
  execution_labels: "is made of the executions' labels by a trigger, in an import too",
  group_lines: "is made of the jobs and executions that are in no other table, in an import too",
  ready: "is made of the jobs and executions that are in no other table, in an import too",
  ready_chunks: "is made as single rows of the jobs that are in no other table, in an import too",
  lease_chunk_ends: "counts ended jobs of held chunks, which an import unpacks",
  places: "counts the leases of groups, and an import opens these groups for the next claim to count",
  openings: "says what the next claim has to look at, which an import says too",
  job_counts: "counts the ended jobs, in an import too",
  turns: "says when the upkeep of a store is due next, and every store has its own",
};

const jobOfExecutions = (job: string): string =>
  `exists (select from holdfast.jobs as job where job.id = ${job} and job.execution_id = any ($1::text[]))`;

/** Which rows of a table belong to executions, where that is not told by a column `execution_id`; the ids are `$1`. */
const ofExecutions: Readonly<Record<string, string>> = {
  executions: "stored.id = any ($1::text[])",
  definitions: `exists (
    select from holdfast.executions as execution
    where execution.id = any ($1::text[]) and execution.definition_name = stored.name
      and execution.definition_version = stored.version
  )`,
  blocked_jobs: jobOfExecutions("stored.id"),
  leases: `case stored.kind when 'execution' then stored.id = any ($1::text[]) else ${jobOfExecutions("stored.id")} end`,
  // Its jobs are put where they wait by the settings that their queues have where they come into.
  scheduled: "stored.kind = 'execution' and stored.id = any ($1::text[])",
  ended_jobs: jobOfExecutions("stored.id"),
  // Jobs of executions are in no chunk.
  lease_chunks: "$1::text[] is null",
  // By the keys of the jobs: there is no index of keys by job.
  job_keys: `exists (
    select from holdfast.jobs as job
    where job.queue = stored.queue and job.unique_key = stored.unique_key and job.id = stored.job_id
      and job.execution_id = any ($1::text[])
  )`,
  job_failures: jobOfExecutions("stored.job_id"),
  job_reports: jobOfExecutions("stored.job_id"),
  job_dependencies: `${jobOfExecutions("stored.job_id")} and ${jobOfExecutions("stored.after_id")}`,
};

interface Column {
  readonly name: string;
  readonly type: string;
  readonly isIdentity: boolean;
}

interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly key: readonly string[];
  /** The tables that it refers to, itself too where no deferrable constraint does. */
  readonly refersTo: readonly string[];
}

/** The generated file of the archive: for each table, in the order of their foreign keys, what reads and writes its rows. */
export async function emitArchive(client: pg.Client): Promise<string> {
  const tables = inOrder((await readTables(client)).filter(({ name }) => leftOut[name] === undefined));
  const { rows } = await client.query<{ name: string; isOwned: boolean }>(
    `select relname::text as name,
       exists (select from pg_catalog.pg_depend where objid = pg_class.oid and deptype in ('i', 'a')) as "isOwned"
     from pg_catalog.pg_class
     where relnamespace = 'holdfast'::regnamespace and relkind = 'S' order by 1`,
  );
  return `// Written by \`npm run sql\` from the schema. Not edited by hand.
import type { ArchivedSequence, ArchivedTable } from "./archived.ts";

/** Every table that an archive holds, in an order in which none comes before what it refers to. */
export const archivedTables: readonly ArchivedTable[] = [
${tables.map(emitTable).join("\n")}
];

/** Every sequence of the schema. */
export const archivedSequences: readonly ArchivedSequence[] = [
${rows.map(emitSequence).join("\n")}
];

/** The tables that no archive holds, whether the schema has them yet or not. */
export const leftOutTables: readonly string[] = ${JSON.stringify(Object.keys(leftOut))};
`;
}

async function readTables(client: pg.Client): Promise<readonly Table[]> {
  const { rows } = await client.query<Table>(
    `select relname::text as name,
       (select json_agg(json_build_object('name', attname, 'type', format_type(atttypid, null), 'isIdentity', attidentity <> '')
           order by attnum)
         from pg_catalog.pg_attribute
         where attrelid = pg_class.oid and attnum > 0 and not attisdropped and attgenerated = '') as columns,
       (select json_agg(attname order by array_position(conkey, attnum))
         from pg_catalog.pg_constraint
         join pg_catalog.pg_attribute on attrelid = conrelid and attnum = any (conkey)
         where conrelid = pg_class.oid and contype = 'p') as key,
       (select coalesce(json_agg(distinct target.relname), '[]')
         from pg_catalog.pg_constraint
         join pg_catalog.pg_class as target on target.oid = confrelid
         where conrelid = pg_class.oid and contype = 'f' and not condeferrable) as "refersTo"
     from pg_catalog.pg_class
     where relnamespace = 'holdfast'::regnamespace and relkind in ('r', 'p')
     order by 1`,
  );
  return rows;
}

/** Sorted so that each table comes after those that it refers to. */
function inOrder(tables: readonly Table[]): readonly Table[] {
  const ordered: Table[] = [];
  while (ordered.length < tables.length) {
    const next = tables.find(
      (table) => !ordered.includes(table) && table.refersTo.every((name) => ordered.some((done) => done.name === name)),
    );
    if (next === undefined) {
      const left = tables.filter((table) => !ordered.includes(table)).map(({ name }) => name);
      throw new Error(
        `archive: ${left.join(", ")} refer to themselves or in a circle: make one of those foreign keys deferrable, so that rows can be imported in any order`,
      );
    }
    ordered.push(next);
  }
  return ordered;
}

/** What to read from a table: columns, order, and rows. */
interface Reading {
  readonly columns: readonly Column[];
  readonly key: readonly string[];
  readonly of: string | null;
}

function emitTable(table: Table): string {
  const { name, key } = table;
  if (key === null) throw new Error(`archive: ${name} has no primary key, by which it would be read`);
  // Of another cluster's transactions nothing can be said here: such a column gets the transaction of the import.
  const columns = table.columns.filter(({ type }) => type !== "xid8");
  const belongs = table.columns.some((column) => column.name === "execution_id")
    ? "stored.execution_id = any ($1::text[])"
    : null;
  const of = ofExecutions[name] ?? belongs;
  const identity = columns.find(({ isIdentity }) => isIdentity)?.name ?? null;
  // Where identities are drawn anew, rows come in the order in which they got them.
  const ofKey = identity === null ? key : [identity];
  const fields = [
    `name: ${JSON.stringify(name)},`,
    `columns: ${list(columns.map((column) => camelCase(column.name)))},`,
    `key: ${list(key.map(camelCase))},`,
    `identity: ${identity === null ? "null" : JSON.stringify(camelCase(identity))},`,
    `hasBytes: ${columns.some(({ type }) => type === "bytea")},`,
    `read: ${statement(`read ${name}`, readText(table, { columns, key, of: null }))},`,
    `readOfExecutions: ${of === null ? "null" : statement(`read ${name} of executions`, readText(table, { columns, key: ofKey, of }))},`,
    `write: ${statement(`write ${name}`, writeText(table, columns))},`,
    `isUsed: ${statement(`is ${name} used`, `select exists (select from holdfast.${name})`)},`,
  ];
  return `  {\n${fields.map((field) => `    ${field}\n`).join("")}  },`;
}

function readText({ name, columns: all }: Table, { columns, key, of }: Reading): string {
  const first = of === null ? 1 : 2;
  const placeOf = (column: string, parameter: string): string => {
    const type = all.find((each) => each.name === column)?.type ?? "text";
    return type === "bytea" ? `decode(${parameter}::text, 'base64')` : `${parameter}::text::${type}`;
  };
  const after = key.map((column, i) => placeOf(column, `$${first + i}`)).join(", ");
  const keys = key.map((column) => `stored.${column}`).join(", ");
  const isAfter = `($${first}::text is null or (${keys}) > (${after}))`;
  return `select ${columns.map(textOf).join(", ")}
from holdfast.${name} as stored
where ${of === null ? "" : `${of} and `}${isAfter}
order by ${keys}
limit $${first + key.length}::bigint`;
}

/** A column as text that does not depend on the session's settings. */
function textOf({ name, type }: Column): string {
  if (type === "timestamp with time zone") return `to_json(stored.${name}) #>> '{}'`;
  if (type === "bytea") return `translate(encode(stored.${name}, 'base64'), E'\\n', '')`;
  return `stored.${name}::text`;
}

function writeText({ name, columns: all }: Table, columns: readonly Column[]): string {
  const transactions = all.filter(({ type }) => type === "xid8");
  const targets = [...columns, ...transactions].map((column) => column.name).join(", ");
  const values = columns.map((column) => valueOf(name, column));
  const given = columns.map((_, i) => `given.c${i + 1}`);
  const cast = values.map((value, i) => value.replaceAll("$given", given[i] ?? ""));
  return `insert into holdfast.${name} (${targets}) overriding system value
select ${[...cast, ...transactions.map(() => "pg_current_xact_id()")].join(", ")}
from unnest(${columns.map((_, i) => `$${i + 1}::text[]`).join(", ")})
  with ordinality as given(${columns.map((_, i) => `c${i + 1}`).join(", ")}, place)
order by given.place`;
}

function valueOf(table: string, { name, type, isIdentity }: Column): string {
  if (type === "bytea") return "decode($given, 'base64')";
  if (isIdentity) return `coalesce($given::${type}, nextval(pg_get_serial_sequence('holdfast.${table}', '${name}')))`;
  return `$given::${type}`;
}

function emitSequence({ name, isOwned }: { readonly name: string; readonly isOwned: boolean }): string {
  const read = statement(`read ${name}`, `select last_value::text, is_called::text from holdfast.${name}`);
  const write = statement(
    `write ${name}`,
    // Never back, also not by the one step between a value that is drawn next and one that was drawn last.
    `select setval('holdfast.${name}', $1::bigint, $2::boolean) from holdfast.${name}
where last_value < $1::bigint or last_value = $1::bigint and not is_called`,
  );
  return `  {\n    name: ${JSON.stringify(name)},\n    isOwned: ${isOwned},\n    read: ${read},\n    write: ${write},\n  },`;
}

function statement(name: string, text: string): string {
  const readsOnly = /^(read|is) /.test(name);
  return `{ name: ${JSON.stringify(`archive/${name}`)}, prepared: false, readsOnly: ${String(readsOnly)}, text: ${JSON.stringify(text)} }`;
}

function list(names: readonly string[]): string {
  return JSON.stringify(names);
}
