import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { generateApplication } from "./application.ts";
import { emitArchive } from "./archive.ts";
import { emitIndexes, emitObjects } from "./emit.ts";
import { generate, staleFiles } from "./generate.ts";
import { emitMigrations, readMigrations } from "./migration-files.ts";
import { openScratch } from "./scratch.ts";

/**
 * `npm run sql` writes the typed functions of every .sql file; `npm run sql -- --check` fails where they are stale, or
 * where a statement and the schema disagree.
 */
const packages = join(import.meta.dirname, "../../packages");
const source = join(packages, "holdfast/src");

/** An adapter with a table of its own, which the files of `setup` make beside the schema. */
const adapter = {
  source: join(packages, "langgraph/src"),
  setup: ["vectors/create_extension.sql", "vectors/create_table.sql"],
};

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
  // After the archive and the others, which hold what the migrations make.
  for (const file of adapter.setup) await scratch.run(readFileSync(join(adapter.source, file), "utf8"));
  const roots = [
    { root: source, files },
    { root: adapter.source, files: await generateApplication(scratch.client, adapter.source) },
  ];
  const stale = roots.flatMap(({ root, files: made }) => {
    return staleFiles(root, made).map((path) => ({ path: join(root, path), text: made.get(path) }));
  });
  const names = stale.map(({ path }) => relative(packages, path));
  if (process.argv.includes("--check")) {
    if (stale.length > 0) fail(`these files are stale (run \`npm run sql\`):\n${names.join("\n")}`);
    else console.log(`${roots.reduce((sum, each) => sum + each.files.size, 0)} generated files agree with the schema`);
  } else {
    for (const { path, text } of stale) {
      if (text === undefined) rmSync(path);
      else writeFileSync(path, text);
    }
    console.log(stale.length > 0 ? `wrote ${names.join(", ")}` : "nothing changed");
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
