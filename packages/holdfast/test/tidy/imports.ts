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

// The folders that are not nouns, each with the folders it may import. "." is a module at the root of src, such as nouns.ts. A noun is
// named by its face, the file that bears the folder's name (`tasks/tasks.ts`).
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  ".": [
    ".",
    "core",
    "postgres",
    "session",
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
    "metrics",
    "telemetry",
    "schedules",
    "face",
  ],
  core: ["core"],
  postgres: ["core", "postgres"],
  session: ["core", "postgres", "session", "telemetry"],
  migrations: [".", "core", "postgres", "session", "migrations"],
  claims: [".", "core", "session", "claims", "telemetry"],
  health: [".", "core", "postgres", "session", "migrations", "health"],
  // Metrics read what the store, its queues and its upkeep say of themselves.
  metrics: [".", "core", "postgres", "session", "migrations", "health", "retention", "telemetry", "metrics", "face"],
  telemetry: ["core", "telemetry"],
  codecs: [".", "core", "session", "codecs"],
  noun: [".", "core", "session", "claims", "telemetry", "own", "face"],
  // A transition is made of the nouns' own writes, so it sees all of a noun but its generated statements.
  transition: [".", "core", "session", "claims", "telemetry", "transition", "noun"],
  // So does a fork, which makes an execution by histories.
  fork: [".", "core", "session", "claims", "telemetry", "fork", "noun"],
  // And a start, which makes one together with its first jobs.
  start: [".", "core", "session", "claims", "telemetry", "start", "noun"],
  // So do schedules, which push and cancel jobs in the plan that moves them on.
  schedules: [".", "core", "session", "claims", "telemetry", "schedules", "noun"],
  // So do retention, which is made of what each noun says may go, and the archive, which writes and reads all of them.
  retention: [".", "core", "session", "claims", "telemetry", "retention", "schedules", "noun"],
  archive: [".", "core", "session", "claims", "telemetry", "archive", "noun"],
  worker: [".", "core", "session", "claims", "telemetry", "worker", "transition", "face"],
  testing: [".", "testing", "core", "telemetry", "postgres", "session", "migrations", "retention", "face"],
  cli: ["public", "cli"],
  // What lets other libraries and engines use a store.
  adapters: ["public", "adapters"],
};

/** What package.json exports: lists of names that are made elsewhere. */
const PUBLIC = /^([a-z-]+\/)?index\.ts$/;

/** Imports that break the rules of the import graph. */
export function brokenRules(graph: readonly Import[]): readonly string[] {
  return graph.filter((edge) => !isAllowed(edge)).map(({ from, to }) => `${from} imports ${to}`);
}

function isAllowed({ from, to }: Import): boolean {
  if (!to.endsWith(".ts")) return true;
  const [own, other] = [folderOf(from), folderOf(to)];
  if (to.startsWith("../")) return false;
  // What is generated from a folder's statements is that folder's own; the schema's enums are everybody's.
  if (to.endsWith(".generated.ts") && other !== "core" && own !== other) return false;
  // An entry point may name what loads less than its noun's face does.
  if (PUBLIC.test(from) && dirname(from) === dirname(to)) return true;
  // Entry points are for those outside: inside, they would make every module depend on every other.
  if (PUBLIC.test(to)) return LAYERS[own]?.includes("public") === true;
  if (to === "store.ts" && !["testing", "worker", "."].includes(own)) return false;
  const allowed = LAYERS[own] ?? LAYERS["noun"] ?? [];
  if (LAYERS[other] !== undefined) return allowed.includes(other);
  if (allowed.includes("noun")) return true;
  return own === other || (allowed.includes("face") && to === `${other}/${other}.ts`);
}

/** The folder that rules speak of. An entry point collects names of several, as the root does, so it belongs to the root. */
function folderOf(path: string): string {
  const [folder = ".", ...rest] = path.split("/");
  return rest.length === 0 || (PUBLIC.test(path) && folder !== "testing") ? "." : folder;
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
