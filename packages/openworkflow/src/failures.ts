import { HoldfastError } from "holdfast";

const refusals: ReadonlySet<string> = new Set(["lease_lost", "conflict", "not_found"]);

/** Gives refusals of the store in the engine's words, which its worker and its tests know. */
export async function orFail<T>(operation: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    const isRefused = cause instanceof HoldfastError && refusals.has(cause.code);
    throw isRefused ? new Error(`Failed to ${operation}`, { cause }) : cause;
  }
}

/** What the answer to a step has, because the step asked for it. */
export function certain<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new TypeError("The answer to a step lacks what the step asked for.");
  return value;
}
