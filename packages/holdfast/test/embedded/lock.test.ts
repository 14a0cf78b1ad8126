import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openEmbedded } from "../../src/postgres/embedded/embedded.ts";
import { Child, emptyFolder, opened } from "./support.ts";

describe("a folder that is in use", () => {
  test.each(["hold", "block"])("is refused while a process has it, and free once that is killed (%s)", async (what) => {
    const folder = emptyFolder();
    const child = new Child(what, folder);
    await child.said("held");
    const refused = openEmbedded({ folder, durability: "full" });
    await expect(refused).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining(`in use by process PID ${child.process.pid};`),
      facts: { pid: child.process.pid },
    });
    await child.killed();
    const { pool } = await opened({ folder });
    await expect(pool.query("select 1 as one")).resolves.toMatchObject({ rows: [{ one: 1 }] });
  });

  test("is refused to the process that has it, under whatever path", async () => {
    const folder = emptyFolder();
    const link = join(emptyFolder(), "link");
    symlinkSync(folder, link);
    await opened({ folder });
    for (const path of [folder, link, `${folder}/../${folder.split("/").at(-1)}`]) {
      await expect(openEmbedded({ folder: path, durability: "full" })).rejects.toThrow(/in use by this process/);
    }
  });

  test("is locked also where its path is too long for a socket", async () => {
    const folder = join(emptyFolder(), "long".repeat(40));
    mkdirSync(folder);
    const child = new Child("hold", folder);
    await child.said("held");
    await expect(openEmbedded({ folder, durability: "full" })).rejects.toThrow(/in use by process/);
    await child.killed();
    await opened({ folder });
  });

  test("leaves nothing of the lock behind when it is closed", async () => {
    const folder = emptyFolder();
    await (await openEmbedded({ folder, durability: "relaxed" })).close();
    expect(readdirSync(folder).filter((name) => name.startsWith("holdfast"))).toEqual([]);
  });

  test("goes to one at a time when many take it over from a dead process", { timeout: 300_000 }, async () => {
    const folder = emptyFolder();
    const dead = new Child("hold", folder, "relaxed");
    await dead.said("held");
    await dead.killed();
    const children = Array.from({ length: 8 }, () => new Child("try", folder, "relaxed"));
    await Promise.all(children.map((child) => child.ended()));
    const first = children.map((child) => child.lines[0] ?? "");
    expect(first.filter((line) => !/^opened |in use by process/.test(line))).toEqual([]);
    const turns = children
      .filter((child) => child.lines[0]?.startsWith("opened"))
      .map(({ lines }) => lines.map((line) => Number(line.split(" ")[1])))
      .sort(([a = 0], [b = 0]) => a - b);
    expect(turns.length).toBeGreaterThan(0);
    const overlaps = turns.filter(([openedAt = 0], index) => openedAt < (turns[index - 1]?.[1] ?? 0));
    expect(overlaps).toEqual([]);
  });
});
