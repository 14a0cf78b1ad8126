import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { openStore, type Store } from "../../src/index.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { databases, describeOnEach } from "../support/databases.ts";
import { fencesOf } from "./fences.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../../../..");
const page = readFileSync(join(root, "docs/guides/production.md"), "utf8");
// Roles belong to all databases of a server, which others may use.
const prefix = `t_${randomBytes(6).toString("hex")}`;

/** The statements that the page gives to a role, in its order. */
function blocksOf(role: string): readonly string[] {
  return fencesOf("production.md", page, "sql")
    .filter(({ code }) => code.startsWith(`-- As ${role}:`))
    .map(({ code }) => code.replaceAll("orders_", `${prefix}_`));
}

async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

const server = databases().at(-1);

describeOnEach(
  "a server that is set up as the page says",
  (database) => {
    let url: string;
    const urlOf = (role: string, password: string): string => {
      const own = new URL(url);
      Object.assign(own, { username: `${prefix}_${role}`, password });
      return own.href;
    };
    const appUrl = (): string => urlOf("app", "change-me-too");
    const monitorUrl = (): string => urlOf("monitor", "change-me-as-well");

    beforeAll(async () => {
      const options = await database.options();
      url = "url" in options ? options.url : "";
      const [roles = "", monitor = ""] = blocksOf("a superuser");
      await query(url, roles);
      const migrator = urlOf("migrator", "change-me");
      const command = join(root, "packages/holdfast/bin/holdfast.js");
      await run(process.execPath, [command, "migrate", "--database", migrator], { cwd: root });
      for (const block of blocksOf("orders_migrator")) await query(migrator, block);
      await query(url, monitor);
    });

    afterAll(async () => {
      const roles = ["app", "monitor", "migrator"].map((role) => `${prefix}_${role}`).join(", ");
      await query(url, `drop owned by ${roles} cascade; drop role ${roles}`);
    });

    test("has all that the application does within the reach of its role", async () => {
      await using store = await openStore({ url: appUrl(), migrate: false });
      await useEveryNoun(store);
      await expect(store.health()).resolves.toMatchObject({ isHealthy: true, error: null });
      expect((await store.stats()).tables.length).toBeGreaterThan(20);
    });

    test("opens for the application's role with migrations left on, when there are none to apply", async () => {
      await using store = await openStore({ url: appUrl() });
      expect(await store.migrate()).toEqual([]);
    });

    test.for([
      "create table holdfast.mine (id int)",
      "drop table holdfast.jobs",
      "truncate holdfast.jobs",
      "update holdfast.migrations set checksum = ''",
      "create table public.mine (id int)",
      "create schema mine",
    ])("does not let the application's role %s", async (statement) => {
      await expect(query(appUrl(), statement)).rejects.toMatchObject({ code: "42501" });
    });

    test("shows its monitoring what it asks for, and no payload", async () => {
      await using store = await openStore({ url: appUrl(), migrate: false });
      await makeTrouble(store);
      await query(
        appUrl(),
        "update holdfast.leases set lease_until = now() - interval '1 minute' where queue = 'lost'",
      );
      const answers: (readonly Record<string, unknown>[])[] = [];
      const open = new pg.Client({ connectionString: appUrl() });
      await open.connect();
      try {
        await open.query("begin; select 1");
        for (const block of blocksOf("orders_monitor")) {
          // A minute is long for a test.
          answers.push(await query(monitorUrl(), block.replace("interval '1 minute'", "interval '0 minutes'")));
        }
      } finally {
        await open.end();
      }
      const [ledger, depth, dead, late, expired, tables, transactions] = answers;
      expect(ledger).toHaveLength(5);
      expect(depth).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ queue: "deep", kind: "job", waiting: "21" }),
          expect.objectContaining({ queue: "orders", kind: "execution", waiting: "1" }),
        ]),
      );
      expect(dead).toMatchObject([{ queue: "dead", dead: "1" }]);
      expect(late).toMatchObject([{ late: "1" }]);
      expect(expired).toMatchObject([{ queue: "lost", kind: "job", expired: "1" }]);
      expect(tables).toHaveLength(20);
      expect(transactions).toContainEqual(
        expect.objectContaining({ usename: `${prefix}_app`, state: "idle in transaction" }),
      );
      await expect(query(monitorUrl(), "select payload from holdfast.jobs")).rejects.toMatchObject({ code: "42501" });
    });

    test("drains the worker of the page when it gets SIGTERM", async () => {
      await using store = await openStore({ url: appUrl(), migrate: false });
      const mailServer = createServer((_, response) => void setTimeout(() => response.end(), 500));
      const asked = once(mailServer, "request");
      mailServer.listen(0, "127.0.0.1");
      onTestFinished(() => void mailServer.close());
      await once(mailServer, "listening");
      const { port } = mailServer.address() as AddressInfo;
      const [program] = fencesOf("production.md", page);
      const code = program?.code.replace("https://mail.example.org/send", `http://127.0.0.1:${port}/`) ?? "";
      // Inside the project, so that `holdfast` is found as a user's program finds it.
      const folder = join(root, ".cache/production");
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
      writeFileSync(join(folder, "worker.ts"), code);
      await store.jobs.push({ id: "letter", queue: "mail", payload: { to: "ada" } });
      const env = { ...process.env, DATABASE_URL: appUrl() };
      const worker = spawn(process.execPath, ["--import", "tsx", "worker.ts"], { cwd: folder, env, stdio: "inherit" });
      const ended = once(worker, "exit");
      await asked;
      worker.kill("SIGTERM");
      expect(await ended).toEqual([0, null]);
      expect((await store.jobs.require("letter")).status).toBe("succeeded");
    });
  },
  (name) => name === server?.name,
);

