import { checkTimeoutMs } from "../claims/claims.ts";
import { type Codec, encodeOptional, type JsonText } from "../core/codec.ts";
import {
  type DependencyPolicy,
  dependencyPolicyLabels,
  type RunningPolicy,
  runningPolicyLabels,
} from "../core/enums.generated.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import {
  batchItemsMax,
  checkId,
  checkInteger,
  checkOneOf,
  checkOptionalBoolean,
  checkOptionalId,
  checkOptionalInstant,
  checkOptionalKey,
  invalid,
} from "../core/input.ts";
import { checkEach } from "../core/items.ts";
import { newId } from "../core/new-id.ts";
import { quote } from "../core/quote.ts";
import { checkBySchema, type PendingCheck } from "../core/standard-schema.ts";
import { activeTrace } from "../telemetry/trace-context.ts";
import type { Backoff } from "./job-options.ts";
import type { JobInput } from "./job.ts";
import { checkQueue, type DefinedJob, type QueueName, schemasOf } from "./queue-definition.ts";
import { toRoute } from "./route.ts";

/** A job to push, checked and encoded. */
export interface EncodedJob {
  readonly id: string;
  /** Whether the caller gave the id, so that such a job may exist. */
  readonly hasOwnId: boolean;
  /** Greater than that of each job encoded earlier. */
  readonly ordinal: number;
  readonly queue: string;
  readonly payload: JsonText | null;
  readonly priority: number;
  readonly runAt: Date | null;
  readonly delayMs: number | null;
  readonly maxAttempts: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly timeoutMs: number | null;
  readonly group: string | null;
  readonly route: string;
  readonly uniqueKey: string | null;
  readonly replaces: boolean;
  readonly onRunning: RunningPolicy;
  readonly debounceMaxMs: number | null;
  readonly throttleMs: number | null;
  readonly executionId: string | null;
  readonly failsExecution: boolean;
  readonly after: readonly string[];
  readonly onDependencyFailure: DependencyPolicy;
  /** The trace that is active. */
  readonly traceContext: string | null;
  /** To be waited for before the job is sent. */
  readonly check: PendingCheck;
}

/** What carries a payload to a queue. */
interface PayloadInput {
  readonly queue: QueueName;
  readonly payload?: unknown;
}

/** The bounds of a priority. */
export const priorityBounds: { readonly min: number; readonly max: number } = { min: -(2 ** 31), max: 2 ** 31 - 1 };
const attemptsBounds = { min: 1, max: 2 ** 31 - 1 };
const backoffDefault: Backoff = { initialMs: 1000, maxMs: 3_600_000 };

/** The longest delay: a hundred years, so that every resulting time can be stored. */
export const delayMsMax: number = 100 * 366 * 24 * 3_600_000;

let given = 0;

const jobFields: Fields<JobInput> = fieldsOf<JobInput>({
  queue: true,
  payload: true,
  id: true,
  priority: true,
  runAt: true,
  delayMs: true,
  maxAttempts: true,
  backoff: true,
  timeoutMs: true,
  group: true,
  requires: true,
  uniqueKey: true,
  onConflict: true,
  onRunning: true,
  debounceMs: true,
  debounceMaxMs: true,
  throttleMs: true,
  executionId: true,
  failsExecution: true,
  after: true,
  onDependencyFailure: true,
});

/**
 * Checks and encodes an input before it joins others, so that an error concerns its caller alone. Inside an `owner`, an execution, the
 * job belongs to it unless it names another.
 */
export function encodeJob(codec: Codec, job: JobInput | DefinedJob, field = "input", owner?: string): EncodedJob {
  // Whether a payload is of its queue's type is known to the compiler, and to the schema.
  const input = jobFields.read(job as JobInput, field);
  const { runAt, delayMs, backoff } = input;
  if (runAt !== undefined && delayMs !== undefined) {
    throw invalid("delayMs", "is given together with runAt: give one of them");
  }
  const key = checkKey(input);
  const { initialMs, maxMs } = backoff === undefined ? backoffDefault : checkBackoff(backoff);
  const id = input.id === undefined ? newId() : checkId(input.id, "id");
  given += 1;
  return {
    id,
    hasOwnId: input.id !== undefined,
    ordinal: given,
    queue: checkQueue(input.queue),
    check: checkPayload(input, field),
    payload: encodeOptional(codec, input.payload, "payload"),
    priority: checkInteger(input.priority ?? 0, "priority", priorityBounds),
    runAt: checkOptionalInstant(runAt, "runAt"),
    delayMs: key.delayMs ?? checkOptionalMs(delayMs, "delayMs", 0),
    maxAttempts: checkInteger(input.maxAttempts ?? 25, "maxAttempts", attemptsBounds),
    backoffMs: initialMs,
    backoffMaxMs: maxMs,
    timeoutMs: input.timeoutMs === undefined ? null : checkTimeoutMs(input.timeoutMs),
    group: checkOptionalKey(input.group, "group"),
    route: toRoute(input.requires),
    uniqueKey: key.uniqueKey,
    replaces: key.replaces,
    onRunning: key.onRunning,
    debounceMaxMs: key.debounceMaxMs,
    throttleMs: key.throttleMs,
    ...checkOwner(input, owner),
    after: checkAfter(input.after, id),
    onDependencyFailure: checkDependencyPolicy(input, key),
    traceContext: activeTrace(),
  };
}

