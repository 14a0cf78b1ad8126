import { InvalidInputError } from "holdfast/errors";

/** Writes any string as text that PostgreSQL keeps: a NUL, a lone surrogate or a quote becomes an escape of JSON. */
export function escaped(text: string, field: string): string {
  if (typeof text === "string") return JSON.stringify(text).slice(1, -1);
  throw new InvalidInputError(`${field} must be a string.`, { facts: { field } });
}

/** The most bytes of an execution's id. */
const idBytesMax = 255;

/** The id of the execution that a run is. */
export function idOf(runId: string): string {
  const id = escaped(runId, "runId");
  const bytes = Buffer.byteLength(id);
  if (bytes > 0 && bytes <= idBytesMax) return id;
  const what = bytes === 0 ? "is empty" : `has ${bytes} bytes when escaped, above the limit of ${idBytesMax}`;
  throw new InvalidInputError(`runId ${what}: use another.`, { facts: { field: "runId" } });
}

/** The string that an escaped text was. */
export function unescaped(text: string): string {
  return String(JSON.parse(`"${text}"`));
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

/** A moment as text, in whose order moments are. */
export function momentText(moment: number): string {
  return String(Math.min(Math.max(0, Math.floor(moment)), Number.MAX_SAFE_INTEGER)).padStart(16, "0");
}

/** A key of parts that are escaped: no escaped text holds the control character between them. */
export function keyOfParts(...parts: readonly string[]): string {
  return parts.join("\u0001");
}
