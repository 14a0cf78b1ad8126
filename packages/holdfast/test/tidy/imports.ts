import { dirname, join } from "node:path";
import { parseSync } from "oxc-parser";
import type { SourceFile } from "./sources.ts";

/** One import: of a file by its path below `src/`, or of a package. Imports of types count too. */
export interface Import {
  readonly from: string;
  readonly to: string;
}

/** Every static, dynamic and re-exporting import of the files, whose paths are below `src/`. */
export function importGraph(files: readonly SourceFile[]): readonly Import[] {
  return files.flatMap(({ path, text }) => {
    const { staticImports, staticExports, dynamicImports } = parseSync(path, text).module;
    const requests = [
      ...staticImports.map(({ moduleRequest }) => moduleRequest.value),
      ...staticExports.flatMap(({ entries }) => entries.flatMap((entry) => entry.moduleRequest?.value ?? [])),
      ...dynamicImports.map(({ moduleRequest }) => text.slice(moduleRequest.start + 1, moduleRequest.end - 1)),
    ];
    return [...new Set(requests)].map((request) => ({
      from: path,
      to: request.startsWith(".") ? join(dirname(path), request) : request,
    }));
  });
}

// The folders that are not nouns, each with the folders it may import. "." is a module at the root of src, such as
// errors.ts; a noun is spelled by its face, the file that bears the folder's name (`tasks/tasks.ts`).
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  ".": [
    ".",
    "database",
    "codecs",
    "migrations",
    "claims",
    "worker",
    "transition",
    "fork",
    "start",
    "retention",
    "archive",
    "health",
    "schedules",
    "face",
  ],
  database: [".", "database"],
  migrations: [".", "database", "migrations"],
  claims: [".", "database", "claims"],
  health: [".", "database", "migrations", "health"],
  codecs: [".", "database", "codecs"],
  noun: [".", "database", "claims", "own", "face"],
  // A transition is made of the nouns' own writes, so it sees all of a noun but its generated statements.
  transition: [".", "database", "claims", "transition", "noun"],
  // So does a fork, which makes an execution by histories.
  fork: [".", "database", "claims", "fork", "noun"],
  // And a start, which makes one together with its first jobs.
  start: [".", "database", "claims", "start", "noun"],
  // So do schedules, which push and cancel jobs in the plan that moves them on.
  schedules: [".", "database", "claims", "schedules", "noun"],
  // So do retention, which is made of what each noun says may go, and the archive, which writes and reads all of them.
  retention: [".", "database", "claims", "retention", "schedules", "noun"],
  archive: [".", "database", "claims", "archive", "noun"],
  worker: [".", "database", "claims", "worker", "transition", "face"],
  testing: ["public", ".", "testing", "database", "migrations", "schedules", "retention", "health", "face"],
  cli: ["public", "cli"],
  // What lets other libraries and engines use a store.
  adapters: ["public", "adapters"],
};

const PUBLIC = /^(index\.ts|testing\/index\.ts)$/;

/** Imports that break the rule of who may import whom. */
export function brokenRules(graph: readonly Import[]): readonly string[] {
  return graph.filter((edge) => !isAllowed(edge)).map(({ from, to }) => `${from} imports ${to}`);
}

function isAllowed({ from, to }: Import): boolean {
  if (!to.endsWith(".ts")) return true;
  const [own, other] = [folderOf(from), folderOf(to)];
  if (to.startsWith("../")) return false;
  // What is generated from a folder's statements is that folder's own; the schema's enums are everybody's.
  if (to.endsWith(".generated.ts") && other !== "database" && own !== other) return false;
  // The whole surface is for those outside: inside, it would make every module depend on every other.
  if (PUBLIC.test(to)) return LAYERS[own]?.includes("public") === true || own === other;
  if (to === "store.ts" && !["testing", "worker", "."].includes(own)) return false;
  const allowed = LAYERS[own] ?? LAYERS["noun"] ?? [];
  if (LAYERS[other] !== undefined) return allowed.includes(other);
  if (allowed.includes("noun")) return true;
  return own === other || (allowed.includes("face") && to === `${other}/${other}.ts`);
}

function folderOf(path: string): string {
  return path.includes("/") ? (path.split("/")[0] ?? ".") : ".";
}

/** The first cycle found from each module, as `a → b → a`. */
export function cycles(graph: readonly Import[]): readonly string[] {
  const targets = new Map<string, string[]>();
  for (const { from, to } of graph) targets.set(from, [...(targets.get(from) ?? []), to]);
  const finished = new Set<string>();
  const found: string[] = [];
  const visit = (path: readonly string[], module: string): void => {
    const start = path.indexOf(module);
    if (start !== -1) found.push([...path.slice(start), module].join(" → "));
    if (start !== -1 || finished.has(module)) return;
    for (const target of targets.get(module) ?? []) visit([...path, module], target);
    finished.add(module);
  };
  for (const module of targets.keys()) visit([], module);
  return found;
}
