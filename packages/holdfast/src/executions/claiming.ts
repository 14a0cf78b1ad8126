import { checkLeaseMs, leaseMsDefault } from "../claims/claims.ts";
import { combineClaims } from "../claims/combined-claims.ts";
import type { Codec } from "../core/codec.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInteger, checkOneOf, checkOptionalId } from "../core/input.ts";
import { mapPlan, type Plan } from "../core/plan.ts";
import { encodeUsage, type Usage } from "../core/usage.ts";
import type { Write } from "../core/write.ts";
import { checkCapabilities, checkQueues, claimLimitMax, type ClaimRequest } from "../jobs/jobs.ts";
import {
  claimChanging,
  type ClaimChangingParameters,
  claimExecutions,
  type ClaimExecutionsRow,
} from "./statements.generated.ts";

/** Which executions to claim, and for how long. */
export interface ExecutionClaimRequest extends ClaimRequest {
  /**
   * Where an execution returns when its lease expires. "first" (the default) is the place where it was claimed, before those that became
   * ready since. "last" is behind all ready ones of its rank.
   */
  readonly expired?: "first" | "last" | undefined;
  /** What to write to each claimed execution. By default a claim writes nothing to it. */
  readonly change?: ClaimChange | undefined;
}

/** What a claim writes to the executions that it takes. It skips those that others have locked. */
export interface ClaimChange {
  /** "running" also says when an execution first ran. */
  readonly status?: "running" | undefined;
  /** Added to the counters. */
  readonly usage?: Usage | undefined;
}

/** A claim, checked and encoded. */
export interface EncodedClaim extends ClaimChangingParameters {
  readonly limit: number;
  /** Whether it writes to the executions that it takes. */
  readonly isChanging: boolean;
}

type ClaimWrite = Write<EncodedClaim, readonly ClaimExecutionsRow[]>;

const claimRequest: Fields<ExecutionClaimRequest> = fieldsOf<ExecutionClaimRequest>({
  queues: true,
  limit: true,
  leaseMs: true,
  holder: true,
  capabilities: true,
  expired: true,
  change: true,
});

const changeFields: Fields<ClaimChange> = fieldsOf<ClaimChange>({ status: true, usage: true });

/** The error of an execution whose lease expired on its last attempt. */
const expiredError = {
  name: "LeaseExpired",
  message: "The lease of the last attempt ran out before its holder parked or ended it.",
};

/** That error, encoded by the store's codec. */
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
    change,
  } = claimRequest.read(request, "request");
  return {
    queues: checkQueues(queues),
    limit: checkInteger(limit, "limit", { min: 1, max: claimLimitMax }),
    leaseMs: checkLeaseMs(leaseMs),
    holder: checkOptionalId(holder, "holder"),
    capabilities: checkCapabilities(capabilities),
    expiredError: encodeExpiredError(codec),
    expiredLast: checkOneOf(expired ?? "first", "expired", ["first", "last"]) === "last",
    ...encodeClaimChange(change),
  };
}

function encodeClaimChange(given: ClaimChange | undefined): Pick<EncodedClaim, "isChanging" | "status" | "usage"> {
  const { status, usage } = given === undefined ? {} : changeFields.readInner(given, "change");
  return {
    isChanging: status !== undefined || usage !== undefined,
    status: status === undefined ? null : checkOneOf(status, "change.status", ["running"] as const),
    usage: encodeUsage(usage),
  };
}

/** The plan of one claim. Its rows are in claim order. */
export function claimPlan(claim: EncodedClaim): Plan<readonly ClaimExecutionsRow[]> {
  const plan = claim.isChanging ? claimChanging(claim) : claimExecutions(claim);
  return mapPlan(plan, (rows) => rows.toSorted((a, b) => a.position - b.position));
}

/**
 * The write of claims that differ only in their limits. They share one statement, and each gets the next of its rows. Other claims are of
 * another kind, so they travel in another batch. Batches of several stores lock queues in one order: by name, each in one statement, and
 * last.
 */
export function claimWriteOf(claim: EncodedClaim): ClaimWrite {
  const { queues, leaseMs, holder, capabilities, expiredLast, status, usage } = claim;
  return {
    name: `executions.claim ${JSON.stringify([queues, leaseMs, holder, capabilities, expiredLast, status, usage])}`,
    // A claim writes only to rows that it finds, and skips rows that others hold.
    keys: () => [],
    locks: () => ["queues"],
    plan: (claims) => combineClaims(claims, { isAlike: () => true, limitMax: claimLimitMax, planOf: claimPlan }),
  };
}
