import { CommanderError } from "commander";
import type { ErrorCode, HoldfastError } from "../errors/index.ts";
import { type Context, Declined, UsageError } from "./context.ts";
import { Interruption } from "./interruption.ts";

/** What the exit code of a command says. */
export const exitCodes = {
  ok: 0,
  /** Something is wrong: a check failed, or the database refused, or does not have what was asked for. */
  failed: 1,
  /** The command line, or a setting, is wrong. */
  usage: 2,
  /** The database cannot be reached, or did not answer in time. */
  unavailable: 3,
  /** What shells expect after Ctrl-C. */
  interrupted: 130,
} as const;

const codesOfErrors: Partial<Readonly<Record<ErrorCode, number>>> = {
  invalid_input: exitCodes.usage,
  unavailable: exitCodes.unavailable,
  timed_out: exitCodes.unavailable,
};

/** Reports an error in one line, and returns the exit code. */
export async function reportError(context: Context, error: unknown): Promise<number> {
  // Commander has reported it.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const say = (message: string): Promise<void> => context.note(`holdfast: ${message.replaceAll(/\s*\n\s*/g, " ")}`);
  if (error instanceof UsageError) {
    await say(error.message);
    return exitCodes.usage;
  }
  if (error instanceof Interruption || error instanceof Declined) {
    await say(error.message);
    return error instanceof Declined ? exitCodes.failed : exitCodes.interrupted;
  }
  const { HoldfastError } = await import("../errors/index.ts");
  if (error instanceof HoldfastError) {
    await say(inCommandsWords(context, error));
    return codesOfErrors[error.code] ?? exitCodes.failed;
  }
  await context.note(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return exitCodes.failed;
}

/** The command that lists what an error misses. */
const lists: Readonly<Record<string, string>> = {
  blob: "blobs list",
  checkpoint: "checkpoints list",
  definition: "definitions list",
  execution: "executions list",
  job: "jobs list",
  entry: "kv prefixes",
  schedule: "schedules list",
  snapshot: "snapshots list",
  task: "tasks list",
  timer: "timers list",
};

/** The message of an error, whose advice is for programs, as advice for a person at a terminal. */
function inCommandsWords({ flags }: Context, { code, facts, message }: HoldfastError): string {
  const list = typeof facts["entity"] === "string" ? lists[facts["entity"]] : undefined;
  if (code === "not_found" && list !== undefined) {
    return message.replace(
      /: (?:create|publish|push|save|schedule|set|upload|write)\b.* first\.$/,
      `: \`${list}\` shows the others.`,
    );
  }
  if (code !== "invalid_input" || flags.database === undefined) return message;
  const folder = message.startsWith("url is no ") ? " For a folder, give --data." : "";
  return `${message.replace(/(^| in )url /, "$1--database ")}${folder}`;
}
