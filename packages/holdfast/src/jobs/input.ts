import { encodeOptional, type Codec, type JsonText } from "../database/codec.ts";
import { type DependencyPolicy, dependencyPolicyLabels } from "../database/enums.generated.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import {
  batchItemsMax,
  checkId,
  checkInteger,
  checkOneOf,
  checkOptionalId,
  checkOptionalInstant,
  invalid,
} from "../database/input.ts";
import { checkEach } from "../database/items.ts";
import { newId } from "../database/new-id.ts";
import { quote } from "../quote.ts";
import type { Backoff, JobInput } from "./job.ts";
import { toRoute } from "./route.ts";

/** A job to push, checked and encoded. */
export interface EncodedJob {
  readonly id: string;
  /** Whether the caller gave the id, so that a job of it may exist. */
  readonly hasOwnId: boolean;
  /** Greater than that of each job that was given before. */
  readonly ordinal: number;
  readonly queue: string;
  readonly payload: JsonText | null;
  readonly priority: number;
  readonly runAt: Date | null;
  readonly delayMs: number | null;
  readonly maxAttempts: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly group: string | null;
  readonly route: string;
  readonly uniqueKey: string | null;
  readonly replaces: boolean;
  readonly debounceMaxMs: number | null;
  readonly throttleMs: number | null;
  readonly executionId: string | null;
  readonly after: readonly string[];
  readonly onDependencyFailure: DependencyPolicy;
}

/** What a priority may be. */
export const priorityBounds: { readonly min: number; readonly max: number } = { min: -(2 ** 31), max: 2 ** 31 - 1 };
const attemptsBounds = { min: 1, max: 2 ** 31 - 1 };
const backoffDefault: Backoff = { initialMs: 1000, maxMs: 3_600_000 };

/** The longest delay: a hundred years, so that every moment made of one can be written. */
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
  group: true,
  requires: true,
  uniqueKey: true,
  onConflict: true,
  debounceMs: true,
  debounceMaxMs: true,
  throttleMs: true,
  executionId: true,
  after: true,
  onDependencyFailure: true,
});

/**
 * Checks and encodes an input, so that what is wrong with it is its caller's error alone. Inside an `owner`, an execution, it belongs
 * to that one unless it names another.
 */
export function encodeJob(codec: Codec, job: JobInput, field = "input", owner?: string): EncodedJob {
  const input = jobFields.read(job, field);
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
    queue: checkId(input.queue, "queue"),
    payload: encodeOptional(codec, input.payload, "payload"),
    priority: checkInteger(input.priority ?? 0, "priority", priorityBounds),
    runAt: checkOptionalInstant(runAt, "runAt"),
    delayMs: key.delayMs ?? checkOptionalMs(delayMs, "delayMs", 0),
    maxAttempts: checkInteger(input.maxAttempts ?? 25, "maxAttempts", attemptsBounds),
    backoffMs: initialMs,
    backoffMaxMs: maxMs,
    group: checkOptionalId(input.group, "group"),
    route: toRoute(input.requires),
    uniqueKey: key.uniqueKey,
    replaces: key.replaces,
    debounceMaxMs: key.debounceMaxMs,
    throttleMs: key.throttleMs,
    executionId: checkOptionalId(input.executionId ?? owner, "executionId"),
    after: checkAfter(input.after, id),
    onDependencyFailure: checkOneOf(
      input.onDependencyFailure ?? "cancel",
      "onDependencyFailure",
      dependencyPolicyLabels,
    ),
  };
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

type EncodedKey = Pick<EncodedJob, "uniqueKey" | "replaces" | "delayMs" | "debounceMaxMs" | "throttleMs">;

/** The unique key, and what becomes of the pushes that share it. */
function checkKey(input: JobInput): EncodedKey {
  const { uniqueKey, onConflict, runAt, delayMs } = input;
  const debounceMs = checkOptionalMs(input.debounceMs, "debounceMs", 1);
  const debounceMaxMs = checkOptionalMs(input.debounceMaxMs, "debounceMaxMs", debounceMs ?? 1);
  const throttleMs = checkOptionalMs(input.throttleMs, "throttleMs", 1);
  const replaces = checkOneOf(onConflict ?? "keep", "onConflict", ["keep", "replace"]) === "replace";
  const needsKey = debounceMs === null ? "throttleMs" : "debounceMs";
  if (uniqueKey === undefined && (debounceMs ?? throttleMs) !== null) {
    throw invalid(needsKey, "is given without a uniqueKey: give the key whose pushes it is about");
  }
  if (debounceMaxMs !== null && debounceMs === null) throw invalid("debounceMaxMs", "is given without debounceMs");
  if (debounceMs !== null && (runAt ?? delayMs ?? onConflict) !== undefined) {
    throw invalid("debounceMs", "is given together with runAt, delayMs or onConflict, which it decides itself");
  }
  if (throttleMs !== null && (replaces || debounceMs !== null)) {
    throw invalid("throttleMs", "is given together with debounceMs or a replacing onConflict: give one of them");
  }
  return {
    uniqueKey: checkOptionalId(uniqueKey, "uniqueKey"),
    replaces: replaces || debounceMs !== null,
    delayMs: debounceMs,
    debounceMaxMs,
    throttleMs,
  };
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
