import type { FailWorkflowRunParams } from "openworkflow/internal";

type RetryPolicy = FailWorkflowRunParams["retryPolicy"];

const second = 1000;
const day = 24 * 60 * 60 * second;

/** The units of the engine's durations, by their first letters: "s" stands for "sec", "secs", "second" and "seconds" too. */
const units: readonly (readonly [name: RegExp, ms: number])[] = [
  [/^(ms|msecs?|milliseconds?|)$/i, 1],
  [/^(s|secs?|seconds?)$/i, second],
  [/^(m|mins?|minutes?)$/i, 60 * second],
  [/^(h|hrs?|hours?)$/i, 60 * 60 * second],
  [/^(d|days?)$/i, day],
  [/^(w|weeks?)$/i, 7 * day],
  // The twelfth part of a year of 365.25 days.
  [/^(mo|months?)$/i, 2_629_800 * second],
  [/^(y|yrs?|years?)$/i, 31_557_600 * second],
];

/** A duration such as "5s", in milliseconds; 0 if it is none, as the engine has it. */
function msOf(duration: string): number {
  const [, number = "", unit = ""] = /^(-?\.?\d+(?:\.\d+)?)\s*([a-z]+)?$/i.exec(duration) ?? [];
  const ms = units.find(([name]) => name.test(unit))?.[1];
  return number === "" || ms === undefined ? 0 : Number.parseFloat(number) * ms;
}

/** What becomes of a failed run: another attempt from `availableAt` on, or the end with an error. */
export type FailureOutcome<E> = { readonly availableAt: Date } | { readonly error: E | { readonly message: string } };

/** The error of a run that has not ended before its deadline. */
export const deadlineError = { message: "Workflow run deadline exceeded" } as const;

/** Decides what becomes of a run after a failed attempt, by its retry policy and its deadline. */
export function outcomeOf<E>(
  { initialInterval, maximumInterval, backoffCoefficient, maximumAttempts }: RetryPolicy,
  { attempts, deadlineAt, error }: { readonly attempts: number; readonly deadlineAt: Date | null; readonly error: E },
): FailureOutcome<E> {
  const now = Date.now();
  if (deadlineAt !== null && now >= deadlineAt.getTime()) return { error: deadlineError };
  // 0 means without a limit.
  if (maximumAttempts > 0 && attempts >= maximumAttempts) return { error };
  const delayMs = msOf(initialInterval) * backoffCoefficient ** Math.max(0, attempts - 1);
  const availableAt = new Date(now + Math.min(delayMs, msOf(maximumInterval)));
  return deadlineAt !== null && availableAt >= deadlineAt ? { error } : { availableAt };
}

/** A moment, or a limit that comes before it. */
export function earlierOf<T extends Date | null>(moment: T, limit: Date | null): T | Date {
  return moment !== null && limit !== null && limit < moment ? limit : moment;
}
