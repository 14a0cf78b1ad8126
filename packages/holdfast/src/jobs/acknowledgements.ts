import type { Claim, Fenced } from "../claims/claims.ts";
import { emitCompleted, emitFailed } from "../claims/events.ts";
import { hintQueues } from "../claims/hints.ts";
import type { Session } from "../session/session.ts";
import {
  type Acknowledged,
  type AcknowledgedFailure,
  completeJobs,
  type Completion,
  completionOptions,
  encodeCompletion,
  encodeCompletions,
  type EncodedFailure,
  encodeFailure,
  encodeFailures,
  failJobs,
  type Failure,
  failureOptions,
} from "./acknowledge.ts";
import type { FailedJob, JobStanding, ReleasedJob } from "./job.ts";
import { hintFailed } from "./owners.ts";
import { encodeRelease, encodeReleases, type Release, releaseJobs } from "./release.ts";
import { type Rescheduling, reschedulingFields } from "./rescheduling.ts";

/** Ends the claims of jobs. */
export interface JobAcknowledgements {
  /**
   * Completes a job. If the claim is lost, changes nothing and returns what is stored now. Safe to repeat: the claim that completed the
   * job gets the same answer again.
   */
  complete(claim: Claim, options?: Omit<Completion, "claim">): Promise<Fenced<JobStanding>>;
  /** Like `complete`, for many claims in one statement. Each succeeds or is lost by itself. */
  completeMany(completions: readonly Completion[]): Promise<readonly Fenced<JobStanding>[]>;
  /** Fails an attempt. The job is retried later, or dies if its attempts are spent or the failure is final. */
  fail(claim: Claim, options?: Omit<Failure, "claim">): Promise<FailedJob>;
  /** Like `fail`, for many claims in one statement. Each succeeds or is lost by itself. */
  failMany(failures: readonly Failure[]): Promise<readonly FailedJob[]>;
  /** Gives a job back without spending the attempt. It is ready again at once, or when `options` say. */
  release(claim: Claim, options?: Rescheduling): Promise<ReleasedJob>;
  /** Like `release`, for many claims in one statement. Each succeeds or is lost by itself. */
  releaseMany(releases: readonly Release[]): Promise<readonly ReleasedJob[]>;
}

/** The acknowledgements of a store's or a transaction's `jobs`. */
export function acknowledgementsOf(session: Session): JobAcknowledgements {
  return { ...completing(session), ...failing(session), ...releasing(session) };
}

function completing(session: Session): Pick<JobAcknowledgements, "complete" | "completeMany"> {
  const { codec } = session;
  return {
    complete: async (claim, options) => {
      const completion = encodeCompletion(codec, { claim, ...completionOptions.readOptional(options, "options") });
      const outcome = hintOutcome(session, await session.write(completeJobs, completion));
      emitCompleted(session, [completion], [outcome]);
      return outcome;
    },
    completeMany: async (completions) => {
      const encoded = encodeCompletions(codec, completions, "completions");
      const outcomes = hintOutcomes(session, await session.writeAll(completeJobs, encoded));
      emitCompleted(session, encoded, outcomes);
      return outcomes;
    },
  };
}

function failing(session: Session): Pick<JobAcknowledgements, "fail" | "failMany"> {
  const { codec } = session;
  return {
    fail: async (claim, options) => {
      const failure = encodeFailure(codec, { ...failureOptions.readOptional(options, "options"), claim });
      const [outcome] = hintFailures(session, [failure], [await session.write(failJobs, failure)]);
      return outcome as FailedJob;
    },
    failMany: async (failures) => {
      const encoded = encodeFailures(codec, failures, "failures");
      return hintFailures(session, encoded, await session.writeAll(failJobs, encoded));
    },
  };
}

function releasing(session: Session): Pick<JobAcknowledgements, "release" | "releaseMany"> {
  return {
    release: async (claim, options) => {
      const release = { ...reschedulingFields.readOptional(options, "options"), claim };
      return hintOutcome(session, await session.write(releaseJobs, encodeRelease(release)));
    },
    releaseMany: async (releases) =>
      hintOutcomes(session, await session.writeAll(releaseJobs, encodeReleases(releases, "releases"))),
  };
}

/** Returns the outcome, after a hint to the woken queues. */
function hintOutcome<Outcome>(session: Session, { outcome, woken }: Acknowledged<Outcome>): Outcome {
  hintQueues(session, woken);
  return outcome;
}

function hintOutcomes<Outcome>(session: Session, acknowledged: readonly Acknowledged<Outcome>[]): readonly Outcome[] {
  hintQueues(
    session,
    acknowledged.flatMap((each) => each.woken),
  );
  return acknowledged.map((each) => each.outcome);
}

/** Returns the outcomes of failures, after hints about their consequences. */
function hintFailures(
  session: Session,
  failures: readonly EncodedFailure[],
  acknowledged: readonly AcknowledgedFailure[],
): readonly FailedJob[] {
  for (const { woken, failedExecutions } of acknowledged) hintFailed(session, { woken, executions: failedExecutions });
  const outcomes = acknowledged.map((each) => each.outcome);
  emitFailed(session, failures, outcomes);
  return outcomes;
}
