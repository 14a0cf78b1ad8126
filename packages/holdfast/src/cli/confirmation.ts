import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { type Context, Declined, UsageError } from "./context.ts";
import { escapeControls } from "./escaping.ts";
import { Interruption } from "./interruption.ts";

/** The options of a command that changes or removes much. */
export interface ConfirmFlags {
  readonly yes?: true;
  readonly dryRun?: true;
}

/** Adds them. */
export function withConfirmation(command: Command): Command {
  return command.option("--dry-run", "say what it would do; change nothing").option("-y, --yes", "do not ask");
}

/** Refuses to run without a person to ask. Called before anything is read. */
export function requireConsent({ canAsk }: Pick<Context, "canAsk">, { yes, dryRun }: ConfirmFlags): void {
  if (yes || dryRun || canAsk) return;
  throw new UsageError(
    "This asks before it changes anything, and there is no terminal: add --yes, or --dry-run to look.",
  );
}

/**
 * Says what the command would do, and asks. Returns false after `--dry-run`.
 *
 * @throws Declined unless the person agrees.
 */
export async function confirm(context: Context, plan: string, { yes, dryRun }: ConfirmFlags): Promise<boolean> {
  const what = escapeControls(plan);
  if (dryRun) {
    await (context.isJson ? context.printJson({ dryRun: true, wouldDo: what }) : context.print(`would ${what}`));
    return false;
  }
  if (yes) return true;
  const { input, errors } = context.terminal;
  const prompt = createInterface({ input, output: errors });
  const ended = new AbortController();
  prompt.once("SIGINT", () => ended.abort(new Interruption("stopped by SIGINT: nothing was changed")));
  prompt.once("close", () => ended.abort(new Declined("nothing was changed")));
  try {
    const answer = await prompt.question(`This will ${what}. Continue? [y/N] `, { signal: ended.signal });
    if (/^y(es)?$/i.test(answer.trim())) return true;
  } catch {
    throw ended.signal.reason;
  } finally {
    prompt.close();
  }
  throw new Declined("nothing was changed");
}
