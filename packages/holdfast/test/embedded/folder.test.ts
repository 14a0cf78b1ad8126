import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { openEmbedded } from "../../src/postgres/embedded/embedded.ts";
import { processesTimeoutMs } from "../support/waiting.ts";
import { Child, emptyFolder, opened } from "./support.ts";

const open = (folder: string) => openEmbedded({ folder, durability: "full" });

describe("a folder for the embedded database", () => {
  test("is made with its parents, for its owner only", async () => {
    const folder = join(emptyFolder(), "a", "b");
    const { pool } = await opened({ folder });
    await pool.query("create table made (id int)");
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const others = execFileSync("find", [folder, "-type", "f", "-perm", "/o+w"]).toString();
    expect(others).toBe("");
  });

  test("is refused untouched when it holds something else", async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, "thesis.txt"), "years of work");
    await expect(open(folder)).rejects.toMatchObject({
      code: "invalid_input",
      message: expect.stringContaining(folder),
    });
    expect(readdirSync(folder)).toEqual(["thesis.txt"]);
    expect(readFileSync(join(folder, "thesis.txt"), "utf8")).toBe("years of work");
  });

  test("is refused when it is a file", async () => {
    const file = join(emptyFolder(), "file");
    writeFileSync(file, "");
    await expect(open(file)).rejects.toMatchObject({
      code: "invalid_input",
      message: expect.stringContaining("is a file"),
    });
    await expect(open(join(file, "below"))).rejects.toMatchObject({ code: "invalid_input" });
  });

  test("is refused when it cannot be made", async () => {
    const refused = open("no\0folder");
    await expect(refused).rejects.toMatchObject({
      code: "invalid_input",
      message: expect.stringContaining("cannot be made"),
    });
  });

  test.skipIf(process.getuid?.() === 0)("is refused when this user may not write there", async () => {
    const folder = emptyFolder();
    chmodSync(folder, 0o500);
    await expect(open(folder)).rejects.toMatchObject({
      code: "invalid_input",
      message: expect.stringContaining("not writable"),
    });
  });

  test("is refused untouched when it belongs to another PostgreSQL", async () => {
    const folder = emptyFolder();
    mkdirSync(join(folder, "base"));
    writeFileSync(join(folder, "PG_VERSION"), "15\n");
    await expect(open(folder)).rejects.toMatchObject({ code: "schema", facts: { expected: "18", actual: "15" } });
    expect(readdirSync(folder).sort()).toEqual(["PG_VERSION", "base"]);
    writeFileSync(join(folder, "PG_VERSION"), "");
    await expect(open(folder)).rejects.toMatchObject({ code: "corrupt", message: expect.stringContaining("damaged") });
  });

  test("opens after its first start was killed, at whatever moment", { timeout: processesTimeoutMs }, async () => {
    for (const ms of [0, 60, 120, 180, 240, 300, 400]) {
      const folder = emptyFolder();
      const child = new Child("begin", folder);
      await child.said("began");
      await pause(ms);
      await child.killed();
      const embedded = await open(folder);
      await embedded.close();
      expect(readdirSync(folder)).not.toContain("holdfast.unfinished");
    }
  });
});

describe("a PostgreSQL that panics", () => {
  test("ends its thread with an error for the caller, and the next call recovers", async () => {
    const folder = emptyFolder();
    const { pool } = await opened({ folder });
    await pool.query("create table kept as select 1 as id");
    renameSync(join(folder, "pg_wal"), join(folder, "pg_wal.away"));
    const fill = pool.query("create table filled as select repeat('x', 1000) as pad from generate_series(1, 20000)");
    await expect(fill).rejects.toMatchObject({ code: "unavailable", message: expect.stringContaining("PANIC") });
    renameSync(join(folder, "pg_wal.away"), join(folder, "pg_wal"));
    await expect(pool.query("select id from kept")).resolves.toMatchObject({ rows: [{ id: 1 }] });
  });
});
