import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { openStore, type Store } from "../../src/index.ts";
import { databases, describeOnEach } from "../support/databases.ts";
import { fencesOf } from "./fences.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../../../..");
// Inside the project, so that `holdfast` and the libraries are found as a user's program finds them.
const folder = join(root, ".cache/share-a-transaction");
const page = readFileSync(join(root, "docs/guides/share-a-transaction.md"), "utf8");

/** The programs of the page, by the name in their first line. */
const programs = new Map(
  fencesOf("share-a-transaction.md", page).map(({ code }) => [/^\/\/ (\S+)\.ts$/m.exec(code)?.[1] ?? "", code]),
);

/** Those that push a job with an invoice of their own name. */
const libraries = [...programs.keys()].filter((name) => !["push", "work", "pglite"].includes(name));

// One server is enough: what differs between servers is the contract's concern.
const server = databases().at(-1);

/** The application's invoices, and whether each was sent. */
async function invoices(store: Store): Promise<readonly object[]> {
  const text = "select id, sent_at is not null as sent from invoices order by id";
  return (await store.transaction((tx) => tx.query(text))).rows;
}

describeOnEach(
  "the page to share a transaction",
  (database) => {
    test("commits its jobs with its table, and its table with its job's end", { timeout: 180_000 }, async () => {
      const options = await database.prepared();
      if (!("url" in options)) throw new Error("This test needs a server.");
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
      for (const [name, code] of programs) writeFileSync(join(folder, `${name}.ts`), code);
      const all = ["push", ...libraries].map((name) => `await import("./${name}.ts");`);
      writeFileSync(join(folder, "all.ts"), all.join("\n"));
      const env = { ...process.env, DATABASE_URL: options.url };
      await using store = await openStore(options);

      await run(process.execPath, ["--import", "tsx", "all.ts"], { cwd: folder, env });
      const names = libraries.map((name) => name.replace("-", "."));
      expect(names.toSorted()).toEqual(["drizzle", "knex", "kysely", "postgres.js", "typeorm"]);
      const expected = ["7", ...names].toSorted();
      expect(await invoices(store)).toEqual(expected.map((id) => ({ id, sent: false })));
      const { items } = await store.jobs.list({ queue: "mail" });
      expect(items.map(({ payload }) => payload)).toEqual(
        expect.arrayContaining(expected.map((invoice) => ({ invoice }))),
      );

      const worker = spawn(process.execPath, ["--import", "tsx", "work.ts"], { cwd: folder, env, stdio: "inherit" });
      const ended = once(worker, "exit");
      await expect.poll(async () => (await store.queues.counts("mail")).succeeded).toBe(expected.length);
      expect(await invoices(store)).toEqual(expected.map((id) => ({ id, sent: true })));
      worker.kill("SIGTERM");
      expect(await ended).toEqual([0, null]);
    });
  },
  (name) => name === server?.name,
);
