import { checkLeaseMs, leaseMsDefault } from "../claims/claims.ts";
import { decodeClaimed, type Codec } from "../database/codec.ts";
import { checkId, checkInteger, checkObject, checkOptionalId, invalid } from "../database/input.ts";
import { mapPlan, type Plan } from "../database/plan.ts";
import type { ClaimedJob } from "./job.ts";
import { claimJobs } from "./statements.generated.ts";

/** Which jobs to claim, and for how long. */
export interface ClaimRequest {
  readonly queues: readonly string[];
  /** At most so many; from 1 to 1,000. */
  readonly limit: number;
  /** How long the claims last unless heartbeats prolong them; 30,000 by default. */
  readonly leaseMs?: number | undefined;
  /** Who claims, for people who look at the job. */
  readonly holder?: string | undefined;
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

/** The plan of a claim. */
export function claimPlan(codec: Codec, request: ClaimRequest): Plan<Claimed> {
  checkObject(request, "request");
  const { queues, limit, leaseMs = leaseMsDefault, holder } = request;
  const plan = claimJobs({
    queues: checkQueues(queues),
    limit: checkInteger(limit, "limit", { min: 1, max: claimLimitMax }),
    leaseMs: checkLeaseMs(leaseMs),
    holder: checkOptionalId(holder, "holder"),
    expiredError: encodeExpiredError(codec),
  });
  return mapPlan(plan, (rows) => {
    const jobs: ClaimedJob[] = [];
    const woken: string[] = [];
    for (const { state, leaseUntil, woken: queuesWoken, ...job } of rows) {
      if (state === "running" && leaseUntil !== null) {
        jobs.push({ ...job, leaseUntil, payload: decodeClaimed(codec, job, "job") });
      } else woken.push(...(queuesWoken ?? []));
    }
    return { jobs, woken };
  });
}

/** Names of queues, checked. */
export function checkQueues(queues: readonly string[]): readonly string[] {
  if (!Array.isArray(queues) || queues.length === 0) throw invalid("queues", "must be an array of at least one queue");
  if (queues.length > queuesMax) throw invalid("queues", `has ${queues.length} names, above the limit of ${queuesMax}`);
  return queues.map((queue, i) => checkId(queue, `queues[${i}]`));
}
