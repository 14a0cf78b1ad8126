import { checkClaims, type Claim } from "../claims/claims.ts";
import { type EncodedState, encodeStates } from "../components/components.ts";
import { type Codec, encodeOptional } from "../core/codec.ts";
import { statusLabels } from "../core/enums.generated.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { batchItemsMax, checkId, checkOneOf, checkOptionalCount, invalid } from "../core/input.ts";
import { checkDistinct, checkEach, checkList, encodeItems } from "../core/items.ts";
import { quote } from "../core/quote.ts";
import { encodeError } from "../core/thrown.ts";
import { encodeUsage } from "../core/usage.ts";
import { type EncodedWait, encodeWaits } from "../correlations/waits.ts";
import { encodeChange, type EncodedChange } from "../executions/change.ts";
import { encodeAppend, type EncodedAppend } from "../history/append.ts";
import { encodeCompletions, type EncodedCompletion, type EncodedFailure, encodeFailures } from "../jobs/acknowledge.ts";
import type { EncodedJob } from "../jobs/input.ts";
import { jobClaim } from "../jobs/job.ts";
import { encodeJobs } from "../jobs/push.ts";
import { type EncodedRelease, encodeReleases } from "../jobs/release.ts";
import { type EncodedTask, encodeTask } from "../tasks/encoded-task.ts";
import type { EncodedStatus } from "../tasks/task-writes.ts";
import { type EncodedTimer, encodeTimers } from "../timers/scheduling.ts";
import { timerClaim } from "../timers/timer.ts";
import type { TaskStatusInput, TransitionInput } from "./input.ts";
import { type EncodedPark, encodePark, type End, readEnd } from "./leaving.ts";
import { type EncodedRequirement, encodeRequirement } from "./requirement.ts";
import { type EncodedTaskEnd, encodeTaskEnds } from "./task-ends.ts";

/** A transition, checked and encoded: the inputs of its writes. */
export interface EncodedTransition {
  readonly executionId: string;
  readonly requirement: EncodedRequirement;
  /** Empty if the execution itself does not change; else one. */
  readonly change: readonly EncodedChange[];
  /** Claims of jobs and of timers that must hold. */
  readonly jobClaims: readonly Claim[];
  readonly timerClaims: readonly Claim[];
  readonly tasks: readonly EncodedTask[];
  readonly taskStatuses: readonly EncodedStatus[];
  readonly taskEnds: readonly EncodedTaskEnd[];
  readonly components: readonly EncodedState[];
  readonly waits: readonly EncodedWait[];
  readonly cancelWaits: readonly string[];
  readonly timers: readonly EncodedTimer[];
  readonly cancelTimers: readonly string[];
  readonly jobs: readonly EncodedJob[];
  /** Empty if there is nothing to append; else one. */
  readonly history: readonly EncodedAppend[];
  /** Empty, or one: behind which entry to read. */
  readonly reading: readonly { readonly executionId: string; readonly after: number }[];
  readonly completions: readonly EncodedCompletion[];
  readonly failures: readonly EncodedFailure[];
  readonly releases: readonly EncodedRelease[];
  readonly cancelJobs: readonly string[];
  /** Empty, or one. */
  readonly park: readonly EncodedPark[];
  /** Empty, or one: which execution to clear, and whether to cancel its children. */
  readonly end: readonly { readonly id: string; readonly cancels: boolean }[];
  /** Whether the result has the whole execution. */
  readonly whole: boolean;
}

const changeNames = {
  status: true,
  state: true,
  output: true,
  error: true,
  labels: true,
  usage: true,
} as const;

const changeFields: readonly (keyof typeof changeNames)[] = Object.keys(
  changeNames,
) as readonly (keyof typeof changeNames)[];

const partNames = {
  holding: true,
  complete: true,
  fail: true,
  release: true,
  acknowledge: true,
  tasks: true,
  taskStatuses: true,
  endTasks: true,
  components: true,
  waits: true,
  cancelWaits: true,
  timers: true,
  cancelTimers: true,
  jobs: true,
  cancelJobs: true,
  history: true,
} as const;

const partFields: readonly (keyof typeof partNames)[] = Object.keys(partNames) as readonly (keyof typeof partNames)[];

const transitionFields: Fields<TransitionInput> = fieldsOf<TransitionInput>({
  ...changeNames,
  ...partNames,
  expectedNext: true,
  entriesAfter: true,
  returning: true,
  require: true,
  park: true,
  end: true,
});

const statusFields: Fields<TaskStatusInput> = fieldsOf<TaskStatusInput>({
  id: true,
  status: true,
  output: true,
  error: true,
  usage: true,
  expectedVersion: true,
});

/** Checks and encodes a transition before it joins others, so that an error concerns its caller alone. */
export function encodeTransition(codec: Codec, id: string, given: TransitionInput): EncodedTransition {
  const input = transitionFields.read(given, "input");
  const executionId = checkId(id, "id");
  checkParts(input);
  const requirement = encodeRequirement(input.require);
  const { park, end } = readParkOrEnd(executionId, input, requirement);
  return {
    executionId,
    requirement,
    change: changesOf(codec, executionId, input, end),
    park,
    end: end === null ? [] : [{ id: executionId, cancels: end.children === "cancel" }],
    timerClaims: checkClaims(timerClaim, input.acknowledge ?? [], "acknowledge"),
    ...encodeWithin(codec, executionId, input),
    taskEnds: encodeTaskEnds(codec, executionId, input.endTasks ?? []),
    whole: checkOneOf(input.returning ?? "head", "returning", ["head", "record"]) === "record",
    cancelWaits: checkIds(input.cancelWaits, "cancelWaits"),
    cancelTimers: checkIds(input.cancelTimers, "cancelTimers"),
    cancelJobs: checkIds(input.cancelJobs, "cancelJobs"),
    history: historyOf(codec, executionId, input),
    reading: readingOf(executionId, input.entriesAfter),
    ...claimedJobsOf(codec, input),
  };
}

