import type { LeftSchema } from "./schemas.ts";

/** What became of one case. */
export interface CaseResult {
  readonly subject: string;
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly elapsedMs: number;
  /** What a failed case threw. */
  readonly error: unknown;
  /** Why a case was skipped. */
  readonly reason: string | null;
}

/** What a run has found out. */
export interface ContractReport {
  /** What the server says about its version. */
  readonly serverVersion: string;
  /** One for each selected case, in the contract's order. */
  readonly results: readonly CaseResult[];
  readonly elapsedMs: number;
  /** Why the run ended before the last case: the database was lost, or the signal came. */
  readonly stopped: "unavailable" | "signal" | null;
  /** Schemas that are still there: kept, or not removable. */
  readonly leftSchemas: readonly LeftSchema[];
}
