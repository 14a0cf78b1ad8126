import { checkClaim, type Claim, claimColumns, type Fenced, type Lost } from "../claims/claims.ts";
import { encodeOptional, type Codec, type JsonText } from "../database/codec.ts";
import { encodeError } from "../database/describe-error.ts";
import type { JobStatus } from "../database/enums.generated.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { batchItemsMax, checkInteger, checkOptionalBoolean } from "../database/input.ts";
import { encodeItems } from "../database/items.ts";
import { mapPlan, type Plan } from "../database/plan.ts";
import type { Write } from "../database/session.ts";
import { delayMsMax } from "./input.ts";
import { type FailedJob, jobClaim, type JobStanding } from "./job.ts";
import {
  completeJob,
  completeJobs as completeStatement,
  failJobs as failStatement,
  type FailJobsRow,
} from "./statements.generated.ts";

/** The answer to an acknowledgement, and the queues in which there may be something to claim because of it. */
export interface Acknowledged<Outcome> {
  readonly outcome: Outcome;
  readonly woken: readonly string[];
}

/** A claim whose job is done. */
export interface Completion {
  readonly claim: Claim;
  readonly result?: unknown;
}

/** A claim whose job failed. */
export interface Failure {
  readonly claim: Claim;
  /** What went wrong, kept with the job. */
  readonly error?: unknown;
  /** When to try again, instead of the job's backoff. */
  readonly retryAfterMs?: number | undefined;
  /** Ends the job dead, whatever attempts it has left. */
  readonly final?: boolean | undefined;
}

/** A completion, checked and encoded. */
export interface EncodedCompletion extends Claim {
  readonly result: JsonText | null;
}

/** A failure, checked and encoded. */
export interface EncodedFailure extends Claim {
  readonly error: JsonText | null;
  readonly retryAfterMs: number | null;
  readonly final: boolean;
}

const completionFields: Fields<Completion> = fieldsOf<Completion>({ claim: true, result: true });

const failureFields: Fields<Failure> = fieldsOf<Failure>({ claim: true, error: true, retryAfterMs: true, final: true });

/** What is said of a completion besides its claim. */
export const completionOptions: Fields<Omit<Completion, "claim">> = fieldsOf<Omit<Completion, "claim">>({
  result: true,
});

/** What is said of a failure besides its claim. */
export const failureOptions: Fields<Omit<Failure, "claim">> = fieldsOf<Omit<Failure, "claim">>({
  error: true,
  retryAfterMs: true,
  final: true,
});

/** The completions of a call, each checked and encoded; no job comes twice. */
export function encodeCompletions(
  codec: Codec,
  completions: readonly Completion[],
  field: string,
): readonly EncodedCompletion[] {
  const encode = (each: Completion, place: string): EncodedCompletion =>
    encodeCompletion(codec, completionFields.read(each, place));
  return encodeItems(completions, field, encode, batchItemsMax);
}

/** The failures of a call, each checked and encoded; no job comes twice. */
export function encodeFailures(codec: Codec, failures: readonly Failure[], field: string): readonly EncodedFailure[] {
  const encode = (each: Failure, place: string): EncodedFailure =>
    encodeFailure(codec, failureFields.read(each, place));
  return encodeItems(failures, field, encode, batchItemsMax);
}

/** Checks and encodes a completion whose names are known. */
export function encodeCompletion(codec: Codec, { claim, result }: Completion): EncodedCompletion {
  const { id, token } = checkClaim(jobClaim, claim);
  return { id, token, result: encodeOptional(codec, result, "result") };
}

/** Checks and encodes a failure whose names are known. */
export function encodeFailure(codec: Codec, { claim, error, retryAfterMs, final }: Failure): EncodedFailure {
  return {
    ...checkClaim(jobClaim, claim),
    error: encodeError(codec, error, "error"),
    retryAfterMs:
      retryAfterMs === undefined ? null : checkInteger(retryAfterMs, "retryAfterMs", { min: 0, max: delayMsMax }),
    final: checkOptionalBoolean(final, "final") ?? false,
  };
}

