import { InvalidInputError } from "holdfast/errors";

/** Writes any string as text that PostgreSQL keeps: a NUL, a lone surrogate or a quote becomes an escape of JSON. */
export function escaped(text: string, field: string): string {
  if (typeof text === "string") return JSON.stringify(text).slice(1, -1);
  throw new InvalidInputError(`${field} must be a string.`, { facts: { field } });
}

/** A moment of the engine's clock: milliseconds. */
export function checkMoment(moment: number, field: string): number {
  if (Number.isFinite(moment)) return moment + 0;
  throw new InvalidInputError(`${field} must be a finite number of milliseconds.`, { facts: { field } });
}

/** How many things to claim or list at most. */
export function checkLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 0) return limit;
  throw new InvalidInputError("limit must be a whole number of at least 0.", { facts: { field: "limit" } });
}
