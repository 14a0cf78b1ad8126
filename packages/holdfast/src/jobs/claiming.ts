import { checkClaims, checkHeartbeat, type Claim, claimColumns, type HeartbeatOptions } from "../claims/claims.ts";
import { emitExpired } from "../claims/events.ts";
import { hintQueues } from "../claims/hints.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { batchItemsMax, checkInteger } from "../core/input.ts";
import { mapPlan } from "../core/plan.ts";
import type { Session } from "../session/session.ts";
import { receiving } from "../telemetry/messaging.ts";
import { checkQueues, claimJobsOf, claimLimitMax, type ClaimRequest, encodeExpiredError } from "./claim.ts";
import { type ClaimedJob, jobClaim } from "./job.ts";
import { endFatal, hintFailed } from "./owners.ts";
import type { PayloadOf, QueueName } from "./queue-definition.ts";
import { heartbeatJobs, rescueJobs } from "./statements.generated.ts";

/** Claims of jobs. */
export interface JobClaims {
  /**
   * Claims jobs of queues that are not paused, by priority, group turn, time and push order. The jobs are the caller's until their leases
   * expire. Respects the limits of queues and groups, and skips jobs that the caller is not capable of. Jobs whose former lease ran out
   * are among them, unless that was their last attempt: those end dead.
   *
   * Payloads are as they were pushed: only a worker reads them by the schema of a defined queue.
   */
  claim<const Queues extends readonly QueueName[]>(
    request: ClaimRequest<Queues>,
  ): Promise<readonly ClaimedJob<PayloadOf<Queues[number]>>[]>;
  /** Renews leases from now on, in one statement for all of a process. Returns the new end of each; null for a lost claim. */
  heartbeat(claims: readonly Claim[], options?: HeartbeatOptions): Promise<readonly (Date | null)[]>;
  /**
   * Takes jobs from holders whose leases have expired: they are ready again, or dead after the last attempt. Claims do so for their own
   * queues, so only queues without claimers need it. Takes at most `limit` jobs a call (1,000).
   */
  rescue(options?: RescueOptions): Promise<Rescue>;
}

/** Where to look for expired leases. */
export interface RescueOptions {
  /** All queues by default. */
  readonly queues?: readonly QueueName[] | undefined;
  readonly limit?: number | undefined;
}

/** What became of jobs whose leases had expired. */
export interface Rescue {
  /** How many are ready again. */
  readonly reclaimed: number;
  /** How many are dead, because that was their last attempt. */
  readonly died: number;
}

const rescueOptions: Fields<RescueOptions> = fieldsOf<RescueOptions>({ queues: true, limit: true });

/** Checked rescue options. */
interface EncodedRescue {
  readonly queues: readonly string[];
  readonly limit: number;
}

/** Checks the options of a rescue. No queues means all of them. */
export function encodeRescue(options: RescueOptions | undefined): EncodedRescue {
  const { queues, limit = claimLimitMax } = rescueOptions.readOptional(options, "options");
  return {
    queues: queues === undefined ? [] : checkQueues(queues),
    limit: checkInteger(limit, "limit", { min: 1, max: claimLimitMax }),
  };
}

/** The claims of a store's or a transaction's `jobs`. */
export function claimingOf(session: Session): JobClaims {
  const { codec } = session;
  const endLost = async (queues: readonly string[], limit: number): Promise<number> => {
    const ended = await endFatal(session, { codec, queues, limit });
    hintFailed(session, ended);
    emitExpired(session, ended.died);
    return ended.died.length;
  };
  const endAside = endingAside(endLost);
  return {
    claim: async <Queues extends readonly QueueName[]>(request: ClaimRequest<Queues>) => {
      const claimed = await receiving(() => request.queues, session.target, {
        receive: () => claimJobsOf(session, request),
        messagesOf: ({ jobs }) => jobs,
      });
      const { jobs, woken, fatal, died } = claimed;
      session.count("jobs.claimed", jobs.length);
      hintQueues(session, woken);
      emitExpired(session, died);
      if (!session.isTransaction) endAside(fatal);
      // Their queues' definitions say what was pushed.
      return jobs as readonly ClaimedJob<PayloadOf<Queues[number]>>[];
    },
    heartbeat: async (claims, options) => {
      const leaseMs = checkHeartbeat(options);
      const checked = checkClaims(jobClaim, claims, "claims", batchItemsMax);
      if (checked.length === 0) return [];
      const held = heartbeatJobs({ ...claimColumns(checked), leaseMs });
      return session.run(mapPlan(held, (rows) => rows.map((row) => row.leaseUntil)));
    },
    rescue: async (options) => {
      const where = encodeRescue(options);
      const rescued = await session.run(rescueJobs({ ...where, expiredError: encodeExpiredError(codec) }));
      hintQueues(
        session,
        rescued.flatMap(({ queue, woken }) => [queue, ...woken]),
      );
      const died = rescued.flatMap((each) => each.died);
      emitExpired(session, died);
      const left = rescued.flatMap(({ queue, areLeft }) => (areLeft ? [queue] : []));
      const fatal = left.length === 0 ? 0 : await endLost(left, where.limit);
      return { reclaimed: rescued.reduce((sum, each) => sum + each.reclaimed, 0), died: died.length + fatal };
    },
  };
}

/**
 * Ends lost jobs whose executions fail with them, after the claim that saw them has returned. A claim must not wait for a held execution.
 * A later claim sees the remaining ones again.
 */
function endingAside(
  endLost: (queues: readonly string[], limit: number) => Promise<number>,
): (queues: readonly string[]) => void {
  const underWay = new Set<string>();
  return (fatal) => {
    const queues = fatal.filter((queue) => !underWay.has(queue));
    if (queues.length === 0) return;
    for (const queue of queues) underWay.add(queue);
    const done = (): void => {
      for (const queue of queues) underWay.delete(queue);
    };
    endLost(queues, claimLimitMax).then(done, done);
  };
}
