import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "../../src/index.ts";
import { lastJson, runCommand } from "../replay/command.ts";

describe("holdfast retain", () => {
  let folder = "";
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "holdfast-retain-"));
    await using store = await openStore({ folder });
    await store.executions.saveMany(["a", "b"].map((id) => ({ id, status: "succeeded" })));
    await store.kv.set({ prefix: "", key: "k", value: null, ttlMs: 1 });
    await store.blobs.upload("b", "text", { ttlMs: 1 });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("says what would go, removes it, and says what went", async () => {
    const place = ["retain", "--data", folder];
    expect(lastJson(await runCommand([...place, "--keep-kv", "--keep-blobs", "--yes", "--json"]))).toMatchObject({
      dryRun: false,
      counts: { executions: 0, kv: 0, blobs: 0 },
    });
    const dry = await runCommand([...place, "--executions", "0s", "--dry-run"]);
    expect(dry.stdout).toMatch(/^ +would go\nexecutions +2\n/);
    expect(lastJson(await runCommand([...place, "--executions", "never", "--yes", "--json"]))).toMatchObject({
      counts: { executions: 0, kv: 1, blobs: 1 },
    });
    expect((await runCommand([...place, "--executions", "0s", "--yes"])).stdout).toMatch(/^ +removed\nexecutions +2\n/);
  });

  test.each(["30", "d", "1w", "-1d", "", "forever"])("refuses %j as a period", async (period) => {
    const ended = await runCommand(["retain", "--data", folder, "--executions", period]);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain("--executions");
  });

  test("makes no folder by looking", async () => {
    const ended = await runCommand(["retain", "--data", join(folder, "none"), "--dry-run"]);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
  });
});
