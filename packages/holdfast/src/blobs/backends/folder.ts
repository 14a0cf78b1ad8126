import { constants, type ReadStream } from "node:fs";
import { access, mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CorruptError, InvalidInputError, UnavailableError } from "../../core/errors.ts";
import { quote } from "../../core/quote.ts";
import {
  type ContentBackend,
  type ContentInventory,
  type InventoryPage,
  MissingContentError,
} from "../content-backend.ts";

/** A space, and a content's random part; nothing else becomes a path. */
const idPattern = /^([0-9a-f-]{36})\/([0-9a-f-]{36})$/;

/** The suffix of an incomplete file. */
const unfinishedEnding = ".unfinished";

/** The folders of a space, and the files in them. Other names are not ours. */
const groupPattern = /^[0-9a-f]{2}$/;
const filePattern = /^([0-9a-f-]{36})$/;
const unfinishedPattern = /^([0-9a-f-]{36})\.unfinished$/;

/**
 * Stores contents as files below a folder: space, the first two digits of the random part, and that part. A file gets its name once all
 * of it is on disk.
 *
 * @throws InvalidInputError if the folder cannot be created or written to.
 */
export async function folderBackend(folder: string): Promise<ContentBackend> {
  try {
    await mkdir(folder).catch((error: unknown) => {
      if (codeOf(error) !== "EEXIST") throw error;
    });
    await access(join(folder, "."), constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new InvalidInputError(
      `The folder for blobs, ${folder}, cannot be made or written to (${codeOf(error)}): make it, and let this process write to it.`,
      { cause: error, facts: { field: "blobs.backend.folder", folder } },
    );
  }
  const pathOf = (id: string): string => contentPath(folder, id);
  const removeAll = (paths: readonly string[]): Promise<void> => explained(folder, async () => removePaths(paths));
  return {
    name: "folder",
    write: (id, bytes) => explained(folder, async () => writeContent(folder, pathOf(id), bytes)),
    async *read(id, { start, end }) {
      if (end <= start) return;
      const opened = await openContent(folder, pathOf(id));
      const stream: ReadStream = opened.createReadStream({ start, end: end - 1, highWaterMark: 256 * 1024 });
      try {
        yield* stream as AsyncIterable<Uint8Array>;
      } catch (error) {
        throw explain(folder, error);
      } finally {
        stream.destroy();
      }
    },
    remove: async (ids) => removeAll(ids.map(pathOf).flatMap((path) => [path, path + unfinishedEnding])),
    presign: async () => null,
    inventory: inventoryOf(folder, removeAll),
    close: () => undefined,
  };
}

function contentPath(folder: string, id: string): string {
  const [, space, name] = idPattern.exec(id) ?? [];
  if (space !== undefined && name !== undefined) return join(folder, space, name.slice(0, 2), name);
  throw new CorruptError(`The content id ${quote(id)} is not one of this store's: restore the database.`);
}

/** Leaves nothing behind on failure, a full disk included. */
async function writeContent(folder: string, path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const draft = path + unfinishedEnding;
  await makeFolders(folder, dirname(path));
  const file = await open(draft, "wx");
  try {
    try {
      await writeFile(file, bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await removePaths([draft, path]).catch(() => undefined);
    throw error;
  }
}

/** Creates the space's folder and the one below it, and syncs their names to disk. */
async function makeFolders(folder: string, below: string): Promise<void> {
  for (const path of [dirname(below), below]) {
    try {
      await mkdir(path);
      await syncFolder(path === below ? dirname(below) : folder);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function openContent(folder: string, path: string): Promise<Awaited<ReturnType<typeof open>>> {
  try {
    return await open(path, "r");
  } catch (error) {
    throw codeOf(error) === "ENOENT" ? new MissingContentError() : explain(folder, error);
  }
}

async function removePaths(paths: readonly string[]): Promise<void> {
  for (const path of paths) await rm(path, { force: true });
}

function inventoryOf(folder: string, removeAll: (paths: readonly string[]) => Promise<void>): ContentInventory {
  return {
    list: (space, page) => explained(folder, async () => contentsIn(join(folder, space), filePattern, page)),
    has: (id) =>
      explained(folder, async () =>
        stat(contentPath(folder, id)).then(
          () => true,
          (error: unknown) => {
            if (codeOf(error) === "ENOENT") return false;
            throw error;
          },
        ),
      ),
    listUnfinished: (space, page) =>
      explained(folder, async () => {
        const ids = await contentsIn(join(folder, space), unfinishedPattern, page);
        return ids.map((id) => ({ id, upload: contentPath(folder, id) + unfinishedEnding }));
      }),
    removeUnfinished: (contents) => removeAll(contents.map(({ upload }) => upload)),
  };
}

/** The contents of a space whose file names match a pattern. */
async function contentsIn(
  spaceFolder: string,
  pattern: RegExp,
  { after, limit }: InventoryPage,
): Promise<readonly string[]> {
  const start = `${basename(spaceFolder)}/`;
  const afterName = after.startsWith(start) ? after.slice(start.length) : "";
  const found: string[] = [];
  for (const group of await namesIn(spaceFolder)) {
    if (!groupPattern.test(group) || group < afterName.slice(0, 2)) continue;
    const names = (await namesIn(join(spaceFolder, group))).map((name) => pattern.exec(name)?.[1] ?? "");
    found.push(...names.filter((name) => name > afterName).map((name) => start + name));
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}

/** Sorted; empty if nobody has created the folder yet. */
async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).sort();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

async function explained<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explain(folder, error);
  }
}

const advice: Readonly<Record<string, string>> = {
  ENOSPC: "its disk is full: make room, then upload again",
  EDQUOT: "its quota is used up: make room, then upload again",
  EROFS: "its disk only reads: mount it for writing",
  EACCES: "this process may not: let it read and write there",
  EPERM: "this process may not: let it read and write there",
  ENOENT: "the folder is gone: mount or restore it",
};

/** Errors that are not the file system's come from the source, and pass unchanged. */
function explain(folder: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("syscall" in error)) return error;
  const code = codeOf(error);
  return new UnavailableError(
    `The folder for blobs, ${folder}, failed with ${code}: ${advice[code] ?? "look at its disk"}.`,
    { cause: error, facts: { folder, reason: code } },
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}
