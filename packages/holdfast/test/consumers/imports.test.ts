import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { parseSync } from "oxc-parser";
import { expect, test } from "vitest";
import { WORKSPACE } from "../tidy/sources.ts";

const holdfast = join(WORKSPACE, "packages/holdfast");
const dist = join(holdfast, "dist");
const manifest = JSON.parse(readFileSync(join(holdfast, "package.json"), "utf8")) as {
  readonly exports: Readonly<Record<string, { readonly default: string }>>;
};

/** The packages that a built file and all that it imports at once need to be there; of declarations, for their types. */
function packagesOf(entry: string, extension: ".js" | ".d.ts"): readonly string[] {
  const seen = new Set([entry]);
  const packages = new Set<string>();
  for (const file of seen) {
    const path = join(dist, file.replace(/\.js$/, extension));
    const { staticImports, staticExports } = parseSync(path, readFileSync(path, "utf8")).module;
    const requests = [
      ...staticImports.map(({ moduleRequest }) => moduleRequest.value),
      ...staticExports.flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? [])),
    ];
    for (const request of requests) {
      if (request.startsWith(".")) seen.add(join(dirname(file), request).replace(/\.ts$/, ".js"));
      else if (!request.startsWith("node:")) packages.add(request);
    }
  }
  return [...packages].toSorted();
}

test("what is imported at once is what every program needs: neither PGlite nor the AWS SDK", () => {
  expect(packagesOf("index.js", ".js")).toEqual(["croner", "pg", "uuid"]);
  expect(packagesOf("index.js", ".d.ts")).toEqual(["pg"]);
  expect(packagesOf("postgres/embedded/worker.js", ".js")).toContain("@electric-sql/pglite");
});

test("the subpath of a noun loads none of these, so it may be imported for its types alone", () => {
  for (const noun of ["components", "jobs", "kv"]) {
    expect(packagesOf(`${noun}/index.js`, ".js")).toEqual([]);
    expect(packagesOf(`${noun}/index.js`, ".d.ts")).toEqual([]);
  }
});

test("every entry can be required: none of what it imports awaits at its top", async () => {
  const entries = Object.values(manifest.exports).map((entry) => entry.default);
  expect(entries.length).toBeGreaterThan(20);
  const script = `for (const entry of ${JSON.stringify(entries)}) console.log(typeof require(entry))`;
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", script], { cwd: holdfast });
  expect(stdout.trim().split("\n")).toEqual(entries.map(() => "object"));
});
