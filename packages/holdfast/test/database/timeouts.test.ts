import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { describeOnServers } from "../support/databases.ts";
import { opened, rejection, sessionOn, sql, urlOf, value } from "./support.ts";

describeOnServers("the statement timeout", (fresh) => {
  test("is the server's, and the connection stays good", async () => {
    const session = sessionOn(await opened({ url: await urlOf(fresh), statementTimeoutMs: 1000, poolMax: 1 }));
    const before = await session.run(value("select pg_backend_pid()"));
    const startedAt = performance.now();
    const error = await rejection(session.run(value("select pg_sleep(3600)")));
    expect(error).toMatchObject({ code: "unavailable", retryable: true, facts: { sqlstate: "57014" } });
    expect(performance.now() - startedAt).toBeLessThan(60_000);
    expect(await session.run(value("select pg_backend_pid()"))).toBe(before);
  });

  test("ends a statement of a transaction, and the transaction with it", async () => {
    const session = sessionOn(await opened({ url: await urlOf(fresh), statementTimeoutMs: 1000 }));
    await session.run(sql("create table if not exists written (n int)"));
    const transaction = session.transaction(async (tx) => {
      await tx.run(sql("insert into written values (1)"));
      await tx.run(value("select pg_sleep(10)"));
    });
    expect(await rejection(transaction)).toMatchObject({ facts: { sqlstate: "57014" } });
    expect(await session.run(value("select count(*) from written"))).toBe(0);
  });

  test("of 0 is none", async () => {
    const session = sessionOn(await opened({ url: await urlOf(fresh), statementTimeoutMs: 0 }));
    expect(await session.run(value("select current_setting('statement_timeout')"))).toBe("0");
  });
});

test("the statement timeout ends nothing in memory, where all data would go with it", async () => {
  const session = sessionOn(await opened({ memory: true, statementTimeoutMs: 50 }));
  await session.run(sql("create table kept as select 1 as n"));
  await session.run(sql("select pg_sleep(0.2)"));
  expect(await session.run(value("select n from kept"))).toBe(1);
});

test("the statement timeout restarts an embedded database in a folder, which keeps what was committed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-timeout-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const session = sessionOn(await opened({ folder, statementTimeoutMs: 3000 }));
  await session.run(sql("create table kept as select 1 as n"));
  expect(await rejection(session.run(value("select count(*) from generate_series(1, 100000000000)")))).toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("statementTimeoutMs (3000)"),
  });
  expect(await session.run(value("select n from kept"))).toBe(1);
});
