import {
  checkClaims,
  checkHeartbeat,
  type Claim,
  claimColumns,
  type Fenced,
  type HeartbeatOptions,
} from "../claims/claims.ts";
import { hintCanceledJobs, hintQueues } from "../claims/hints.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { batchItemsMax, checkInteger } from "../database/input.ts";
import { mapPlan } from "../database/plan.ts";
import type { Session } from "../database/session.ts";
import {
  type Acknowledged,
  completeJobs,
  type Completion,
  completionOptions,
  encodeCompletion,
  encodeCompletions,
  encodeFailure,
  encodeFailures,
  failJobs,
  type Failure,
  failureOptions,
} from "./acknowledge.ts";
import { checkQueues, claimJobsOf, claimLimitMax, type ClaimRequest, encodeExpiredError } from "./claim.ts";
import { cancelJobs, checkJobId, retryJobs } from "./control.ts";
import { encodeJob } from "./input.ts";
import {
  type ClaimedJob,
  type FailedJob,
  jobClaim,
  type JobInput,
  type JobStanding,
  type PushedJob,
  type ReleasedJob,
  type RescheduledJob,
} from "./job.ts";
import { type ManyJobs, manyJobsOf } from "./many.ts";
import { encodeJobs, pushAll, pushJobs } from "./push.ts";
import { type JobQueries, jobQueriesOf } from "./read.ts";
import { encodeRelease, encodeReleases, type Release, releaseJobs } from "./release.ts";
import {
  encodeReschedule,
  encodeRescheduleByKey,
  type EncodedReschedule,
  type JobKey,
  rescheduleWrite,
} from "./reschedule.ts";
import { reschedulingFields, type Rescheduling } from "./rescheduling.ts";
import { heartbeatJobs, rescueJobs } from "./statements.generated.ts";

export type { Completion, Failure } from "./acknowledge.ts";
export { delayMsMax } from "./input.ts";
export { checkQueues, claimLimitMax, type ClaimRequest } from "./claim.ts";
export type {
  Backoff,
  ClaimedJob,
  FailedJob,
  Job,
  JobInput,
  JobStanding,
  NextJob,
  PushedJob,
  ReleasedJob,
  RescheduledJob,
} from "./job.ts";
export type { JobSelection, ManyChanged, ManyJobs } from "./many.ts";
export type { Rescheduling } from "./rescheduling.ts";
export type { JobFilter, JobQueries } from "./read.ts";
export type { Release } from "./release.ts";
export type { JobKey } from "./reschedule.ts";
export { checkCapabilities, toRoute } from "./route.ts";
export { countExpiredJobsPlan, type ExpiredJobs, removeExpiredJobsPlan } from "./retention.ts";

