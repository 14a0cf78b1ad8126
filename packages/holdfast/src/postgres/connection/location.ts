import { holdsDatabase } from "../embedded/folder.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import { describeConnection } from "./describe.ts";
import { resolveConnection } from "./resolve.ts";

/** The location that a store would be opened at. */
export interface DatabaseLocation {
  /** For people and logs, without secrets: `postgres://user@host:5432/app`, `embedded .holdfast`. */
  readonly description: string;
  /** Whether an embedded database exists already; null for a server, which only a connection can tell. */
  readonly exists: boolean | null;
}

/**
 * Returns the location that `openStore` would use, by the options and the environment. Opens, connects and creates nothing.
 *
 * @throws InvalidInputError for wrong settings, naming them.
 */
export function locateDatabase(options: ConnectionOptions = {}): DatabaseLocation {
  const settings = resolveConnection(options);
  const description = describeConnection(settings);
  if (settings.kind !== "embedded") return { description, exists: null };
  return { description, exists: settings.folder !== null && holdsDatabase(settings.folder) };
}
