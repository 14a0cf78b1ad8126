import {
  accessSync,
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { CorruptError, InvalidInputError, SchemaError } from "../../core/errors.ts";
import { isLockFile } from "./lock.ts";
import { POSTGRES_MAJOR } from "./server-settings.ts";
import { syncDirectory } from "./sync-directory.ts";

const VERSION_FILE = "PG_VERSION";

/** Exists in the folder while its first database is being created, to distinguish a crash in between from foreign files. */
const UNFINISHED_FILE = "holdfast.unfinished";

/** Finds or creates the folder and returns its one true path, whatever links lead to it. Nothing in it is touched. */
export function findFolder(folder: string): string {
  const problem = (what: string, cause?: unknown): InvalidInputError =>
    new InvalidInputError(`The folder ${folder} ${what}`, { facts: { field: "folder", folder }, cause });
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    if (isFile(folder)) throw problem("is a file; name a folder for the embedded database.", cause);
    throw problem("cannot be made; name one inside a folder that this user may write to.", cause);
  }
  const path = realpathSync(folder);
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw problem("is not writable; give this user the right to write there or name another folder.", cause);
  }
  checkContent(folder, path);
  return path;
}

/** Whether the folder contains a database whose creation was not interrupted. Nothing in it is touched. */
export function holdsDatabase(folder: string): boolean {
  try {
    const names = readdirSync(folder);
    return names.includes(VERSION_FILE) && !names.includes(UNFINISHED_FILE);
  } catch {
    return false;
  }
}

/** Whether a database must be created in it. Call it under the lock: it removes an interrupted first start. */
export function prepareFolder(path: string): boolean {
  const names = content(path);
  if (!names.includes(UNFINISHED_FILE)) {
    if (names.includes(VERSION_FILE)) return false;
    checkContent(path, path);
  }
  // The mark is written before anything else and so stays until the last file is on disk.
  writeFileSync(join(path, UNFINISHED_FILE), "", { flush: true });
  syncDirectory(path);
  for (const name of names) if (name !== UNFINISHED_FILE) rmSync(join(path, name), { recursive: true });
  return true;
}

/** Marks the folder's first database as complete. Call it once everything is on disk. */
export function finishFolder(path: string): void {
  rmSync(join(path, UNFINISHED_FILE));
  syncDirectory(path);
}

function checkContent(folder: string, path: string): void {
  const names = content(path);
  if (names.includes(UNFINISHED_FILE) || names.length === 0) return;
  if (!names.includes(VERSION_FILE)) {
    throw new InvalidInputError(
      `The folder ${folder} holds files but no database, and was left untouched; name an empty folder or a new one.`,
      { facts: { field: "folder", folder } },
    );
  }
  const version = readFileSync(join(path, VERSION_FILE), "utf8").trim();
  if (version === POSTGRES_MAJOR) return;
  if (!/^\d+$/.test(version)) {
    throw new CorruptError(
      `The folder ${folder} holds a damaged database, for its file ${VERSION_FILE} names no version; restore it from a backup.`,
      { facts: { folder } },
    );
  }
  throw new SchemaError(
    `The folder ${folder} holds a database of PostgreSQL ${version}, but this release works with ${POSTGRES_MAJOR}; ` +
      "export it with the release that made it and import it into a new folder.",
    { facts: { folder, expected: POSTGRES_MAJOR, actual: version } },
  );
}

function content(path: string): string[] {
  return readdirSync(path).filter((name) => !isLockFile(name));
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
