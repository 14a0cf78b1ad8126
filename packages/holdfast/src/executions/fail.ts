import { checkClaim, type Claim, claimColumns } from "../claims/claims.ts";
import { hintClaimable, hintEnded } from "../claims/hints.ts";
import type { JsonText } from "../database/codec.ts";
import { encodeError } from "../database/describe-error.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkInteger } from "../database/input.ts";
import { lockedByEnds } from "../database/lock-order.ts";
import type { Session, Write } from "../database/session.ts";
import { delayMsMax } from "../jobs/jobs.ts";
import { claimOfExecution } from "./leases.ts";
import { failExecutions, type FailExecutionsRow } from "./statements.generated.ts";

/** How an attempt failed. */
export interface AttemptFailure {
  /** Kept as the execution's error if the attempt was the last. */
  readonly error?: unknown;
  /** When it can be claimed again: after a second by default, and after twice as long for each attempt, up to an hour. */
  readonly retryAfterMs?: number | undefined;
}

/** Ends attempts badly. */
export interface FailedAttempts {
  /**
   * Ends an attempt at a claimed execution badly. The execution can be claimed again later, with the attempt spent, or fails after its last
   * attempt. Answers "lost", and changes nothing, if the claim no longer holds or the execution is in no queue.
   */
  fail(claim: Claim, failure?: AttemptFailure): Promise<"again" | "failed" | "lost">;
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
      const { outcome, queue, parentId } = await session.write(failExecution, {
        ...checkClaim(claimOfExecution, claim),
        error: encodeError(session.codec, error, "error"),
        afterMs:
          retryAfterMs === undefined ? null : checkInteger(retryAfterMs, "retryAfterMs", { min: 0, max: delayMsMax }),
      });
      if (outcome === "failed") hintEnded(session, { status: "failed", parentId });
      else hintClaimable(session, [queue]);
      return outcome === "failed" || outcome === "again" ? outcome : "lost";
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
