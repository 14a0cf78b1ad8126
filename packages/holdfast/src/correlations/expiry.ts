import { checkInstant, checkInteger, invalid } from "../core/input.ts";

/** The longest time to live: ten years. */
const ttlMsMax = 10 * 366 * 24 * 60 * 60 * 1000;

/** When a wait or an event expires: at a time, after a delay by the database's clock, or never if both are null. */
export interface Expiry {
  readonly at: Date | null;
  readonly ttlMs: number | null;
}

/** Checks an expiry, which may be given in one of two ways or not at all. */
export function checkExpiry(
  { expiresAt, ttlMs }: { readonly expiresAt?: Date | undefined; readonly ttlMs?: number | undefined },
  ttlMsMin: number,
  within = "",
): Expiry {
  if (expiresAt !== undefined && ttlMs !== undefined) {
    throw invalid(`${within}expiresAt`, "and ttlMs are alternatives: give at most one of them");
  }
  return {
    at: expiresAt === undefined ? null : checkInstant(expiresAt, `${within}expiresAt`),
    ttlMs: ttlMs === undefined ? null : checkInteger(ttlMs, `${within}ttlMs`, { min: ttlMsMin, max: ttlMsMax }),
  };
}
