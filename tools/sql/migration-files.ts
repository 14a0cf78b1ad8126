import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A migration file as it lies in the sources. */
export interface MigrationFile {
  readonly number: number;
  readonly name: string;
  readonly oldestClient: number;
  readonly sql: string;
}

/** Reads the migrations in order; throws where the numbers have a gap. */
export function readMigrations(folder: string): readonly MigrationFile[] {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .sort();
  return files.map((file, i) => {
    const [, digits = "", name = ""] = /^(\d{4})_(\w+)\.sql$/.exec(file) ?? [];
    const number = Number(digits);
    if (number !== i + 1) throw new Error(`${file}: migrations are named 0001_name.sql, 0002_name.sql … without a gap`);
    const sql = readFileSync(join(folder, file), "utf8");
    // A migration that older releases can live with says so; any other needs a client that knows it.
    const oldest = /^-- oldest-client: (\d+)$/m.exec(sql)?.[1];
    return { number, name: `${digits}_${name}`, oldestClient: oldest ? Number(oldest) : number, sql };
  });
}

/** The generated module that carries the migrations inside the package. */
export function emitMigrations(files: readonly MigrationFile[]): string {
  const entries = files.map(
    ({ number, name, oldestClient, sql }) =>
      `  {\n    number: ${number},\n    name: ${JSON.stringify(name)},\n    oldestClient: ${oldestClient},\n    sql: \`${sql.replaceAll(/[\\`]|\$\{/g, "\\$&")}\`,\n  },\n`,
  );
  return `// Written by \`npm run sql\` from the .sql files beside it. Not edited by hand.

/** A migration: forward only, and never changed once released. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  /** The number of the newest migration that a client must know to work with the schema after this one. */
  readonly oldestClient: number;
  readonly sql: string;
}

/** Every migration of this release, in order. */
export const migrations: readonly Migration[] = [
${entries.join("")}];
`;
}
