import type { ConnectionOptions } from "../connection/index.ts";
import type { Store, StoreOptions } from "../index.ts";
import { type Context, type GlobalFlags, UsageError } from "./context.ts";

/** Options for opening the store. */
export interface Opening extends Pick<StoreOptions, "migrate"> {
  /** Which missing embedded databases the command creates: named ones, any, or by default none. */
  readonly creates?: "named" | "any" | undefined;
}

/** The settings used without options on the command line. */
export const environmentHelp = `
Without --data and --database the environment names the database: DATABASE_URL (a server), HOLDFAST_DATA (a folder),
libpq's PGHOST, PGDATABASE and so on, or POSTGRES_HOST, POSTGRES_DB and so on, the first of them that is set.
If nothing names one, it is the folder .holdfast.

Exit codes: 0 ok, 1 failed, 2 wrong usage, 3 the database is unavailable, 130 interrupted.`;

/** Opens the store that the flags or the environment name, after naming it in the errors, and closes it after the work. */
export async function withStore(
  context: Context,
  work: (store: Store) => Promise<void>,
  opening: Opening = {},
): Promise<void> {
  await using store = await openPlace(context, opening);
  await work(store);
}

/** Opens the store that the flags or the environment name. By default nothing is migrated. */
export async function openPlace(context: Context, { creates, migrate = false }: Opening = {}): Promise<Store> {
  const { openStore } = await import("../index.ts");
  const place = await locate(context, creates);
  return openStore({ ...place, schema: context.flags.schema, migrate });
}

/** Where the database is, named in the errors. */
export async function locate(context: Context, creates?: Opening["creates"]): Promise<ConnectionOptions> {
  const { flags } = context;
  const { locateDatabase } = await import("../connection/index.ts");
  const place = placeOf(flags);
  const { description, exists } = locateDatabase(place);
  const mayCreate = creates === "any" || (creates === "named" && namesFolder(flags));
  if (exists === false && !mayCreate) {
    throw new UsageError(
      `The database (${description}) does not exist, and this command makes none: name one with --database URL, --data FOLDER or DATABASE_URL.`,
    );
  }
  await context.note(`using ${description}${flags.schema === undefined ? "" : `, schema ${flags.schema}`}`);
  return place;
}

function placeOf({ data, database }: GlobalFlags): ConnectionOptions {
  if (data !== undefined && database !== undefined) {
    throw new UsageError("--data and --database both say where the store is: give one of them.");
  }
  // A command makes few calls, and needs no connection in reserve.
  const server = { poolMin: 0, fallbackApplicationName: "holdfast-cli" } as const;
  if (database !== undefined) return { url: database, ...server };
  return data === undefined ? server : { folder: data };
}

function namesFolder({ data }: GlobalFlags): boolean {
  return data !== undefined || (process.env["HOLDFAST_DATA"] ?? "") !== "";
}
