import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore } from "../../src/index.ts";
import { runCommand, startCommand } from "../replay/command.ts";
import { WORKSPACE } from "../tidy/sources.ts";

const isBuilt = existsSync(join(WORKSPACE, "packages/console/dist/index.js"));

const folder = mkdtempSync(join(tmpdir(), "holdfast-console-"));
beforeAll(async () => {
  await (await openStore({ folder: join(folder, "data"), durability: "relaxed" })).close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Where it is not built, the last test takes its place.
test.runIf(isBuilt)("holdfast console serves the console until it is interrupted", async () => {
  const running = startCommand(["console", "--data", join(folder, "data"), "--port", "0", "--json"]);
  const url = await new Promise<string>((resolve, reject) => {
    running.process.stdout?.once("data", (text: string) => resolve((JSON.parse(text) as { readonly url: string }).url));
    void running.ended.then(({ stderr }) => reject(new Error(stderr)));
  });
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  expect((await fetch(url)).status).toBeLessThan(500);
  running.process.kill("SIGINT");
  expect(await running.ended).toMatchObject({ code: 0 });
});

test.runIf(isBuilt)("holdfast console refuses an address that others can reach without a token", async () => {
  const ended = await runCommand(["console", "--data", join(folder, "data"), "--host", "0.0.0.0", "--port", "0"]);
  expect(ended).toMatchObject({ code: 2, stdout: "" });
  expect(ended.stderr).toContain("token");
});

test.skipIf(isBuilt)("holdfast console says how to install the package that it needs", async () => {
  const ended = await runCommand(["console", "--data", join(folder, "data")]);
  expect(ended).toMatchObject({ code: 2, stdout: "" });
  expect(ended.stderr).toContain("npm install @holdfast/console");
});
