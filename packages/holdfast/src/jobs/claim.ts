import { checkLeaseMs, leaseMsDefault } from "../claims/claims.ts";
import { decodeClaimed, type Codec } from "../database/codec.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkId, checkInteger, checkOptionalId, invalid } from "../database/input.ts";
import { checkEach } from "../database/items.ts";
import { combinePlans, mapPlan, type Plan } from "../database/plan.ts";
import type { Session } from "../database/session.ts";
import type { ClaimedJob } from "./job.ts";
import { checkCapabilities } from "./route.ts";
import {
  claimJobs,
  type ClaimJobsParameters,
  claimLimitedJobs,
  type ClaimLimitedJobsRow,
  claimPlainJobs,
  type ClaimPlainJobsRow,
  lockLimitedQueues,
  readyDueJobs,
} from "./statements.generated.ts";

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

/**
 * To which statement the claims of queues with limits were left, and until when they go there at once: to be refused first would cost
 * each a round trip. Both keep limits, so that nothing but that is lost where the queue's have changed meanwhile.
 */
export type Refusals = Map<string, { readonly leftTo: string; readonly until: number }>;

const refusalMs = 1000;

/** Of how many queues that is kept. */
const refusalsMax = 1000;

/**
 * Claims jobs. Where that is simple, a statement that is made for it does, and says which other it is left to where it is not. Where
 * one of the queues has limits, its claims follow each other under a lock; where groups have them, the statements for that are
 * repeated while groups of jobs are left to be looked at.
 */
export async function claimJobsOf(session: Session, request: ClaimRequest, refusals: Refusals): Promise<Claimed> {
  const parameters = checkClaimRequest(session.codec, request);
  let portion = await claimFirst(session, parameters, refusals);
  let { jobs } = portion;
  const woken = [...portion.woken];
  for (let turns = 0; portion.isPartial && jobs.length < parameters.limit && turns < turnsMax; turns++) {
    const limit = parameters.limit - jobs.length;
    portion = await session.run(limitedPlan(session.codec, { ...parameters, limit, isDeep: turns > 0 }));
    jobs = withoutFormer(jobs, portion.jobs);
    woken.push(...portion.woken);
  }
  return { jobs, woken };
}

/** Of a job whose lease ran out between two statements, and which both claimed, only the latter claim holds. */
function withoutFormer(former: readonly ClaimedJob[], latter: readonly ClaimedJob[]): readonly ClaimedJob[] {
  const again = new Set(latter.map(({ id }) => id));
  return [...former.filter(({ id }) => !again.has(id)), ...latter];
}

/** Several queues, whose jobs are put in one order, and capabilities, which bring jobs of several routes, are never simple. */
async function claimFirst(session: Session, parameters: ClaimParameters, refusals: Refusals): Promise<Portion> {
  const { codec } = session;
  if (parameters.queues.length > 1 || parameters.capabilities.length > 0) {
    return session.run(claimPlan(codec, parameters));
  }
  let portion = await claimPlain(session, parameters, refusals);
  if (portion.leftTo === "lock_limited_queues") {
    const plans = [lockLimitedQueues(parameters), plainPlan(codec, parameters, true)] as const;
    portion = await session.run(mapPlan(combinePlans(plans), ([, plain]) => plain));
  }
  return portion.leftTo === "claim_jobs" ? session.run(claimPlan(codec, parameters)) : portion;
}

async function claimPlain(session: Session, parameters: ClaimParameters, refusals: Refusals): Promise<PlainPortion> {
  const [queue = ""] = parameters.queues;
  const { leftTo: known, until } = refusals.get(queue) ?? { leftTo: null, until: 0 };
  if (performance.now() < until) return { jobs: [], woken: [], isPartial: true, leftTo: known };
  const portion = await session.run(plainPlan(session.codec, parameters, false));
  const { leftTo } = portion;
  if (leftTo === null || leftTo === "claim_jobs") refusals.delete(queue);
  else {
    if (refusals.size >= refusalsMax) refusals.clear();
    refusals.set(queue, { leftTo, until: performance.now() + refusalMs });
  }
  return portion;
}

/** The most statements of one claim: what is left then is found by the next. */
const turnsMax = 10;

interface Portion extends Claimed {
  /** Whether there may be more, for the claim of queues with limits. */
  readonly isPartial: boolean;
}

/** One that may be left to another statement. */
interface PlainPortion extends Portion {
  readonly leftTo: string | null;
}

type ClaimParameters = ClaimJobsParameters & { readonly limit: number };

function plainPlan(
  codec: Codec,
  { queues, limit, leaseMs, holder }: ClaimParameters,
  isLocked: boolean,
): Plan<PlainPortion> {
  const [queue = ""] = queues;
  return mapPlan(claimPlainJobs({ queue, limit, leaseMs, holder, isLocked }), (rows) => ({
    ...toPortion(
      codec,
      rows.toSorted((a, b) => a.position - b.position),
      queue,
    ),
    woken: [],
    leftTo: rows[0]?.leftTo ?? null,
  }));
}

function claimPlan(codec: Codec, parameters: ClaimParameters): Plan<Portion> {
  return mapPlan(claimJobs(parameters), (rows) => ({
    ...toPortion(codec, rows),
    woken: rows.flatMap((row) => row.woken ?? []),
  }));
}

function limitedPlan(codec: Codec, parameters: ClaimParameters & { readonly isDeep: boolean }): Plan<Portion> {
  const plans = [lockLimitedQueues(parameters), readyDueJobs(parameters), claimLimitedJobs(parameters)] as const;
  return mapPlan(combinePlans(plans), ([, { woken }, rows]) => ({ ...toPortion(codec, rows), woken: woken ?? [] }));
}

/** `queue` is that of all rows, where they do not tell it. */
function toPortion(
  codec: Codec,
  rows: readonly (ClaimLimitedJobsRow | ClaimPlainJobsRow)[],
  queue?: string,
): Pick<Portion, "jobs" | "isPartial"> {
  const jobs: ClaimedJob[] = [];
  let isPartial = false;
  for (const row of rows) {
    if (row.state === "ready") isPartial = true;
    if (row.state !== "running" || row.leaseUntil === null) continue;
    // In one literal, which takes a third of the memory of one that is made out of the row's rest.
    jobs.push({
      id: row.id,
      token: row.token,
      queue: queue ?? ("queue" in row ? row.queue : ""),
      priority: row.priority,
      attempts: row.attempts,
      maxAttempts: row.maxAttempts,
      leaseUntil: row.leaseUntil,
      runAt: row.runAt,
      createdAt: row.createdAt,
      executionId: row.executionId,
      payload: decodeClaimed(codec, row, "job"),
    });
  }
  return { jobs, isPartial };
}

const claimRequest: Fields<ClaimRequest> = fieldsOf<ClaimRequest>({
  queues: true,
  limit: true,
  leaseMs: true,
  holder: true,
  capabilities: true,
});

function checkClaimRequest(codec: Codec, request: ClaimRequest): ClaimParameters {
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
