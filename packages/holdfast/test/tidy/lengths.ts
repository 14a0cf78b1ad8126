import { type Node, Visitor } from "oxc-parser";
import { lineAt, parse, type SourceFile } from "./sources.ts";

const FILE_LINES_MAX = 300;
const FUNCTION_LINES_MAX = 50;
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

/** Functions that are too long to be understood at once. */
export function longFunctions(file: SourceFile): readonly string[] {
  const found: string[] = [];
  const check = ({ start, end }: Node): void => {
    const first = lineAt(file.text, start);
    const lines = lineAt(file.text, end) - first + 1;
    if (lines > FUNCTION_LINES_MAX) found.push(`${file.path}:${first} is a function of ${lines} lines`);
  };
  new Visitor({
    FunctionDeclaration: check,
    FunctionExpression: check,
    ArrowFunctionExpression: check,
  }).visit(parse(file).program);
  return found;
}
