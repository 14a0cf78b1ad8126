import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore } from "../../src/index.ts";
import { runCommand } from "../replay/command.ts";
import { fillStore } from "./filling.ts";

let folder = "";
let data = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-archive-"));
  data = join(folder, "source");
  await using store = await openStore({ folder: data, durability: "relaxed" });
  await fillStore(store);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("what `holdfast export` writes, `holdfast import` restores in another place", async () => {
  const [file, other] = [join(folder, "archive"), join(folder, "target")];
  writeFileSync(file, "what was there before");
  expect(await runCommand(["export", file, "--data", data])).toMatchObject({
    code: 0,
    stdout: "",
    stderr: expect.stringMatching(/^using embedded .+\nexported \d+ rows\n$/),
  });
  expect(readdirSync(folder).toSorted()).toEqual(["archive", "source"]);
  const { code, stdout } = await runCommand(["import", file, "--data", other]);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^imported .*5 executions/)]);
  const again = await runCommand(["export", "--data", other]);
  expect(again).toMatchObject({ code: 0, stdout: readFileSync(file, "utf8") });

  writeFileSync(file, again.stdout.slice(0, -100));
  const cut = await runCommand(["import", file, "--data", other]);
  expect(cut).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(/^using .+\nholdfast: The archive .+\n$/),
  });
});

test("one execution is exported by its id; what is missing is said in one line, and nothing is left behind", async () => {
  const one = await runCommand(["export", "-", "--execution", "other", "--data", data]);
  expect(one.code).toBe(0);
  expect(one.stdout).toContain('{"executions":{"id":"other"');
  expect(one.stdout).not.toContain('"parent"');
  const file = join(folder, "none");
  const missing = await runCommand(["export", file, "--execution", "x", "--data", data]);
  expect(missing).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(/^using .+\nholdfast: Execution x .+\n$/),
  });
  expect(existsSync(file)).toBe(false);
  const nowhere = await runCommand(["export", "-", "--data", join(folder, "nowhere")]);
  expect(nowhere).toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringMatching(/^holdfast: .*nowhere.+ --data .+\n$/),
  });
  expect(existsSync(join(folder, "nowhere"))).toBe(false);
  const unread = await runCommand(["import", file, "--data", join(folder, "nowhere")]);
  expect(unread).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(/^holdfast: FILE .+\n$/) });
  expect(existsSync(join(folder, "nowhere"))).toBe(false);
  const noFile = await runCommand(["import", folder, "--data", data]);
  expect(noFile).toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringMatching(/^using .+\nholdfast: FILE .+\n$/),
  });
  expect(await runCommand(["import", "--data", data])).toMatchObject({ code: 2, stdout: "" });
});
