import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Comment, parseSync, type Program } from "oxc-parser";

/** The root of the workspace. */
export const WORKSPACE: string = fileURLToPath(new URL("../../../../", import.meta.url));

/** A file of the project, by its path from the workspace's root. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const WRITTEN_BY_HAND = /^(packages\/[^/]+\/(src|test)|tools|bench|examples)\//;

// What is installed, built or produced by a run.
const SKIPPED = new Set(["node_modules", "dist", "test-results"]);

/** The files written by hand with one of these extensions; generated ones are judged by what generates them. */
export function sourceFiles(...extensions: readonly string[]): readonly SourceFile[] {
  return files((path) => {
    const byHand = WRITTEN_BY_HAND.test(path) && !path.includes(".generated.");
    return byHand && extensions.some((extension) => path.endsWith(`.${extension}`));
  });
}

/** The files of the workspace, generated ones included, whose path fits. */
export function files(fits: (path: string) => boolean): readonly SourceFile[] {
  return [...walk("")]
    .filter(fits)
    .toSorted()
    .map((path) => ({ path, text: readFileSync(`${WORKSPACE}/${path}`, "utf8") }));
}

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(`${WORKSPACE}/${folder}`, { withFileTypes: true })) {
    if (SKIPPED.has(entry.name) || entry.name.startsWith(".")) continue;
    if (entry.isDirectory()) yield* walk(`${folder}${entry.name}/`);
    else if (entry.isFile()) yield `${folder}${entry.name}`;
  }
}

/** A parsed TypeScript file: its syntax tree and its comments. */
export function parse({ path, text }: SourceFile): { program: Program; comments: readonly Comment[] } {
  const { program, comments, errors } = parseSync(path, text);
  if (errors[0] !== undefined) throw new Error(`${path} cannot be parsed: ${errors[0].message}`);
  return { program, comments };
}

/** The 1-based line of an offset. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
