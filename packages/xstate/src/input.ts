import { InvalidInputError } from "holdfast/errors";

/** An error about an argument, named by its field. */
export function invalid(field: string, what: string): InvalidInputError {
  return new InvalidInputError(`${field} ${what}.`, { facts: { field } });
}

/** Checks that an argument is an object with known names only. `prefix` goes before the name in an error. */
export function checkFields(given: unknown, field: string, known: readonly string[], prefix = ""): void {
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw invalid(field, "must be an object");
  const other = Object.keys(given).find((name) => !known.includes(name));
  if (other === undefined) return;
  throw invalid(`${prefix}${other}`, `is not known in ${field}, which may have: ${known.join(", ")}`);
}