/** The write of completions. */
export const completeJobs: Write<EncodedCompletion, Acknowledged<Fenced<JobStanding>>> = {
  name: "jobs.complete",
  keys: jobKeys,
  plan: (completions) => completePlan(completions, false),
};

/** Completions whose claims an earlier statement of the same transaction has found to hold, and locked: they hold to its end. */
export const completeSettledJobs: Pick<typeof completeJobs, "plan"> = {
  plan: (completions) => completePlan(completions, true),
};

/** One for all that woke nothing: a completion is one of hundreds, and each of them would take its memory. */
const none: readonly string[] = [];

function completePlan(
  completions: readonly EncodedCompletion[],
  isSettled: boolean,
): Plan<readonly Acknowledged<Fenced<JobStanding>>[]> {
  const [only] = completions;
  if (only !== undefined && completions.length === 1) return completeOnePlan(only, isSettled);
  const results = completions.map((completion) => completion.result);
  return mapPlan(completeStatement({ ...claimColumns(completions), results, isSettled }), (rows) => {
    const woken = rows.find((row) => row.place === 0)?.woken ?? [];
    const refused = new Map(rows.map((row) => [row.place - 1, row]));
    return completions.map((_, i) => {
      const row = refused.get(i);
      return { outcome: row === undefined || row.ok ? { ok: true } : lost(row), woken: i === 0 ? woken : none };
    });
  });
}

function completeOnePlan(
  { id, token, result }: EncodedCompletion,
  isSettled: boolean,
): Plan<readonly Acknowledged<Fenced<JobStanding>>[]> {
  return mapPlan(completeJob({ id, token, result, isSettled }), (row) => {
    if (row === null) return [{ outcome: { ok: false, current: null }, woken: [] }];
    const woken = [...(row.woken ?? []), ...(row.freed === null ? [] : [row.freed])];
    return [{ outcome: row.ok ? { ok: true } : lost(row), woken }];
  });
}

/** The write of failures. */
export const failJobs: Write<EncodedFailure, Acknowledged<FailedJob>> = {
  name: "jobs.fail",
  keys: jobKeys,
  plan: (failures) => failPlan(failures, false),
};

/** Failures of claims that are settled, as for completions. */
export const failSettledJobs: Pick<typeof failJobs, "plan"> = {
  plan: (failures) => failPlan(failures, true),
};

function failPlan(failures: readonly EncodedFailure[], isSettled: boolean): Plan<readonly Acknowledged<FailedJob>[]> {
  const plan = failStatement({
    ...claimColumns(failures),
    errors: failures.map((failure) => failure.error),
    retryAfterMs: failures.map((failure) => failure.retryAfterMs),
    final: failures.map((failure) => failure.final),
    isSettled,
  });
  return mapPlan(plan, (rows) =>
    rows.map((row) => {
      const woken = row.woken ?? [];
      if (!row.ok) return { outcome: lost(row), woken };
      if (row.isLast !== false || row.runAt === null || row.queue === null) {
        return { outcome: { ok: true, status: "dead" }, woken: row.queue === null ? woken : [...woken, row.queue] };
      }
      const status = waitingAs(row.status);
      return { outcome: { ok: true, status, runAt: row.runAt }, woken: [...woken, row.queue] };
    }),
  );
}

/** What two acknowledgements that travel together may not have in common. */
export function jobKeys(claim: Claim): readonly string[] {
  return [`job\0${claim.id}`];
}

/** What a statement tells of a job whose claim was lost. */
type LockedRow = Pick<FailJobsRow, "status" | "token" | "attempts">;

/** The status of a job that was put back into its queue. */
export function waitingAs(status: JobStatus | null): "scheduled" | "ready" {
  return status === "scheduled" ? status : "ready";
}

/** The answer to a claim that was lost. */
export function lost({ status, token, attempts }: LockedRow): Lost<JobStanding> {
  if (status === null || token === null || attempts === null) return { ok: false, current: null };
  return { ok: false, current: { status, token, attempts } };
}
