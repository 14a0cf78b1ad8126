import { type Command, Option } from "commander";
import { migrationSql, type MigrationStatus } from "../migrations/index.ts";
import { type Context, UsageError } from "./context.ts";
import { withExamples } from "./examples.ts";
import { exitCodes } from "./exit-codes.ts";
import { withStore } from "./opening.ts";

interface MigrateFlags {
  readonly status?: true;
  readonly dryRun?: true;
  readonly sql?: true;
}

/** `holdfast migrate`: brings a schema to this release, or shows what that would do. */
export function buildMigrate(command: Command, context: Context): void {
  withExamples(
    command
      .addOption(
        new Option("--status", "list every migration; change nothing; exit code 1 if any is missing").conflicts([
          "dryRun",
          "sql",
        ]),
      )
      .addOption(new Option("--dry-run", "name the migrations that would be applied; change nothing").conflicts("sql"))
      .addOption(new Option("--sql", "print the SQL of the migrations that would be applied; change nothing")),
    "migrate",
    "migrate --status",
    "migrate --sql > migrations.sql",
  ).action(async (flags: MigrateFlags) => {
    if (flags.sql && context.isJson) throw new UsageError("--sql prints SQL, and --json JSON: give one of them.");
    if (flags.status || flags.dryRun || flags.sql) await inspect(context, flags);
    else await apply(context);
  });
}

function apply(context: Context): Promise<void> {
  return withStore(
    context,
    async (store) => {
      const applied = await store.migrate();
      if (context.isJson) await context.printJson({ applied });
      else await context.print(applied.length > 0 ? `applied ${applied.join(", ")}` : "nothing to apply");
    },
    { creates: "named" },
  );
}

function inspect(context: Context, { sql, status }: MigrateFlags): Promise<void> {
  return withStore(context, async (store) => {
    const migrations = await store.migrations();
    const pending = migrations.filter((migration) => migration.appliedAt === null);
    const names = pending.map(({ name }) => name);
    if (sql) {
      await context.print(migrationSql(store.schema, pending));
    } else if (status) {
      if (pending.length > 0) context.exitCode = exitCodes.failed;
      if (context.isJson) {
        const all = migrations.map(({ name, appliedAt }) => ({ name, appliedAt }));
        await context.printJson({ schema: store.schema, missing: pending.length, migrations: all });
      } else await context.print(statusLines(migrations));
    } else if (context.isJson) await context.printJson({ wouldApply: names });
    else await context.print(names.length > 0 ? `would apply ${names.join(", ")}` : "nothing to apply");
  });
}

function statusLines(migrations: readonly MigrationStatus[]): string {
  return migrations.map(({ name, appliedAt }) => `${name}  ${appliedAt?.toISOString() ?? "not applied"}`).join("\n");
}
