import { type HoldfastError, InvalidInputError } from "../core/errors.ts";
import { shorten } from "../core/quote.ts";
import { toHoldfastError } from "./failures.ts";

/** The SQLSTATEs that say what is wrong with a statement itself, unlike locks, limits, data and outages. */
const wrongStatement = /^(0A|0L|0P|20|21|24|25(?!006|P0)|26|27|2B|2D|34|38|39|3B|3D|3F|42|44|55(?!P03))/;

/**
 * The Holdfast error for a failure of the application's own SQL. Classes and facts are as for Holdfast's statements, but a missing table is
 * the application's, and no reason to migrate.
 */
export function applicationFailure(error: unknown): HoldfastError {
  const { code = "", message } = error instanceof Error ? (error as Error & { readonly code?: string }) : {};
  if (message === undefined || !/^[0-9A-Z]{5}$/.test(code) || !wrongStatement.test(code)) return toHoldfastError(error);
  const advice = code === "42501" ? "grant the role what it lacks" : "correct the statement";
  const words = shorten(message.replace(/\.$/, ""), 300);
  return new InvalidInputError(`PostgreSQL refused the statement (${words}): ${advice}.`, {
    cause: error,
    facts: { field: "text", sqlstate: code },
  });
}
