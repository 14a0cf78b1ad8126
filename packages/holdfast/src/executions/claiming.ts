import { checkLeaseMs, leaseMsDefault } from "../claims/claims.ts";
import type { Codec } from "../database/codec.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkInteger, checkOneOf, checkOptionalId } from "../database/input.ts";
import { combinePlans, mapPlan, type Plan } from "../database/plan.ts";
import type { Write } from "../database/session.ts";
import { checkCapabilities, checkQueues, claimLimitMax, type ClaimRequest } from "../jobs/jobs.ts";
import { claimExecutions, type ClaimExecutionsParameters, type ClaimExecutionsRow } from "./statements.generated.ts";

/** Which executions to claim, and for how long. */
export interface ExecutionClaimRequest extends ClaimRequest {
  /**
   * Where executions stand that lost their holder: "first", where they stood when they were claimed, and so before those that became
   * ready since; or "last", behind all of their rank that are ready now. "first" by default.
   */
  readonly expired?: "first" | "last" | undefined;
}

/** A claim, checked and encoded. */
export interface EncodedClaim extends ClaimExecutionsParameters {
  readonly limit: number;
}

type ClaimWrite = Write<EncodedClaim, readonly ClaimExecutionsRow[]>;

const claimRequest: Fields<ExecutionClaimRequest> = fieldsOf<ExecutionClaimRequest>({
  queues: true,
  limit: true,
  leaseMs: true,
  holder: true,
  capabilities: true,
  expired: true,
});

/** What is recorded with an execution whose lease ran out on its last attempt. */
const expiredError = {
  name: "LeaseExpired",
  message: "The lease of the last attempt ran out before its holder parked or ended it.",
};

/** That error, written by the store's codec. */
export function encodeExpiredError(codec: Codec): string {
  return codec.encode(expiredError, "error");
}

/** Checks and encodes a claim. */
export function encodeClaim(codec: Codec, request: ExecutionClaimRequest): EncodedClaim {
  const {
    queues,
    limit,
    leaseMs = leaseMsDefault,
    holder,
    capabilities,
    expired,
  } = claimRequest.read(request, "request");
  return {
    queues: checkQueues(queues),
    limit: checkInteger(limit, "limit", { min: 1, max: claimLimitMax }),
    leaseMs: checkLeaseMs(leaseMs),
    holder: checkOptionalId(holder, "holder"),
    capabilities: checkCapabilities(capabilities),
    expiredError: encodeExpiredError(codec),
    behind: checkOneOf(expired ?? "first", "expired", ["first", "last"]) === "last",
  };
}

/** The plan of one claim: its rows are in the order of the claim. */
export function claimPlan(claim: EncodedClaim): Plan<readonly ClaimExecutionsRow[]> {
  return mapPlan(claimExecutions(claim), (rows) => rows.toSorted((a, b) => a.position - b.position));
}

/**
 * The write of claims that differ in nothing but their limits: they are one statement, and each of them gets the next of what it found.
 * Other claims are of another kind. So they are in another flight, and flights of several stores lock queues in one order: by name,
 * each in one statement, as the last that they lock.
 */
export function claimWriteOf({ queues, leaseMs, holder, capabilities, behind }: EncodedClaim): ClaimWrite {
  return {
    name: `executions.claim ${JSON.stringify([queues, leaseMs, holder, capabilities, behind])}`,
    // Who claims writes to what it finds, and finds nothing of another's.
    keys: () => [],
    locks: () => ["queues"],
    plan: (claims) => {
      const { together, places } = addUp(claims);
      return mapPlan(combinePlans(together.map(claimPlan)), (found) =>
        claims.map(({ limit }, i) => {
          const { at, from } = places[i] as Place;
          return found[at]?.slice(from, from + limit) ?? [];
        }),
      );
    },
  };
}

/** Which of the statements claims for a caller, and how many it claims for others before. */
interface Place {
  readonly at: number;
  readonly from: number;
}

/** Adds up the limits of claims, as far as one statement may claim. */
function addUp(claims: readonly EncodedClaim[]): {
  readonly together: readonly EncodedClaim[];
  readonly places: readonly Place[];
} {
  const together: EncodedClaim[] = [];
  const places = claims.map((claim) => {
    const last = together.at(-1);
    const from = last !== undefined && last.limit + claim.limit <= claimLimitMax ? last.limit : 0;
    if (from > 0) together.pop();
    together.push({ ...claim, limit: from + claim.limit });
    return { at: together.length - 1, from };
  });
  return { together, places };
}
