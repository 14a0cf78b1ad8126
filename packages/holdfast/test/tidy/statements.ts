import { basename, dirname } from "node:path";
import type { SourceFile } from "./sources.ts";

/** Statements whose generated functions no file of their folder uses. Knip looks over them, as over everything that is generated. */
export function unusedStatements(statements: readonly string[], sources: readonly SourceFile[]): readonly string[] {
  return statements.filter((path) => {
    const used = new RegExp(String.raw`\b${camelCase(basename(path, ".sql"))}\b`);
    return !sources.some((source) => source.path.startsWith(`${dirname(path)}/`) && used.test(source.text));
  });
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
