import { Command, Option } from "commander";
import { InvalidInputError } from "../index.ts";
import { migrationSql, type MigrationStatus } from "../migrations/index.ts";
import { openPlace, type PlaceFlags, withPlace } from "./connection.ts";

interface MigrateFlags extends PlaceFlags {
  readonly status?: true;
  readonly dryRun?: true;
  readonly sql?: true;
  readonly json?: true;
}

/** `holdfast migrate`: brings a schema to this release, or shows what that would do. */
export function migrateCommand(): Command {
  return withPlace(new Command("migrate").description("bring a schema up to this release"))
    .addOption(
      new Option("--status", "list every migration; change nothing; exit code 1 if any is missing").conflicts([
        "dryRun",
        "sql",
      ]),
    )
    .addOption(new Option("--dry-run", "name the migrations that would be applied; change nothing").conflicts("sql"))
    .addOption(new Option("--sql", "print the SQL of the migrations that would be applied; change nothing"))
    .option("--json", "with --status: print one line of JSON")
    .action(async (flags: MigrateFlags) => {
      if (flags.json && !flags.status) {
        throw new InvalidInputError("--json goes with --status: add it, or leave --json out.", {
          facts: { field: "json" },
        });
      }
      if (flags.status || flags.dryRun || flags.sql) await inspect(flags);
      else await apply(flags);
    });
}

async function apply(flags: MigrateFlags): Promise<void> {
  await using store = await openPlace(flags, { creates: "named", migrate: false });
  const applied = await store.migrate();
  console.log(applied.length > 0 ? `applied ${applied.join(", ")}` : "nothing to apply");
}

async function inspect(flags: MigrateFlags): Promise<void> {
  await using store = await openPlace(flags, { migrate: false });
  const migrations = await store.migrations();
  const pending = migrations.filter((migration) => migration.appliedAt === null);
  if (flags.sql) {
    console.log(migrationSql(store.schema, pending));
  } else if (flags.status) {
    console.log(flags.json ? statusJson(store.schema, migrations) : statusLines(migrations));
    if (pending.length > 0) process.exitCode = 1;
  } else {
    console.log(pending.length > 0 ? `would apply ${pending.map(({ name }) => name).join(", ")}` : "nothing to apply");
  }
}

function statusLines(migrations: readonly MigrationStatus[]): string {
  return migrations.map(({ name, appliedAt }) => `${name}  ${appliedAt?.toISOString() ?? "not applied"}`).join("\n");
}

function statusJson(schema: string, migrations: readonly MigrationStatus[]): string {
  const missing = migrations.filter(({ appliedAt }) => appliedAt === null).length;
  return JSON.stringify({
    schema,
    missing,
    migrations: migrations.map(({ name, appliedAt }) => ({ name, appliedAt })),
  });
}
