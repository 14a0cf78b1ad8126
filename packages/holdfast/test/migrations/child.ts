import { migrations } from "../../dist/migrations/migrations.generated.js";
import { migrate } from "../../dist/migrations/runner.js";
import { resolveConnection } from "../../dist/postgres/connection/resolve.js";
// A process that migrates: `child.ts URL SCHEMA [slow]`. With `slow` its third migration sleeps first, so that it can be killed there.
import { openDatabase } from "../../dist/postgres/open-database.js";

const [url = "", schema = "", slow] = process.argv.slice(2);
const database = await openDatabase(resolveConnection({ url }));
const slowed = migrations.map((migration) =>
  migration.number === 3 ? { ...migration, sql: `select pg_sleep(30);\n${migration.sql}` } : migration,
);
const applied = await migrate(database, schema, slow === "slow" ? { migrations: slowed } : {});
await database.close();
process.stdout.write(JSON.stringify(applied));
