import { closeSync, fchmodSync, fsyncSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { syncDirectory } from "./sync-directory.ts";

/**
 * Completes unpacked files in a folder. Each becomes private to its owner, because PGlite unpacks them writable to everyone, and is
 * synced. Then the names in each folder are synced.
 */
export function settleTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) settleTree(path);
    else if (entry.isFile()) settleFile(path);
  }
  syncDirectory(folder);
}

function settleFile(path: string): void {
  const file = openSync(path, "r");
  try {
    fchmodSync(file, 0o600);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
