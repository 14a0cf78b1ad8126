import type { Command } from "commander";
import type { ConnectionOptions } from "../connection/index.ts";
import type { Check, CheckStatus, Diagnosis } from "../health/index.ts";
import type { Context } from "./context.ts";
import { escapeControls } from "./escaping.ts";
import { withExamples } from "./examples.ts";
import { exitCodes } from "./exit-codes.ts";
import { locate, openAt } from "./opening.ts";
import type { Paint } from "./terminal.ts";

/** `holdfast doctor`. */
export function buildDoctor(command: Command, context: Context): void {
  withExamples(
    command.addHelpText(
      "after",
      "\nExit code 1 if a check fails, and 3 if the database cannot be reached. Warnings are no failure.",
    ),
    "doctor",
    "doctor --json | jq '.checks[] | select(.status == \"fail\")'",
  ).action(() => examine(context));
}

async function examine(context: Context): Promise<void> {
  // Wrong settings are wrong usage, before anything is checked.
  const place = await locate(context);
  const diagnosis = await diagnose(context, place);
  if (context.isJson) await context.printJson(diagnosis);
  else await print(context, diagnosis);
  if (!diagnosis.isHealthy && context.exitCode === exitCodes.ok) context.exitCode = exitCodes.failed;
}

/** A store that does not open has one check, which says why. */
async function diagnose(context: Context, place: ConnectionOptions): Promise<Diagnosis> {
  const { HoldfastError } = await import("../errors/index.ts");
  try {
    await using store = await openAt(context, place);
    return await store.diagnose();
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    if (error.code === "unavailable") context.exitCode = exitCodes.unavailable;
    const [finding = "", ...advice] = error.message.split(/: (?=[a-z])/);
    const name = error.code === "schema" ? "schema" : "connection";
    const check: Check = { name, status: "fail", finding: `${finding}.`, advice: sentence(advice.join(": ")) };
    return { isHealthy: false, checks: [check] };
  }
}

function sentence(text: string): string | null {
  return text === "" ? null : `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

const marks: Readonly<Record<CheckStatus, readonly [mark: string, paint: Paint]>> = {
  ok: ["✓", "green"],
  warn: ["!", "yellow"],
  fail: ["✗", "red"],
  skipped: ["-", "dim"],
};

async function print(context: Context, { checks }: Diagnosis): Promise<void> {
  const { paint } = context;
  const width = Math.max(...checks.map(({ name }) => name.length));
  for (const { name, status, finding, advice } of checks) {
    const [mark, color] = marks[status];
    await context.print(`${paint(color, `${mark} ${name.padEnd(width)}`)}  ${escapeControls(finding)}`);
    if (advice !== null) await context.print(`${" ".repeat(width + 4)}${paint("bold", "→")} ${escapeControls(advice)}`);
  }
  const count = (status: CheckStatus): number => checks.filter((check) => check.status === status).length;
  const [failed, warned] = [count("fail"), count("warn")];
  const verdict =
    failed === 0 && warned === 0 ? paint("green", "all is well") : `${failed} failed, ${warned} to look at`;
  await context.print(`\n${verdict}`);
}
