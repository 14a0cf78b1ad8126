import { hintClaimable } from "../claims/hints.ts";
import { type Codec, decodeOptional } from "../database/codec.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkInteger } from "../database/input.ts";
import type { Session } from "../database/session.ts";
import { CorruptError } from "../errors.ts";
import { checkQueues, claimLimitMax, type Rescue } from "../jobs/jobs.ts";
import { quote } from "../quote.ts";
import type { ClaimedExecution } from "./claimed.ts";
import { claimPlan, claimWriteOf, encodeClaim, encodeExpiredError, type ExecutionClaimRequest } from "./claiming.ts";
import { toExecution } from "./execution.ts";
import { type ClaimExecutionsRow, rescueExecutions } from "./statements.generated.ts";

/** What was claimable is claimed, and what lost its holder comes back. */
export interface ExecutionClaims {
  /**
   * Takes executions of the queues that are not paused, by priority, turn of their groups, moment and order of creation, and gives them
   * whole, each with its lease: no more than the limits of queues and groups allow, and none that requires what the caller is not
   * capable of. Parked ones whose moment has come are among them, and those whose former lease ran out, unless that was their last
   * attempt: these fail. One statement, which writes nothing to the execution: its status is what transitions make it. Claims of concurrent
   * callers that differ in nothing but their limits are one statement too.
   */
  claim(request: ExecutionClaimRequest): Promise<readonly ClaimedExecution[]>;
  /**
   * Takes executions from holders whose leases have run out: claimable again, or failed after the last attempt. Claims do so too for
   * their own queues; this is for queues that nobody claims from. Takes at most `limit` executions of each queue (1,000).
   */
  rescue(options?: RescueOptions): Promise<Rescue>;
}

/** Where to look for executions that lost their holder. */
export interface RescueOptions {
  readonly queues?: readonly string[] | undefined;
  readonly limit?: number | undefined;
}

const rescueOptions: Fields<RescueOptions> = fieldsOf<RescueOptions>({ queues: true, limit: true });

/** The claims of a store's or a transaction's `executions`. */
export function claimsOf(session: Session): ExecutionClaims {
  return {
    claim: async (request) => {
      const encoded = encodeClaim(session.codec, request);
      // Where the call may end before its answer, it is undone with its statement: executions claimed for nobody would wait for a lease.
      const rows =
        session.limited === undefined
          ? await session.write(claimWriteOf(encoded), encoded)
          : await session.run(claimPlan(encoded));
      return rows.map((row) => toClaimed(session.codec, row));
    },
    rescue: async (options) => {
      const { queues, limit = claimLimitMax } = rescueOptions.readOptional(options, "options");
      const plan = rescueExecutions({
        queues: queues === undefined ? [] : checkQueues(queues),
        limit: checkInteger(limit, "limit", { min: 1, max: claimLimitMax }),
        expiredError: encodeExpiredError(session.codec),
      });
      const { reclaimed, died, woken } = await session.run(plan);
      hintClaimable(session, woken ?? []);
      return { reclaimed, died };
    },
  };
}

/** What cannot be decoded stays claimed until its lease runs out: the error names it, so that it can be canceled. */
function toClaimed(codec: Codec, row: ClaimExecutionsRow): ClaimedExecution {
  try {
    const { token, leaseUntil, attempts, wasParked, wokenBy, step, key } = row;
    const payload = decodeOptional(codec, row.payload);
    const wake = wasParked ? { by: wokenBy ?? "moment", step, key, payload } : null;
    return { ...toExecution(codec, row), token, leaseUntil, attempts, wake };
  } catch (error) {
    if (!(error instanceof CorruptError)) throw error;
    throw new CorruptError(`A payload of execution ${quote(row.id)} cannot be decoded: cancel it, or see the cause.`, {
      cause: error,
      facts: { kind: "execution", id: row.id },
    });
  }
}