/** Queued work, claimed under a lease: it is done at least once, and at most once at a time. */
export interface Jobs extends JobQueries, ManyJobs {
  /**
   * Adds a job to its queue.
   *
   * @throws NotFoundError where `after` or `executionId` name what does not exist.
   */
  push(input: JobInput): Promise<PushedJob>;
  /**
   * As `push`, for any number of jobs, all or nothing: above 10,000 they are sent in portions, in one transaction. The jobs may come
   * after each other; no id and no unique key of a queue may repeat.
   */
  pushMany(inputs: readonly JobInput[]): Promise<readonly PushedJob[]>;
  /**
   * Takes jobs of the queues that are not paused, by priority, turn of their groups, moment and push order, and makes them the caller's
   * until their leases run out: no more than the limits of their queues and groups allow, and none that requires what the caller is
   * not capable of. Jobs whose former lease ran out are among them, unless that was their last attempt: those end dead.
   */
  claim(request: ClaimRequest): Promise<readonly ClaimedJob[]>;
  /** Makes leases last from now on, in one statement for all of a process. Answers until when; null for a claim that is lost. */
  heartbeat(claims: readonly Claim[], options?: HeartbeatOptions): Promise<readonly (Date | null)[]>;
  /**
   * Ends a job well. Where the claim is lost, changes nothing and says what there is now. Safe to repeat: the claim that completed
   * the job gets the same answer again.
   */
  complete(claim: Claim, options?: Omit<Completion, "claim">): Promise<Fenced<JobStanding>>;
  /** As `complete`, each for itself, in one statement. */
  completeMany(completions: readonly Completion[]): Promise<readonly Fenced<JobStanding>[]>;
  /** Ends an attempt badly: the job is tried again later, or is dead where its attempts are spent or the failure is final. */
  fail(claim: Claim, options?: Omit<Failure, "claim">): Promise<FailedJob>;
  /** As `fail`, each for itself, in one statement. */
  failMany(failures: readonly Failure[]): Promise<readonly FailedJob[]>;
  /** Gives a job back, and the attempt does not count: it is ready again at once, or as `options` reschedule it. */
  release(claim: Claim, options?: Rescheduling): Promise<ReleasedJob>;
  /** As `release`, each for itself, in one statement. */
  releaseMany(releases: readonly Release[]): Promise<readonly ReleasedJob[]>;
  /**
   * Gives a waiting job another moment or priority, without its payload. Where it waits no more, changes nothing and says what there is now.
   */
  reschedule(id: string, changes: Rescheduling): Promise<RescheduledJob>;
  /** As `reschedule`, for the job that holds a unique key. */
  rescheduleByKey(key: JobKey, changes: Rescheduling): Promise<RescheduledJob>;
  /** Ends a job that has not ended, also a running one, whose holder then loses its claim. False where there is none to cancel. */
  cancel(id: string): Promise<boolean>;
  /**
   * Makes a dead or canceled job ready at once, with all its attempts, or blocked while jobs that it comes after have not ended; jobs
   * that were canceled because of it stay so. False where there is none. @throws DuplicateError where another job has its unique key now.
   */
  retry(id: string): Promise<boolean>;
  /**
   * Takes jobs from holders whose leases have run out: ready again, or dead after the last attempt. Claims do so too for their own
   * queues; this is for queues that nobody claims from. Takes at most `limit` jobs a call (1,000).
   */
  rescue(options?: {
    readonly queues?: readonly string[] | undefined;
    readonly limit?: number | undefined;
  }): Promise<Rescue>;
}

/** What became of jobs whose leases had run out. */
export interface Rescue {
  /** How many are ready again. */
  readonly reclaimed: number;
  /** How many are dead, for that was their last attempt. */
  readonly died: number;
}

type RescueOptions = NonNullable<Parameters<Jobs["rescue"]>[0]>;

const rescueOptions: Fields<RescueOptions> = fieldsOf<RescueOptions>({ queues: true, limit: true });

/** The `jobs` of a store or of a transaction. */
export function jobsOf(session: Session): Jobs {
  return {
    ...jobQueriesOf(session),
    ...manyJobsOf(session),
    ...pushing(session),
    ...claiming(session),
    ...acknowledging(session),
    ...controlling(session),
  };
}

/** Tells of the jobs that a push has made. A scheduled one is told too: it may be due before what a worker sleeps for. */
export function hintPushed(
  session: Session,
  inputs: readonly { readonly queue: string }[],
  pushed: readonly PushedJob[],
): void {
  const toCome = inputs.filter((_, i) => {
    const { outcome, status } = pushed[i] ?? {};
    return outcome !== "kept" && (status === "ready" || status === "scheduled");
  });
  hintQueues(
    session,
    toCome.map((input) => input.queue),
  );
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
      const jobs = encodeJobs(codec, inputs, "inputs", { max: Infinity });
      const pushed = await pushAll(session, jobs);
      hintPushed(session, jobs, pushed);
      return pushed;
    },
  };
}

