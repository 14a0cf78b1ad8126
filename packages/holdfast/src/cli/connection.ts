import type { Command } from "commander";
import { locateDatabase } from "../connection/index.ts";
import { type ConnectionOptions, InvalidInputError, openStore, type Store, type StoreOptions } from "../index.ts";

/** The options for the store's location, as the command line gives them. */
export interface PlaceFlags {
  readonly data?: string;
  readonly database?: string;
  readonly schema?: string;
}

/** Options for opening the store. */
export interface Opening extends Pick<StoreOptions, "migrate"> {
  /** Which missing embedded databases the command creates: named ones, any, or by default none. */
  readonly creates?: "named" | "any" | undefined;
}

/** The settings used without options on the command line. */
export const environmentHelp = `
Without --data and --database the environment names the database: DATABASE_URL (a server), HOLDFAST_DATA (a folder),
libpq's PGHOST, PGDATABASE and so on, or POSTGRES_HOST, POSTGRES_DB and so on, the first of them that is set.
If nothing names one, it is the folder .holdfast.`;

/** Adds the options for the store's location. */
export function withPlace(command: Command): Command {
  return command
    .option("--data <folder>", "folder of the embedded database")
    .option("--database <url>", "URL or keyword string of a PostgreSQL server (default: DATABASE_URL)")
    .option("--schema <name>", "schema that holds the store (default: holdfast)")
    .addHelpText("after", environmentHelp);
}

/** Opens the store that the flags or the environment name, after naming it on standard error. */
export async function openPlace(flags: PlaceFlags, { creates, migrate }: Opening = {}): Promise<Store> {
  const place = placeOf(flags);
  const { description, exists } = locateDatabase(place);
  const mayCreate = creates === "any" || (creates === "named" && namesFolder(flags));
  if (exists === false && !mayCreate) {
    throw new InvalidInputError(
      `The database (${description}) does not exist, and this command makes none: name one with --database URL, --data FOLDER or DATABASE_URL.`,
      { facts: { field: flags.data === undefined ? "database" : "data" } },
    );
  }
  const { schema } = flags;
  console.error(`using ${description}${schema === undefined ? "" : `, schema ${schema}`}`);
  return openStore({ ...place, schema, migrate });
}

function placeOf({ data, database }: PlaceFlags): ConnectionOptions {
  if (data !== undefined && database !== undefined) {
    throw new InvalidInputError("--data and --database both say where the store is: give one of them.", {
      facts: { field: "data" },
    });
  }
  if (database !== undefined) return { url: database };
  return data === undefined ? {} : { folder: data };
}

function namesFolder({ data }: PlaceFlags): boolean {
  return data !== undefined || (process.env["HOLDFAST_DATA"] ?? "") !== "";
}
