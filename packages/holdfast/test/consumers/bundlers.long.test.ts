import { cpSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeOnServers } from "../support/databases.ts";
import { makeConsumer, makePlace, printed, program, runProgram, toolbox, works } from "./toolbox.ts";

let consumer = "";
let tools = "";
const places: string[] = [];
beforeAll(async () => {
  [consumer, tools] = await Promise.all([makeConsumer(), toolbox()]);
  writeFileSync(join(consumer, "program.mjs"), program);
  for (const [name, text] of Object.entries(configurations)) writeFileSync(join(consumer, name), text);
}, 300_000);
afterAll(() => {
  for (const folder of [consumer, ...places]) rmSync(folder, { recursive: true, force: true });
});

/** What users write in their own projects; docs/bundling.md shows the same. */
const configurations = {
  "vite.config.mjs": `export default {
    build: { ssr: "program.mjs", outDir: "vite", rolldownOptions: { output: { entryFileNames: "program.mjs" } } },
    ssr: { noExternal: true },
  };`,
  "webpack.cjs": `require(process.argv[2])({
    mode: "production", target: "node", entry: "./program.mjs",
    output: { path: __dirname + "/webpack", filename: "program.cjs" },
  }, (error, stats) => {
    if (error || stats.hasErrors()) throw error ?? new Error(stats.toString());
  });`,
};

const esbuild = ["program.mjs", "--bundle", "--platform=node", "--minify"];
const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

const bundlers = [
  {
    name: "esbuild as CommonJS",
    file: "cjs/program.cjs",
    command: () => [join(tools, "esbuild/bin/esbuild"), ...esbuild, "--outfile=cjs/program.cjs"],
  },
  {
    name: "esbuild as a module",
    file: "esm/program.mjs",
    command: () => [
      join(tools, "esbuild/bin/esbuild"),
      ...esbuild,
      "--format=esm",
      `--banner:js=${banner}`,
      "--outfile=esm/program.mjs",
    ],
  },
  {
    name: "Vite",
    file: "vite/program.mjs",
    command: () => [join(tools, "vite/bin/vite.js"), "build", "--logLevel=warn"],
  },
  { name: "webpack", file: "webpack/program.cjs", command: () => ["webpack.cjs", join(tools, "webpack")] },
];

/** Copies what a bundler made, or the program as it is, to a folder with nothing around it but the packages named. */
function moved(file: string, packages: readonly string[] = []): string {
  const place = makePlace(consumer, packages);
  places.push(place);
  const from = dirname(file) === "." ? file : dirname(file);
  cpSync(join(consumer, from), join(place, from), { recursive: true });
  return join(place, file);
}

async function run(file: string, store: object): Promise<unknown> {
  const ran = await runProgram(process.execPath, [file], { cwd: dirname(file), env: { STORE: JSON.stringify(store) } });
  return printed(ran);
}

/** The same without the project that the bundle was made in: webpack writes its path into the bundle. */
async function runAlone(file: string, store: object): Promise<unknown> {
  const packages = join(consumer, "node_modules");
  renameSync(packages, `${packages}-away`);
  try {
    return await run(file, store);
  } finally {
    renameSync(`${packages}-away`, packages);
  }
}

describe.each(bundlers)("a bundle by $name", ({ file, command }) => {
  beforeAll(async () => {
    const { code, stdout, stderr } = await runProgram(process.execPath, command(), { cwd: consumer });
    if (code !== 0) throw new Error(stdout + stderr);
  });

  test("runs the embedded database beside the node_modules that it was made from", async () => {
    expect(await run(join(consumer, file), { memory: true })).toEqual(works);
  });

  test("runs it elsewhere beside the two packages alone", async () => {
    expect(await runAlone(moved(file, ["holdfast", "@electric-sql/pglite"]), { memory: true })).toEqual(works);
  });

  test("says, as an error that is not to be retried, what is missing where there are no packages", async () => {
    const away = moved(file);
    for (const store of [{ memory: true }, { folder: "state" }]) {
      expect(await runAlone(away, store)).toMatchObject({
        name: "InvalidInputError",
        retryable: false,
        message: expect.stringMatching(/not in the bundle.* holdfast .*@electric-sql\/pglite .*node_modules/),
      });
    }
  });

  describeOnServers("on a server", (database) => {
    test("runs where there are no packages", async () => {
      const options = await database.options();
      expect(await runAlone(moved(file), { ...options, schema: dirname(file) })).toEqual(works);
    });
  });

  test("says what to install for blobs on S3", async () => {
    const blobs = { backend: { s3: { bucket: "b", region: "r" } } };
    expect(await run(join(consumer, file), { memory: true, blobs })).toMatchObject({
      name: "InvalidInputError",
      retryable: false,
      message: expect.stringContaining("npm install @aws-sdk/client-s3 @aws-sdk/lib-storage"),
    });
  });
});

describe("without the package @electric-sql/pglite", () => {
  let file = "";
  beforeAll(() => {
    const packages = readdirSync(join(consumer, "node_modules")).filter((name) => !/^[.@]/.test(name));
    file = moved("program.mjs", packages);
  });

  test("a store in memory says what to install, as an error that is not to be retried", async () => {
    expect(await run(file, { memory: true })).toMatchObject({
      name: "InvalidInputError",
      retryable: false,
      message: expect.stringContaining("npm install @electric-sql/pglite"),
    });
  });

  test("a folder that cannot be opened is not made", async () => {
    expect(await run(file, { folder: "state" })).toMatchObject({ name: "InvalidInputError" });
    expect(readdirSync(dirname(file))).not.toContain("state");
  });

  describeOnServers("a program on a server", (database) => {
    test("runs", async () => {
      const options = await database.options();
      expect(await run(file, { ...options, schema: "without_pglite" })).toEqual(works);
    });
  });
});
