import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore } from "../../src/index.ts";
import { fencesOf } from "../docs/fences.ts";
import { databases, describeOnEach } from "../support/databases.ts";
import { WORKSPACE } from "../tidy/sources.ts";
import { makeConsumer, runProgram } from "./toolbox.ts";

// Not among the project's own packages: it alone would take more room than all of them.
const packages = ["prisma@7.10.1", "@prisma/client@7.10.0", "@prisma/adapter-pg@7.10.1"];

const schema = `
generator client {
  provider = "prisma-client"
  output   = "./generated"
}
datasource db {
  provider = "postgresql"
}
model Invoice {
  id String @id
  @@map("invoices")
}
`;
const config = `
import { defineConfig } from "prisma/config";
export default defineConfig({ schema: "schema.prisma", datasource: { url: "postgres://localhost/none" } });
`;

const page = readFileSync(join(WORKSPACE, "docs/guides/share-a-transaction.md"), "utf8");
const [{ code: shown } = { code: "" }] = fencesOf("share-a-transaction.md", page, "js");

/** The program of the page, whose transaction throws at its end, and what is refused. */
const failing = shown
  .replaceAll('"prisma" }', '"undone" }')
  .replace(/^\}\);$/m, '  throw new Error("no");\n}).catch((error) => console.log(error.message));')
  .replace("await prisma.$disconnect()", "await fromPrisma(prisma).catch((error) => console.log(error.code));\n$&");

let project = "";
beforeAll(async () => {
  project = await makeConsumer();
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
  await promisify(execFile)("npm", ["install", ...packages, "tsx", ...quiet], { cwd: project, maxBuffer: 2 ** 26 });
  mkdirSync(join(project, "generated"), { recursive: true });
  const files = { "schema.prisma": schema, "prisma.config.ts": config, "shown.mts": shown, "failing.mts": failing };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
  // The engine that migrates would be downloaded. To generate the client needs none.
  const env = { PRISMA_SCHEMA_ENGINE_BINARY: "/bin/true" };
  const generated = await runProgram("npx", ["prisma", "generate"], { cwd: project, env });
  if (generated.code !== 0) throw new Error(`The client was not generated: ${generated.stderr}`);
}, 600_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

const server = databases().at(-1);

describeOnEach(
  "a transaction of Prisma",
  (database) => {
    test("commits its row and the job, or neither when it throws", async () => {
      const options = await database.prepared();
      if (!("url" in options)) throw new Error("This test needs a server.");
      await using store = await openStore(options);
      await store.transaction((tx) => tx.query("create table invoices (id text primary key)"));
      const env = { DATABASE_URL: options.url };
      const ran = await runProgram("npx", ["tsx", "shown.mts"], { cwd: project, env });
      expect(ran).toMatchObject({ code: 0, stdout: "" });
      const undone = await runProgram("npx", ["tsx", "failing.mts"], { cwd: project, env });
      expect(undone).toMatchObject({ code: 0, stdout: "no\ninvalid_input\n" });

      const { rows } = await store.transaction((tx) => tx.query("select id from invoices"));
      expect(rows).toEqual([{ id: "prisma" }]);
      const { items } = await store.jobs.list({ queue: "mail" });
      expect(items.map(({ payload }) => payload)).toEqual([{ invoice: "prisma" }]);
    });
  },
  (name) => name === server?.name,
);
