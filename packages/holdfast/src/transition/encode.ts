import { checkClaims, type Claim } from "../claims/claims.ts";
import { encodeState, type EncodedState } from "../components/components.ts";
import { type EncodedWait, encodeWaits } from "../correlations/waits.ts";
import { type Codec, encodeOptional } from "../database/codec.ts";
import { encodeError } from "../database/describe-error.ts";
import { statusLabels } from "../database/enums.generated.ts";
import {
  batchItemsMax,
  checkBatch,
  checkId,
  checkObject,
  checkOneOf,
  checkOptionalCount,
  encodeEach,
  encodeItems,
  invalid,
} from "../database/input.ts";
import { type EncodedChange, encodeChange, type ExecutionChange } from "../executions/change.ts";
import { encodeAppend, type EncodedAppend } from "../history/append.ts";
import { encodeCompletion, type EncodedCompletion } from "../jobs/acknowledge.ts";
import type { EncodedJob } from "../jobs/input.ts";
import { encodeJobs } from "../jobs/push.ts";
import { encodeTask, type EncodedTask } from "../tasks/encoded-task.ts";
import type { EncodedStatus } from "../tasks/task-writes.ts";
import { type EncodedTimer, encodeTimers } from "../timers/scheduling.ts";
import { encodeUsage } from "../usage.ts";
import type { TaskStatusInput, TransitionInput } from "./input.ts";

/** A transition, checked and encoded: the inputs of the writes that it is made of. */
export interface EncodedTransition {
  readonly executionId: string;
  /** Empty where nothing of the execution itself is to change or to be checked; else one. */
  readonly change: readonly EncodedChange[];
  /** Claims of jobs and of timers that must hold. */
  readonly jobClaims: readonly Claim[];
  readonly timerClaims: readonly Claim[];
  readonly tasks: readonly EncodedTask[];
  readonly taskStatuses: readonly EncodedStatus[];
  readonly components: readonly EncodedState[];
  readonly waits: readonly EncodedWait[];
  readonly timers: readonly EncodedTimer[];
  readonly cancelTimers: readonly string[];
  readonly jobs: readonly EncodedJob[];
  /** Empty where there is nothing to append; else one. */
  readonly history: readonly EncodedAppend[];
  readonly completions: readonly EncodedCompletion[];
}

/** Checks and encodes a transition, so that what is wrong with it is its caller's error alone. */
export function encodeTransition(codec: Codec, id: string, input: TransitionInput): EncodedTransition {
  checkObject(input, "input");
  const executionId = checkId(id, "id");
  checkParts(input);
  const within = <T>(items: readonly T[] = []): readonly (T & { executionId: string })[] =>
    items.map((item) => ({ ...item, executionId }));
  const completions = encodeItems(input.complete ?? [], "complete", (each) => encodeCompletion(codec, each));
  const { history: entries = [], expectedNext } = input;
  return {
    executionId,
    change: changesExecution(input) ? [encodeChange(codec, executionId, input)] : [],
    jobClaims: jobClaimsOf(checkClaims(input.holding ?? [], "holding"), completions),
    timerClaims: checkClaims(input.acknowledge ?? [], "acknowledge"),
    tasks: encodeItems(within(input.tasks), "tasks", (task) => encodeTask(codec, task)),
    taskStatuses: encodeItems(input.taskStatuses ?? [], "taskStatuses", (status) =>
      encodeStatus(codec, executionId, status),
    ),
    components: encodeEach(
      checkBatch(within(input.components), "components", (state) => state.component),
      "components",
      (state) => encodeState(codec, state),
    ),
    waits: encodeWaits(within(input.waits), "waits"),
    timers: encodeTimers(codec, within(input.timers), "timers"),
    cancelTimers: checkBatch(input.cancelTimers ?? [], "cancelTimers", (timer) => timer).map((timer, i) =>
      checkId(timer, `cancelTimers[${i}]`),
    ),
    jobs: encodeJobs(
      codec,
      (input.jobs ?? []).map((job) => ({ ...job, executionId: job.executionId ?? executionId })),
      "jobs",
    ),
    history:
      entries.length > 0 || expectedNext !== undefined
        ? [encodeAppend(codec, executionId, { entries, expectedNext }, "history")]
        : [],
    completions,
  };
}

const partFields = [
  "holding",
  "complete",
  "acknowledge",
  "tasks",
  "taskStatuses",
  "components",
  "waits",
  "timers",
  "cancelTimers",
  "jobs",
  "history",
] as const satisfies readonly (keyof TransitionInput)[];

/** A transition is one plan, whose every part is a statement of its noun: so none is larger than a statement may be. */
function checkParts(input: TransitionInput): void {
  for (const field of partFields) {
    const items: readonly unknown[] | undefined = input[field];
    if (items !== undefined) checkBatch(items, field, () => undefined);
  }
}

const changeFields: readonly (keyof ExecutionChange)[] = [
  "status",
  "state",
  "output",
  "error",
  "labels",
  "usage",
  "token",
  "expectedVersion",
];

function changesExecution(input: TransitionInput): boolean {
  return changeFields.some((field) => input[field] !== undefined);
}

/** The claims of jobs to hold and of jobs to complete: what is to be completed is held by that. */
function jobClaimsOf(held: readonly Claim[], completions: readonly Claim[]): readonly Claim[] {
  const ids = new Set(held.map(({ id }) => id));
  for (const [i, { id }] of completions.entries()) {
    if (ids.has(id)) throw invalid(`complete[${i}]`, `repeats ${JSON.stringify(id)}, which holding has: name it once`);
  }
  const claims = [...held, ...completions];
  // One statement looks at both.
  if (claims.length > batchItemsMax) {
    throw invalid(
      "complete",
      `has ${claims.length} items with those of holding, above the limit of ${batchItemsMax} a call: cut it`,
    );
  }
  return claims;
}

function encodeStatus(codec: Codec, executionId: string, input: TaskStatusInput): EncodedStatus {
  const { id, status, output, error, usage, expectedVersion } = input;
  return {
    id: checkId(id, "id"),
    status: checkOneOf(status, "status", statusLabels),
    output: encodeOptional(codec, output, "output"),
    error: encodeError(codec, error, "error"),
    usage: encodeUsage(usage),
    expectedVersion: checkOptionalCount(expectedVersion, "expectedVersion", 1),
    executionId,
  };
}
