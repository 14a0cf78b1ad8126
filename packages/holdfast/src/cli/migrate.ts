import { Command, Option } from "commander";
import { migrationSql, openStore } from "../index.ts";
import { placeOf, type PlaceFlags, requireFolder, withPlace } from "./connection.ts";

interface MigrateFlags extends PlaceFlags {
  readonly status?: true;
  readonly dryRun?: true;
  readonly sql?: true;
}

/** `holdfast migrate`: brings a schema up to this release, or says what that would do. */
export function migrateCommand(): Command {
  return withPlace(new Command("migrate").description("bring a schema up to this release"))
    .addOption(
      new Option("--status", "list every migration and since when the schema has it; change nothing").conflicts([
        "dryRun",
        "sql",
      ]),
    )
    .addOption(new Option("--dry-run", "name the migrations that would be applied; change nothing").conflicts("sql"))
    .addOption(new Option("--sql", "print the SQL of the migrations that would be applied; change nothing"))
    .action(async (flags: MigrateFlags) => {
      if (flags.status || flags.dryRun || flags.sql) await inspect(flags);
      else await apply(flags);
    });
}

async function apply(flags: MigrateFlags): Promise<void> {
  await using store = await openStore({ ...placeOf(flags), migrate: false });
  const applied = await store.migrate();
  console.log(applied.length > 0 ? `applied ${applied.join(", ")}` : "nothing to apply");
}

async function inspect(flags: MigrateFlags): Promise<void> {
  requireFolder(flags);
  await using store = await openStore({ ...placeOf(flags), migrate: false });
  const migrations = await store.migrations();
  const pending = migrations.filter((migration) => migration.appliedAt === null);
  if (flags.sql) {
    console.log(migrationSql(store.schema, pending));
  } else if (flags.status) {
    for (const { name, appliedAt } of migrations) console.log(`${name}  ${appliedAt?.toISOString() ?? "not applied"}`);
  } else {
    console.log(pending.length > 0 ? `would apply ${pending.map(({ name }) => name).join(", ")}` : "nothing to apply");
  }
}
