import { basename, dirname } from "node:path";
import type { SourceFile } from "./sources.ts";

/**
 * Statements that no generated file exports, and migrations that no generated file bundles: dead files, or ones for
 * which the generator was not run.
 */
export function deadStatements(statements: readonly string[], generated: readonly SourceFile[]): readonly string[] {
  return statements.filter((path) => {
    const name = basename(path, ".sql");
    const beside = generated.filter((file) => dirname(file.path) === dirname(path));
    const exported = new RegExp(String.raw`\b(${camelCase(name)}|${name})\b`);
    return !beside.some(({ text }) => exported.test(text));
  });
}

/** Generated files in folders that hold no statement any more. */
export function deadGenerated(statements: readonly string[], generated: readonly string[]): readonly string[] {
  const folders = new Set(statements.map((path) => dirname(path)));
  return generated.filter((path) => basename(path) === "statements.generated.ts" && !folders.has(dirname(path)));
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
