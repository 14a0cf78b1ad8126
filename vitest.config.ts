import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { defineConfig, type Plugin } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const SOURCE_FILE = /^(.*\/packages\/[^/]+)\/src\/(.+)\.ts$/;
const TEST_FILE = /\/packages\/[^/]+\/test\//;

/**
 * Tests under packages/x/test run the built package, like users. They may import an internal module by its source, for its types, and get
 * the built one. So a test never meets two copies of one class. Vite transforms none of it, because a worker thread is started from the
 * real file.
 */
function builtModules(): Plugin {
  return {
    name: "built-modules",
    enforce: "pre",
    resolveId(source, importer) {
      if (importer === undefined || !TEST_FILE.test(importer) || !source.startsWith(".")) return null;
      const [, root, path] = SOURCE_FILE.exec(resolve(dirname(importer), source)) ?? [];
      return root === undefined || path === undefined ? null : join(root, "dist", `${path}.js`);
    },
  };
}

/** The files that take longest, in the order in which they begin. A fresh clone knows no durations, and short files may take long. */
const LONGEST = [
  "contract",
  "examples/coming-from",
  "docs/examples",
  "page/pages",
  "workflow-devkit/test/suite",
  "page/actions",
  "replay/replay",
  "whole-store",
  "held-rows",
  "migrating",
  "s3",
  "faults",
  "jobs/model",
  "operator-commands",
  "durability",
  "scheduler",
  "large-batches",
  "folder-failures",
  "examples/moving",
  "plans",
  "processes",
  "lock",
  "crash/[^/]+",
];

/**
 * Begins with the files that take longest, so that no process is left alone with one at the end. Ends with the unit tests: only
 * consecutive files of one project share a process.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => place(a) - place(b));
  }
}

function place({ moduleId, project }: TestSpecification): number {
  if (project.name === "unit") return LONGEST.length + 1;
  const index = LONGEST.findIndex((name) => new RegExp(`/${name}(\\.long)?\\.test\\.ts$`).test(moduleId));
  return index === -1 ? LONGEST.length : index;
}

const report = process.env["HOLDFAST_TEST_REPORT"];
const long = process.env["HOLDFAST_LONG_TESTS"] === "1";

/** Tests against real databases: two servers for the whole run, a database of its own for each test file. */
const integration = {
  plugins: [builtModules()],
  test: {
    name: long ? "long" : "test",
    include: [long ? "packages/*/test/**/*.long.test.ts" : "packages/*/test/**/*.test.ts"],
    exclude: long ? [] : ["**/*.long.test.ts"],
    // The suites that engines publish for their adapters expect it.
    globals: true,
    // A process runs one file after the other: to load Holdfast and compile PostgreSQL for each took a second of it.
    isolate: long,
    globalSetup: ["packages/holdfast/test/support/servers.ts"],
    server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } },
    // A time limit is for what hangs: what is only slow, on a busy machine, must not reach it.
    testTimeout: long ? 600_000 : 180_000,
    hookTimeout: 180_000,
    // What is waited for comes soon; on a busy machine it may be later than in the second that is the default.
    expect: { poll: { timeout: 120_000 } },
    // Embedded databases live for seconds here: what Node.js 24 has by default keeps 20 from compiling PostgreSQL twice at once.
    execArgv: ["--wasm-tiering-budget=13000000"],
  },
};

const unit = {
  test: {
    name: "unit",
    include: ["packages/*/src/**/*.test.ts", "{tools,bench/src}/**/*.test.ts"],
    isolate: false,
    testTimeout: 120_000,
  },
};

export default defineConfig({
  test: {
    projects: long ? [integration] : [unit, integration],
    // A test that needs a second try hides a race, and races are what this project is about.
    retry: 0,
    // Forks, not threads: tests start worker threads, send signals and set environment variables of their own.
    pool: "forks",
    sequence: { sequencer: LongestFirst },
    // Tests wait for locks, leases and servers: two processes leave two cores idle for a fifth of the time. Long tests use them fully.
    maxWorkers: Math.max(long ? 2 : 3, availableParallelism() - 1),
    slowTestThreshold: 1_000,
    passWithNoTests: true,
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
  },
});
