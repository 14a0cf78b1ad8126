import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ledgerSql } from "../../packages/holdfast/src/migrations/ledger.ts";
import { readMigrations } from "../sql/migration-files.ts";
import { openScratch } from "../sql/scratch.ts";
import { dumpSchema } from "./dump.ts";

/**
 * `npm run schema` writes docs/schema.sql, the schema as all migrations together make it, for people to read;
 * `npm run schema -- --check` fails where that file says something else.
 */
const root = join(import.meta.dirname, "../..");
const target = join(root, "docs/schema.sql");

const banner = `-- The schema of Holdfast as its migrations make it, for reading. Written by \`npm run schema\` from PostgreSQL's catalog, not by
-- hand; what counts is packages/holdfast/src/migrations, where the reasons stand too.

`;

const scratch = await openScratch();
try {
  await scratch.run(ledgerSql.createSchema);
  await scratch.run(ledgerSql.create);
  for (const migration of readMigrations(join(root, "packages/holdfast/src/migrations"))) {
    await scratch.run(migration.sql);
  }
  const text = banner + (await dumpSchema(scratch.client, "holdfast"));
  const current = readFile();
  if (text === current) {
    console.log("docs/schema.sql agrees with the migrations");
  } else if (process.argv.includes("--check")) {
    console.error(`docs/schema.sql is stale, from line ${firstDifference(text, current)} on: run \`npm run schema\``);
    process.exitCode = 1;
  } else {
    writeFileSync(target, text);
    console.log("wrote docs/schema.sql");
  }
} finally {
  await scratch.close();
}

function readFile(): string {
  try {
    return readFileSync(target, "utf8");
  } catch {
    return "";
  }
}

function firstDifference(text: string, current: string): number {
  const [lines, others] = [text.split("\n"), current.split("\n")];
  return lines.findIndex((line, i) => line !== others[i]) + 1;
}
