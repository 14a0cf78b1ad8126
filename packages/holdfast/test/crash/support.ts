import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { ConnectionOptions, Job, Store } from "../../src/index.ts";
import { shortLived } from "../support/short-lived.ts";

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));

/** A process that is told what to do (see child.ts) and then killed; it does not outlive the test. */
export class Child {
  readonly lines: string[] = [];
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;
  #hasClosed = false;

  constructor(what: "work" | "step" | "schedule", connection: ConnectionOptions, name: string) {
    this.#process = spawn(
      process.execPath,
      [...shortLived, "--import", "tsx", CHILD, what, JSON.stringify(connection), name],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const { stdout } = this.#process;
    if (stdout === null) throw new Error("the child has no output");
    createInterface({ input: stdout }).on("line", (line) => this.lines.push(line));
    this.#closed = once(this.#process, "close").then(() => {
      this.#hasClosed = true;
    });
    onTestFinished(() => this.kill());
  }

  /** Waits until it has said so many lines that begin so, or has died. */
  async said(beginning: string, count = 1): Promise<void> {
    while (this.linesOf(beginning).length < count && !this.#hasClosed) await sleep(2);
  }

  /** What followed each such beginning. */
  linesOf(beginning: string): readonly string[] {
    return this.lines
      .filter((line) => line.startsWith(`${beginning} `))
      .map((line) => line.slice(beginning.length + 1));
  }

  /** Ends it as `kill -9` does, and waits until all that it said has arrived. */
  async kill(): Promise<void> {
    if (!this.#hasClosed) this.#process.kill("SIGKILL");
    await this.#closed;
  }
}

/** An acknowledged step: its execution, and the version and the history number that it got. */
export interface Step {
  readonly executionId: string;
  readonly version: number;
  readonly number: number;
}

/**
 * What clients know: the steps they began, and of those the acknowledged ones. A step is one version, one history entry and one
 * job, each named for it.
 */
export class Oracle {
  readonly #begun = new Set<string>();
  readonly #acknowledged = new Map<string, Step>();

  get acknowledged(): number {
    return this.#acknowledged.size;
  }

  /** Begun, and never answered. */
  get unknown(): number {
    return this.#begun.size - this.#acknowledged.size;
  }

  begin(step: string): void {
    this.#begun.add(step);
  }

  acknowledge(step: string, what: Step): void {
    this.#acknowledged.set(step, what);
  }

  /**
   * The faults of the store: acknowledged writes that are lost or elsewhere; rows that are doubled, incomplete or unexpected; and numbers
   * with gaps.
   */
  async faults(store: Store, executionIds: readonly string[]): Promise<readonly string[]> {
    const faults: string[] = [];
    const present = new Map<string, Step>();
    for (const executionId of executionIds) {
      const kinds = await kindsOf(store, executionId);
      // Each step, and only a step, has added one to the version, which was 1 at the creation.
      const { version, state } = await store.executions.require(executionId);
      const last = kinds.at(-1);
      if (version !== kinds.length + 1) faults.push(`${executionId} is not at the version of ${last}`);
      if (state !== last) faults.push(`${executionId} has the state of ${String(state)}, not of ${last}`);
      for (const [i, step] of kinds.entries()) {
        if (present.has(step)) faults.push(`${step} is there twice`);
        if (!this.#begun.has(step)) faults.push(`${step} was never begun`);
        present.set(step, { executionId, version: i + 2, number: i + 1 });
      }
    }
    for (const [step, told] of this.#acknowledged) {
      const there = describe(present.get(step));
      if (there !== describe(told)) faults.push(`${step} was told to be ${describe(told)}, and is ${there}`);
    }
    const jobs = new Set((await jobsOf(store)).map((job) => job.id));
    for (const step of present.keys()) if (!jobs.delete(step)) faults.push(`${step} has no job`);
    for (const job of jobs) faults.push(`${job} has nothing but a job`);
    return faults;
  }
}

function describe(step: Step | undefined): string {
  return step === undefined ? "lost" : `version ${step.version} and entry ${step.number} of ${step.executionId}`;
}

/** The kinds of an execution's history, whose numbers have no gaps. */
export async function kindsOf(store: Store, executionId: string): Promise<readonly string[]> {
  const kinds: string[] = [];
  for (let after: string | null | undefined; after !== null;) {
    const { items, next } = await store.history.read(executionId, { after, limit: 1000 });
    for (const { number, kind } of items) {
      if (number !== kinds.length + 1) throw new Error(`Entry ${number} follows entry ${kinds.length}.`);
      kinds.push(kind);
    }
    after = next;
  }
  return kinds;
}

/** All jobs. */
export async function jobsOf(store: Store): Promise<readonly Job[]> {
  const jobs: Job[] = [];
  for (let after: string | undefined; ;) {
    const { items, next } = await store.jobs.list({ limit: 1000, ...(after === undefined ? {} : { after }) });
    jobs.push(...items);
    if (next === null) return jobs;
    after = next;
  }
}

/** A folder for an embedded database, removed when the test has finished. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-crash-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "data");
}
