import type { Catalog } from "./catalog.ts";
import type { Description } from "./describe.ts";
import { camelCase, type ParsedStatement, pascalCase, withoutTexts } from "./parse.ts";

/** A statement with PostgreSQL's description of it. */
export interface DescribedStatement {
  readonly statement: ParsedStatement;
  readonly description: Description;
}

const banner =
  "// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.\n";

/**
 * Where PostgreSQL's description cannot tell whether a column may be null: an outer join, a CTE, a set operation or a
 * sub-select in FROM hides the base column behind it (and grouping sets make nulls of it), so every column must carry its own mark.
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
  const constructors = ["exec", "many", "maybe", "one"].filter((name) => new RegExp(` = ${name}\\(`).test(body));
  const json = uses("JsonText") ? `import type { JsonText } from "../database/codec.ts";\n` : "";
  const enumImport = enums.length ? `import type { ${enums.join(", ")} } from "../database/enums.generated.ts";\n` : "";
  const names = [...constructors, "type StatementFunction"].join(", ");
  return `${banner}${json}${enumImport}import { ${names} } from "../database/statement.ts";\n\n${body}`;
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
  const definition = {
    name: `${statement.folder.split("/").at(-1)}/${functionName}`,
    text: statement.text,
    prepared: statement.prepared,
    parameters: parameters.map((parameter) => parameter.name),
    object: columns.map((column, i) => `${column.name}: row[${i}]`).join(", "),
    elements: Object.fromEntries(
      parameters.flatMap((parameter, i) => {
        const element = catalog.binaryElement(description.parameters[i] ?? 0);
        return element === null ? [] : [[parameter.name, element]];
      }),
    ),
  };
  const row = columns.map((column) => `  readonly ${column.name}: ${column.type};\n`).join("");
  return `/** The parameters of {@link ${functionName}}. */
export interface ${parametersType} {
${fields.join("")}}
${cardinality === "exec" ? "" : `\n/** A row of {@link ${functionName}}. */\nexport interface ${rowType} {\n${row}}\n`}
/**
${statement.documentation.map((line) => ` * ${line}`.trimEnd()).join("\n")}
 */
export const ${functionName}: StatementFunction<${parametersType}, ${results[cardinality]}> = ${cardinality}({
  name: ${JSON.stringify(definition.name)},
  prepared: ${String(definition.prepared)},
  parameters: ${JSON.stringify(definition.parameters)},
  object: ${columns.length === 0 ? "() => ({})" : `(row) => ({ ${definition.object} })`},
  elements: ${JSON.stringify(definition.elements)},
  text: \`${definition.text.replaceAll(/[\\`]|\$\{/g, "\\$&")}\`,
});
`;
}

function columnsOf(
  { file, text }: ParsedStatement,
  description: Description,
  catalog: Catalog,
): { name: string; type: string }[] {
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
    return { name: camelCase(name), type: catalog.columnType(column.type) + (notNull ? "" : " | null") };
  });
}
