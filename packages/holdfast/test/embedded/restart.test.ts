import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { emptyFolder, opened } from "./support.ts";

const ENDLESS = "select count(*) from generate_series(1, 100000000000) g";

describe("a statement that runs too long", () => {
  test.each(["select pg_sleep(3600)", ENDLESS])(
    "is ended by a restart, and the folder keeps what was committed: %s",
    async (statement) => {
      const { embedded, pool } = await opened({ folder: emptyFolder() });
      await pool.query("create table kept (id int)");
      await pool.query("insert into kept values (1)");
      const stuck = pool.query(statement);
      const outcome = stuck.catch((error: unknown) => error);
      await pause(100);
      const started = performance.now();
      await embedded.restart("it took 60 s");
      expect(await outcome).toMatchObject({ code: "unavailable", message: expect.stringContaining("it took 60 s") });
      await expect(pool.query("select id from kept")).resolves.toMatchObject({ rows: [{ id: 1 }] });
      expect(performance.now() - started).toBeLessThan(30_000);
    },
  );

  test("in memory is ended with all data, and every later call says so", async () => {
    const { embedded, pool } = await opened();
    const stuck = pool.query(ENDLESS);
    const outcome = stuck.catch((error: unknown) => error);
    await pause(100);
    await embedded.restart("it took 60 s");
    expect(await outcome).toMatchObject({ code: "unavailable" });
    await expect(pool.query("select 1")).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("lost"),
    });
    await expect(embedded.restart("again")).rejects.toMatchObject({ code: "unavailable" });
  });

  test("restarts once for two callers at the same time", async () => {
    const { embedded, pool } = await opened({ folder: emptyFolder() });
    pool.query("select pg_sleep(60)").catch(() => {});
    await pause(50);
    await Promise.all([embedded.restart("one"), embedded.restart("two")]);
    await expect(pool.query("select 1 as one")).resolves.toMatchObject({ rows: [{ one: 1 }] });
  });
});
