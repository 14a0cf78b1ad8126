import type pg from "pg";
import { bindSchema } from "../../packages/holdfast/src/core/schema-name.ts";
import type { Catalog } from "./catalog.ts";
import type { Description } from "./describe.ts";
import { camelCase, type ParsedStatement, pascalCase, withoutTexts, type Variants } from "./parse.ts";

/** A statement with PostgreSQL's description of it. */
export interface DescribedStatement {
  readonly statement: ParsedStatement;
  readonly description: Description;
}

/** The first line of a generated file of statements. */
export const banner =
  "// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.\n";

/**
 * Whether a statement surely writes nothing: no part of it changes or locks rows, and no function that it calls is VOLATILE. In doubt it
 * writes.
 */
function readsOnly(text: string, { isVolatile }: Pick<Catalog, "isVolatile">): boolean {
  const plain = withoutTexts(text);
  return (
    /^\s*(select|with)\b/i.test(plain) &&
    !/\b(insert|update|delete|merge|share)\b/i.test(plain) &&
    ![...plain.matchAll(/\b((?:\w+\.)?\w+)\s*\(/g)].some(([, name = ""]) => isVolatile(name))
  );
}

/**
 * Whether PostgreSQL's description cannot tell which columns may be null. An outer join, a CTE, a set operation or a sub-select in FROM
 * hides the base column (and grouping sets make nulls of it). So every column must carry its own mark.
 */
export function mustMarkColumns(text: string): boolean {
  const plain = withoutTexts(text).replaceAll(/\s+/g, " ");
  return (
    /^ ?with /i.test(plain) ||
    /\b(left|right|full)( outer)? join\b/i.test(plain) ||
    /\b(union|intersect|except|rollup|cube|grouping sets)\b/i.test(plain) ||
    /\b(from|join|lateral|,) ?\( ?(select|values|with)\b/i.test(plain)
  );
}

/** The generated file of one folder. */
export function emitFolder(statements: readonly DescribedStatement[], catalog: Catalog): string {
  const body = statements.map((described) => emitStatement(described, catalog)).join("\n");
  const uses = (word: string): boolean => new RegExp(`\\b${word}\\b`).test(body);
  const enums = [...catalog.enums.keys()].map(pascalCase).filter(uses).sort();
  const constructors = ["exec", "many", "maybe", "one"].filter((name) => new RegExp(`[=:] ${name}\\(`).test(body));
  const json = uses("JsonText") ? `import type { JsonText } from "../core/codec.ts";\n` : "";
  const enumImport = enums.length ? `import type { ${enums.join(", ")} } from "../core/enums.generated.ts";\n` : "";
  const types = ["InBothOrders", "InEachLockMode", "StatementFunction"].filter(uses).map((name) => `type ${name}`);
  const names = [...constructors, ...types].join(", ");
  return `${banner}${json}${enumImport}import { ${names} } from "../core/plan.ts";\n\n${body}`;
}

/** The generated file of the schema's enums: a union type and a list of labels each. */
export function emitEnums(catalog: Catalog): string {
  const enums = [...catalog.enums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, labels]) => {
      const list = labels.map((label) => JSON.stringify(label)).join(", ");
      const type = pascalCase(name);
      return `/** The labels of the schema's \`${name}\`, in their order. */
export const ${camelCase(name)}Labels: readonly [${labels.map((label) => JSON.stringify(label)).join(", ")}] = [${list}];

/** A label of the schema's \`${name}\`. */
export type ${type} = (typeof ${camelCase(name)}Labels)[number];
`;
    });
  return `${banner}\n${enums.join("\n")}`;
}

/** The module with the names of all indexes that the migrations make: what a store's health compares a schema against. */
export async function emitIndexes(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    "select indexname as name from pg_catalog.pg_indexes where schemaname = 'holdfast' order by indexname collate \"C\"",
  );
  return [
    "// Written by `npm run sql` from the schema. Not edited by hand.",
    "",
    "/** The names of the schema's indexes. */",
    "export const indexNames: readonly string[] = [",
    ...rows.map(({ name }) => `  ${JSON.stringify(name)},`),
    "];",
    "",
  ].join("\n");
}

/**
 * The module with a digest of each object that the migrations make, by which a diagnosis recognizes a schema that was changed by hand. They
 * are made in a schema of another name, and bound to it as a store binds them.
 */
