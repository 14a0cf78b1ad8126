import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { shortLived } from "../support/short-lived.ts";

const entry = fileURLToPath(new URL("../../bin/holdfast.js", import.meta.url));

/** What the command printed and ended with. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running `holdfast` command. */
export interface RunningCommand {
  readonly process: ChildProcess;
  /** Resolves when the command says that the execution is there, or ends. */
  readonly started: Promise<void>;
  readonly ended: Promise<Ended>;
}

/** Where a command runs, and what its environment says besides. */
interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether to stop reading the output after its first line, as `head -1` does. */
  readonly readsOneLine?: boolean;
}

/** Starts the built `holdfast` command, in an environment that names no database but the one in `env`. */
export function startCommand(
  args: readonly string[],
  { env, readsOneLine, ...options }: CommandOptions = {},
): RunningCommand {
  const child = spawn(process.execPath, [...shortLived, entry, ...args], {
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    ...options,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    if (readsOneLine && stdout.includes("\n")) child.stdout.destroy();
  });
  let onStarted = (): void => undefined;
  const started = new Promise<void>((resolve) => (onStarted = resolve));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    if (stderr.includes("execution ")) onStarted();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code, signal) => {
      onStarted();
      resolve({ code, signal, stdout, stderr });
    });
  });
  return { process: child, started, ended };
}

/** Runs the command to its end. */
export function runCommand(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  return startCommand(args, options).ended;
}

/** The object that `--json` prints as the last line. */
export function lastJson({ stdout }: Ended): Record<string, unknown> {
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Record<string, unknown>;
}
