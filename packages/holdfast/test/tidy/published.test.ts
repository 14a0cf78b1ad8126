import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { missingExports, namedPaths, type Published, strayFiles, unexportedIndexes } from "./published.ts";
import { files, WORKSPACE } from "./sources.ts";

const good: Published = {
  packed: ["package.json", "dist/index.js", "dist/index.d.ts", "dist/image.bin"],
  sources: ["index.ts", "index.test.ts", "image.bin"],
  named: ["dist/index.js", "dist/index.d.ts"],
};

test("what package.json exports is what is built", () => {
  expect(namedPaths({ ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } })).toEqual([
    "dist/index.d.ts",
    "dist/index.js",
  ]);
  expect([...missingExports(good), ...strayFiles(good), ...unexportedIndexes(good)]).toEqual([]);
  expect(missingExports({ ...good, named: ["dist/gone.js"] })).toEqual(["dist/gone.js"]);
  expect(
    strayFiles({ ...good, packed: ["dist/old.js", "dist/.tsbuildinfo", "dist/index.test.js", "dist/index.js.map"] }),
  ).toHaveLength(4);
  expect(unexportedIndexes({ ...good, sources: ["index.ts", "testing/index.ts"] })).toEqual(["testing/index.ts"]);
});

const packages = files((path) => /^packages\/[^/]+\/package\.json$/.test(path))
  .map(({ path, text }) => ({ folder: path.replace("/package.json", ""), manifest: JSON.parse(text) as Manifest }))
  .filter(({ manifest }) => manifest.private !== true);

test.for(packages)("$folder publishes what its sources make (else: npm run clean)", async ({ folder, manifest }) => {
  const published: Published = {
    packed: await packedFiles(folder),
    sources: files((path) => path.startsWith(`${folder}/src/`)).map(({ path }) => path.slice(`${folder}/src/`.length)),
    named: [...namedPaths(manifest.exports), ...namedPaths(manifest.bin)],
  };
  expect(missingExports(published)).toEqual([]);
  expect(strayFiles(published)).toEqual([]);
  expect(unexportedIndexes(published)).toEqual([]);
  expect(published.packed).toEqual(expect.arrayContaining(["README.md", "LICENSE"]));
  expect(readFileSync(`${WORKSPACE}/${folder}/LICENSE`)).toEqual(readFileSync(`${WORKSPACE}/LICENSE`));
  // They would lead to source maps that are not published.
  expect(published.packed.filter((path) => path.endsWith(".js") && namesSourceMap(`${folder}/${path}`))).toEqual([]);
});

function namesSourceMap(path: string): boolean {
  return readFileSync(`${WORKSPACE}/${path}`, "utf8").includes("//# sourceMappingURL=");
}

interface Manifest {
  readonly private?: boolean;
  readonly exports?: unknown;
  readonly bin?: unknown;
}

async function packedFiles(folder: string): Promise<readonly string[]> {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const { stdout } = await promisify(execFile)("npm", args, { cwd: `${WORKSPACE}/${folder}` });
  const [packed] = JSON.parse(stdout) as { files: { path: string }[] }[];
  return packed?.files.map(({ path }) => path) ?? [];
}
