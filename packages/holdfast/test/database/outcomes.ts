import type { HoldfastError } from "../../src/core/errors.ts";

/** The outcome of a call. */
export interface Outcome {
  readonly result?: unknown;
  readonly error?: unknown;
}

/** Waits for the outcome of a call, whether it fails or not. */
export async function outcomeOf(call: Promise<unknown>): Promise<Outcome> {
  try {
    return { result: await call };
  } catch (error) {
    const { code, message, facts } = error as HoldfastError;
    return { error: { code, message, facts } };
  }
}

/** The outcome of a call, without the values that differ from row to row. */
export function comparable(outcome: Outcome, id: string): string {
  return JSON.stringify(outcome, (key, value: unknown) => {
    if (/^(sequence|number|generation)$/.test(key)) return "";
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value !== "string") return value;
    return /^\d{4}-\d\d-\d\dT/.test(value) ? "a moment" : value.replaceAll(id, "ID");
  });
}
