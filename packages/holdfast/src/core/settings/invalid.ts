import { InvalidInputError } from "../errors.ts";
import { fieldCharsMax, shorten } from "../quote.ts";

/**
 * The error for one wrong setting. `label` names it as its author wrote it (an option, a URL parameter, a variable). `problem` follows as
 * "is …: do …" and never quotes a text value, because any text may hold a misplaced password.
 */
export function invalidSetting(label: string, problem: string, cause?: unknown): InvalidInputError {
  const field = shorten(label, fieldCharsMax);
  return new InvalidInputError(`${field} ${problem}`, { facts: { field }, cause });
}
