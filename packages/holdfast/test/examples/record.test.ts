import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { toDocument } from "../../../../examples/record/document.ts";
import { stepsFor } from "../../../../examples/record/steps.ts";
import { loadRecording } from "../../src/cli/recording/recording.ts";

const FILES = [
  "package.json",
  "packages/holdfast/src/database/dsn.test.ts",
  "packages/holdfast/src/database/dsn.ts",
  "packages/holdfast/test/jobs/claim.test.ts",
  "packages/holdfast/test/jobs/claim.long.test.ts",
  "tools/prose/rules.test.ts",
];

test("every step has an id that WfFormat takes, and stands below those it waits for", () => {
  const steps = stepsFor(FILES);
  const seen = new Set<string>();
  for (const { id, after } of steps) {
    expect(id).toMatch(/^[0-9a-zA-Z-_.]+$/);
    expect(seen).not.toContain(id);
    expect([...seen]).toEqual(expect.arrayContaining([...after]));
    seen.add(id);
  }
});

test("every file of tests but the long ones is a step, and all are counted", () => {
  const steps = stepsFor(FILES);
  const tests = ["unit.database.dsn", "unit.tools.prose.rules", "test.jobs.claim"];
  expect(steps.filter(({ program }) => program === "vitest").map(({ id }) => id)).toEqual(tests);
  expect(steps.at(-1)).toMatchObject({ id: "count", after: tests });
});

test("a step that is left out takes along what waits for it, but not the count of the other tests", () => {
  const ids = stepsFor(FILES, ["pack", "test.jobs.claim"]).map(({ id }) => id);
  expect(ids).not.toContain("unpack");
  expect(ids).not.toContain("start");
  expect(ids).not.toContain("test.jobs.claim");
  expect(ids).toEqual(expect.arrayContaining(["package", "unit.database.dsn", "count"]));
});

test("what is written is a recording", async ({ onTestFinished }) => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-record-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const startedAt = new Date();
  const measurement = { exitCode: 0, startedAt, seconds: 2, cpuSeconds: 1, memoryBytes: 0, output: "" };
  const done = stepsFor(FILES).map((step) => ({ step, measurement }));
  const document = toDocument(
    { done, failed: new Map(), sizes: new Map(), startedAt, seconds: 9 },
    { version: "0.1.0" },
  );
  writeFileSync(join(folder, "run.json"), JSON.stringify(document));
  const recording = await loadRecording(join(folder, "run.json"));
  expect(recording.makespanMs).toBe(9000);
  expect(recording.tasks).toHaveLength(done.length);
  expect(recording.tasks.at(0)).toMatchObject({ id: "checkout", group: "git", runtimeMs: 2000 });
  expect(Math.max(...recording.tasks.map(({ depth }) => depth))).toBe(5);
});
