import { styleText } from "node:util";
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
export function printReport(report: ReplayReport): void {
  const { groups, tasks, succeeded, attempts, dependenciesViolated, transitions, seconds } = report;
  const width = Math.max(...groups.map((group) => group.name.length), 0);
  console.log(`${report.executionId}  ${mark(report.status === "succeeded")} ${report.status}`);
  for (const group of groups) {
    const isDone = group.succeeded === group.total;
    console.log(`  ${group.name.padEnd(width)}  ${mark(isDone)} ${group.status}  ${group.succeeded}/${group.total}`);
  }
  const rate = Math.round(perSecond(transitions, seconds));
  console.log(
    `${succeeded} of ${tasks} tasks succeeded (${(100 * report.completionRate).toFixed(1)} %) in ${attempts} attempts`,
  );
  console.log(
    `${transitions} transitions in ${seconds.toFixed(2)} s, ${rate} a second${report.resumed ? ", going on with an earlier run" : ""}`,
  );
  const verdict = report.isCorrect
    ? "every task succeeded once, and after everything it comes after"
    : `dependencies violated: ${dependenciesViolated}, succeeded twice: ${report.succeededTwice}`;
  console.log(`${mark(report.isCorrect)} ${verdict}`);
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

/** The report as the object that `--json` prints in one line. */
export function toJson(report: ReplayReport): string {
  const seconds = Number(report.seconds.toFixed(3));
  const transitionsPerSecond = Math.round(perSecond(report.transitions, report.seconds));
  return JSON.stringify({ ...report, seconds, transitionsPerSecond }, jsonFields);
}

function perSecond(count: number, seconds: number): number {
  return seconds > 0 ? count / seconds : 0;
}

function mark(isGood: boolean): string {
  return isGood ? styleText("green", "✓") : styleText("red", "✗");
}
