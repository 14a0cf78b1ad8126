import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { onTestFinished } from "vitest";
import { type Embedded, type EmbeddedSettings, openEmbedded } from "../../src/postgres/embedded/embedded.ts";
import { shortLived } from "../support/short-lived.ts";

const CHILD = fileURLToPath(new URL("./child.ts", import.meta.url));

/** A pool over an embedded database, as the store makes it. */
export function poolOf(embedded: Embedded): pg.Pool {
  const pool = new pg.Pool({
    max: 1,
    stream: () => embedded.stream(),
    user: "postgres",
    database: "postgres",
    password: "x",
    pipeline: true,
  });
  pool.on("error", () => {});
  return pool;
}

/** Opens a database that is closed when the test ends. */
export async function opened(settings: Partial<EmbeddedSettings> = {}): Promise<{ embedded: Embedded; pool: pg.Pool }> {
  const embedded = await openEmbedded({ folder: null, durability: "full", ...settings });
  const pool = poolOf(embedded);
  onTestFinished(async () => {
    await pool.end().catch(() => {});
    await embedded.close();
  });
  return { embedded, pool };
}

/** An empty folder that is removed when the test ends. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Another process, told by its first argument what to do (see child.ts); it is killed when the test ends. */
export class Child {
  readonly process: ChildProcess;
  readonly lines: string[] = [];
  readonly #listeners: (() => void)[] = [];

  constructor(...args: string[]) {
    this.process = spawn(process.execPath, [...shortLived, "--import", "tsx", CHILD, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (this.process.stdout === null) throw new Error("the child has no output");
    createInterface({ input: this.process.stdout }).on("line", (line) => {
      this.lines.push(line);
      for (const listener of this.#listeners) listener();
    });
    onTestFinished(() => {
      this.process.kill("SIGKILL");
    });
  }

  /** Calls `listener` for each line from now on. */
  onLine(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Waits for a line that begins so. */
  async said(beginning: string): Promise<string> {
    for (;;) {
      const line = this.lines.find((candidate) => candidate.startsWith(beginning));
      if (line !== undefined) return line;
      if (this.process.exitCode !== null) throw new Error(`the child ended: ${this.lines.join(" | ")}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Kills it so that nothing of it runs afterwards. */
  async killed(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const closed = once(this.process, "close");
    this.process.kill("SIGKILL");
    await closed;
  }

  async ended(): Promise<number | null> {
    if (this.process.exitCode === null) await once(this.process, "close");
    return this.process.exitCode;
  }
}
