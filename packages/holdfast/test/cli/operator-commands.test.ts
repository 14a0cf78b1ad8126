import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { locateDatabase } from "../../src/connection/index.ts";
import { openStore } from "../../src/index.ts";
import { lastJson, runCommand } from "../replay/command.ts";
import { describeOnServers } from "../support/databases.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-commands-"));
  writeFileSync(join(folder, "archive"), "");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const commands = [
  ["export"],
  ["import", "archive"],
  ["retain", "--yes"],
  ["retain", "--dry-run"],
  ["migrate"],
  ["migrate", "--status"],
  ["migrate", "--dry-run"],
  ["migrate", "--sql"],
];

describe("without a database named", () => {
  test.for(commands)("holdfast %s %s makes no folder, fails, and says how to name one", async (args) => {
    const ended = await runCommand(args, { cwd: folder });
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toMatch(/^holdfast: .*\.holdfast.*--database URL, --data FOLDER or DATABASE_URL\.\n$/);
    expect(readdirSync(folder)).toEqual(["archive"]);
  });

  test("holdfast --help and that of every command name DATABASE_URL", async () => {
    for (const args of [[], ["export"], ["import"], ["retain"], ["migrate"], ["replay"]]) {
      const { code, stdout } = await runCommand([...args, "--help"]);
      expect({ args, code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("DATABASE_URL") });
    }
  });
});

test("a folder in place of a server's address is refused, and the option for folders named", async () => {
  const ended = await runCommand(["status", "--database", "/nowhere/at/all"]);
  expect(ended).toMatchObject({ code: 2, stdout: "" });
  expect(ended.stderr).toMatch(/^holdfast: --database is no PostgreSQL address: .* For a folder, give --data\.\n$/);
});

test.skipIf(!existsSync("/dev/full"))("an output that cannot be written fails, in one line", () => {
  const full = openSync("/dev/full", "w");
  const command = join(import.meta.dirname, "../../bin/holdfast.js");
  const { status, stderr } = spawnSync(process.execPath, [command, "--help"], { stdio: ["ignore", full, "pipe"] });
  closeSync(full);
  expect(status).toBe(1);
  expect(stderr.toString()).toMatch(/^holdfast: The output cannot be written: ENOSPC.*\n$/);
});

test("an empty folder is no database, and stays empty", async () => {
  const empty = join(folder, "empty");
  mkdirSync(empty);
  for (const args of [["export"], ["retain", "--dry-run"], ["migrate", "--status"]]) {
    expect(await runCommand([...args, "--data", empty])).toMatchObject({ code: 2, stdout: "" });
  }
  expect(readdirSync(empty)).toEqual([]);
  expect(locateDatabase({ folder: empty })).toEqual({ description: `embedded ${empty}`, exists: false });
  rmSync(empty, { recursive: true });
});

test("the folder .holdfast is used where it is, and so is the one that HOLDFAST_DATA names", async () => {
  const place = join(folder, "place");
  mkdirSync(place);
  await (await openStore({ folder: join(place, ".holdfast"), durability: "relaxed" })).close();
  const status = await runCommand(["migrate", "--status"], { cwd: place });
  expect(status).toMatchObject({ code: 0, stderr: "using embedded .holdfast\n" });
  const made = await runCommand(["migrate"], { cwd: place, env: { HOLDFAST_DATA: "named" } });
  expect(made).toMatchObject({ code: 0, stdout: "nothing to apply\n", stderr: "using embedded named\n" });
  expect(existsSync(join(place, "named"))).toBe(true);
  rmSync(place, { recursive: true });
});

describeOnServers("the database that DATABASE_URL names", (database) => {
  test("is said on the standard error, without its password, before anything is done", async () => {
    const options = await database.options();
    const url = new URL("url" in options ? options.url : "");
    const shown = `postgres://${url.username}@${url.host}${url.pathname}`;
    if (url.password === "") url.password = "not-asked-for";
    const env = { DATABASE_URL: url.href };
    const run = (...args: string[]): ReturnType<typeof runCommand> => runCommand(args, { cwd: folder, env });

    const missing = await run("migrate", "--status", "--json");
    expect(missing).toMatchObject({ code: 1, stderr: `using ${shown}\n` });
    expect(lastJson(missing)).toMatchObject({
      schema: "holdfast",
      missing: expect.toSatisfy((count: number) => count >= 10),
    });
    expect((await run("migrate", "--status")).code).toBe(1);
    expect(await run("export")).toMatchObject({ code: 1, stdout: "" });
    expect(await run("retain", "--yes")).toMatchObject({ code: 1, stdout: "" });

    expect(await run("migrate")).toMatchObject({ code: 0, stderr: `using ${shown}\n` });
    const applied = await run("migrate", "--status", "--json");
    expect(applied.code).toBe(0);
    expect(lastJson(applied)).toMatchObject({ missing: 0, migrations: expect.arrayContaining([expect.anything()]) });
    for (const args of [
      ["export", "out"],
      ["import", "out"],
      ["retain", "--yes"],
      ["migrate", "--status", "--schema", "holdfast"],
    ]) {
      const ended = await run(...args);
      expect({ args, ...ended }).toMatchObject({ code: 0, stderr: expect.stringContaining(`using ${shown}`) });
      expect(ended.stdout + ended.stderr).not.toContain(url.password);
    }
    expect(readdirSync(folder).toSorted()).toEqual(["archive", "out"]);
    rmSync(join(folder, "out"));
  });
});

test("migrate prints either SQL or JSON", async () => {
  const ended = await runCommand(["migrate", "--sql", "--json"], { cwd: folder });
  expect(ended).toMatchObject({
    code: 2,
    stderr: "holdfast: --sql prints SQL, and --json JSON: give one of them.\n",
  });
});
