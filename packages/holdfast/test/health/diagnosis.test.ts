import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Check } from "../../src/health/index.ts";
import { openStore } from "../../src/index.ts";
import { urlOf } from "../locks/support.ts";
import { databases, describeOnEach, describeOnServers } from "../support/databases.ts";
import { missingPgbouncer, startPgbouncer } from "../support/pgbouncer.ts";

const newest = databases().at(-1)?.name;

/** What a diagnosis finds under a name. */
async function found(url: string, name: string, schema = "holdfast"): Promise<Check | undefined> {
  await using store = await openStore({ url, schema, migrate: false, poolMin: 0, poolMax: 3 });
  return (await store.diagnose()).checks.find((check) => check.name === name);
}

async function query(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

describeOnServers("a diagnosis", (database) => {
  test("finds nothing wrong with a new schema, of whatever name", async () => {
    await using store = await openStore({ url: await urlOf(database), schema: "of_another_name" });
    const { checks } = await store.diagnose();
    const names = ["schema", "objects", "indexes", "privileges", "vacuum", "durability", "pooler", "clock", "tls"];
    const made = checks.filter(({ name }) => names.includes(name));
    expect(made.map(({ name, status }) => `${name} ${status}`).toSorted()).toEqual(
      names.map((n) => `${n} ok`).toSorted(),
    );
  });
});

describeOnEach(
  "a diagnosis of a database",
  (database) => {
    test("names a schema that is missing", async () => {
      const url = await urlOf(database);
      expect(await found(url, "schema", "nowhere")).toMatchObject({
        status: "fail",
        finding: expect.stringContaining("lacks"),
        advice: "Run `holdfast migrate`.",
      });
    });

    test("names what was changed in a schema by hand", async () => {
      const url = await urlOf(database);
      await using store = await openStore({ url, schema: "changed" });
      expect(store.schema).toBe("changed");
      await query(
        url,
        "alter table changed.jobs disable trigger all",
        "alter table changed.kv_entries add column mine text",
        "drop trigger tasks_moved on changed.tasks",
        "create or replace function changed.count_running(chunk changed.lease_chunks) returns bigint language sql as 'select 0::bigint'",
        "drop index changed.ready_order",
      );
      const objects = await found(url, "objects", "changed");
      expect(objects?.status).toBe("fail");
      expect(objects?.finding).toMatch(/lacks trigger tasks\.tasks_moved/);
      expect(objects?.finding).toMatch(/table kv_entries/);
      expect(objects?.finding).toMatch(/function count_running/);
      expect(await found(url, "indexes", "changed")).toMatchObject({
        status: "fail",
        finding: "Missing or invalid: ready_order.",
      });
    });

    test("says what privileges the role lacks, and how to grant them", async () => {
      const superuser = await urlOf(database);
      const url = new URL(superuser);
      const role = `t_${randomBytes(6).toString("hex")}`;
      await query(
        superuser,
        `create role ${role} login password 'p'`,
        `grant usage on schema holdfast to ${role}`,
        `grant select on all tables in schema holdfast to ${role}`,
      );
      onTestFinished(() => query(superuser, `drop owned by ${role}`, `drop role ${role}`));
      Object.assign(url, { username: role, password: "p" });
      expect(await found(url.href, "privileges")).toMatchObject({
        status: "fail",
        finding: expect.stringContaining("INSERT, UPDATE, DELETE on table"),
        advice: expect.stringContaining("grant "),
      });
      expect(await found(url.href, "role")).toMatchObject({ status: "ok" });
      await query(
        superuser,
        `grant select, insert, update, delete on all tables in schema holdfast to ${role}`,
        `grant usage on all sequences in schema holdfast to ${role}`,
      );
      // An export reads them.
      expect(await found(url.href, "privileges")).toMatchObject({
        status: "fail",
        finding: expect.stringContaining("SELECT on sequence events_sequence_seq"),
      });
      await query(superuser, `grant usage, select on all sequences in schema holdfast to ${role}`);
      expect(await found(url.href, "privileges")).toMatchObject({ status: "ok" });
    });

    test("says that its transactions are read-only", async () => {
      const url = await urlOf(database);
      await query(url, `alter database "${new URL(url).pathname.slice(1)}" set default_transaction_read_only = on`);
      expect(await found(url, "server")).toMatchObject({
        status: "fail",
        advice: expect.stringContaining("read_only"),
      });
    });
  },
  (name) => name === newest,
);

const missing = missingPgbouncer();

describe.skipIf(missing !== undefined)("behind PgBouncer", () => {
  describeOnEach(
    "a diagnosis",
    (database) => {
      let bouncer: Awaited<ReturnType<typeof startPgbouncer>>;
      beforeAll(async () => {
        bouncer = await startPgbouncer(await urlOf(database), {
          ignores: "statement_timeout,idle_in_transaction_session_timeout,options",
        });
      });
      afterAll(() => bouncer.stop());

      test("notices the pooler, and whether the settings allow for it", async () => {
        expect(await found(bouncer.url, "pooler")).toMatchObject({ status: "fail" });
        expect(await found(`${bouncer.url}?pgbouncer=true`, "pooler")).toMatchObject({
          status: "ok",
          finding: "A pooler shares sessions, and the settings allow for it.",
        });
      });
    },
    (name) => name === newest,
  );
});
