import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeOnServers } from "../support/databases.ts";
import { runCommand } from "./command.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-migrate-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("holdfast migrate", () => {
  test("looks at nothing that is not there, and makes nothing by looking", async () => {
    const data = join(folder, "none");
    const ended = await runCommand(["migrate", "--data", data, "--status"]);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain(data);
    expect(existsSync(data)).toBe(false);
  });

  test("refuses two ways of looking at once", async () => {
    const ended = await runCommand(["migrate", "--data", folder, "--status", "--sql"]);
    expect(ended.code).toBe(2);
  });
});

describeOnServers("holdfast migrate on a server", (database) => {
  test("says what it would do, does it, and says what was done", async () => {
    const options = await database.options();
    const place = ["--database", "url" in options ? options.url : "", "--schema", "by_hand"];
    expect((await runCommand(["migrate", ...place, "--dry-run"])).stdout).toMatch(/^would apply 0001_foundation, /);
    expect((await runCommand(["migrate", ...place, "--sql"])).stdout).toContain('create table "by_hand".executions');
    expect((await runCommand(["migrate", ...place])).stdout).toMatch(/^applied 0001_foundation, /);
    expect((await runCommand(["migrate", ...place])).stdout).toBe("nothing to apply\n");
    expect((await runCommand(["migrate", ...place, "--status"])).stdout).toMatch(/^0001_foundation {2}20\d\d-/);
  });
});