/** The check of a payload by the schema of its queue. */
export function checkPayload({ queue, payload }: PayloadInput, field: string): PendingCheck {
  const schemas = schemasOf(queue);
  return schemas && checkBySchema(schemas.payload, payload, { name: "payload", place: field });
}

const backoffFields: Fields<Partial<Backoff>> = fieldsOf<Partial<Backoff>>({ initialMs: true, maxMs: true });

function checkBackoff(backoff: Partial<Backoff>): Backoff {
  const given = backoffFields.readInner(backoff, "backoff");
  const { initialMs = Math.min(backoffDefault.initialMs, given.maxMs ?? Infinity) } = given;
  const { maxMs = Math.max(backoffDefault.maxMs, initialMs) } = given;
  const bounds = { min: 0, max: delayMsMax };
  checkInteger(maxMs, "backoff.maxMs", bounds);
  checkInteger(initialMs, "backoff.initialMs", bounds);
  return { initialMs, maxMs: checkInteger(maxMs, "backoff.maxMs", { ...bounds, min: initialMs }) };
}

type EncodedKey = Pick<EncodedJob, "uniqueKey" | "replaces" | "onRunning" | "delayMs" | "debounceMaxMs" | "throttleMs">;

/** Checks the unique key, and the policies for pushes that share it. */
function checkKey(input: JobInput): EncodedKey {
  const { uniqueKey, onConflict, runAt, delayMs } = input;
  const debounceMs = checkOptionalMs(input.debounceMs, "debounceMs", 1);
  const debounceMaxMs = checkOptionalMs(input.debounceMaxMs, "debounceMaxMs", debounceMs ?? 1);
  const throttleMs = checkOptionalMs(input.throttleMs, "throttleMs", 1);
  const replaces = checkOneOf(onConflict ?? "keep", "onConflict", ["keep", "replace"]) === "replace";
  const keyOptions = { debounceMs, throttleMs, onRunning: input.onRunning ?? null };
  const [keyOption] = Object.entries(keyOptions).find(([, each]) => each !== null) ?? [];
  if (uniqueKey === undefined && keyOption !== undefined) {
    throw invalid(keyOption, "is given without a uniqueKey: give the key whose pushes it is about");
  }
  if (debounceMaxMs !== null && debounceMs === null) throw invalid("debounceMaxMs", "is given without debounceMs");
  if (debounceMs !== null && (runAt ?? delayMs ?? onConflict) !== undefined) {
    throw invalid("debounceMs", "is given together with runAt, delayMs or onConflict, which it decides itself");
  }
  if (throttleMs !== null && (replaces || debounceMs !== null)) {
    throw invalid("throttleMs", "is given together with debounceMs or a replacing onConflict: give one of them");
  }
  return {
    uniqueKey: checkOptionalKey(uniqueKey, "uniqueKey"),
    replaces: replaces || debounceMs !== null,
    onRunning: checkOneOf(
      input.onRunning ?? (replaces || debounceMs !== null ? "beside" : "keep"),
      "onRunning",
      runningPolicyLabels,
    ),
    delayMs: debounceMs,
    debounceMaxMs,
    throttleMs,
  };
}

function checkOwner(
  { executionId, failsExecution }: JobInput,
  owner: string | undefined,
): Pick<EncodedJob, "executionId" | "failsExecution"> {
  const checked = {
    executionId: checkOptionalId(executionId ?? owner, "executionId"),
    failsExecution: checkOptionalBoolean(failsExecution, "failsExecution") ?? false,
  };
  if (checked.executionId !== null || !checked.failsExecution) return checked;
  throw invalid("failsExecution", "is given without an executionId: give the execution that is to fail");
}

/** A job that runs after the holder of its key ignores how that job ends. */
function checkDependencyPolicy({ after, onDependencyFailure }: JobInput, { onRunning }: EncodedKey): DependencyPolicy {
  const policy = checkOneOf(onDependencyFailure ?? "cancel", "onDependencyFailure", dependencyPolicyLabels);
  if (onRunning !== "after") return policy;
  if (after === undefined && onDependencyFailure === undefined) return "ignore";
  const field = after === undefined ? "onDependencyFailure" : "after";
  throw invalid(field, 'is given together with onRunning: "after", which decides what the job comes after');
}

function checkOptionalMs(ms: number | undefined, field: string, min: number): number | null {
  return ms === undefined ? null : checkInteger(ms, field, { min, max: delayMsMax });
}

const noJobs: readonly string[] = [];

function checkAfter(after: readonly string[] | undefined, id: string): readonly string[] {
  if (after === undefined) return noJobs;
  const distinct = new Set(checkEach(after, "after", checkId, batchItemsMax));
  if (distinct.has(id)) {
    throw invalid("after", `names the job itself, ${quote(id)}, which would then never run`);
  }
  return [...distinct];
}
