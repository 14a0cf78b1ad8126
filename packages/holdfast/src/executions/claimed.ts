import type { WakeReason } from "../database/enums.generated.ts";
import type { Execution } from "./execution.ts";

/** The right to act on an execution until a moment: writes that carry the token fail once it is not the holder's any more. */
export interface Lease {
  /** Grows with every lease of the execution. */
  readonly token: number;
  readonly leaseUntil: Date;
}

/** A lease that somebody holds. */
export interface HeldLease extends Lease {
  /** null for a claim that named nobody. */
  readonly holder: string | null;
}

/** What woke a parked execution: the first of what it waited for. */
export interface Wake {
  readonly by: WakeReason;
  /** The step of the wait that took the event, and the event's key and payload; null and undefined where no event woke it. */
  readonly step: string | null;
  readonly key: string | null;
  readonly payload: unknown;
}

/** An execution as it is, with the lease that its claimer has of it. */
export interface ClaimedExecution extends Execution, Lease {
  /** How many claims there were since it was created or last parked, this one included. */
  readonly attempts: number;
  /** What woke it, told to each claim until it parks again; null where it was never parked. */
  readonly wake: Wake | null;
}
