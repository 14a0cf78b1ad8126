import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import type { FreshDatabase } from "./databases.ts";

/** How processes of a test open one database: the server's, or an embedded one in a folder that goes with the test. */
export async function sharedConnection(
  database: FreshDatabase,
): Promise<{ readonly url: string } | { readonly folder: string }> {
  const options = await database.prepared();
  if ("url" in options) return options;
  const folder = await mkdtemp(join(tmpdir(), "holdfast-killed-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return { folder };
}

/** The lines of a process that runs a script on a connection. `kill -9` ends it once it has said `until`. */
export async function linesOf(
  script: string,
  connection: object,
  what: string,
  until?: string,
): Promise<readonly string[]> {
  const started = spawn(process.execPath, ["--import", "tsx", script, JSON.stringify(connection), what], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(started, "close");
  const lines: string[] = [];
  for await (const line of createInterface({ input: started.stdout })) {
    lines.push(line);
    if (line === until) started.kill("SIGKILL");
  }
  await closed;
  return lines;
}
