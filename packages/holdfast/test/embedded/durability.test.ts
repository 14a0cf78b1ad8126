import { execFileSync } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { openEmbedded } from "../../src/postgres/embedded/embedded.ts";
import { processesTimeoutMs } from "../support/waiting.ts";
import { Child, emptyFolder, opened, poolOf } from "./support.ts";

const COMMITS = 50;

describe("what a commit promises", () => {
  test("with full durability each commit is one fsync, with relaxed hardly any", async () => {
    for (const [durability, perCommit, besides] of [
      ["full", 1, 0],
      // One a second, and one before a page is written.
      ["relaxed", 0, 15],
    ] as const) {
      const { embedded, pool } = await opened({ folder: emptyFolder(), durability });
      await pool.query("create table counted (id int)");
      // The table's own pages are created and synced by the first insert.
      await pool.query("insert into counted values (0)");
      const before = embedded.stats().fsyncs;
      for (let id = 1; id <= COMMITS; id += 1) await pool.query("insert into counted values ($1)", [id]);
      const after = embedded.stats().fsyncs;
      expect(after - before).toBeGreaterThanOrEqual(COMMITS * perCommit);
      // A new segment of the log costs a few more.
      expect(after - before).toBeLessThanOrEqual(COMMITS * perCommit * 1.2 + besides);
    }
  });

  test("with relaxed durability everything is on disk a second after the last commit, and nothing is synced then", async () => {
    const { embedded, pool } = await opened({ folder: emptyFolder(), durability: "relaxed" });
    await pool.query("create table idle (id int)");
    await pause(1500);
    const before = embedded.stats().fsyncs;
    await pool.query("insert into idle values (1)");
    await expect.poll(() => embedded.stats().fsyncs).toBeGreaterThan(before);
    await pause(1500);
    const after = embedded.stats().fsyncs;
    await pause(2500);
    expect(embedded.stats().fsyncs).toBe(after);
  });

  test("a pipelined transaction is one fsync whatever it holds", async () => {
    const { embedded, pool } = await opened({ folder: emptyFolder() });
    const client = await pool.connect();
    await client.query("create table batched (id int)");
    await client.query("insert into batched values (0)");
    const before = embedded.stats().fsyncs;
    await Promise.all(
      ["begin", ...Array<string>(20).fill("insert into batched values (1)"), "commit"].map((text) =>
        client.query(text),
      ),
    );
    client.release();
    expect(embedded.stats().fsyncs - before).toBe(1);
  });

  test("a clean close and a new opening find everything", async () => {
    const folder = emptyFolder();
    const embedded = await openEmbedded({ folder, durability: "full" });
    const pool = poolOf(embedded);
    await pool.query("create table kept as select g as id from generate_series(1, 1000) g");
    await pool.end();
    await embedded.close();
    const again = await opened({ folder });
    await expect(again.pool.query("select count(*)::int as n from kept")).resolves.toMatchObject({
      rows: [{ n: 1000 }],
    });
  });

  test("killing the process loses no acknowledged row", { timeout: processesTimeoutMs }, async () => {
    const folder = emptyFolder();
    let acknowledged = 0;
    for (let cycle = 0; cycle < 4; cycle += 1) {
      const child = new Child("write", folder);
      // Anywhere in the midst of many commits, however long one takes.
      await child.said(`acknowledged ${acknowledged + 11 + Math.floor(Math.random() * 30)}`);
      await pause(Math.random() * 10);
      await child.killed();
      acknowledged = Number(child.lines.at(-1)?.split(" ")[1]);
    }
    const { pool } = await opened({ folder });
    const { rows } = await pool.query<{ rows: number; last: number }>(
      "select count(*)::int as rows, max(id) as last from written",
    );
    expect(acknowledged).toBeGreaterThan(40);
    expect(rows[0]?.last).toBeGreaterThanOrEqual(acknowledged);
    expect(rows[0]?.rows).toBe(rows[0]?.last);
  });

  test("the write-ahead log does not grow without bound", { timeout: 300_000 }, async () => {
    const folder = emptyFolder();
    const { embedded, pool } = await opened({ folder, durability: "relaxed" });
    await pool.query("create table churn (id int primary key, pad text)");
    for (let round = 0; round < 100; round += 1) {
      await pool.query(
        "insert into churn select g, repeat('x', 900) from generate_series(1, 1000) g on conflict (id) do update set pad = excluded.pad || $1",
        [round],
      );
      if (round % 10 === 0) await pool.query("vacuum churn");
    }
    const { rows } = await pool.query<{ bytes: string }>("select pg_current_wal_lsn() - '0/0' as bytes");
    expect(Number(rows[0]?.bytes)).toBeGreaterThan(100e6);
    expect(embedded.stats().checkpoints).toBeGreaterThanOrEqual(2);
    expect(
      Number(
        execFileSync("du", ["-sm", `${folder}/pg_wal`])
          .toString()
          .split("\t")[0],
      ),
    ).toBeLessThan(80);
  });
});
