import { closeSync, fchmodSync, fsyncSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { syncDirectory } from "./sync-directory.ts";

/**
 * Finishes what was unpacked into a folder: each file becomes its owner's alone (PGlite unpacks them writable to everyone)
 * and, if it shall be durable, goes to disk, then the names in each folder.
 */
export function settleTree(folder: string, { durable }: { readonly durable: boolean }): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) settleTree(path, { durable });
    else if (entry.isFile()) settleFile(path, durable);
  }
  if (durable) syncDirectory(folder);
}

function settleFile(path: string, durable: boolean): void {
  const file = openSync(path, "r");
  try {
    fchmodSync(file, 0o600);
    if (durable) fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
