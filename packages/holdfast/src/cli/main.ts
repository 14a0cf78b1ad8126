import { Command, CommanderError } from "commander";
import { HoldfastError } from "../index.ts";
import { environmentHelp } from "./connection.ts";
import { exportCommand } from "./export.ts";
import { importCommand } from "./import.ts";
import { Interruption } from "./interruption.ts";
import { migrateCommand } from "./migrate.ts";
import { replayCommand } from "./replay.ts";
import { retainCommand } from "./retain.ts";
import { packageVersion } from "./version.ts";

/** What a command ends with when its input, its settings or the database are at fault; anything else wrong is 1. */
const inputExitCode = 2;
/** What shells expect of a command that was stopped by Ctrl-C. */
const interruptedExitCode = 130;

const program = new Command("holdfast")
  .description("The state store that workflow engines stand on.")
  .version(packageVersion())
  .showHelpAfterError("(--help lists the options)")
  .addHelpText("after", environmentHelp)
  .exitOverride();

program.addCommand(replayCommand());
program.addCommand(migrateCommand());
program.addCommand(exportCommand());
program.addCommand(importCommand());
program.addCommand(retainCommand());
for (const command of program.commands) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Says what went wrong in one line, and gives the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : inputExitCode;
  if (error instanceof HoldfastError) {
    console.error(`holdfast: ${error.message.replaceAll(/\s*\n\s*/g, " ")}`);
    return inputExitCode;
  }
  if (error instanceof Interruption) {
    console.error(`holdfast: ${error.message}`);
    return interruptedExitCode;
  }
  console.error(error);
  return 1;
}
