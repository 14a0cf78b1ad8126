import type { SourceFile } from "./sources.ts";

const FILE_LINES_MAX = 300;
/** About eighty: one statement asks nine tables, with a few lines for each. */
const STATEMENT_LINES_MAX = 85;

/** Files that are too long to be read in one sitting. */
export function longFiles(files: readonly SourceFile[]): readonly string[] {
  return files
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length }))
    .filter(({ lines }) => lines > FILE_LINES_MAX)
    .map(({ path, lines }) => `${path} has ${lines} lines, above ${FILE_LINES_MAX}`);
}

/** Statements that are too long to be read at once, comments aside. A function of named steps in the schema does what needs more. */
export function longStatements(files: readonly SourceFile[]): readonly string[] {
  return files
    .map(({ path, text }) => ({
      path,
      lines: text
        .trimEnd()
        .split("\n")
        .filter((line) => !/^\s*--/.test(line)).length,
    }))
    .filter(({ lines }) => lines > STATEMENT_LINES_MAX)
    .map(({ path, lines }) => `${path} has ${lines} lines, above ${STATEMENT_LINES_MAX}`);
}
