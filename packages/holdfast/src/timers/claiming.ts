import { checkLeaseMs, leaseMsDefault } from "../claims/claims.ts";
import { combineClaims } from "../claims/combined-claims.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInteger, checkOptionalId, pageLimitMax } from "../core/input.ts";
import type { Write } from "../core/write.ts";
import { claimTimers, type ClaimTimersParameters, type ClaimTimersRow } from "./statements.generated.ts";

/** Options of a claim of timers. */
export interface TimerClaimOptions {
  /** The most timers to claim, 1 to 1,000; 100 by default. */
  readonly limit?: number | undefined;
  /** How long the claimer has to acknowledge them or to send a heartbeat; 30,000 by default. */
  readonly leaseMs?: number | undefined;
  /** The claimer's name, for people who inspect the timers. */
  readonly holder?: string | undefined;
}

/** A claim of timers, checked. */
export interface EncodedTimerClaim extends ClaimTimersParameters {
  readonly limit: number;
  readonly leaseMs: number;
}

const claimRequest: Fields<TimerClaimOptions> = fieldsOf<TimerClaimOptions>({
  limit: true,
  leaseMs: true,
  holder: true,
});

const claimLimitDefault = 100;

/** Checks the options of a claim. */
export function encodeTimerClaim(request: TimerClaimOptions | undefined): EncodedTimerClaim {
  const { limit = claimLimitDefault, leaseMs = leaseMsDefault, holder } = claimRequest.readOptional(request, "request");
  return {
    limit: checkInteger(limit, "limit", { min: 1, max: pageLimitMax }),
    leaseMs: checkLeaseMs(leaseMs),
    holder: checkOptionalId(holder, "holder"),
  };
}

/**
 * Claims timers. Concurrent claimers must not pass over each other's rows. So one statement claims for all of one holder and lease. Each
 * of them gets the next of its rows, at most as many as it asked for.
 */
export const claimWrite: Write<EncodedTimerClaim, readonly ClaimTimersRow[]> = {
  name: "timers.claim",
  // A claim writes only to rows that it finds, and skips rows that others hold.
  keys: () => [],
  plan: (claims) =>
    combineClaims(claims, {
      isAlike: (one, other) => one.leaseMs === other.leaseMs && one.holder === other.holder,
      limitMax: pageLimitMax,
      planOf: claimTimers,
    }),
};