/** A little of each noun, as an engine uses it. */
async function useEveryNoun(store: Store): Promise<void> {
  await store.definitions.publish({ name: "order", document: { steps: ["charge"] }, status: "active" });
  await store.queues.configure("work", { concurrency: 100 });
  await store.kv.set({ prefix: "a", key: "b", value: new Uint8Array([1]), ttlMs: 1000 });
  await store.snapshots.write({ persistenceId: "a", version: 1n, payload: new Uint8Array([1]), keep: 2 });
  await store.snapshots.write({ persistenceId: "a", version: 2n, payload: new Uint8Array([2]), keep: 2 });
  await store.blobs.upload("a", "text");
  await store.schedules.save({ id: "beat", queue: "work", everyMs: 1000 });
  await store.schedules.trigger("beat");
  await store.schedules.pushDue();
  const worker = await startWorker(store, {
    queues: { work: async () => "done" },
    executions: {
      runs: async ({ wake }, context) => {
        if (wake !== null) return wake.payload;
        return context.park({ waits: [{ key: "go" }] }, { step: { history: [{ kind: "parked" }] } });
      },
    },
  });
  await store.jobs.pushMany(Array.from({ length: 20 }, (_, i) => ({ queue: "work", payload: i })));
  await store.executions.create({ id: "run", queue: "runs", definition: { name: "order", version: "active" } });
  await store.timers.schedule({ executionId: "run", step: "remind", afterMs: 0 });
  const [timer] = await store.timers.claim();
  if (timer !== undefined) await store.timers.acknowledge(timer);
  await store.components.save({ executionId: "run", component: "mailer", state: {} });
  await store.executions.fork("run", { id: "fork" });
  await store.correlations.deliver({ key: "go", payload: "gone", dedupeId: "1" });
  expect((await store.executions.result("run"))?.output).toBe("gone");
  await worker.stop();
  expect((await store.history.readAll()).items.map(({ kind }) => kind)).toContain("parked");
  let lines = 0;
  for await (const line of store.export()) lines += line.length > 0 ? 1 : 0;
  expect(lines).toBeGreaterThan(20);
  await store.retain({ executions: 0, jobs: 0, timers: 0, events: 0 });
  await store.blobs.remove("a");
  await store.blobs.sweep();
  await store.definitions.remove("order", 1, { cascade: true });
}

/** One of each that the page's questions ask for. */
async function makeTrouble(store: Store): Promise<void> {
  await store.jobs.push({ queue: "deep", group: "g" });
  await store.jobs.pushMany(Array.from({ length: 20 }, () => ({ queue: "deep" })));
  await store.jobs.pushMany([{ queue: "dead" }, { queue: "lost", id: "lost" }]);
  for (const claim of await store.jobs.claim({ queues: ["dead"], limit: 1 })) {
    await store.jobs.fail(claim, { final: true });
  }
  await store.jobs.claim({ queues: ["lost"], limit: 1 });
  const { execution } = await store.executions.create({ queue: "orders" });
  await store.timers.schedule({ executionId: execution.id, step: "remind", afterMs: 0 });
}
