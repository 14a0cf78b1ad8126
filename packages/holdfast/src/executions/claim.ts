import { checkLeaseMs, leaseMsDefault } from "../claims/claims.ts";
import { hintClaimable } from "../claims/hints.ts";
import { type Codec, decodeOptional } from "../database/codec.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkInteger, checkOneOf, checkOptionalId } from "../database/input.ts";
import { mapPlan, type Plan } from "../database/plan.ts";
import type { Session } from "../database/session.ts";
import { CorruptError } from "../errors.ts";
import { checkCapabilities, checkQueues, claimLimitMax, type ClaimRequest, type Rescue } from "../jobs/jobs.ts";
import { quote } from "../quote.ts";
import type { ClaimedExecution } from "./claimed.ts";
import { toExecution } from "./execution.ts";
import {
  claimExecutions,
  type ClaimExecutionsParameters,
  type ClaimExecutionsRow,
  claimPlainExecutions,
  rescueExecutions,
} from "./statements.generated.ts";

/** Which executions to claim, and for how long. */
export interface ExecutionClaimRequest extends ClaimRequest {
  /**
   * Where executions stand that lost their holder: "first", where they stood when they were claimed, and so before those that became
   * ready since; or "last", behind all of their rank that are ready now. "first" by default.
   */
  readonly expired?: "first" | "last" | undefined;
}

/** What was claimable is claimed, and what lost its holder comes back. */
export interface ExecutionClaims {
  /**
   * Takes executions of the queues that are not paused, by priority, turn of their groups, moment and order of creation, and gives them
   * whole, each with its lease: no more than the limits of queues and groups allow, and none that requires what the caller is not
   * capable of. Parked ones whose moment has come are among them, and those whose former lease ran out, unless that was their last
   * attempt: these fail. One statement, which writes nothing to the execution: its status is what transitions make it.
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

const claimRequest: Fields<ExecutionClaimRequest> = fieldsOf<ExecutionClaimRequest>({
  queues: true,
  limit: true,
  leaseMs: true,
  holder: true,
  capabilities: true,
  expired: true,
});

const rescueOptions: Fields<RescueOptions> = fieldsOf<RescueOptions>({ queues: true, limit: true });

/** What is recorded with an execution whose lease ran out on its last attempt. */
const expiredError = {
  name: "LeaseExpired",
  message: "The lease of the last attempt ran out before its holder parked or ended it.",
};

/** The claims of a store's or a transaction's `executions`. */
export function claimsOf(session: Session): ExecutionClaims {
  return {
    claim: async (request) => session.run(claimPlan(session.codec, request)),
    rescue: async (options) => {
      const { queues, limit = claimLimitMax } = rescueOptions.readOptional(options, "options");
      const plan = rescueExecutions({
        queues: queues === undefined ? [] : checkQueues(queues),
        limit: checkInteger(limit, "limit", { min: 1, max: claimLimitMax }),
        expiredError: session.codec.encode(expiredError, "error"),
      });
      const { reclaimed, died, woken } = await session.run(plan);
      hintClaimable(session, woken ?? []);
      return { reclaimed, died };
    },
  };
}

function claimPlan(codec: Codec, request: ExecutionClaimRequest): Plan<readonly ClaimedExecution[]> {
  const parameters = encodeRequest(codec, request);
  const { queues, capabilities, ...others } = parameters;
  const [queue = ""] = queues;
  const isPlain = queues.length === 1 && capabilities.length === 0;
  return mapPlan<readonly ClaimExecutionsRow[], readonly ClaimedExecution[]>(
    isPlain ? claimPlainExecutions({ queue, ...others }) : claimExecutions(parameters),
    (rows) => rows.toSorted((a, b) => a.position - b.position).map((row) => toClaimed(codec, row)),
  );
}

function encodeRequest(codec: Codec, request: ExecutionClaimRequest): ClaimExecutionsParameters {
  const {
    queues,
    limit,
    leaseMs = leaseMsDefault,
    holder,
    capabilities,
    expired,
  } = claimRequest.read(request, "request");
  return {
    queues: checkQueues(queues),
    limit: checkInteger(limit, "limit", { min: 1, max: claimLimitMax }),
    leaseMs: checkLeaseMs(leaseMs),
    holder: checkOptionalId(holder, "holder"),
    capabilities: checkCapabilities(capabilities),
    expiredError: codec.encode(expiredError, "error"),
    behind: checkOneOf(expired ?? "first", "expired", ["first", "last"]) === "last",
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
