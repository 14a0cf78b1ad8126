import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Check } from "../../src/health/index.ts";
import { openStore } from "../../src/index.ts";
import { urlOf } from "../locks/support.ts";
import { lastJson, runCommand, startCommand } from "../replay/command.ts";
import { databases, describeOnEach } from "../support/databases.ts";
import { missingPgbouncer, type Pgbouncer, startPgbouncer } from "../support/pgbouncer.ts";
import { jsonOf, runInside } from "./inside.ts";

const newest = databases().at(-1)?.name;

async function query(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

async function checksOf(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly checks: readonly Check[] }> {
  const ended = await runInside(["doctor", "--json", ...args]);
  return { code: ended.code, checks: jsonOf(ended)["checks"] as readonly Check[] };
}

describe("a folder", () => {
  const folder = join(mkdtempSync(join(tmpdir(), "holdfast-doctor-")), "data");
  beforeAll(async () => {
    await using store = await openStore({ folder, durability: "relaxed" });
    await store.jobs.pushMany(Array.from({ length: 3000 }, (_, i) => ({ id: `job-${i}`, queue: "mail" })));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("is well, and says so with exit code 0", async () => {
    const { code, stdout } = await runCommand(["doctor", "--data", folder]);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("all is well") });
  });

  test("has a status, in one document", async () => {
    const ended = await runCommand(["status", "--data", folder, "--json"]);
    expect(lastJson(ended)).toMatchObject({ schema: "holdfast", queues: [{ queue: "mail", ready: 3000 }] });
  });

  test("is watched without a terminal as one document a period, until SIGINT", async () => {
    const running = startCommand(["status", "--watch", "100ms", "--json", "--data", folder]);
    let text = "";
    await new Promise<void>((resolve, reject) => {
      running.process.stdout?.on("data", (chunk: string) => {
        text += chunk;
        if (text.split("\n").length > 2) resolve();
      });
      void running.ended.then(({ stderr }) => reject(new Error(stderr)));
    });
    running.process.kill("SIGINT");
    const { code, stdout } = await running.ended;
    expect(code).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as { readonly schema: string }).schema),
    ).toContain("holdfast");
    expect(stdout).not.toContain("\u001b");
  });

  test("a reader that has seen enough ends a list quietly", async () => {
    const ended = await runCommand(["jobs", "list", "--all", "--json", "--data", folder], { readsOneLine: true });
    expect(ended).toMatchObject({ code: 0, stderr: `using embedded ${folder}\n` });
    expect(JSON.parse(ended.stdout.split("\n")[0] ?? "")).toMatchObject({ id: "job-0" });
  });
});

test("a database that cannot be reached is exit code 3, everywhere", async () => {
  const nowhere = ["--database", "postgres://ada:lovelace@127.0.0.1:1/x"];
  const { code, checks } = await checksOf(...nowhere);
  expect({ code, checks }).toMatchObject({ code: 3, checks: [{ name: "connection", status: "fail" }] });
  for (const args of [["status"], ["jobs", "list"], ["export"], ["migrate", "--status"]]) {
    const ended = await runInside([...args, ...nowhere]);
    expect(ended).toMatchObject({ code: 3, stdout: "" });
    expect(ended.stderr).not.toContain("lovelace");
  }
});

describeOnEach(
  "a server",
  (database) => {
    const role = `t_${randomBytes(6).toString("hex")}`;
    let superuser: string;
    let url: string;

    beforeAll(async () => {
      superuser = await urlOf(database);
      await query(
        superuser,
        `create role ${role} login password 'open sesame'`,
        `grant usage on schema holdfast to ${role}`,
        `grant select, insert, update, delete on all tables in schema holdfast to ${role}`,
        `grant usage, select on all sequences in schema holdfast to ${role}`,
        `revoke insert, update, delete on holdfast.migrations from ${role}`,
      );
      const own = new URL(superuser);
      Object.assign(own, { username: role, password: "open sesame" });
      url = own.href;
    });
    afterAll(() => query(superuser, `drop owned by ${role}`, `drop role ${role}`));

    test("serves a role that may only read and write rows, and nobody sees its password", async () => {
      for (const args of [["status"], ["doctor"], ["jobs", "list"], ["executions", "count"], ["retain", "--yes"]]) {
        const ended = await runInside([...args, "--database", url]);
        expect(ended.stdout + ended.stderr).not.toMatch(/open.sesame|open%20sesame/);
        expect(args[0] === "doctor" ? 0 : ended.code, args.join(" ")).toBe(0);
      }
      const { checks } = await checksOf("--database", url);
      const failed = checks.filter(({ status }) => status === "fail").map(({ name }) => name);
      // The servers of the tests run without autovacuum.
      expect(failed.filter((name) => name !== "settings")).toEqual([]);
      expect(checks.find(({ name }) => name === "role")).toMatchObject({ status: "ok" });
    });

    test("whose ledger was changed has a check that says so, with exit code 1", async () => {
      await (await openStore({ url: superuser, schema: "forged" })).close();
      await query(superuser, "update forged.migrations set checksum = 'x' where number = 3");
      const { code, checks } = await checksOf("--database", superuser, "--schema", "forged");
      expect({ code, checks }).toMatchObject({
        code: 1,
        checks: expect.arrayContaining([
          expect.objectContaining({ name: "schema", status: "fail", advice: "Use the release that made it." }),
          expect.objectContaining({ name: "server", status: "ok" }),
        ]),
      });
      const ended = await runInside(["jobs", "list", "--database", superuser, "--schema", "forged"]);
      expect(ended).toMatchObject({ code: 1, stdout: "" });
    });

    test("without the schema is exit code 1, and migrate is the advice", async () => {
      const place = ["--database", superuser, "--schema", "nowhere"];
      const { code, checks } = await checksOf(...place);
      expect(code).toBe(1);
      expect(checks).toContainEqual(expect.objectContaining({ name: "schema", advice: "Run `holdfast migrate`." }));
      expect(await runInside(["queues", "list", ...place])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("run the migrations"),
      });
    });

    describe.skipIf(missingPgbouncer() !== undefined)("behind PgBouncer", () => {
      let bouncer: Pgbouncer;
      beforeAll(async () => {
        bouncer = await startPgbouncer(superuser);
      });
      afterAll(() => bouncer.stop());

      test("is reached as its settings say, and otherwise the advice says how", async () => {
        const plain = await checksOf("--database", bouncer.url);
        expect(plain).toMatchObject({
          code: 3,
          checks: [{ name: "connection", finding: expect.stringContaining("pgbouncer=true") }],
        });
        const { checks } = await checksOf("--database", `${bouncer.url}?pgbouncer=true`);
        expect(checks.find(({ name }) => name === "pooler")).toMatchObject({ status: "ok" });
        expect((await runInside(["status", "--database", `${bouncer.url}?pgbouncer=true`])).code).toBe(0);
      });
    });
  },
  (name) => name === newest,
);
