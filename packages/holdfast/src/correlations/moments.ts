import { checkInstant, checkInteger, invalid } from "../database/input.ts";

/** The longest time to live: ten years. */
const ttlMsMax = 10 * 366 * 24 * 60 * 60 * 1000;

/** When a wait or an event expires: by the calendar, counted from the database's clock, or, where both are null, not at all. */
export interface Expiry {
  readonly at: Date | null;
  readonly ttlMs: number | null;
}

/** Checks an expiry that may be given in one of two ways, or not at all. */
export function checkExpiry(
  { expiresAt, ttlMs }: { readonly expiresAt?: Date | undefined; readonly ttlMs?: number | undefined },
  ttlMsMin: number,
): Expiry {
  if (expiresAt !== undefined && ttlMs !== undefined) {
    throw invalid("expiresAt", "and ttlMs are alternatives: give at most one of them");
  }
  return {
    at: expiresAt === undefined ? null : checkInstant(expiresAt, "expiresAt"),
    ttlMs: ttlMs === undefined ? null : checkInteger(ttlMs, "ttlMs", { min: ttlMsMin, max: ttlMsMax }),
  };
}
