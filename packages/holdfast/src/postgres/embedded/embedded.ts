import { EmbeddedDatabase } from "./embedded-database.ts";
import { findEmbeddedFiles } from "./embedded-files.ts";
import type { Embedded, EmbeddedSettings } from "./embedded-port.ts";
import { findFolder } from "./folder.ts";
import { lockFolder } from "./lock.ts";

export type { Embedded, EmbeddedSettings } from "./embedded-port.ts";
export { wrapPGlite } from "./wrapped.ts";

/**
 * Opens the embedded database in its own thread.
 *
 * Throws an InvalidInputError for an unusable folder and if PGlite is missing. Throws a SchemaError for another PostgreSQL's folder, and
 * an UnavailableError for one that is open already, here or in another process.
 */
export async function openEmbedded(settings: EmbeddedSettings): Promise<Embedded> {
  // First, so that a program without them creates no folder.
  const files = findEmbeddedFiles(settings.folder === null ? "memory" : "folder");
  const folder = settings.folder === null ? null : findFolder(settings.folder);
  const lock = folder === null ? null : await lockFolder(folder);
  const durability = folder === null ? "none" : settings.durability;
  const database = new EmbeddedDatabase({ folder, durability, files }, lock);
  try {
    await database.open();
    return database;
  } catch (error) {
    await lock?.release();
    throw error;
  }
}
