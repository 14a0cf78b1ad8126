import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { openStore } from "../../src/index.ts";
import { opened, sessionOn, sql } from "../database/support.ts";
import { shortLived } from "../support/short-lived.ts";

/** How a child opens its store. */
export type StoreSettings = Parameters<typeof openStore>[0] & object;

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));

function start(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...shortLived, "--import", "tsx", CHILD, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** The rest of the first line that the child says with this beginning. */
async function said(child: ChildProcess, beginning: string): Promise<string> {
  if (child.stdout === null) throw new Error("the child has no output");
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith(beginning)) return line.slice(beginning.length);
  }
  throw new Error(`the child ended without saying "${beginning}"`);
}

/** Lets another process upload, and kills it in the middle, when `isBegun` resolves. */
export async function killMidUpload(settings: StoreSettings, isBegun: () => Promise<void>): Promise<void> {
  const child = start("upload", JSON.stringify(settings));
  const closed = once(child, "close");
  try {
    await said(child, "waiting");
    await isBegun();
  } finally {
    child.kill("SIGKILL");
    await closed;
  }
}

/** What a large upload and download took, in bytes of memory and milliseconds. */
export interface Measurement {
  readonly rest: number;
  readonly uploaded: number;
  readonly downloaded: number;
  readonly uploadMs: number;
  readonly downloadMs: number;
}

/** Lets another process upload and download so many MiB. */
export async function measure(settings: StoreSettings, mebibytes: number): Promise<Measurement> {
  const child = start("measure", JSON.stringify(settings), String(mebibytes));
  try {
    return JSON.parse(await said(child, "measured ")) as Measurement;
  } finally {
    child.kill("SIGKILL");
  }
}

/** As if the last sign of life of all uploads were long ago. */
export async function expireUploads(settings: StoreSettings): Promise<void> {
  const { blobs: _, ...connection } = settings;
  const database = await opened(connection);
  await sessionOn(database).run(
    sql(
      "update holdfast.blob_contents set pending_until = now() - interval '1 second' where pending_until is not null",
    ),
  );
  await database.close();
}
