import type { WorkflowLease } from "@tanstack/workflow-runtime";
import { InvalidInputError } from "holdfast/errors";
import { checkMoment } from "./text.ts";

/** Who claims, until when, by the engine's clock. */
export interface LeaseArgs {
  readonly leaseOwner: string;
  readonly leaseMs: number;
  readonly now: number;
}

/** The lease that a claim gives. */
export function leaseOf({ leaseOwner: owner, leaseMs, now }: LeaseArgs): WorkflowLease {
  if (typeof owner !== "string") {
    throw new InvalidInputError("leaseOwner must be a string.", { facts: { field: "leaseOwner" } });
  }
  checkMoment(leaseMs, "leaseMs");
  return { owner, expiresAt: checkMoment(now, "now") + leaseMs };
}

/** Whether a claim may take what has this lease. An owner may claim again what it holds. */
export function isFree(
  lease: WorkflowLease | null | undefined,
  { leaseOwner, now }: Pick<LeaseArgs, "leaseOwner" | "now">,
): boolean {
  return !lease || lease.owner === leaseOwner || lease.expiresAt <= now;
}
