import { hintClaimable } from "../claims/hints.ts";
import { type Codec, decodeOptional } from "../core/codec.ts";
import { CorruptError } from "../core/errors.ts";
import { quote } from "../core/quote.ts";
import { encodeRescue, type Rescue, type RescueOptions } from "../jobs/jobs.ts";
import type { Session } from "../session/session.ts";
import { receiving } from "../telemetry/messaging.ts";
import { toTraceContext } from "../telemetry/trace-context.ts";
import type { ClaimedExecution } from "./claimed.ts";
import { claimPlan, claimWriteOf, encodeClaim, encodeExpiredError, type ExecutionClaimRequest } from "./claiming.ts";
import { toExecution } from "./execution.ts";
import { type ClaimExecutionsRow, rescueExecutions } from "./statements.generated.ts";

/** Claims executions, and brings back those that lost their holder. */
export interface ExecutionClaims {
  /**
   * Claims executions of queues that are not paused, by priority, group turn, time and order of creation, and returns each whole, with
   * its lease. Respects the limits of queues and groups, and skips executions that the caller is not capable of. Includes parked ones
   * whose time has come. Also includes those whose former lease expired, unless that was their last attempt: these fail. One statement,
   * which writes nothing to the execution unless `change` says so: else only transitions change its status. Concurrent claims that differ only in their limits share a
   * statement.
   */
  claim(request: ExecutionClaimRequest): Promise<readonly ClaimedExecution[]>;
  /**
   * Takes executions from holders whose leases have expired: they are claimable again, or fail after the last attempt. Claims do so for
   * their own queues, so only queues without claimers need it. Takes at most `limit` executions of each queue (1,000).
   */
  rescue(options?: RescueOptions): Promise<Rescue>;
}

/** The claims of a store's or a transaction's `executions`. */
export function claimsOf(session: Session): ExecutionClaims {
  return {
    claim: async (request) => {
      const encoded = encodeClaim(session.codec, request);
      // A call that may be given up is undone with its statement. Otherwise executions claimed for nobody would wait for their leases.
      const claim = async (): Promise<readonly ClaimedExecution[]> => {
        const rows =
          session.limited === undefined
            ? await session.write(claimWriteOf(encoded), encoded)
            : await session.run(claimPlan(encoded));
        session.count("executions.claimed", rows.length);
        return rows.map((row) => toClaimed(session.codec, row));
      };
      return receiving(() => encoded.queues, session.target, { receive: claim, messagesOf: (claimed) => claimed });
    },
    rescue: async (options) => {
      const plan = rescueExecutions({ ...encodeRescue(options), expiredError: encodeExpiredError(session.codec) });
      const { reclaimed, died, woken } = await session.run(plan);
      hintClaimable(session, woken ?? []);
      return { reclaimed, died };
    },
  };
}

/** An execution that cannot be decoded stays claimed until its lease expires. The error names it, so that it can be canceled. */
function toClaimed(codec: Codec, row: ClaimExecutionsRow): ClaimedExecution {
  try {
    const { token, leaseUntil, attempts, wasParked, wokenBy, step, key } = row;
    const payload = decodeOptional(codec, row.payload);
    const by = wokenBy ?? (key === null ? "moment" : "expiry");
    const wake = wasParked ? { by, step, key, payload, traceContext: toTraceContext(row.wakeTraceContext) } : null;
    const traceContext = toTraceContext(row.traceContext);
    return Object.assign(toExecution(codec, row), { token, leaseUntil, attempts, wake, traceContext });
  } catch (error) {
    if (!(error instanceof CorruptError)) throw error;
    throw new CorruptError(`A payload of execution ${quote(row.id)} cannot be decoded: cancel it, or see the cause.`, {
      cause: error,
      facts: { kind: "execution", id: row.id },
    });
  }
}
