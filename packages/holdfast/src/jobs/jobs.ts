import { checkClaim, checkLeaseMs, type Claim, type Fenced } from "../claims/claims.ts";
import { NotFoundError } from "../errors.ts";
import { checkBatch, checkId } from "../database/input.ts";
import { mapPlan } from "../database/plan.ts";
import type { Session } from "../database/session.ts";
import {
  type Acknowledged,
  claimColumns,
  completeJobs,
  type Completion,
  encodeCompletion,
  encodeFailure,
  failJobs,
  type Failure,
  releaseJobs,
} from "./acknowledge.ts";
import { claimPlan, type ClaimRequest } from "./claim.ts";
import { encodeJob } from "./input.ts";
import { type ClaimedJob, type FailedJob, type Job, type JobInput, type JobStatus, type PushedJob, toJob } from "./job.ts";
import { encodeJobs, pushJobs } from "./push.ts";
import { getJob, heartbeatJobs } from "./statements.generated.ts";

export type { Completion, Failure } from "./acknowledge.ts";
export type { ClaimRequest } from "./claim.ts";
export type { Backoff, ClaimedJob, FailedJob, Job, JobInput, JobStatus, NextJob, PushedJob } from "./job.ts";

/** Queued work, claimed under a lease. */
export interface Jobs {
  /**
   * Adds a job to its queue.
   *
   * @throws NotFoundError where `after` or `executionId` name what does not exist.
   */
  push(input: JobInput): Promise<PushedJob>;
  /** As `push`, all or nothing. The jobs may come after each other; no id and no unique key of a queue may repeat. */
  pushMany(inputs: readonly JobInput[]): Promise<readonly PushedJob[]>;
  get(id: string): Promise<Job | null>;
  /** @throws NotFoundError */
  require(id: string): Promise<Job>;
  /**
   * Takes jobs of the queues that are not paused, by priority, moment and push order, and makes them the caller's until their leases
   * run out. Jobs whose former lease ran out are among them, unless that was their last attempt: those end dead.
   */
  claim(request: ClaimRequest): Promise<readonly ClaimedJob[]>;
  /** Makes leases last for `leaseMs` from now. One statement for all of a process; false for a claim that is lost. */
  heartbeat(claims: readonly Claim[], options: { readonly leaseMs: number }): Promise<readonly boolean[]>;
  /** Ends a job well. Where the claim is lost, changes nothing and says what there is now. */
  complete(claim: Claim, options?: Omit<Completion, "claim">): Promise<Fenced<JobStatus>>;
  /** As `complete`, each for itself, in one statement. */
  completeMany(completions: readonly Completion[]): Promise<readonly Fenced<JobStatus>[]>;
  /** Ends an attempt badly: the job is tried again later, or is dead where its attempts are spent or the failure is final. */
  fail(claim: Claim, options?: Omit<Failure, "claim">): Promise<FailedJob>;
  /** As `fail`, each for itself, in one statement. */
  failMany(failures: readonly Failure[]): Promise<readonly FailedJob[]>;
  /** Gives a job back: it is ready again at once, and the attempt does not count. */
  release(claim: Claim): Promise<Fenced<JobStatus>>;
  /** As `release`, each for itself, in one statement. */
  releaseMany(claims: readonly Claim[]): Promise<readonly Fenced<JobStatus>[]>;
}

/** The `jobs` of a store or of a transaction. */
export function jobsOf(session: Session): Jobs {
  return { ...pushing(session), ...reading(session), ...claiming(session) };
}

/** What a session is told when there may be something to claim in a queue. */
export function jobsTopic(queue: string): string {
  return `jobs:${queue}`;
}

/** Tells of queues in which there may be something to claim, each once. */
function hintQueues(session: Session, queues: Iterable<string>): void {
  for (const queue of new Set(queues)) session.hint(jobsTopic(queue));
}

/** Tells of the jobs that a push has made; a scheduled one too, for whoever sleeps until what was due first before. */
export function hintPushed(session: Session, inputs: readonly { readonly queue: string }[], pushed: readonly PushedJob[]): void {
  const toCome = inputs.filter((_, i) => pushed[i]?.outcome !== "kept" && (pushed[i]?.state === "ready" || pushed[i]?.state === "scheduled"));
  hintQueues(session, toCome.map((input) => input.queue));
}

function pushing(session: Session): Pick<Jobs, "push" | "pushMany"> {
  const { codec } = session;
  return {
    push: async (input) => {
      const job = encodeJob(codec, input);
      const pushed = await session.write(pushJobs, job);
      hintPushed(session, [job], [pushed]);
      return pushed;
    },
    pushMany: async (inputs) => {
      const jobs = encodeJobs(codec, inputs);
      const pushed = await session.writeAll(pushJobs, jobs);
      hintPushed(session, jobs, pushed);
      return pushed;
    },
  };
}

function reading(session: Session): Pick<Jobs, "get" | "require"> {
  const get = async (id: string): Promise<Job | null> =>
    session.run(mapPlan(getJob({ id: checkId(id, "id") }), (row) => row && toJob(session.codec, row)));
  return {
    get,
    require: async (id) => {
      const job = await get(id);
      if (job) return job;
      throw new NotFoundError(`Job ${id} does not exist: push it first.`, { facts: { entity: "job", id } });
    },
  };
}

function claiming(
  session: Session,
): Pick<Jobs, "claim" | "heartbeat" | "complete" | "completeMany" | "fail" | "failMany" | "release" | "releaseMany"> {
  const { codec } = session;
  const told = <Outcome>({ outcome, woken }: Acknowledged<Outcome>): Outcome => {
    hintQueues(session, woken);
    return outcome;
  };
  const ofClaims = (claims: readonly Claim[]): readonly Claim[] =>
    checkBatch(claims, "claims", (claim) => claim.id).map((claim, i) => checkClaim(claim, `claims[${i}]`));
  return {
    claim: async (request) => {
      const { jobs, woken } = await session.run(claimPlan(codec, request));
      hintQueues(session, woken);
      return jobs;
    },
    heartbeat: async (claims, { leaseMs }) => {
      const checked = { ...claimColumns(ofClaims(claims)), leaseMs: checkLeaseMs(leaseMs) };
      if (claims.length === 0) return [];
      return session.run(mapPlan(heartbeatJobs(checked), (rows) => rows.map((row) => row.held)));
    },
    complete: async (claim, options) => told(await session.write(completeJobs, encodeCompletion(codec, { ...options, claim }))),
    completeMany: async (completions) => {
      const checked = checkBatch(completions, "completions", ({ claim }) => claim.id);
      return (await session.writeAll(completeJobs, checked.map((each) => encodeCompletion(codec, each)))).map(told);
    },
    fail: async (claim, options) => told(await session.write(failJobs, encodeFailure(codec, { ...options, claim }))),
    failMany: async (failures) => {
      const checked = checkBatch(failures, "failures", ({ claim }) => claim.id);
      return (await session.writeAll(failJobs, checked.map((each) => encodeFailure(codec, each)))).map(told);
    },
    release: async (claim) => told(await session.write(releaseJobs, checkClaim(claim))),
    releaseMany: async (claims) => (await session.writeAll(releaseJobs, ofClaims(claims))).map(told),
  };
}
