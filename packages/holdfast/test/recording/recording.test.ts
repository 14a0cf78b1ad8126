import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { readRecording } from "../../src/cli/recording/recording.ts";
import { InvalidInputError } from "../../src/index.ts";

const EXAMPLE = fileURLToPath(new URL("../../../../examples/build-and-test.json", import.meta.url));

const folder = mkdtempSync(join(tmpdir(), "holdfast-recording-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("the example is a recording with fan-out, fan-in and depth, and tells nothing about the machine", async () => {
  const { tasks, document, makespanMs } = await readRecording(EXAMPLE);
  expect(tasks.length).toBeGreaterThanOrEqual(20);
  expect(Math.max(...tasks.map(({ depth }) => depth))).toBeGreaterThanOrEqual(4);
  expect(Math.max(...tasks.map(({ parents }) => parents.length))).toBeGreaterThanOrEqual(4);
  expect(makespanMs).toBeGreaterThan(0);
  expect(tasks.every(({ runtimeMs }) => runtimeMs > 0)).toBe(true);
  expect(JSON.stringify(document)).not.toMatch(/"\/|\/(?:home|root|tmp|Users|work)\//);
});

test("what is wrong with a recording is one line that names the file, the field and what to do", async () => {
  const file = join(folder, "run\n1.json");
  writeFileSync(file, '{"schemaVersion": "1.5"}');
  const error: unknown = await readRecording(file).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(InvalidInputError);
  expect(error).toMatchObject({
    code: "invalid_input",
    facts: { file, field: "name" },
    message: `Recording ${folder}/run\\u{a}1.json: name is missing: WfFormat has a text there.`,
  });
});

test("a file that is not there is named, and has no field", async () => {
  await expect(readRecording("nowhere.json")).rejects.toMatchObject({
    facts: { file: "nowhere.json" },
    message: "Recording nowhere.json: is not there: check the path.",
  });
  await expect(readRecording("")).rejects.toThrow('Recording "": is not there: check the path.');
});
