import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";

/**
 * Adds `completion SHELL`, which prints a script, and the hidden `complete`, which that script asks for suggestions. Both know the whole
 * program, so all of its commands must be loaded.
 */
export function addCompletion(program: Command): void {
  // The command of the help, which tab replaces by its own.
  const at = program.commands.findIndex((command) => command.name() === "completion");
  (program.commands as Command[]).splice(at, 1);
  tab(program, { completionCommandName: "completion" });
}
