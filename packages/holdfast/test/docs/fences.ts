import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A fenced example out of a document or a docstring. */
export interface Fence {
  /** Where it stands: file and line. */
  readonly place: string;
  readonly isRunnable: boolean;
  readonly code: string;
}

/** The fences of a language in a text: in Markdown as they are, in source files without the stars of their docstrings. */
export function fencesOf(
  file: string,
  text: string,
  language: "ts" | "js" | "sh" | "sql" | "text" = "ts",
): readonly Fence[] {
  const fences: Fence[] = [];
  const pattern = new RegExp(`^( \\* )?\`\`\`${language}( runnable)?\\n([\\s\\S]*?)^\\1\`\`\`$`, "gm");
  for (const match of text.matchAll(pattern)) {
    const [, star, runnable, body = ""] = match;
    const line = text.slice(0, match.index).split("\n").length;
    const code = star === undefined ? body : body.replaceAll(/^ \* ?/gm, "");
    fences.push({ place: `${file}:${line}`, isRunnable: runnable !== undefined, code });
  }
  return fences;
}

/** Every `ts` fence of the project's documents and of the published sources. */
export function allFences(root: string): readonly Fence[] {
  const listed = (folder: string, ending: string): readonly string[] =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(ending) && !file.includes("node_modules"))
      .map((file) => join(folder, file));
  const files = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    ...listed("docs", ".md"),
    ...listed("packages/holdfast/src", ".ts"),
    "packages/contract/README.md",
    "packages/langgraph/README.md",
    "packages/openworkflow/README.md",
    "packages/mastra/README.md",
    "packages/tanstack-workflow/README.md",
    "packages/xstate/README.md",
    "packages/ai/README.md",
    "packages/emmett/README.md",
    "packages/workflow-devkit/README.md",
    ...listed("packages/contract/src", ".ts"),
  ];
  return files.flatMap((file) => fencesOf(file, readFileSync(join(root, file), "utf8")));
}
