export { migrationSql, type MigrationStatus } from "./runner.ts";
