import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { shortLived } from "../../../holdfast/test/support/short-lived.ts";

const entry = fileURLToPath(new URL("../../bin/holdfast-contract.js", import.meta.url));

/** What the command printed and ended with. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running `holdfast-contract` command. */
export interface RunningCommand {
  readonly process: ChildProcess;
  /** Resolves when the standard error has such a text, or the command has ended. */
  says(text: RegExp): Promise<void>;
  readonly ended: Promise<Ended>;
}

/** Starts the built command, in an environment that names no database but the one in `env`. */
export function startContract(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningCommand {
  const child = spawn(process.execPath, [...shortLived, entry, ...args], {
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  const says = (text: RegExp): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => void (text.test(stderr) && resolve());
      child.stderr.on("data", look);
      child.on("close", () => resolve());
      look();
    });
  return { process: child, says, ended };
}

/** Runs the command to its end. */
export function runCommand(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return startContract(args, env).ended;
}

/** The object that `--json` prints. */
export function reportOf({ stdout }: Ended): Record<string, unknown> {
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** The first column of what a statement gives. */
async function column(url: string, statement: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: statement, rowMode: "array" });
    return rows.map(([value]) => value);
  } finally {
    await client.end();
  }
}

/** The schemas in a database that runs of the contract have made. */
export function contractSchemas(url: string): Promise<readonly unknown[]> {
  return column(url, "select nspname::text from pg_namespace where nspname like 'holdfast\\_contract%' order by 1");
}
