import { closeSync, fchmodSync, fsyncSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { syncDirectory } from "./sync-directory.ts";

/**
 * Finishes what was unpacked into a folder: each file becomes its owner's alone (PGlite unpacks them writable to everyone)
 * and goes to disk, then the names in each folder.
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
