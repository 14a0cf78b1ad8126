import { checkLeaseMs, leaseMsDefault } from "../claims/claims.ts";
import { type Codec, decodeClaimed } from "../core/codec.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInteger, checkOptionalId, invalid } from "../core/input.ts";
import { checkEach } from "../core/items.ts";
import { combinePlans, mapPlan, type Plan } from "../core/plan.ts";
import type { Write } from "../core/write.ts";
import type { Session } from "../session/session.ts";
import { toTraceContext } from "../telemetry/trace-context.ts";
import type { ClaimedJob } from "./job.ts";
import { checkQueue, type QueueName } from "./queue-definition.ts";
import { checkCapabilities } from "./route.ts";
import { claimJobs, type ClaimJobsParameters, type ClaimJobsRow, claimPlainJobs } from "./statements.generated.ts";

/** Which jobs to claim, and for how long. */
export interface ClaimRequest<Queues extends readonly QueueName[] = readonly QueueName[]> {
  readonly queues: Queues;
  /** The most jobs to claim, from 1 to 1,000. */
  readonly limit: number;
  /** How long the claims last without a heartbeat; 30,000 by default. */
  readonly leaseMs?: number | undefined;
  /** The claimer's name, for people who inspect the job. */
  readonly holder?: string | undefined;
  /** What the claimer is capable of. Jobs that require anything else are left to others. */
  readonly capabilities?: readonly string[] | undefined;
}

/** The result of a claim: the jobs in order, and the fate of lost ones. */
export interface Claimed {
  readonly jobs: readonly ClaimedJob[];
  /** Queues in which jobs became ready because others died. */
  readonly woken: readonly string[];
  /** Queues with lost jobs whose executions fail with them. */
  readonly fatal: readonly string[];
  /** Lost jobs that have just died. */
  readonly died: readonly string[];
}

/** The most jobs of one claim or rescue. More would hold row locks for long. */
export const claimLimitMax = 1000;
const queuesMax = 1000;

/** The error of a job whose lease expired on its last attempt. */
const expiredError = {
  name: "LeaseExpired",
  message: "The lease ran out before the job was acknowledged.",
};

/** That error, encoded by the store's codec. */
export function encodeExpiredError(codec: Codec): string {
  return codec.encode(expiredError, "error");
}

/** The most jobs of a claim that shares a round trip, because the other calls wait until it is done. */
const togetherMax = 200;

/**
 * Claims jobs in one statement. The usual claim is of one queue without capabilities; it first checks whether the queue needs anything
 * else.
 */
export async function claimJobsOf(session: Session, request: ClaimRequest): Promise<Claimed> {
  const { codec } = session;
  const parameters = checkClaimRequest(codec, request);
  // A call that may be given up is undone with its statement. Otherwise jobs claimed for nobody would wait for their leases.
  return session.limited === undefined && parameters.limit <= togetherMax
    ? session.write(claimWrite, { codec, parameters })
    : session.run(claimPlan(codec, parameters));
}

/** The write of claims. If it finds a dead job, it settles the jobs after it. */
const claimWrite: Write<{ readonly codec: Codec; readonly parameters: ClaimJobsParameters }, Claimed> = {
  name: "jobs.claim",
  // A claim writes only to rows that it finds, and skips rows that others hold.
  keys: () => [],
  locks: () => ["jobs", "queues"],
  isUrgent: true,
  plan: (claims) => combinePlans(claims.map(({ codec, parameters }) => claimPlan(codec, parameters))),
};

function claimPlan(codec: Codec, parameters: ClaimJobsParameters): Plan<Claimed> {
  const { queues, capabilities, ...others } = parameters;
  const [queue = ""] = queues;
  const isPlain = queues.length === 1 && capabilities.length === 0;
  return mapPlan<readonly ClaimJobsRow[], Claimed>(
    isPlain ? claimPlainJobs({ queue, ...others }) : claimJobs(parameters),
    (rows) => {
      const notices = rows.filter((row) => row.id === null);
      return {
        jobs: rows.toSorted((a, b) => a.position - b.position).flatMap((row) => toClaimed(codec, row) ?? []),
        woken: notices.flatMap((row) => row.woken ?? []),
        fatal: notices.flatMap((row) => (row.woken === null ? [row.queue] : [])),
        died: notices.flatMap((row) => row.died ?? []),
      };
    },
  );
}

function toClaimed(codec: Codec, row: ClaimJobsRow): ClaimedJob | null {
  const { id } = row;
  if (id === null) return null;
  // One literal takes a third of the memory of one that spreads the rest of the row.
  return {
    id,
    token: row.token,
    queue: row.queue,
    priority: row.priority,
    attempts: row.attempts,
    maxAttempts: row.maxAttempts,
    timeoutMs: row.timeoutMs,
    queueTimeoutMs: row.queueTimeoutMs,
    leaseUntil: row.leaseUntil,
    runAt: row.runAt,
    createdAt: row.createdAt,
    executionId: row.executionId,
    payload: decodeClaimed(codec, { id, payload: row.payload }, "job"),
    traceContext: toTraceContext(row.traceContext),
  };
}

const claimRequest: Fields<ClaimRequest> = fieldsOf<ClaimRequest>({
  queues: true,
  limit: true,
  leaseMs: true,
  holder: true,
  capabilities: true,
});

function checkClaimRequest(codec: Codec, request: ClaimRequest): ClaimJobsParameters {
  const { queues, limit, leaseMs = leaseMsDefault, holder, capabilities } = claimRequest.read(request, "request");
  return {
    queues: checkQueues(queues),
    limit: checkInteger(limit, "limit", { min: 1, max: claimLimitMax }),
    leaseMs: checkLeaseMs(leaseMs),
    holder: checkOptionalId(holder, "holder"),
    capabilities: checkCapabilities(capabilities),
    expiredError: encodeExpiredError(codec),
  };
}

/** Checks the names of queues. */
export function checkQueues(queues: readonly QueueName[]): readonly string[] {
  const names = checkEach(queues, "queues", checkQueue, queuesMax);
  if (names.length === 0) throw invalid("queues", "is empty: name at least one queue");
  return names;
}
