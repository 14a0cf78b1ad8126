import { checkClaim, type Claim, claimColumns, type Fenced, type Lost } from "../claims/claims.ts";
import { type Codec, encodeOptional, type JsonText } from "../core/codec.ts";
import type { JobStatus } from "../core/enums.generated.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { batchItemsMax, checkInteger, checkOptionalBoolean } from "../core/input.ts";
import { encodeItems } from "../core/items.ts";
import { lockedByEnds } from "../core/lock-order.ts";
import { mapPlan, type Plan } from "../core/plan.ts";
import { encodeError } from "../core/thrown.ts";
import type { Write } from "../core/write.ts";
import { delayMsMax } from "./input.ts";
import { type FailedJob, jobClaim, type JobStanding } from "./job.ts";
import {
  completeJob,
  completeJobs as completeStatement,
  failJobs as failStatement,
  type FailJobsRow,
} from "./statements.generated.ts";

/** The answer to an acknowledgement, and the queues that may have work because of it. */
export interface Acknowledged<Outcome> {
  readonly outcome: Outcome;
  readonly woken: readonly string[];
}

/** The answer to a failure, and the executions that failed with the statement's jobs. */
export interface AcknowledgedFailure extends Acknowledged<FailedJob> {
  readonly failedExecutions: readonly string[];
}

/** A claim whose job succeeded. */
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
  /** The result before it was encoded, for listeners. */
  readonly given: unknown;
  readonly result: JsonText | null;
}

/** A failure, checked and encoded. */
export interface EncodedFailure extends Claim {
  /** The error before it was encoded, for listeners. */
  readonly given: unknown;
  readonly error: JsonText | null;
  readonly retryAfterMs: number | null;
  readonly final: boolean;
}

const completionFields: Fields<Completion> = fieldsOf<Completion>({ claim: true, result: true });

const failureFields: Fields<Failure> = fieldsOf<Failure>({ claim: true, error: true, retryAfterMs: true, final: true });

/** The options of a completion, besides its claim. */
export const completionOptions: Fields<Omit<Completion, "claim">> = fieldsOf<Omit<Completion, "claim">>({
  result: true,
});

/** The options of a failure, besides its claim. */
export const failureOptions: Fields<Omit<Failure, "claim">> = fieldsOf<Omit<Failure, "claim">>({
  error: true,
  retryAfterMs: true,
  final: true,
});

/** Checks and encodes the completions of a call. No job may appear twice. */
export function encodeCompletions(
  codec: Codec,
  completions: readonly Completion[],
  field: string,
): readonly EncodedCompletion[] {
  const encode = (each: Completion, place: string): EncodedCompletion =>
    encodeCompletion(codec, completionFields.read(each, place));
  return encodeItems(completions, field, encode, batchItemsMax);
}

/** Checks and encodes the failures of a call. No job may appear twice. */
export function encodeFailures(codec: Codec, failures: readonly Failure[], field: string): readonly EncodedFailure[] {
  const encode = (each: Failure, place: string): EncodedFailure =>
    encodeFailure(codec, failureFields.read(each, place));
  return encodeItems(failures, field, encode, batchItemsMax);
}

/** Checks and encodes a completion whose names are known. */
export function encodeCompletion(codec: Codec, { claim, result }: Completion): EncodedCompletion {
  const { id, token } = checkClaim(jobClaim, claim);
  return { id, token, given: result, result: encodeOptional(codec, result, "result") };
}

/** Checks and encodes a failure whose names are known. */
export function encodeFailure(codec: Codec, { claim, error, retryAfterMs, final }: Failure): EncodedFailure {
  return {
    ...checkClaim(jobClaim, claim),
    given: error,
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

/** Completions whose claims an earlier statement of the transaction has checked and locked. */
export const completeSettledJobs: Pick<typeof completeJobs, "plan"> = {
  plan: (completions) => completePlan(completions, true),
};

/** Shared by all acknowledgements that woke nothing: each of hundreds would otherwise allocate its own. */
const none: readonly string[] = [];

function completePlan(
  completions: readonly EncodedCompletion[],
  isSettled: boolean,
): Plan<readonly Acknowledged<Fenced<JobStanding>>[]> {
  const [only] = completions;
  if (only !== undefined && completions.length === 1) return completeOnePlan(only, isSettled);
  const results = completions.map((completion) => completion.result);
  return mapPlan(completeStatement({ results, isSettled, ...claimColumns(completions) }), (rows) => {
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

/** The write of failures. A job that ends dead may end its execution. */
export const failJobs: Write<EncodedFailure, AcknowledgedFailure> = {
  name: "jobs.fail",
  keys: jobKeys,
  locks: () => lockedByEnds,
  plan: (failures) => failPlan(failures, false),
};

/** Failures whose claims are settled already, as for completions. `failOwners` ends their executions. */
export const failSettledJobs: Pick<typeof failJobs, "plan"> = {
  plan: (failures) => failPlan(failures, true),
};

function failPlan(failures: readonly EncodedFailure[], isSettled: boolean): Plan<readonly AcknowledgedFailure[]> {
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
      const failedExecutions = row.failedExecutions ?? none;
      if (!row.ok) return { outcome: lost(row), woken, failedExecutions };
      if (row.isLast !== false || row.runAt === null || row.queue === null) {
        const wokenQueues = row.queue === null ? woken : [...woken, row.queue];
        return { outcome: { ok: true, status: "dead" }, woken: wokenQueues, failedExecutions };
      }
      const status = queuedStatus(row.status);
      return { outcome: { ok: true, status, runAt: row.runAt }, woken: [...woken, row.queue], failedExecutions };
    }),
  );
}

/** Keys that two acknowledgements in one batch may not share. */
export function jobKeys(claim: Claim): readonly string[] {
  return [`job\0${claim.id}`];
}

/** What a statement returns about a job whose claim was lost. */
type LockedRow = Pick<FailJobsRow, "status" | "token" | "attempts">;

/** The status of a job that returned to its queue. */
export function queuedStatus(status: JobStatus | null): "scheduled" | "ready" {
  return status === "scheduled" ? status : "ready";
}

/** The answer to a claim that was lost. */
export function lost({ status, token, attempts }: LockedRow): Lost<JobStanding> {
  if (status === null || token === null || attempts === null) return { ok: false, current: null };
  return { ok: false, current: { status, token, attempts } };
}
