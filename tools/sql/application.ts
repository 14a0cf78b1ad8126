import { join } from "node:path";
import type pg from "pg";
import { type Catalog, readCatalog } from "./catalog.ts";
import { banner, columnsOf, type DescribedStatement } from "./emit.ts";
import { describeFolders } from "./generate.ts";
import { pascalCase } from "./parse.ts";

/**
 * The generated files for the statements of an adapter, which sends them as the application's own SQL. Its rows are objects by the names of
 * columns.
 */
export async function generateApplication(client: pg.Client, source: string): Promise<ReadonlyMap<string, string>> {
  const catalog = await readCatalog(client);
  const folders = await describeFolders(client, source, (described) => emitStatement(described, catalog));
  return new Map(
    [...folders].map(([folder, texts]) => {
      const body = texts.join("\n");
      const text = `${banner}import type { Statement } from "../statement.ts";\n\n${body}`;
      return [join(folder, "statements.generated.ts"), text];
    }),
  );
}

function emitStatement({ statement, description }: DescribedStatement, catalog: Catalog): string {
  const { functionName, parameters, cardinality, documentation, text } = statement;
  const columns = cardinality === "exec" ? [] : columnsOf(statement, description, catalog);
  const fields = parameters.map((parameter, i) => {
    return `  readonly ${parameter.name}: ${catalog.parameterType(description.parameters[i] ?? 0, parameter.nullable)};\n`;
  });
  const row = columns.map(({ label, type }) => `  readonly ${label}: ${type};\n`).join("");
  const parametersType = fields.length === 0 ? "object" : `${pascalCase(functionName)}Parameters`;
  const rowType = columns.length === 0 ? "object" : `${pascalCase(functionName)}Row`;
  // The marks are for this generator only.
  const sent = text.replaceAll(/"(\w+)[!?]"/g, "$1").replaceAll(/[\\`]|\$\{/g, "\\$&");
  return `${fields.length === 0 ? "" : `/** The parameters of {@link ${functionName}}. */\nexport interface ${parametersType} {\n${fields.join("")}}\n\n`}${columns.length === 0 ? "" : `/** A row of {@link ${functionName}}. */\nexport interface ${rowType} {\n${row}}\n\n`}/**
${documentation.map((line) => ` * ${line}`.trimEnd()).join("\n")}
 */
export const ${functionName}: Statement<${parametersType}, ${rowType}> = {
  parameters: ${JSON.stringify(parameters.map(({ name }) => name))},
  text: \`${sent}\`,
};
`;
}
