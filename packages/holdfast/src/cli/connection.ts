import { existsSync } from "node:fs";
import type { Command } from "commander";
import { type ConnectionOptions, InvalidInputError, type StoreOptions } from "../index.ts";

/** The options that say where the store is, as the command line gives them. */
export interface PlaceFlags {
  readonly data?: string;
  readonly database?: string;
  readonly schema?: string;
}

/** Adds the options that say where the store is. */
export function withPlace(command: Command): Command {
  return command
    .option("--data <folder>", "folder of the embedded database (default: .holdfast)")
    .option("--database <url>", "URL or keyword string of a PostgreSQL server, instead of the embedded database")
    .option("--schema <name>", "schema that holds the store (default: holdfast)");
}

/** What to open. With neither flag the environment decides, and in the end the folder `.holdfast`. */
export function placeOf({ data, database, schema }: PlaceFlags): ConnectionOptions & StoreOptions {
  if (data !== undefined && database !== undefined) {
    throw new InvalidInputError("--data and --database both say where the store is: give one of them.", {
      facts: { field: "data" },
    });
  }
  const store = schema === undefined ? {} : { schema };
  if (database !== undefined) return { ...store, url: database };
  return data === undefined ? store : { ...store, folder: data };
}

/** Refuses a folder that does not exist, for commands that only look at a store: to open it would make it. */
export function requireFolder({ data }: PlaceFlags): void {
  if (data === undefined || existsSync(data)) return;
  throw new InvalidInputError(
    `--data ${data} does not exist, and to look at it would make it: create it by opening a store.`,
    { facts: { field: "data" } },
  );
}
