import { closeSync, fsyncSync, openSync } from "node:fs";

/** Makes the names inside a directory durable. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
