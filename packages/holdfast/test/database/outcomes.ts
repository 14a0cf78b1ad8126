import type { HoldfastError } from "../../src/errors.ts";

/** What a call came to. */
export interface Outcome {
  readonly result?: unknown;
  readonly error?: unknown;
}

/** What a call comes to, whether it fails or not. */
export async function outcomeOf(call: Promise<unknown>): Promise<Outcome> {
  try {
    return { result: await call };
  } catch (error) {
    const { code, message, facts } = error as HoldfastError;
    return { error: { code, message, facts } };
  }
}

/** What a call came to, without what is of the row alone. */
export function comparable(outcome: Outcome, id: string): string {
  return JSON.stringify(outcome, (key, value: unknown) => {
    if (/^(sequence|number|generation)$/.test(key)) return "";
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value !== "string") return value;
    return /^\d{4}-\d\d-\d\dT/.test(value) ? "a moment" : value.replaceAll(id, "ID");
  });
}
