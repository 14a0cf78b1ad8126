import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { shortLived } from "../support/short-lived.ts";
import { fencesOf } from "./fences.ts";

const root = join(import.meta.dirname, "../../../..");
const tsx = pathToFileURL(join(root, "node_modules/tsx/dist/esm/index.mjs")).href;
// Inside the project, so that `holdfast` is found as a user's program finds it.
const folder = join(root, ".cache/readme");

function readmeOf(place: string): string {
  return readFileSync(join(root, place, "README.md"), "utf8");
}

function engineOf(place: string): string {
  const [engine] = fencesOf("README.md", readmeOf(place));
  if (engine === undefined) throw new Error(`${place}/README.md has no example.`);
  return engine.code;
}

test("the README's engine is killed by SIGKILL, and its second run repeats no step", { timeout: 300_000 }, () => {
  mkdirSync(folder, { recursive: true });
  const program = join(folder, "engine.mts");
  writeFileSync(program, engineOf("."));
  const cwd = mkdtempSync(join(tmpdir(), "holdfast-readme-"));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  const run = () =>
    spawnSync(process.execPath, [...shortLived, "--import", tsx, program], { cwd, encoding: "utf8", timeout: 120_000 });
  const [killed, resumed, again] = [run(), run(), run()];
  expect(killed).toMatchObject({ signal: "SIGKILL", stdout: "did charge\n", stderr: "" });
  const outcome = "{ payment: 'payment-1', parcel: 'parcel-1' }\n";
  expect(resumed).toMatchObject({ status: 0, stdout: `did ship\n${outcome}`, stderr: "" });
  expect(again).toMatchObject({ status: 0, stdout: outcome, stderr: "" });
  // What the README says that it prints.
  expect(readmeOf(".")).toContain(`$ node engine.mts\n${killed.stdout}Killed\n$ node engine.mts\n${resumed.stdout}`);
});

test("the package's README has the same engine, and no link that npm could not follow", () => {
  expect(engineOf("packages/holdfast")).toBe(engineOf("."));
  expect(readmeOf("packages/holdfast")).not.toMatch(/\]\((?!https?:)/);
});
