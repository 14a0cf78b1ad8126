import { type Command, InvalidArgumentError, Option } from "commander";
import { v7 } from "uuid";
import { type Context, UsageError } from "./context.ts";
import { withExamples } from "./examples.ts";
import { exitCodes } from "./exit-codes.ts";
import { interruptionSignal } from "./interruption.ts";
import { openPlace } from "./opening.ts";
import { wholeNumber } from "./option-values.ts";
import { showProgress } from "./progress.ts";
import { readRecording, type Recording } from "./recording/recording.ts";
import { checkReplay } from "./replay/check.ts";
import { prepareReplay } from "./replay/prepare.ts";
import { printReport, type ReplayReport, toJsonReport } from "./replay/report.ts";
import { runReplay } from "./replay/run.ts";

interface ReplayFlags {
  readonly id?: string;
  readonly speed: number;
  readonly workers: number;
  readonly join?: true;
}

/** `holdfast replay`: runs a recorded workflow through the store, and checks the result. */
export function buildReplay(command: Command, context: Context): void {
  withExamples(
    command
      .argument("<file>", "the recording")
      .option("--id <id>", "id of the execution; give that of an earlier run to go on with it")
      .addOption(
        new Option("--speed <factor>", "how much faster than recorded, or max to wait for nothing")
          .argParser(speedOf)
          .default(Number.POSITIVE_INFINITY, "max"),
      )
      .addOption(new Option("--workers <n>", "how many tasks run at once").argParser(wholeNumber(1, 1000)).default(16))
      .option("--join", "work together with other processes on one execution (on a server)"),
    "replay examples/build-and-test.json",
    "replay examples/build-and-test.json --id run-1 --speed 10",
  ).action(async (file: string, flags: ReplayFlags) => {
    const report = await replay(context, file, flags);
    if (context.isJson) await context.printJson(toJsonReport(report));
    else await printReport(context, report);
    if (!report.isCorrect) context.exitCode = exitCodes.failed;
  });
}

async function replay(context: Context, file: string, flags: ReplayFlags): Promise<ReplayReport> {
  const { speed, workers } = flags;
  const recording = await readRecording(file);
  const executionId = flags.id ?? makeExecutionId(recording.name);
  checkExecutionId(executionId, recording);
  const signal = interruptionSignal({ advice: `--id ${executionId} goes on with it` });
  await using store = await openPlace(context, { creates: "any", migrate: true });
  const startedAt = performance.now();
  const prepared = await prepareReplay(store, { recording, executionId, speed, isJoining: flags.join === true });
  const beginning = prepared.isResumed ? "going on with" : "started";
  await context.note(
    `${beginning} execution ${executionId}${flags.id ? "" : ` (after a crash, --id ${executionId} goes on with it)`}`,
  );
  const bar = await showProgress(context, recording.tasks.length, "tasks");
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
  throw new UsageError(`--id has ${Buffer.byteLength(id)} bytes: give 1 to ${bytesMax} for this recording.`);
}

/** Infinity for "max". */
function speedOf(text: string): number {
  const speed = text === "max" ? Number.POSITIVE_INFINITY : Number(text);
  if (speed > 0) return speed;
  throw new InvalidArgumentError("Give a number above 0, or max.");
}
