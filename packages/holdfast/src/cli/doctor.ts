import type { Command } from "commander";
import type { ConnectionOptions } from "../connection/index.ts";
import type { Check, CheckStatus, Diagnosis } from "../health/index.ts";
import type { Context } from "./context.ts";
import { escapeControls } from "./escaping.ts";
import { withExamples } from "./examples.ts";
import { exitCodes } from "./exit-codes.ts";
import { locate } from "./opening.ts";
import type { Paint } from "./terminal.ts";
import { wrapWords } from "./wrapping.ts";

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

/** A database that cannot be reached has one check, which says why. */
async function diagnose(context: Context, place: ConnectionOptions): Promise<Diagnosis> {
  const [{ diagnoseDatabase }, { HoldfastError }] = await Promise.all([
    import("../health/index.ts"),
    import("../errors/index.ts"),
  ]);
  try {
    return await diagnoseDatabase({ ...place, schema: context.flags.schema });
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== "unavailable") throw error;
    context.exitCode = exitCodes.unavailable;
    const check: Check = { name: "connection", status: "fail", finding: error.message, advice: null };
    return { isHealthy: false, checks: [check] };
  }
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
    const head = paint(color, `${mark} ${name.padEnd(width)}`);
    const room = context.columns - width - 6;
    const lines = wrapWords(escapeControls(finding), room + 2);
    const steps = advice === null ? [] : wrapWords(escapeControls(advice), room);
    const indent = " ".repeat(width + 4);
    await context.print(
      [
        ...lines.map((line, i) => (i === 0 ? `${head}  ${line}` : `${indent}${line}`)),
        ...steps.map((line, i) => `${indent}${i === 0 ? paint("bold", "→") : " "} ${line}`),
      ].join("\n"),
    );
  }
  const count = (status: CheckStatus): number => checks.filter((check) => check.status === status).length;
  const [failed, warned] = [count("fail"), count("warn")];
  const verdict =
    failed === 0 && warned === 0 ? paint("green", "all is well") : `${failed} failed, ${warned} to look at`;
  await context.print(`\n${verdict}`);
}
