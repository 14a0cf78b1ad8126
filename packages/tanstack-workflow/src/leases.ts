import type { WorkflowLease } from "@tanstack/workflow-runtime";
import { checkMoment } from "./text.ts";

/** Who claims, until when, by the engine's clock. */
export interface LeaseArgs {
  readonly leaseOwner: string;
  readonly leaseMs: number;
  readonly now: number;
}

/** The lease that a claim gives. */
export function leaseOf({ leaseOwner: owner, leaseMs, now }: LeaseArgs): WorkflowLease {
  return { owner, expiresAt: checkMoment(now + leaseMs, "now + leaseMs") };
}

/** Whether a claim may take what has this lease. An owner may claim again what it holds. */
export function isFree(
  lease: WorkflowLease | null | undefined,
  { leaseOwner, now }: Pick<LeaseArgs, "leaseOwner" | "now">,
): boolean {
  return !lease || lease.owner === leaseOwner || lease.expiresAt <= now;
}
