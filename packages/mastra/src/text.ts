import { createHash } from "node:crypto";
import { InvalidInputError } from "holdfast/errors";

/** Writes any string as text that PostgreSQL keeps: a NUL, a lone surrogate or a quote becomes an escape of JSON. */
export function escaped(text: string, field: string): string {
  if (typeof text === "string" && text !== "") return JSON.stringify(text).slice(1, -1);
  throw new InvalidInputError(`${field} must be a string that is not empty.`, { facts: { field } });
}

/** The most characters of a label's value. Longer ones are found by their digest. */
const labelCharsMax = 200;

/**
 * A value as that of a label, equal for equal values only. No escaped text holds a quote, so one marks what is no text.
 */
export function labelOf(value: unknown): string | number | boolean {
  if (typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value + 0;
  const text = typeof value === "string" ? JSON.stringify(value).slice(1, -1) : `"${canonical(value)}`;
  return text.length <= labelCharsMax ? text : `"sha256 ${createHash("sha256").update(text).digest("hex")}`;
}

/** JSON with the fields of objects in order, so that equal values have equal texts. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => {
    if (typeof each !== "object" || each === null || Array.isArray(each)) return each;
    return Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** A value as JSON has it: dates become texts, and what JSON has no word for is left out, as in Mastra's own stores. */
export function plain<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}

/** A moment that Mastra gives, as a Date or as text. */
export function momentOf(value: Date | string | undefined, field: string): Date | undefined {
  if (value === undefined) return undefined;
  const moment = new Date(value);
  if (!Number.isNaN(moment.getTime())) return moment;
  throw new InvalidInputError(`${field} must be a date.`, { facts: { field } });
}
