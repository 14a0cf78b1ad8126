import { checkClaim, type Claim, claimColumns } from "../claims/claims.ts";
import { hintClaimable, hintEnded } from "../claims/hints.ts";
import type { JsonText } from "../core/codec.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInteger } from "../core/input.ts";
import { lockedByEnds } from "../core/lock-order.ts";
import { encodeError } from "../core/thrown.ts";
import type { Write } from "../core/write.ts";
import { delayMsMax } from "../jobs/jobs.ts";
import type { Session } from "../session/session.ts";
import { claimOfExecution } from "./leases.ts";
import { failExecutions, type FailExecutionsRow } from "./statements.generated.ts";

/** How an attempt failed. */
export interface AttemptFailure {
  /** Stored as the execution's error if the attempt was the last. */
  readonly error?: unknown;
  /** When it can be claimed again: after a second by default, doubled for each attempt, up to an hour. */
  readonly retryAfterMs?: number | undefined;
}

/** The outcome of a failed attempt. `lost`: the claim no longer holds, or the execution is in no queue. */
export type FailedAttempt =
  | { readonly outcome: "again"; readonly runAt: Date }
  | { readonly outcome: "failed" }
  | { readonly outcome: "lost" };

/** Ends attempts in failure. */
export interface FailedAttempts {
  /**
   * Ends an attempt at a claimed execution in failure. The execution can be claimed again from `runAt` on, with the attempt spent, or
   * fails after its last attempt. Changes nothing if the outcome is "lost".
   */
  fail(claim: Claim, failure?: AttemptFailure): Promise<FailedAttempt>;
}

const failureFields: Fields<AttemptFailure> = fieldsOf<AttemptFailure>({ error: true, retryAfterMs: true });

interface EncodedFailure extends Claim {
  readonly error: JsonText | null;
  readonly afterMs: number | null;
}

/** The `fail` of a store's or a transaction's `executions`. */
export function failingOf(session: Session): FailedAttempts {
  return {
    fail: async (claim, failure) => {
      const { error, retryAfterMs } = failureFields.readOptional(failure, "failure");
      const { outcome, queue, parentId, runAt } = await session.write(failExecution, {
        ...checkClaim(claimOfExecution, claim),
        error: encodeError(session.codec, error, "error"),
        afterMs:
          retryAfterMs === undefined ? null : checkInteger(retryAfterMs, "retryAfterMs", { min: 0, max: delayMsMax }),
      });
      if (outcome === "failed") hintEnded(session, { id: claim.id, status: "failed", parentId });
      else hintClaimable(session, [queue]);
      if (outcome === "again" && runAt !== null) return { outcome, runAt };
      return { outcome: outcome === "failed" ? "failed" : "lost" };
    },
  };
}

const failExecution: Write<EncodedFailure, FailExecutionsRow> = {
  name: "executions.fail",
  keys: ({ id }) => [`execution\0${id}`],
  locks: () => lockedByEnds,
  plan: (rows) =>
    failExecutions({
      ...claimColumns(rows),
      errors: rows.map((row) => row.error),
      afterMs: rows.map((row) => row.afterMs),
    }),
};
