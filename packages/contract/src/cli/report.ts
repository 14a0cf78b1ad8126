import { AssertionError } from "node:assert";
import { HoldfastError } from "holdfast";
import type { CaseResult, ContractReport } from "../results.ts";

/** How many cases ended in each way. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Counts results by their outcome. */
export function countOutcomes(results: readonly CaseResult[]): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { outcome } of results) counts[outcome] += 1;
  return counts;
}

/** The report as one object of JSON. */
export function reportJson(report: ContractReport): string {
  const { serverVersion, results, elapsedMs, stopped, leftSchemas } = report;
  return JSON.stringify({
    serverVersion,
    ...countOutcomes(results),
    seconds: secondsOf(elapsedMs),
    stopped,
    leftSchemas: leftSchemas.map(({ name, error }) => ({ name, error: error === null ? null : explain(error) })),
    failures: ended(results, "failed").map(({ subject, name, error }) => ({ subject, name, error: explain(error) })),
    skips: ended(results, "skipped").map(({ subject, name, reason }) => ({ subject, name, reason })),
  });
}

/** The report in words: each failure with the difference, the reasons of skips, and the counts last. */
export function reportText({ serverVersion, results, elapsedMs, leftSchemas }: ContractReport): string {
  const { passed, failed, skipped } = countOutcomes(results);
  const failures = ended(results, "failed").map(
    ({ subject, name, error }) => `FAILED  ${subject}: ${name}\n${indent(explain(error))}\n`,
  );
  const reasons = ended(results, "skipped").map(({ reason }) => reason ?? "");
  const skips = [...new Set(reasons)].map(
    (reason) => `skipped ${reasons.filter((each) => each === reason).length}: ${reason}`,
  );
  const left = leftSchemas.map(({ name, error }) => {
    return error === null ? `schema ${name} stays` : `schema ${name} could not be removed: ${explain(error)}`;
  });
  const counts = `${passed} passed, ${failed} failed, ${skipped} skipped in ${secondsOf(elapsedMs)} s`;
  return ["", ...failures, ...skips, ...left, serverVersion, counts].join("\n");
}

function ended(results: readonly CaseResult[], outcome: CaseResult["outcome"]): readonly CaseResult[] {
  return results.filter((result) => result.outcome === outcome);
}

/** Seconds with one digit after the point. */
export function secondsOf(ms: number): number {
  return Math.round(ms / 100) / 10;
}

/** What went wrong, with the place in the cases where it was seen. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const place = /\/(cases\/[\w-]+\.[jt]s:\d+)/.exec(error.stack ?? "")?.[1];
  const words = isPlain(error) ? error.message : (error.stack ?? error.message);
  return place === undefined ? words : `${words.trimEnd()}\nat ${place}`;
}

/** Whether the message says it all; the stack of any other error belongs to it. */
function isPlain(error: Error): boolean {
  return error instanceof AssertionError || error instanceof HoldfastError || error.constructor === Error;
}

function indent(text: string): string {
  return text.trimEnd().replaceAll(/^(?=.)/gm, "    ");
}
