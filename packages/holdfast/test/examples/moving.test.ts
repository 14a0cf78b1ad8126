import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { expect, test } from "vitest";
import { stateStoreOn } from "../../src/adapters/store.ts";
import { openStore, type Store } from "../../src/index.ts";
import { fencesOf } from "../docs/fences.ts";
import { databases, describeOnEach } from "../support/databases.ts";
import { oldTables } from "./old-tables.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../../../..");
// Inside the project, so that `holdfast` is found as a user's program finds it.
const folder = join(root, ".cache/moving");

/** What is there after the move that a page describes; each page moves what `oldTables` has of its system. */
const moved: Readonly<Record<string, (store: Store) => Promise<void>>> = {
  cascade: async (store) => {
    const waiting = await store.executions.require("instance-1");
    expect(waiting).toMatchObject({
      status: "waiting",
      definition: { name: "order", version: 1 },
      input: { sku: "A1" },
    });
    expect(await store.executions.require("instance-2")).toMatchObject({ status: "failed", error: "no money" });
    expect((await store.components.require("instance-1", "charge")).state).toEqual({ tries: 2 });
    expect((await store.correlations.list()).items).toMatchObject([
      { key: "payment-1", executionId: "instance-1", step: "ship" },
      { key: "payment-1", executionId: "instance-1", step: "charge" },
    ]);
    expect((await store.timers.list()).items).toMatchObject([{ id: "timer-1", step: "remind", status: "scheduled" }]);
  },
  compozy: async (store) => {
    const { status: running, labels, usage } = await store.executions.require("run-1");
    expect([running, labels]).toEqual(["running", { workflow: "etl" }]);
    expect(usage).toEqual({ "openai/gpt/prompt": 7, "openai/gpt/completion": 3, "openai/gpt/total": 10 });
    expect((await store.tasks.require("task-2")).usage).toEqual({ "openai/gpt/prompt": 7, "openai/gpt/completion": 3 });
    expect((await store.tasks.require("task-1")).usage).toEqual({});
    const { nodes } = await store.tasks.tree("task-1");
    expect(nodes.map(({ name, status }) => [name, status])).toEqual([
      ["fan-out", "running"],
      ["child", "succeeded"],
    ]);
    expect(await store.tasks.childrenOutputs("task-1")).toEqual(new Map([["child", { rows: 5 }]]));
  },
  ego: async (store) => {
    const snapshot = await store.snapshots.require("account-42");
    expect(snapshot).toMatchObject({
      version: 5n,
      manifest: "billing.AccountState",
      timestamp: 1_700_000_000_000n,
      shard: 7,
    });
    expect([...snapshot.payload]).toEqual([8, 42]);
    const states = stateStoreOn(store);
    await states.connect();
    expect((await states.getLatestState("account-42"))?.resultingState.typeUrl).toBe(
      "type.googleapis.com/billing.AccountState",
    );
  },
  nebula: async (store) => {
    expect(await store.definitions.require("resize", "active")).toMatchObject({ version: 2 });
    expect(await store.definitions.require("resize", 1)).toMatchObject({ status: "retired" });
    const { items } = await store.executions.list({ definition: { name: "resize", version: 2 } });
    expect(items.map(({ status, state }) => [status, state])).toEqual([["succeeded", { at: "end" }]]);
    const jobs = await store.jobs.claim({ queues: ["workflows"], limit: 10 });
    expect(jobs.map(({ payload, priority, maxAttempts }) => [payload, priority, maxAttempts])).toEqual([
      ["urgent", -9, 4],
      ["locked", 0, 2],
    ]);
  },
  "workflow-store": async (store) => {
    const { items } = await store.kv.list("flow");
    expect(items.map(({ key, value }) => [key, value && [...value]])).toEqual([
      ["B", null],
      ["a", [0, 255]],
    ]);
  },
  "pg-boss": async (store) => {
    const claims = await store.jobs.claim({ queues: ["mail", "report"], limit: 10 });
    expect(claims.map(({ queue, payload, priority, maxAttempts }) => [queue, payload, priority, maxAttempts])).toEqual([
      ["mail", { to: "ada" }, -5, 3],
      ["report", undefined, 0, 3],
    ]);
    expect((await store.jobs.list({ status: ["scheduled", "blocked"] })).items).toMatchObject([
      { id: "00000000-0000-0000-0000-000000000002", queue: "mail", status: "scheduled" },
      {
        id: "00000000-0000-0000-0000-000000000005",
        queue: "report",
        status: "blocked",
        payload: { sum: 1 },
        blockedBy: 1,
      },
    ]);
    expect((await store.schedules.list()).items).toMatchObject([
      { id: "mail:nightly", queue: "mail", cron: "0 3 * * *", timeZone: "Europe/Berlin", payload: { to: "all" } },
    ]);
  },
  "graphile-worker": async (store) => {
    const claims = await store.jobs.claim({ queues: ["mail", "report"], limit: 10 });
    // The second letter waits for the first, which is of the same serial queue.
    expect(claims.map(({ queue, payload, priority, maxAttempts }) => [queue, payload, priority, maxAttempts])).toEqual([
      ["mail", { to: "ada" }, -1, 6],
      ["report", {}, 0, 25],
    ]);
    expect(await store.jobs.push({ queue: "mail", uniqueKey: "ada" })).toMatchObject({
      id: "graphile-2",
      outcome: "kept",
    });
    expect((await store.queues.get("mail")).counts).toMatchObject({ ready: 1, running: 1 });
  },
};

// The old tables are on a server; one is enough, for what differs between servers is the contract's concern.
const server = databases().at(-1);

describeOnEach(
  "what a page says about moving from",
  (database) => {
    test.for(Object.entries(moved))("%s, moves it", async ([system, check]) => {
      const options = await database.options();
      if (!("url" in options)) throw new Error("These tests need a server.");
      await prepare(options.url, system);
      const page = readFileSync(join(root, "docs/coming-from", `${system}.md`), "utf8");
      const fence = fencesOf(system, page).find(({ code }) => code.includes("new pg.Pool"));
      // The old tables and the new schema may stand in one database; each system gets a schema of its own.
      const place = `${JSON.stringify(options.url)}, schema: ${JSON.stringify(schemaOf(system))}`;
      const code = (fence?.code ?? "")
        .replaceAll('"postgres://localhost/app"', place)
        .replaceAll(/"postgres:\/\/localhost\/\w+"/g, JSON.stringify(options.url));
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
      writeFileSync(join(folder, `${system}.ts`), code);
      const program = run(process.execPath, ["--import", "tsx", join(folder, `${system}.ts`)], { cwd: root });
      await expect(program).resolves.toEqual({ stdout: "", stderr: "" });
      await using store = await openStore({ ...options, schema: schemaOf(system) });
      await check(store);
    });
  },
  (name) => name === server?.name,
);

function schemaOf(system: string): string {
  return `from_${system.replaceAll("-", "_")}`;
}

async function prepare(url: string, system: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(oldTables[system] ?? "");
  } finally {
    await client.end();
  }
}
