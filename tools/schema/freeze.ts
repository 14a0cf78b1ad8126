import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { migrationSql } from "../../packages/holdfast/src/migrations/runner.ts";

/**
 * `npx tsx tools/schema/freeze.ts` keeps the schema of the coming release, under the version in packages/holdfast/package.json. It is the
 * SQL that creates it, ledger included, in packages/holdfast/test/migrations/releases. Run it once a release, when the version is set and
 * the migrations are final, and commit the file. It is never written again: the migration tests bring every one of these schemas forward,
 * and compare it with a new one.
 */
const packageFolder = join(import.meta.dirname, "../../packages/holdfast");
const { version } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as { version: string };
const folder = join(packageFolder, "test/migrations/releases");
const file = join(folder, `${version}.sql`);

if (existsSync(file)) {
  console.error(
    `${version}.sql is frozen already: set the version of the release in packages/holdfast/package.json first`,
  );
  process.exitCode = 1;
} else {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    file,
    `-- The schema of release ${version}, frozen by tools/schema/freeze.ts. Never changed.\n\n${migrationSql("holdfast")}`,
  );
  console.log(`froze ${version}.sql`);
}
