import type { WakeReason } from "../core/enums.generated.ts";
import type { TraceContext } from "../telemetry/span-parts.ts";
import type { Execution } from "./execution.ts";

/** The right to act on an execution until a given time. Writes that carry the token fail once its holder has lost the lease. */
export interface Lease {
  /** Grows with every lease of the execution. */
  readonly token: number;
  readonly leaseUntil: Date;
}

/** A lease that is held now. */
export interface HeldLease extends Lease {
  /** null for a claim without a holder's name. */
  readonly holder: string | null;
}

/** The first event that woke a parked execution. */
export interface Wake {
  readonly by: WakeReason;
  /** The step and key of the wait that took the event or expired, and the event's payload; null and undefined if there is none. */
  readonly step: string | null;
  readonly key: string | null;
  readonly payload: unknown;
  /** The trace of the delivery or of the call that woke it; null without one. */
  readonly traceContext: TraceContext | null;
}

/** An execution with its claimer's lease. */
export interface ClaimedExecution extends Execution, Lease {
  /** The number of claims since it was created or last parked, this one included. */
  readonly attempts: number;
  /** What woke it. Each claim until the next park has it; null if it was never parked. */
  readonly wake: Wake | null;
  /** The trace that was active when it was created; null without one. */
  readonly traceContext: TraceContext | null;
}
