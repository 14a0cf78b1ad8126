import { type Command, Option } from "commander";
import type { Store } from "../index.ts";
import { type Context, UsageError } from "./context.ts";
import { withExamples } from "./examples.ts";
import { withStore } from "./opening.ts";
import { wholeNumber } from "./option-values.ts";

interface ConsoleFlags {
  readonly host: string;
  readonly port: number;
  readonly token?: string;
  readonly allowActions?: true;
}

/** `holdfast console`. */
export function buildConsole(command: Command, context: Context): void {
  withExamples(
    command
      .option("--host <name>", "where to listen; others than loopback need a token", "127.0.0.1")
      .addOption(
        new Option("--port <n>", "where to listen; 0 for any free port")
          .argParser(wholeNumber(0, 65_535))
          .default(4780),
      )
      .addOption(new Option("--token <secret>", "what a browser must know").env("HOLDFAST_CONSOLE_TOKEN"))
      .option("--allow-actions", "let it retry, cancel, pause and resume; otherwise it only reads"),
    "console",
    "console --port 8080 --allow-actions",
    "HOLDFAST_CONSOLE_TOKEN=… holdfast console --host 0.0.0.0",
  ).action((flags: ConsoleFlags) => serve(context, flags));
}

/** What the package `@holdfast/console` gives. It is a package of its own, because most programs need no page. */
interface ConsolePackage {
  readonly serveConsole: (store: Store, options: ConsoleFlags) => Promise<RunningConsole>;
}

interface RunningConsole {
  readonly url: string;
  close(): Promise<void>;
}

async function serve(context: Context, flags: ConsoleFlags): Promise<void> {
  const { serveConsole } = await loadConsole();
  await withStore(context, async (store) => {
    const running = await serveConsole(store, flags);
    if (context.isJson) await context.printJson({ url: running.url });
    else await context.print(`console at ${running.url}${flags.allowActions ? "" : " (read-only)"}; Ctrl-C ends it`);
    await new Promise<void>((resolve) => {
      process.once("SIGINT", resolve);
      process.once("SIGTERM", resolve);
    });
    await running.close();
  });
}

async function loadConsole(): Promise<ConsolePackage> {
  // Not a literal, which the compiler would look for.
  const name: string = "@holdfast/console";
  try {
    return (await import(name)) as ConsolePackage;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ERR_MODULE_NOT_FOUND" && code !== "ERR_PACKAGE_PATH_NOT_EXPORTED") throw error;
    throw new UsageError("The console is a package of its own, which is not installed: npm install @holdfast/console.");
  }
}
