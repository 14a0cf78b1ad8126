import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installPacked, makeConsumer, runProgram } from "../../holdfast/test/consumers/toolbox.ts";

let project = "";
beforeAll(async () => {
  project = await makeConsumer();
  await installPacked(project, fileURLToPath(new URL("../", import.meta.url)));
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

test("the command runs in a project that has installed the packages", async () => {
  const { code, stdout } = await runProgram("npx", ["@holdfast/contract", "--embedded", "--only", "kv: a set"], {
    cwd: project,
  });
  expect(stdout).toMatch(/\n3 passed, 0 failed, 0 skipped in [\d.]+ s\n$/);
  expect(code).toBe(0);
});
