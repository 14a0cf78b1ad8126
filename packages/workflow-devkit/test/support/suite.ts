import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
const config = join(import.meta.dirname, "suite.config.ts");

/** Runs all of the engine's tests for Worlds, which start servers of their own, and answers how many passed of how many. */
export async function runSuite(url?: string): Promise<readonly [passed: number, total: number]> {
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