export async function emitObjects(
  client: pg.Client,
  { migrations, statement }: { readonly migrations: readonly string[]; readonly statement: string },
): Promise<string> {
  const schema = "digested";
  await client.query(`create schema ${schema}`);
  for (const migration of migrations) await client.query(bindSchema(migration, schema));
  const { rows } = await client.query<string[]>({ text: bindSchema(statement, schema), rowMode: "array" });
  await client.query(`drop schema ${schema} cascade`);
  return [
    "// Written by `npm run sql` from the schema. Not edited by hand.",
    "",
    "/** The digest of each object of the schema, by its kind and its name. */",
    "export const objectDigests: Readonly<Record<string, string>> = {",
    ...rows.map(([kind, name, digest]) => `  ${JSON.stringify(`${kind} ${name}`)}: ${JSON.stringify(digest)},`),
    "};",
    "",
  ].join("\n");
}

function emitStatement({ statement, description }: DescribedStatement, catalog: Catalog): string {
  const { functionName, cardinality, parameters } = statement;
  const columns = cardinality === "exec" ? [] : columnsOf(statement, description, catalog);
  const parametersType = `${pascalCase(functionName)}Parameters`;
  const rowType = `${pascalCase(functionName)}Row`;
  const results = { one: rowType, maybe: `${rowType} | null`, many: `readonly ${rowType}[]`, exec: "void" };
  const fields = parameters.map((parameter, i) => {
    const type = catalog.parameterType(description.parameters[i] ?? 0, parameter.nullable);
    return `  readonly ${parameter.name}: ${type};\n`;
  });
  const elements = Object.fromEntries(
    parameters.flatMap((parameter, i) => {
      const element = catalog.binaryElement(description.parameters[i] ?? 0);
      return element === null ? [] : [[parameter.name, element]];
    }),
  );
  const row = columns.map((column) => `  readonly ${column.name}: ${column.type};\n`).join("");
  return `/** The parameters of {@link ${functionName}}. */
export interface ${parametersType} {
${fields.join("")}}
${cardinality === "exec" ? "" : `\n/** A row of {@link ${functionName}}. */\nexport interface ${rowType} {\n${row}}\n`}
/**
${statement.documentation.map((line) => ` * ${line}`.trimEnd()).join("\n")}
 */
export const ${functionName}: ${typeOf(statement.variants)}<${parametersType}, ${results[cardinality]}> = ${emitValue(statement, columns, { elements, isReading: readsOnly(statement.text, catalog) })};
`;
}

function typeOf(variants: Variants | null): string {
  if (variants === null) return "StatementFunction";
  return "desc" in variants ? "InBothOrders" : "InEachLockMode";
}

/** The call that makes a statement, or one for each of its variants. */
function emitValue(
  { folder, functionName, cardinality, prepared, parameters, text, variants }: ParsedStatement,
  columns: readonly { readonly name: string }[],
  { elements, isReading }: { readonly elements: Readonly<Record<string, string>>; readonly isReading: boolean },
): string {
  const name = `${folder.split("/").at(-1)}/${functionName}`;
  const object = columns.map((column, i) => `${column.name}: row[${i}]`).join(", ");
  const call = (own: string, sql: string): string => `${cardinality}({
  name: ${JSON.stringify(own)},
  prepared: ${String(prepared)},
  readsOnly: ${String(isReading)},
  parameters: ${JSON.stringify(parameters.map((parameter) => parameter.name))},
  object: ${columns.length === 0 ? "() => ({})" : `(row) => ({ ${object} })`},
  elements: ${JSON.stringify(elements)},
  text: \`${sql.replaceAll(/[\\`]|\$\{/g, "\\$&")}\`,
})`;
  if (variants === null) return call(name, text);
  const calls = Object.entries(variants).map(([variant, sql], i) => {
    return `  ${variant}: ${call(i === 0 ? name : `${name} ${variant}`, sql)},\n`;
  });
  return `{\n${calls.join("")}}`;
}

/** The columns of a statement: as the row's field, and as PostgreSQL names it. */
export function columnsOf(
  { file, text }: ParsedStatement,
  description: Description,
  catalog: Catalog,
): { name: string; label: string; type: string }[] {
  const markAll = mustMarkColumns(text);
  return description.columns.map((column) => {
    const [, name = "", mark] = /^(.*?)([!?]?)$/.exec(column.name) ?? [];
    if (markAll && !mark) {
      throw new Error(
        `${file}: column "${name}" says neither "${name}!" (never null) nor "${name}?" (may be null), as it must in a ` +
          "statement with an outer join, CTE, set operation or sub-select in FROM",
      );
    }
    const notNull = mark ? mark === "!" : column.table !== 0 && catalog.isNotNull(column.table, column.attribute);
    return { name: camelCase(name), label: name, type: catalog.columnType(column.type) + (notNull ? "" : " | null") };
  });
}
