import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { expect, test } from "vitest";
import { openStore } from "../../src/index.ts";
import { databases, describeOnEach } from "../support/databases.ts";
import { fencesOf } from "./fences.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../../../..");
// Inside the project, so that `holdfast` and `pg` are found as a user's program finds them.
const folder = join(root, ".cache/share-a-transaction");
const page = readFileSync(join(root, "docs/guides/share-a-transaction.md"), "utf8");

// One server is enough: what differs between servers is the contract's concern.
const server = databases().at(-1);

describeOnEach(
  "the page to share a transaction",
  (database) => {
    test("commits its job with its table, and its table with its job's end", async () => {
      const options = await database.prepared();
      if (!("url" in options)) throw new Error("This test needs a server.");
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
      const programs = fencesOf("share-a-transaction.md", page);
      for (const [i, { code }] of programs.entries()) writeFileSync(join(folder, `${i}.ts`), code);
      const env = { ...process.env, DATABASE_URL: options.url };
      await using store = await openStore(options);
      const invoices = async (): Promise<unknown> => {
        const client = new pg.Client(options.url);
        await client.connect();
        try {
          return (await client.query("select id, sent_at is not null as sent from invoices")).rows;
        } finally {
          await client.end();
        }
      };

      await run(process.execPath, ["--import", "tsx", "0.ts"], { cwd: folder, env });
      expect(await invoices()).toEqual([{ id: "7", sent: false }]);
      expect(await store.jobs.require("mail-7")).toMatchObject({ status: "ready", payload: { invoice: "7" } });

      const worker = spawn(process.execPath, ["--import", "tsx", "1.ts"], { cwd: folder, env, stdio: "inherit" });
      const ended = once(worker, "exit");
      await expect.poll(async () => (await store.jobs.require("mail-7")).status).toBe("succeeded");
      expect(await invoices()).toEqual([{ id: "7", sent: true }]);
      worker.kill("SIGTERM");
      expect(await ended).toEqual([0, null]);
    });
  },
  (name) => name === server?.name,
);
