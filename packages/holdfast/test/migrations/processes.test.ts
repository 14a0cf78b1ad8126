import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { migrations } from "../../src/migrations/migrations.generated.ts";
import { migrate } from "../../src/migrations/runner.ts";
import type { Database } from "../../src/postgres/database.ts";
import { open, urlOf } from "../database/support.ts";
import { describeOnServers } from "../support/databases.ts";
import { until } from "../support/waiting.ts";
import { seenOfEmerging } from "./emerging.ts";
import { ask, dump } from "./support.ts";

const CHILD = fileURLToPath(new URL("./child.ts", import.meta.url));

/** A process that migrates a schema, and prints what it applied. */
function migrating(
  url: string,
  schema: string,
  slow: "slow" | "" = "",
): { readonly child: ChildProcess; readonly applied: Promise<readonly string[]> } {
  const child = spawn(process.execPath, ["--import", "tsx", CHILD, url, schema, slow], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const applied = once(child, "close").then(([code]) => {
    if (code !== 0) throw new Error(`the process ended with ${String(code)}`);
    return JSON.parse(output) as readonly string[];
  });
  applied.catch(() => undefined);
  return { child, applied };
}

describeOnServers("processes that migrate", (fresh) => {
  let database: Database;
  beforeAll(async () => {
    database = await open(await fresh.options());
  });
  afterAll(() => database.close());

  test("ten at once: all succeed, and each migration is applied by one of them", async () => {
    const url = await urlOf(fresh);
    const all = await Promise.all(Array.from({ length: 10 }, () => migrating(url, "together").applied));
    expect(all.flat().toSorted()).toEqual(migrations.map(({ name }) => name));
    expect(await migrate(database, "together")).toEqual([]);
  }, 300_000);

  test("a schema that another session makes at this moment never looks like somebody else's", async () => {
    expect(await seenOfEmerging(database, await urlOf(fresh), 50)).toEqual(["ledger", "no schema"]);
  }, 300_000);

  test("one killed in the middle of a migration leaves whole migrations, and the next goes on", async () => {
    const { child } = migrating(await urlOf(fresh), "killed", "slow");
    // Its third migration sleeps before it does its work.
    await until(async () => (await ask(database, sleepers)) === 1);
    child.kill("SIGKILL");
    await once(child, "close");
    expect(await ask(database, "select count(*) from killed.migrations")).toBe(2);
    // The dead one's session holds the lock until the server notices.
    await ask(
      database,
      `select count(pg_terminate_backend(pid)) from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid()`,
    );
    expect(await migrate(database, "killed")).toEqual(migrations.slice(2).map(({ name }) => name));
    await migrate(database, "whole");
    expect(await dump(database, "killed")).toBe(await dump(database, "whole"));
  }, 300_000);
});

const sleepers = `select count(*) from pg_stat_activity
  where wait_event = 'PgSleep' and datname = current_database()`;
