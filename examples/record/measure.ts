import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setInterval } from "node:timers";

/** What a process took, with all the processes that it started. */
export interface Measurement {
  readonly exitCode: number;
  readonly startedAt: Date;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** The most that all of them held at once; 0 where the system does not say (it is read from /proc). */
  readonly memoryBytes: number;
  /** Both outputs together. */
  readonly output: string;
}

/** A command and where to run it. */
export interface Command {
  readonly words: readonly string[];
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
}

const timeoutMs = 300_000;
const sampleMs = 50;
const pageBytes = 4096;

// The shell counts the processor time of everything that the command waited for, and writes it to the fourth stream.
const timed = 'TIMEFORMAT="%U %S"; { time "$@" 2>&4; } 4>&2 2>&3';

/** Runs a command to its end and measures it. One that takes more than five minutes is ended, and has failed. */
export async function measure({ words, folder, environment }: Command): Promise<Measurement> {
  const startedAt = new Date();
  const start = performance.now();
  const child = spawn("bash", ["-c", timed, "timed", ...words], {
    cwd: folder,
    env: environment,
    // A group of its own, so that its memory can be added up and so that nothing of it outlives it.
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  let memoryBytes = 0;
  const sampler = setInterval(() => {
    memoryBytes = Math.max(memoryBytes, groupMemoryBytes(child.pid ?? 0));
  }, sampleMs);
  const timer = setTimeout(() => endGroup(child), timeoutMs);
  const [output, times] = [collect(child, [1, 2]), collect(child, [3])];
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on("error", reject).on("exit", (code) => resolve(code ?? 1));
  });
  const seconds = (performance.now() - start) / 1000;
  clearInterval(sampler);
  clearTimeout(timer);
  endGroup(child);
  const cpuSeconds = (await times)
    .trim()
    .split(" ")
    .reduce((sum, part) => sum + Number(part), 0);
  return { exitCode, startedAt, seconds, cpuSeconds, memoryBytes, output: await output };
}

async function collect(child: ChildProcess, streams: readonly number[]): Promise<string> {
  let text = "";
  const ends = streams.map(async (number) => {
    for await (const chunk of (child.stdio[number] ?? []) as AsyncIterable<Buffer>) text += chunk.toString();
  });
  await Promise.all(ends);
  return text;
}

function endGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // Nothing of the group is left, which is how it should be.
  }
}

/** The resident memory of all processes of a group. */
function groupMemoryBytes(group: number): number {
  let pages = 0;
  try {
    for (const name of readdirSync("/proc")) if (/^\d+$/.test(name)) pages += residentPages(name, group);
  } catch {
    return 0;
  }
  return pages * pageBytes;
}

function residentPages(process: string, group: number): number {
  try {
    // The name in parentheses may hold spaces; after it come state, parent, group, and as the 22nd the pages.
    const stat = readFileSync(`/proc/${process}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[2]) === group ? Number(fields[21]) : 0;
  } catch {
    return 0;
  }
}
