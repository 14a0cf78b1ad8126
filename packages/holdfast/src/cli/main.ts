import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { HoldfastError } from "../index.ts";
import { environmentHelp } from "./connection.ts";
import { exportCommand } from "./export.ts";
import { importCommand } from "./import.ts";
import { Interruption } from "./interruption.ts";
import { migrateCommand } from "./migrate.ts";
import { replayCommand } from "./replay.ts";
import { retainCommand } from "./retain.ts";

/** The exit code if the input, the settings or the database are at fault; 1 for anything else. */
const inputExitCode = 2;
/** The exit code that shells expect after Ctrl-C. */
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

/** Reports an error in one line, and returns the exit code. */
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

/** The version in the package's own package.json. */
function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { readonly version: string };
  return version;
}
