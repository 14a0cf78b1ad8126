import { InvalidInputError } from "../../errors.ts";

/**
 * The error for one wrong setting. `label` names it as its author wrote it (an option, a URL parameter, a variable).
 * `problem` follows as "is …: do …" and never quotes a text value, for any text may hold a misplaced password.
 */
export function invalidSetting(label: string, problem: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError(`${label} ${problem}`, { facts: { field: label }, cause });
}
