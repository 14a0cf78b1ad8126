import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { describeOnServers } from "../../holdfast/test/support/databases.ts";

const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
const config = join(import.meta.dirname, "support/suite.config.ts");

/** Runs all of the engine's tests for Worlds, which start servers of their own, and answers how many passed of how many. */
async function runSuite(url?: string): Promise<readonly [passed: number, total: number]> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-world-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const report = join(folder, "report.json");
  const env = Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST"));
  const suite = spawn(
    process.execPath,
    [vitest, "run", "--config", config, "--reporter=json", `--outputFile=${report}`],
    {
      env: { ...Object.fromEntries(env), ...(url !== undefined && { HOLDFAST_SUITE_URL: url }) },
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  onTestFinished(() => {
    suite.kill();
  });
  await once(suite, "close");
  const { numPassedTests, numTotalTests } = JSON.parse(await readFile(report, "utf8"));
  return [numPassedTests, numTotalTests];
}

describeOnServers("the engine's own suite for Worlds", (database) => {
  test("passes, each test of it", { timeout: 300_000 }, async () => {
    const options = await database.options();
    expect(await runSuite("url" in options ? options.url : undefined)).toEqual([12, 12]);
  });
});

describe.runIf(process.env["HOLDFAST_LONG_TESTS"])("the engine's own suite for Worlds, embedded", () => {
  test("passes, each test of it", { timeout: 300_000 }, async () => {
    expect(await runSuite()).toEqual([12, 12]);
  });
});
