import type { RegisterWaitsRow } from "../correlations/waits.ts";
import type { TransitionResult } from "./input.ts";

/**
 * What a transition did, and the queues in which jobs became ready because of it. Payloads of events are still encoded: one that
 * cannot be decoded must not fail the transitions that travelled with it, which are committed.
 */
export interface AppliedTransition extends Omit<TransitionResult, "waits"> {
  readonly registered: readonly RegisterWaitsRow[];
  readonly woken: readonly string[];
  /** The queues in which it canceled jobs. Some of those may have been running. */
  readonly canceledIn: readonly string[];
  /** The queue of an execution that was parked. */
  readonly parkedIn: string | null;
}
