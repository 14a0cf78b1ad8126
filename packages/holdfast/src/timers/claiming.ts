import { checkLeaseMs, leaseMsDefault } from "../claims/claims.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkInteger, checkOptionalId, pageLimitMax } from "../database/input.ts";
import { combinePlans, mapPlan } from "../database/plan.ts";
import type { Write } from "../database/session.ts";
import { claimTimers, type ClaimTimersParameters, type ClaimTimersRow } from "./statements.generated.ts";

/** How timers are claimed. */
export interface TimerClaimOptions {
  /** The most timers to claim, 1 to 1,000; 100 by default. */
  readonly limit?: number | undefined;
  /** How long the claimer has to acknowledge them or to send a heartbeat; 30,000 by default. */
  readonly leaseMs?: number | undefined;
  /** Names the claimer, for people who look at the timers. */
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

/** Checks how timers are to be claimed. */
export function encodeTimerClaim(request: TimerClaimOptions | undefined): EncodedTimerClaim {
  const { limit = claimLimitDefault, leaseMs = leaseMsDefault, holder } = claimRequest.readOptional(request, "request");
  return {
    limit: checkInteger(limit, "limit", { min: 1, max: pageLimitMax }),
    leaseMs: checkLeaseMs(leaseMs),
    holder: checkOptionalId(holder, "holder"),
  };
}

/**
 * The write that claims timers. Claimers who wait at the same time do not pass each other's rows by: one statement claims for all of
 * one holder and lease, and each of them gets the next of what it found, at most as many as asked for.
 */
export const claimWrite: Write<EncodedTimerClaim, readonly ClaimTimersRow[]> = {
  name: "timers.claim",
  // Who claims writes to what it finds, and finds nothing of another's.
  keys: () => [],
  plan: (claims) => {
    const { together, places } = gather(claims);
    return mapPlan(combinePlans(together.map(claimTimers)), (found) =>
      claims.map(({ limit }, i) => {
        const { at, from } = places[i] as Place;
        return found[at]?.slice(from, from + limit) ?? [];
      }),
    );
  },
};

/** Which of the statements claims for a caller, and how many it claims for others before. */
interface Place {
  readonly at: number;
  readonly from: number;
}

/** Adds up claims that differ in nothing but their limits, as far as one statement may claim. */
function gather(claims: readonly EncodedTimerClaim[]): {
  readonly together: readonly EncodedTimerClaim[];
  readonly places: readonly Place[];
} {
  const together: EncodedTimerClaim[] = [];
  const places = claims.map(({ limit, leaseMs, holder }) => {
    const fits = (other: EncodedTimerClaim): boolean =>
      other.leaseMs === leaseMs && other.holder === holder && other.limit + limit <= pageLimitMax;
    const found = together.findIndex(fits);
    const at = found < 0 ? together.length : found;
    const from = together[at]?.limit ?? 0;
    together[at] = { limit: from + limit, leaseMs, holder };
    return { at, from };
  });
  return { together, places };
}