function claiming(session: Session): Pick<Jobs, "claim" | "heartbeat" | "rescue"> {
  const { codec } = session;
  return {
    claim: async (request) => {
      const { jobs, woken } = await claimJobsOf(session, request);
      hintQueues(session, woken);
      return jobs;
    },
    heartbeat: async (claims, options) => {
      const leaseMs = checkHeartbeat(options);
      const checked = checkClaims(jobClaim, claims, "claims", batchItemsMax);
      if (checked.length === 0) return [];
      const held = heartbeatJobs({ ...claimColumns(checked), leaseMs });
      return session.run(mapPlan(held, (rows) => rows.map((row) => row.leaseUntil)));
    },
    rescue: async (options) => {
      const { queues, limit = claimLimitMax } = rescueOptions.readOptional(options, "options");
      const plan = rescueJobs({
        queues: queues === undefined ? [] : checkQueues(queues),
        limit: checkInteger(limit, "limit", { min: 1, max: claimLimitMax }),
        expiredError: encodeExpiredError(codec),
      });
      const rescued = await session.run(plan);
      hintQueues(
        session,
        rescued.flatMap(({ queue, woken }) => [queue, ...woken]),
      );
      const sumOf = (field: keyof Rescue): number => rescued.reduce((sum, each) => sum + each[field], 0);
      return { reclaimed: sumOf("reclaimed"), died: sumOf("died") };
    },
  };
}

type Acknowledging = Pick<Jobs, "complete" | "completeMany" | "fail" | "failMany" | "release" | "releaseMany">;

function acknowledging(session: Session): Acknowledging {
  const { codec } = session;
  const told = <Outcome>(acknowledged: readonly Acknowledged<Outcome>[]): readonly Outcome[] => {
    hintQueues(
      session,
      acknowledged.flatMap((each) => each.woken),
    );
    return acknowledged.map((each) => each.outcome);
  };
  const toldOne = <Outcome>({ outcome, woken }: Acknowledged<Outcome>): Outcome => {
    hintQueues(session, woken);
    return outcome;
  };
  return {
    complete: async (claim, options) =>
      toldOne(
        await session.write(
          completeJobs,
          encodeCompletion(codec, { ...completionOptions.readOptional(options, "options"), claim }),
        ),
      ),
    completeMany: async (completions) => {
      const encoded = encodeCompletions(codec, completions, "completions");
      return told(await session.writeAll(completeJobs, encoded));
    },
    fail: async (claim, options) =>
      toldOne(
        await session.write(
          failJobs,
          encodeFailure(codec, { ...failureOptions.readOptional(options, "options"), claim }),
        ),
      ),
    failMany: async (failures) => {
      const encoded = encodeFailures(codec, failures, "failures");
      return told(await session.writeAll(failJobs, encoded));
    },
    release: async (claim, options) =>
      toldOne(
        await session.write(
          releaseJobs,
          encodeRelease({ ...reschedulingFields.readOptional(options, "options"), claim }),
        ),
      ),
    releaseMany: async (releases) => told(await session.writeAll(releaseJobs, encodeReleases(releases, "releases"))),
  };
}

function controlling(session: Session): Pick<Jobs, "reschedule" | "rescheduleByKey" | "cancel" | "retry"> {
  const rescheduled = async (job: EncodedReschedule): Promise<RescheduledJob> => {
    const { outcome, woken } = await session.write(rescheduleWrite, job);
    hintQueues(session, woken);
    return outcome;
  };
  return {
    reschedule: async (id, changes) => rescheduled(encodeReschedule(id, changes)),
    rescheduleByKey: async (key, changes) => rescheduled(encodeRescheduleByKey(key, changes)),
    cancel: async (id) => {
      const { changed, woken } = await session.write(cancelJobs, checkJobId(id));
      hintCanceledJobs(session, woken);
      return changed;
    },
    retry: async (id) => {
      const { changed, woken } = await session.write(retryJobs, checkJobId(id));
      hintQueues(session, woken);
      return changed;
    },
  };
}
