import { Command } from "commander";
import { commands } from "./commands.ts";
import type { Context } from "./context.ts";
import { withExamples } from "./examples.ts";
import { reportError } from "./exit-codes.ts";
import { environmentHelp } from "./opening.ts";
import { packageVersion } from "./package-version.ts";

/** Runs a command line, without the names of Node.js and of the command, and returns the exit code. */
export async function runCommandLine(args: readonly string[], context: Context): Promise<number> {
  try {
    const program = await buildProgram(context, isCompletion(args) ? Object.keys(commands) : args);
    if (isCompletion(args)) {
      const { addCompletion } = await import("./completion.ts");
      addCompletion(program);
    }
    await program.parseAsync([...args], { from: "user" });
    return context.exitCode;
  } catch (error) {
    return reportError(context, error);
  }
}

/** The program, with the options and subcommands of those commands that are among the words. */
async function buildProgram(context: Context, words: readonly string[]): Promise<Command> {
  const { output, errors } = context.terminal;
  const program = new Command("holdfast")
    .description("The state store that workflow engines stand on.")
    .version(packageVersion())
    .option("--data <folder>", "folder of the embedded database")
    .option("--database <url>", "URL or keyword string of a PostgreSQL server (default: DATABASE_URL)")
    .option("--schema <name>", "schema that holds the store (default: holdfast)")
    .option("--json", "print JSON, for programs")
    .option("--no-color", "no colors (as without a terminal, and with NO_COLOR)")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void output.write(text),
      writeErr: (text) => void errors.write(text),
      outputError: (text, print) => print(text.replace(/^error: /, "holdfast: ")),
      getOutHelpWidth: () => output.columns ?? 100,
      getErrHelpWidth: () => errors.columns ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError("(--help lists the options)")
    .addHelpText("afterAll", environmentHelp)
    .addHelpText("after", programExamples)
    .exitOverride()
    .hook("preAction", (_, action) => {
      context.flags = action.optsWithGlobals();
    });
  for (const [name, { group, about, example, load }] of Object.entries(commands)) {
    const command = program.command(name).description(about).helpGroup(`${group}:`);
    if (!words.includes(name)) continue;
    if (example !== undefined) withExamples(command, example);
    (await load())(command, context);
  }
  // Its code is loaded when it is wanted: see `runCommandLine`.
  program
    .command("completion")
    .description("print the completion script of a shell: bash, zsh, fish or powershell")
    .helpGroup("Look:");
  return program;
}

const programExamples = `
Examples:
  holdfast status --watch
  holdfast doctor
  holdfast jobs dead mail
  holdfast executions tree order-17

Every command has examples: holdfast COMMAND --help`;

function isCompletion([first]: readonly string[]): boolean {
  return first === "completion" || first === "complete";
}
