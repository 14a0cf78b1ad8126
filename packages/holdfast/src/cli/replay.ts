import { Command, Option } from "commander";
import { v7 } from "uuid";
import { InvalidInputError } from "../index.ts";
import { openPlace, type PlaceFlags, withPlace } from "./connection.ts";
import { interruptionSignal } from "./interruption.ts";
import { readRecording, type Recording } from "./recording/recording.ts";
import { checkReplay } from "./replay/check.ts";
import { prepareReplay } from "./replay/prepare.ts";
import { showProgress } from "./replay/progress.ts";
import { printReport, type ReplayReport, toJson } from "./replay/report.ts";
import { runReplay } from "./replay/run.ts";

interface ReplayFlags extends PlaceFlags {
  readonly id?: string;
  readonly speed: string;
  readonly workers: string;
  readonly join?: true;
  readonly json?: true;
}

/** `holdfast replay`: runs a recorded workflow through the store, and checks the result. */
export function replayCommand(): Command {
  return withPlace(new Command("replay").description("run a recorded workflow (WfFormat 1.5) through the store"))
    .argument("<file>", "the recording")
    .option("--id <id>", "id of the execution; give that of an earlier run to go on with it")
    .addOption(
      new Option("--speed <factor>", "how much faster than recorded, or max to wait for nothing").default("max"),
    )
    .addOption(new Option("--workers <n>", "how many tasks run at once").default("16"))
    .option("--join", "work together with other processes on one execution (on a server)")
    .option("--json", "make the last line of the output one JSON object")
    .action(async (file: string, flags: ReplayFlags) => {
      const report = await replay(file, flags);
      printReport(report);
      if (flags.json) console.log(toJson(report));
      if (!report.isCorrect) process.exitCode = 1;
    });
}

async function replay(file: string, flags: ReplayFlags): Promise<ReplayReport> {
  const speed = parseSpeed(flags.speed);
  const workers = parseWorkers(flags.workers);
  const recording = await readRecording(file);
  const executionId = flags.id ?? makeExecutionId(recording.name);
  checkExecutionId(executionId, recording);
  const signal = interruptionSignal({ advice: `--id ${executionId} goes on with it` });
  await using store = await openPlace(flags, { creates: "any" });
  const startedAt = performance.now();
  const prepared = await prepareReplay(store, { recording, executionId, speed, isJoining: flags.join === true });
  const beginning = prepared.isResumed ? "going on with" : "started";
  console.error(
    `${beginning} execution ${executionId}${flags.id ? "" : ` (after a crash, --id ${executionId} goes on with it)`}`,
  );
  const bar = showProgress(recording.tasks.length);
  try {
    const run = await runReplay(store, prepared, { workers, signal, onProgress: (done) => bar.update(done) });
    const seconds = (performance.now() - startedAt) / 1000;
    const check = await checkReplay(store, prepared);
    return { ...run, ...check, executionId, resumed: prepared.isResumed, seconds };
  } finally {
    bar.stop();
  }
}

/** Readable, and short enough to remain an id with a recorded task's id behind it. */
function makeExecutionId(name: string): string {
  return `${name.replaceAll(/[^\w.-]+/g, "-").slice(0, 16)}-${v7()}`;
}

/** The ids of the tasks begin with it, and have a limit. */
function checkExecutionId(id: string, { tasks }: Recording): void {
  const longest = Math.max(...tasks.map((task) => Buffer.byteLength(task.id)));
  const bytesMax = 255 - 1 - longest;
  if (id !== "" && Buffer.byteLength(id) <= bytesMax) return;
  throw new InvalidInputError(`--id has ${Buffer.byteLength(id)} bytes: give 1 to ${bytesMax} for this recording.`, {
    facts: { field: "id" },
  });
}

/** Infinity for "max". */
function parseSpeed(text: string): number {
  const speed = text === "max" ? Number.POSITIVE_INFINITY : Number(text);
  if (speed > 0) return speed;
  throw new InvalidInputError(`--speed is ${JSON.stringify(text)}: give a number above 0, or max.`, {
    facts: { field: "speed" },
  });
}

function parseWorkers(text: string): number {
  const workers = Number(text);
  if (Number.isInteger(workers) && workers >= 1 && workers <= 1000) return workers;
  throw new InvalidInputError(`--workers is ${JSON.stringify(text)}: give a whole number from 1 to 1000.`, {
    facts: { field: "workers" },
  });
}
