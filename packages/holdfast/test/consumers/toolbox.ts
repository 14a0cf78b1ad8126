import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const quiet = ["--ignore-scripts", "--no-audit", "--no-fund"];
const here = fileURLToPath(new URL(".", import.meta.url));
const packageFolder = fileURLToPath(new URL("../../", import.meta.url));

/** What a run of a program printed and ended with. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where a program runs, and what its environment says besides. */
export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end, however it ends. */
export async function runProgram(command: string, args: readonly string[], { cwd, env }: RunOptions): Promise<Ran> {
  const own = { PATH: process.env["PATH"], HOME: process.env["HOME"], NO_COLOR: "1", ...env };
  try {
    const printed = await run(command, args, { cwd, env: own, maxBuffer: 2 ** 26, timeout: 120_000 });
    return { code: 0, ...printed };
  } catch (error) {
    if (!(error instanceof Error && "stdout" in error && "stderr" in error && "code" in error)) throw error;
    return { code: Number(error.code), stdout: String(error.stdout), stderr: String(error.stderr) };
  }
}

/** The folder node_modules of the bundlers and runtimes that package.json beside this file names, installed once into a cache. */
export async function toolbox(): Promise<string> {
  const list = readFileSync(join(here, "package.json"));
  const caches = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const cache = join(caches, "holdfast-consumers", createHash("sha256").update(list).digest("hex").slice(0, 16));
  if (existsSync(cache)) return join(cache, "node_modules");
  mkdirSync(dirname(cache), { recursive: true });
  const making = mkdtempSync(`${cache}-`);
  copyFileSync(join(here, "package.json"), join(making, "package.json"));
  await run("npm", ["install", "--no-package-lock", ...quiet], { cwd: making, maxBuffer: 2 ** 26 });
  try {
    renameSync(making, cache);
  } catch {
    // Another process was quicker.
    rmSync(making, { recursive: true });
  }
  return join(cache, "node_modules");
}

/** A project that has installed the packed package, with what that depends on. */
export async function makeConsumer(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-consumer-"));
  await installPacked(folder, packageFolder);
  return folder;
}

/** Packs a package, and installs it in a project. */
export async function installPacked(folder: string, packed: string): Promise<void> {
  const { stdout } = await run("npm", ["pack", packed, "--json", ...quiet], { cwd: folder, maxBuffer: 2 ** 26 });
  const [made] = JSON.parse(stdout) as readonly { readonly filename: string }[];
  if (made === undefined) throw new Error("npm pack has made no package.");
  // Without the optional packages of peers: what needs one has to say so.
  await run("npm", ["install", `./${made.filename}`, "--omit=peer", "--prefer-offline", ...quiet], { cwd: folder });
}

/** A folder outside every project, in which no package is found but copies of some that `consumer` has. */
export function makePlace(consumer: string, packages: readonly string[] = []): string {
  const place = mkdtempSync(join(tmpdir(), "holdfast-place-"));
  for (const name of packages) {
    cpSync(join(consumer, "node_modules", name), join(place, "node_modules", name), { recursive: true });
  }
  return place;
}

/** The program that every bundler and runtime is tried with: it opens the store that the variable STORE names. */
export const program = `
import { openStore, startWorker } from "holdfast";
import { HoldfastError } from "holdfast/errors";

async function main() {
  const store = await openStore(JSON.parse(process.env.STORE));
  const id = "run-" + Date.now();
  await store.transaction(async (tx) => {
    await tx.executions.create({ id, input: { answer: 42 } });
    await tx.jobs.push({ queue: "work", payload: { id } });
  });
  let told;
  const ended = new Promise((resolve) => (told = resolve));
  const worker = await startWorker(store, {
    queues: { work: async (job) => void (await store.executions.setStatus(job.payload.id, "succeeded"), told()) },
  });
  await ended;
  await worker.stop();
  const { status, input } = await store.executions.get(id);
  const { succeeded } = await store.queues.counts("work");
  const missing = await store.executions.require("none").catch((error) => error);
  console.log(JSON.stringify({ status, input, succeeded, error: missing.name, known: missing instanceof HoldfastError }));
  await store.close();
}

main().catch(({ name, retryable, message, stack }) => console.log(JSON.stringify({ name, retryable, message, stack })));
`;

/** What it prints where all is well. */
export const works = {
  status: "succeeded",
  input: { answer: 42 },
  succeeded: 1,
  error: "NotFoundError",
  known: true,
};

/** The object that the program printed; where it printed none, all of its output. */
export function printed({ stdout, stderr }: Ran): unknown {
  const line = stdout.trimEnd().split("\n").at(-1) ?? "";
  return line.startsWith("{") ? JSON.parse(line) : `${stdout}${stderr}`;
}