function checkIds(ids: readonly string[] | undefined, field: string): readonly string[] {
  return checkDistinct(checkEach(ids ?? [], field, checkId), field, (id) => id);
}

type ClaimedJobs = Pick<EncodedTransition, "jobClaims" | "completions" | "failures" | "releases">;

/** The jobs whose claims the step requires, and what it does with them. */
function claimedJobsOf(codec: Codec, input: TransitionInput): ClaimedJobs {
  const completions = encodeCompletions(codec, input.complete ?? [], "complete");
  const failures = encodeFailures(codec, input.fail ?? [], "fail");
  const releases = encodeReleases(input.release ?? [], "release");
  const holding = checkClaims(jobClaim, input.holding ?? [], "holding");
  const jobClaims = allClaims({ holding, complete: completions, fail: failures, release: releases });
  return { jobClaims, completions, failures, releases };
}

type PartsWithin = Pick<EncodedTransition, "tasks" | "taskStatuses" | "components" | "waits" | "timers" | "jobs">;

/** The parts inside the execution, given without its id or with that one. */
function encodeWithin(codec: Codec, executionId: string, input: TransitionInput): PartsWithin {
  return {
    tasks: encodeItems(input.tasks ?? [], "tasks", (task, place) => encodeTask(codec, task, place, executionId)),
    taskStatuses: encodeItems(input.taskStatuses ?? [], "taskStatuses", (status, place) =>
      encodeStatus(codec, executionId, statusFields.read(status, place)),
    ),
    components: encodeStates(codec, input.components ?? [], "components", executionId),
    waits: encodeWaits(input.waits ?? [], "waits", executionId),
    timers: encodeTimers(codec, input.timers ?? [], "timers", executionId),
    jobs: encodeJobs(codec, input.jobs ?? [], "jobs", { owner: executionId }),
  };
}

function historyOf(
  codec: Codec,
  executionId: string,
  { history: entries = [], expectedNext }: TransitionInput,
): readonly EncodedAppend[] {
  if (entries.length === 0 && expectedNext === undefined) return [];
  return [encodeAppend(codec, executionId, { entries, expectedNext }, "history")];
}

function readingOf(executionId: string, entriesAfter: number | undefined): EncodedTransition["reading"] {
  const after = checkOptionalCount(entriesAfter, "entriesAfter", 0);
  return after === null ? [] : [{ executionId, after }];
}

/** A transition is one plan with one statement per noun, so no part may exceed a statement. */
function checkParts(input: TransitionInput): void {
  for (const field of partFields) {
    const items: readonly unknown[] | undefined = input[field];
    if (items !== undefined) checkList(items, field, batchItemsMax);
  }
}

function changesOf(codec: Codec, id: string, input: TransitionInput, end: End | null): readonly EncodedChange[] {
  const { status, state, output, error, labels, usage } = input;
  if (end !== null) {
    for (const field of ["status", "output", "error"] as const) {
      if (input[field] !== undefined) throw invalid(field, "is given together with end: say it there");
    }
    return [
      encodeChange(codec, id, { status: end.status, state, output: end.output, error: end.error, labels, usage }),
    ];
  }
  const isChanged = changeFields.some((field) => input[field] !== undefined);
  return isChanged ? [encodeChange(codec, id, { status, state, output, error, labels, usage })] : [];
}

function readParkOrEnd(
  id: string,
  { park, end }: TransitionInput,
  { token, holder }: EncodedRequirement,
): { readonly park: readonly EncodedPark[]; readonly end: End | null } {
  if (park === undefined) return { park: [], end: end === undefined ? null : readEnd(end) };
  if (end !== undefined) throw invalid("end", "is given together with park: give one of them");
  if (token === null && holder === null) {
    throw invalid("park", "gives a lease back: name its token, or its holder, in require");
  }
  return { park: [encodePark(id, park)], end: null };
}

/** All job claims of a step. A job appears in one part only: completing, failing or releasing it also requires its claim. */
function allClaims(parts: Readonly<Record<string, readonly Claim[]>>): readonly Claim[] {
  const partOf = new Map<string, string>();
  for (const [field, claims] of Object.entries(parts)) {
    for (const [i, { id }] of claims.entries()) {
      const other = partOf.get(id);
      if (other !== undefined) {
        throw invalid(`${field}[${i}]`, `repeats ${quote(id)}, which ${other} has: name it once`);
      }
      partOf.set(id, field);
    }
  }
  const claims = Object.values(parts).flat();
  // One statement checks all.
  if (claims.length > batchItemsMax) {
    const message = `has, with the other claims of jobs, ${claims.length} items, above the limit of ${batchItemsMax} a call: cut it`;
    throw invalid("complete", message);
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
