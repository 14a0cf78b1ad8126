import { emitCanceled } from "../claims/events.ts";
import { hintCanceledJobs, hintQueues } from "../claims/hints.ts";
import { pendingChecks } from "../core/standard-schema.ts";
import type { Session } from "../session/session.ts";
import { sending } from "../telemetry/messaging.ts";
import { acknowledgementsOf, type JobAcknowledgements } from "./acknowledgements.ts";
import { claimingOf, type JobClaims } from "./claiming.ts";
import { cancelJobs, checkJobId, retryJobs } from "./control.ts";
import { encodeJob } from "./input.ts";
import type { JobInput, PushedJob, RescheduledJob } from "./job.ts";
import { type ManyJobs, manyJobsOf } from "./many.ts";
import { encodeJobs, pushAll, pushJobs } from "./push.ts";
import type { DefinedJob, QueueName } from "./queue-definition.ts";
import { type JobQueries, jobQueriesOf } from "./read.ts";
import { type JobReports, reportsOf } from "./report.ts";
import {
  type EncodedReschedule,
  encodeReschedule,
  encodeRescheduleByKey,
  type JobKey,
  rescheduleWrite,
} from "./reschedule.ts";
import type { Rescheduling } from "./rescheduling.ts";

export type { JobAcknowledgements } from "./acknowledgements.ts";
export { encodeRescue, type JobClaims, type Rescue, type RescueOptions } from "./claiming.ts";
export type { Completion, Failure } from "./acknowledge.ts";
export { delayMsMax } from "./input.ts";
export { checkQueues, claimLimitMax, type ClaimRequest } from "./claim.ts";
export type { Backoff, JobOptions } from "./job-options.ts";
export type {
  ClaimedJob,
  FailedJob,
  Job,
  JobInput,
  JobDetails,
  JobDetailsOf,
  FailedJobAttempt,
  JobOf,
  JobStanding,
  NextJob,
  PushedJob,
  ReleasedJob,
  RescheduledJob,
} from "./job.ts";
export type { JobSelection, ManyChanged, ManyJobs } from "./many.ts";
export {
  checkMessage,
  type JobLogInput,
  type JobLogLine,
  type JobProgress,
  type JobReport,
  type JobReports,
  logLinesMax,
} from "./report.ts";
export {
  checkOptionalQueue,
  checkQueue,
  type DefinedJob,
  defineQueue,
  type HandledOf,
  type QueueName,
  type QueueSchemas,
  type ResultOf,
  schemasOf,
} from "./queue-definition.ts";
export type { Rescheduling } from "./rescheduling.ts";
export type { JobDependencies, JobDependencyOptions, JobEnds, JobFilter, JobPageRequest, JobQueries } from "./read.ts";
export type { Release } from "./release.ts";
export type { JobKey } from "./reschedule.ts";
export { checkCapabilities, toRoute } from "./route.ts";
export { countExpiredJobs, removeExpiredJobs, type RemoveExpiredJobsParameters } from "./statements.generated.ts";

/** Queued work, claimed under a lease: each job runs at least once, with at most one holder at a time. */
export interface Jobs extends JobQueries, ManyJobs, JobClaims, JobReports, JobAcknowledgements {
  /**
   * Adds a job to its queue.
   *
   * @throws NotFoundError where `after` or `executionId` name what does not exist.
   * @throws InvalidInputError for a payload that the schema of a defined queue refuses; nothing is sent then.
   */
  push<Q extends QueueName>(input: JobInput<Q> | DefinedJob): Promise<PushedJob>;
  /**
   * Pushes any number of jobs, all or nothing. Above 10,000, they are sent in portions of one transaction. The jobs may depend on each
   * other. Ids, and the unique keys of a queue, must be distinct.
   */
  pushMany(inputs: readonly (JobInput | DefinedJob)[]): Promise<readonly PushedJob[]>;
  /**
   * Gives a waiting job another time or priority, and leaves its payload. If the job no longer waits, changes nothing and returns its
   * state.
   */
  reschedule(id: string, changes: Rescheduling): Promise<RescheduledJob>;
  /** Like `reschedule`, for the job that holds a unique key. */
  rescheduleByKey(key: JobKey, changes: Rescheduling): Promise<RescheduledJob>;
  /** Ends an unfinished job, even a running one, whose holder then loses its claim. Returns false if there is none. */
  cancel(id: string): Promise<boolean>;
  /**
   * Makes a dead or canceled job ready at once, with all its attempts. It is blocked instead while its dependencies have not ended. Jobs
   * that were canceled because of it stay canceled. Returns false if there is none.
   *
   * @throws DuplicateError if another job has its unique key now.
   */
  retry(id: string): Promise<boolean>;
}

/** The `jobs` of a store or of a transaction. */
export function jobsOf(session: Session): Jobs {
  return {
    ...jobQueriesOf(session),
    ...manyJobsOf(session),
    ...pushing(session),
    ...claimingOf(session),
    ...reportsOf(session),
    ...acknowledgementsOf(session),
    ...controlling(session),
  };
}

/** Notifies workers of new jobs. Scheduled jobs count too: a worker may be sleeping past their due time. */
export function hintPushed(
  session: Session,
  inputs: readonly { readonly queue: string }[],
  pushed: readonly PushedJob[],
): void {
  const runnable = inputs.filter((_, i) => {
    const { outcome, status } = pushed[i] ?? {};
    return outcome !== "kept" && (status === "ready" || status === "scheduled");
  });
  session.count("jobs.pushed", pushed.filter(({ outcome }) => outcome === "created").length);
  hintQueues(
    session,
    runnable.map((input) => input.queue),
  );
}

function pushing(session: Session): Pick<Jobs, "push" | "pushMany"> {
  const { codec } = session;
  return {
    push: async (input) => {
      const job = encodeJob(codec, input as JobInput);
      if (job.check !== null) await job.check;
      const pushed = await sending([job], session.target, ([sent = job]) => session.write(pushJobs, sent));
      hintPushed(session, [job], [pushed]);
      return pushed;
    },
    pushMany: async (inputs) => {
      const jobs = encodeJobs(codec, inputs, "inputs", { max: Infinity });
      const checks = pendingChecks(jobs);
      if (checks !== null) await checks;
      const pushed = await sending(jobs, session.target, (sent) => pushAll(session, sent));
      hintPushed(session, jobs, pushed);
      return pushed;
    },
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
      emitCanceled(session, [id], [changed]);
      return changed;
    },
    retry: async (id) => {
      const { changed, woken } = await session.write(retryJobs, checkJobId(id));
      hintQueues(session, woken);
      return changed;
    },
  };
}
