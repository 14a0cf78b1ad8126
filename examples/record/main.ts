/**
 * Records the project's own build and tests as a workflow run in WfFormat 1.5, for `holdfast replay`.
 *
 *     npx tsx examples/record/main.ts [--without <step>]... [commit]
 *
 * Every step runs for real, in a fresh copy of the commit (HEAD unless another is named). A recording is of what
 * succeeded: when a step fails, nothing is written. --without leaves a step out, and what waits for it.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { prepareCheckout, resolveCommit } from "./checkout.ts";
import { toDocument } from "./document.ts";
import { type Run, runSteps } from "./run.ts";
import { stepsFor } from "./steps.ts";

const PROJECT = fileURLToPath(new URL("../../", import.meta.url));
const RECORDING = join(PROJECT, "examples/build-and-test.json");
const outputLinesShown = 20;

const { values, positionals } = parseArgs({
  options: { without: { type: "string", multiple: true } },
  allowPositionals: true,
});
const commit = resolveCommit(PROJECT, positionals[0] ?? "HEAD");
const { folder, files } = prepareCheckout(PROJECT, commit);
try {
  const run = await runSteps(stepsFor(files, values.without), { folder, project: PROJECT, commit });
  reportFailures(run);
  if (run.failed.size === 0) write(run);
  else process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

function write(run: Run): void {
  const { version } = JSON.parse(readFileSync(join(PROJECT, "packages/holdfast/package.json"), "utf8")) as {
    readonly version: string;
  };
  writeFileSync(RECORDING, `${JSON.stringify(toDocument(run, { version }), null, 2)}\n`);
  // It is formatted like every other file, so that the check of the format does not mind it.
  execFileSync(join(PROJECT, "node_modules/.bin/oxfmt"), [RECORDING], { cwd: PROJECT });
  console.log(`wrote ${run.done.length} tasks, ${run.seconds.toFixed(1)} s, to ${RECORDING}`);
}

function reportFailures({ failed }: Run): void {
  for (const [id, output] of failed) {
    console.error(`\n${id} failed:\n${output.trimEnd().split("\n").slice(-outputLinesShown).join("\n")}`);
  }
}
