import { holdsDatabase } from "./embedded/folder.ts";
import type { ConnectionOptions } from "./settings/connection-options.ts";
import { describeConnection } from "./settings/describe.ts";
import { resolveConnection } from "./settings/resolve.ts";

/** Where a store would be opened. */
export interface DatabaseLocation {
  /** For people and logs, without secrets: `postgres://user@host:5432/app`, `embedded .holdfast`. */
  readonly description: string;
  /** Whether an embedded database is there already; null for a server, which only a connection can tell. */
  readonly exists: boolean | null;
}

/**
 * Says where `openStore` would find the database, by the options and the environment. Opens, connects and creates nothing.
 *
 * @throws InvalidInputError for settings that are wrong, naming them.
 */
export function locateDatabase(options: ConnectionOptions = {}): DatabaseLocation {
  const settings = resolveConnection(options);
  const description = describeConnection(settings);
  if (settings.kind !== "embedded") return { description, exists: null };
  return { description, exists: settings.folder !== null && holdsDatabase(settings.folder) };
}
