import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type pg from "pg";
import { readCatalog } from "./catalog.ts";
import { describe } from "./describe.ts";
import { type DescribedStatement, emitEnums, emitFolder } from "./emit.ts";
import { parseStatement } from "./parse.ts";

/** Every statement file under a source folder; migrations are not statements. */
export function statementFiles(source: string): readonly string[] {
  return readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".sql") && !file.startsWith("migrations"))
    .sort();
}

/**
 * The generated files for a source folder, by path below it, made against the schema that `client` is connected to.
 *
 * Throws one Error that lists every statement which that schema refuses.
 */
export async function generate(client: pg.Client, source: string): Promise<ReadonlyMap<string, string>> {
  const catalog = await readCatalog(client);
  const folders = await describeFolders(client, source, (described) => {
    emitFolder([described], catalog);
    return described;
  });
  const files = new Map([["core/enums.generated.ts", emitEnums(catalog)]]);
  for (const [folder, statements] of folders) {
    files.set(join(folder, "statements.generated.ts"), emitFolder(statements, catalog));
  }
  return files;
}

/**
 * What is made of each statement under a source folder, by the folder that it is in.
 *
 * Throws one Error that lists every statement which the schema or `make` refuses.
 */
export async function describeFolders<T>(
  client: pg.Client,
  source: string,
  make: (described: DescribedStatement) => T,
): Promise<ReadonlyMap<string, readonly T[]>> {
  const folders = new Map<string, readonly T[]>();
  const failures: string[] = [];
  for (const file of statementFiles(source)) {
    try {
      const statement = parseStatement(file, readFileSync(join(source, file), "utf8"));
      const described = { statement, description: await describe(client, statement.text) };
      for (const variant of Object.values(statement.variants ?? {})) await describe(client, variant);
      folders.set(statement.folder, [...(folders.get(statement.folder) ?? []), make(described)]);
    } catch (error) {
      failures.push(explain(file, error));
    }
  }
  if (failures.length > 0) throw new Error(failures.join("\n"));
  return folders;
}

/** The generated files that differ from what is on disk, and those on disk that nothing generates any more. */
export function staleFiles(source: string, files: ReadonlyMap<string, string>): readonly string[] {
  const onDisk = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".generated.ts"),
  );
  const changed = [...files].filter(
    ([path, text]) => !onDisk.includes(path) || readFileSync(join(source, path), "utf8") !== text,
  );
  const orphans = onDisk.filter((path) => !files.has(path));
  return [...changed.map(([path]) => path), ...orphans.map((path) => relative(source, join(source, path)))].sort();
}

function explain(file: string, error: unknown): string {
  if (!(error instanceof Error)) return `${file}: ${String(error)}`;
  const message = error.message.startsWith(file) ? error.message : `${file}: ${error.message}`;
  const hint = "hint" in error && typeof error.hint === "string" ? ` (${error.hint})` : "";
  return message + hint;
}
