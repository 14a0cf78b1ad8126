import { checkLeaseMs, leaseMsDefault } from "../claims/claims.ts";
import { decodeClaimed, type Codec } from "../database/codec.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkId, checkInteger, checkOptionalId, invalid } from "../database/input.ts";
import { checkEach } from "../database/items.ts";
import { combinePlans, mapPlan, type Plan } from "../database/plan.ts";
import type { Session, Write } from "../database/session.ts";
import type { ClaimedJob } from "./job.ts";
import { checkCapabilities } from "./route.ts";
import { claimJobs, type ClaimJobsParameters, type ClaimJobsRow, claimPlainJobs } from "./statements.generated.ts";

/** Which jobs to claim, and for how long. */
export interface ClaimRequest {
  readonly queues: readonly string[];
  /** At most so many; from 1 to 1,000. */
  readonly limit: number;
  /** How long the claims last unless heartbeats prolong them; 30,000 by default. */
  readonly leaseMs?: number | undefined;
  /** Who claims, for people who look at the job. */
  readonly holder?: string | undefined;
  /** What the claimer is capable of: jobs that require anything else are left to others. */
  readonly capabilities?: readonly string[] | undefined;
}

/** What a claim brought: the jobs in order, and the queues in which jobs became ready because others ended dead. */
export interface Claimed {
  readonly jobs: readonly ClaimedJob[];
  readonly woken: readonly string[];
}

/** The most jobs of one claim and of one rescue: more would hold row locks for long. */
export const claimLimitMax = 1000;
const queuesMax = 1000;

/** What is recorded with a job whose lease ran out on its last attempt. */
const expiredError = {
  name: "LeaseExpired",
  message: "The lease of the last attempt ran out before the job was acknowledged.",
};

/** That error, written by the store's codec. */
export function encodeExpiredError(codec: Codec): string {
  return codec.encode(expiredError, "error");
}

/** The most jobs of a claim that may travel with other calls, for these wait until it is done. */
const togetherMax = 200;

/**
 * Claims jobs, in one statement. One queue and no capabilities are the usual claim, which looks first whether something else is to be
 * done in the queue.
 */
export async function claimJobsOf(session: Session, request: ClaimRequest): Promise<Claimed> {
  const { codec } = session;
  const parameters = checkClaimRequest(codec, request);
  // Where the call may end before its answer, it is undone with its statement: jobs claimed for nobody would wait for a lease.
  return session.limited === undefined && parameters.limit <= togetherMax
    ? session.write(claimWrite, { codec, parameters })
    : session.run(claimPlan(codec, parameters));
}

/** The write of claims. One that finds a dead job settles what comes after it. */
const claimWrite: Write<{ readonly codec: Codec; readonly parameters: ClaimJobsParameters }, Claimed> = {
  name: "jobs.claim",
  // Who claims writes to what it finds, and finds nothing of another's.
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
    (rows) => ({
      jobs: rows.toSorted((a, b) => a.position - b.position).flatMap((row) => toClaimed(codec, row) ?? []),
      woken: rows.flatMap((row) => row.woken ?? []),
    }),
  );
}

function toClaimed(codec: Codec, row: ClaimJobsRow): ClaimedJob | null {
  const { id } = row;
  if (id === null) return null;
  // In one literal, which takes a third of the memory of one that is made out of the row's rest.
  return {
    id,
    token: row.token,
    queue: row.queue,
    priority: row.priority,
    attempts: row.attempts,
    maxAttempts: row.maxAttempts,
    leaseUntil: row.leaseUntil,
    runAt: row.runAt,
    createdAt: row.createdAt,
    executionId: row.executionId,
    payload: decodeClaimed(codec, { id, payload: row.payload }, "job"),
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

/** Names of queues, checked. */
export function checkQueues(queues: readonly string[]): readonly string[] {
  const names = checkEach(queues, "queues", checkId, queuesMax);
  if (names.length === 0) throw invalid("queues", "is empty: name at least one queue");
  return names;
}
