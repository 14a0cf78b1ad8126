import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { emitArchive } from "./archive.ts";
import { emitIndexes, emitObjects } from "./emit.ts";
import { generate, staleFiles } from "./generate.ts";
import { emitMigrations, readMigrations } from "./migration-files.ts";
import { openScratch } from "./scratch.ts";

/**
 * `npm run sql` writes the typed functions of every .sql file; `npm run sql -- --check` fails where they are stale, or
 * where a statement and the schema disagree.
 */
const source = join(import.meta.dirname, "../../packages/holdfast/src");

const migrations = readMigrations(join(source, "migrations"));
const scratch = await openScratch();
try {
  await scratch.run("create schema holdfast");
  for (const migration of migrations) await scratch.run(migration.sql);
  const files = new Map(await generate(scratch.client, source));
  files.set("migrations/migrations.generated.ts", emitMigrations(migrations));
  files.set("archive/tables.generated.ts", await emitArchive(scratch.client));
  files.set("health/indexes.generated.ts", await emitIndexes(scratch.client));
  const objects = await emitObjects(scratch.client, {
    migrations: migrations.map(({ sql }) => sql),
    statement: readFileSync(join(source, "health/list_objects.sql"), "utf8"),
  });
  files.set("health/objects.generated.ts", objects);
  const stale = staleFiles(source, files);
  if (process.argv.includes("--check")) {
    if (stale.length > 0) fail(`these files are stale (run \`npm run sql\`):\n${stale.join("\n")}`);
    else console.log(`${files.size} generated files agree with the schema`);
  } else {
    for (const path of stale) {
      const text = files.get(path);
      if (text === undefined) rmSync(join(source, path));
      else writeFileSync(join(source, path), text);
    }
    console.log(stale.length > 0 ? `wrote ${stale.join(", ")}` : "nothing changed");
  }
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
} finally {
  await scratch.close();
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}
