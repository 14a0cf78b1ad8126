import type { Context } from "../context.ts";
import { escapeControls } from "../escaping.ts";
import type { CheckResult } from "./check.ts";
import type { RunResult } from "./run.ts";

/** The whole report of a replay. */
export interface ReplayReport extends CheckResult, RunResult {
  readonly executionId: string;
  /** Whether the execution existed already. */
  readonly resumed: boolean;
  /** From opening the store to the end of the execution. */
  readonly seconds: number;
}

/** Prints the report for a person. */
export async function printReport(context: Context, report: ReplayReport): Promise<void> {
  const { paint } = context;
  const mark = (isGood: boolean): string => (isGood ? paint("green", "✓") : paint("red", "✗"));
  const { groups, tasks, succeeded, attempts, dependenciesViolated, transitions, seconds } = report;
  const width = Math.max(...groups.map((group) => group.name.length), 0);
  await context.print(`${escapeControls(report.executionId)}  ${mark(report.status === "succeeded")} ${report.status}`);
  for (const group of groups) {
    const isDone = group.succeeded === group.total;
    await context.print(
      `  ${escapeControls(group.name).padEnd(width)}  ${mark(isDone)} ${group.status}  ${group.succeeded}/${group.total}`,
    );
  }
  const rate = Math.round(perSecond(transitions, seconds));
  await context.print(
    `${succeeded} of ${tasks} tasks succeeded (${(100 * report.completionRate).toFixed(1)} %) in ${attempts} attempts`,
  );
  await context.print(
    `${transitions} transitions in ${seconds.toFixed(2)} s, ${rate} a second${report.resumed ? ", going on with an earlier run" : ""}`,
  );
  const verdict = report.isCorrect
    ? "every task succeeded once, and after everything it comes after"
    : `dependencies violated: ${dependenciesViolated}, succeeded twice: ${report.succeededTwice}`;
  await context.print(`${mark(report.isCorrect)} ${verdict}`);
}

/** What `--json` prints, in this order. */
const jsonFields = [
  "executionId",
  "status",
  "tasks",
  "succeeded",
  "attempts",
  "resumed",
  "dependenciesViolated",
  "succeededTwice",
  "transitions",
  "seconds",
  "transitionsPerSecond",
];

/** What `--json` prints of a report. */
export function toJsonReport(report: ReplayReport): object {
  const seconds = Number(report.seconds.toFixed(3));
  const transitionsPerSecond = Math.round(perSecond(report.transitions, report.seconds));
  const values: Readonly<Record<string, unknown>> = { ...report, seconds, transitionsPerSecond };
  return Object.fromEntries(jsonFields.map((name) => [name, values[name]]));
}

function perSecond(count: number, seconds: number): number {
  return seconds > 0 ? count / seconds : 0;
}
