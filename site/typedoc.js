// The API reference of all that the packages export, from their docstrings.
import { readFileSync } from "node:fs";

const packages = new URL("../packages/", import.meta.url);

/** The folders of the packages that the reference describes. */
const documented = [
  "holdfast",
  "contract",
  "console",
  "langgraph",
  "openworkflow",
  "workflow-devkit",
  "tanstack-workflow",
  "mastra",
  "xstate",
  "ai",
  "emmett",
];

/** The source file of each specifier that a package exports. */
export const entries = new Map(
  documented.flatMap((folder) => {
    const { name, exports } = JSON.parse(readFileSync(new URL(`${folder}/package.json`, packages), "utf8"));
    return Object.entries(exports).map(([path, { types }]) => [
      path.replace(/^\./, name),
      new URL(types.replace("./dist/", `${folder}/src/`).replace(/\.d\.ts$/, ".ts"), packages).pathname,
    ]);
  }),
);

/** @type {Partial<import("typedoc").TypeDocOptions>} */
export default {
  entryPoints: [...entries.values()],
  tsconfig: "tsconfig.json",
  plugin: ["typedoc-plugin-markdown", "typedoc-vitepress-theme", "./specifiers.js"],
  out: "reference",
  docsRoot: "..",
  name: "API reference",
  readme: "none",
  disableSources: true,
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  // The interfaces of a library describe themselves.
  externalSymbolLinkMappings: { "@langchain/langgraph-checkpoint": { "*": "#" }, "@mastra/core": { "*": "#" } },
  treatWarningsAsErrors: true,
  hideBreadcrumbs: true,
  router: "module",
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
};
