import { combinePlans, mapPlan, type Plan } from "../core/plan.ts";
import type { EncodedChange } from "../executions/change.ts";
import { toWrittenHead } from "../executions/execution.ts";
import { appendColumns, type EncodedAppend, numbered } from "../history/append.ts";
import type { EncodedTask } from "../tasks/encoded-task.ts";
import { type TaskSummary, toSummary } from "../tasks/task.ts";
import type { EncodedTransition } from "./encode.ts";
import { lockModeOf } from "./guards.ts";
import type { AppliedTransition } from "./input.ts";
import {
  appendHeld,
  changeAlone,
  type ChangeAloneParameters,
  endTask,
  readAfter,
  recordAndEnd,
  type RecordAndEndParameters,
  type RecordAndEndRow,
  recordTask,
} from "./statements.generated.ts";

/**
 * The plan of one transition that changes little: a task, the execution and its history. Most transitions are such. Takes one statement,
 * and another to read history, instead of two to five. Undefined for any other.
 */
export function lonePlan(transition: EncodedTransition): Plan<AppliedTransition> | undefined {
  if (doesMore(transition)) return undefined;
  const written = writingPlan(transition);
  const [reading] = transition.reading;
  if (written === undefined || reading === undefined) return written;
  const read = readAfter({ executionIds: [reading.executionId], afters: [reading.after] });
  return mapPlan(combinePlans([written, read]), ([applied, behind]) => ({ ...applied, behind }));
}

function doesMore(transition: EncodedTransition): boolean {
  const { taskStatuses, components, waits, cancelWaits, timers, cancelTimers } = transition;
  const { jobs, cancelJobs, jobClaims, timerClaims } = transition;
  return (
    transition.tasks.length + transition.taskEnds.length > 1 ||
    transition.park.length > 0 ||
    transition.end.some(({ cancels }) => cancels) ||
    [taskStatuses, components, waits, cancelWaits, timers, cancelTimers].some(({ length }) => length > 0) ||
    [jobs, cancelJobs, jobClaims, timerClaims].some(({ length }) => length > 0)
  );
}

/** The statement that does all but the read. */
function writingPlan(transition: EncodedTransition): Plan<AppliedTransition> | undefined {
  const { tasks, taskEnds, change, end, whole, history } = transition;
  const [task, taskEnd, changed, append] = [tasks[0], taskEnds[0], change[0], history[0]];
  const held = Object.assign(heldColumns(transition), appendColumns(append ?? nothingToAppend));
  const ends = end.length > 0;
  if (task !== undefined && changed !== undefined) {
    return ends && !whole && changed.status !== null
      ? recordAndEndPlan({ status: changed.status, ...held, ...columnsOf(task), ...changeColumns(changed) }, append)
      : undefined;
  }
  if (taskEnd !== undefined) {
    if (changed !== undefined) return undefined;
    return mapPlan(endTask(Object.assign(held, taskEnd)), ({ first, recordedAt, ...row }) => ({
      ...nothing,
      ended: [row],
      ...logged(append, { first, recordedAt }),
    }));
  }
  if (task !== undefined) {
    return mapPlan(recordTask(Object.assign(held, columnsOf(task))), ({ first, recordedAt, ...row }) => ({
      ...nothing,
      tasks: [toSummary(row)],
      ...logged(append, { first, recordedAt }),
    }));
  }
  if (changed !== undefined) {
    return changePlan({ status: changed.status, ends, whole, ...held, ...changeColumns(changed) }, append);
  }
  return append && mapPlan(appendHeld(held), (row) => ({ ...nothing, ...logged(append, row) }));
}

function changePlan(columns: ChangeAloneParameters, append: EncodedAppend | undefined): Plan<AppliedTransition> {
  return mapPlan(changeAlone(columns), (row) => {
    const { woken, input, storedState, storedOutput, storedError, first, recordedAt, ...head } = row;
    return {
      ...nothing,
      execution: toWrittenHead(head),
      payloads: columns.whole ? { input, state: storedState, output: storedOutput, error: storedError } : null,
      canceledIn: woken,
      ...logged(append, { first, recordedAt }),
    };
  });
}

function recordAndEndPlan(columns: RecordAndEndParameters, append: EncodedAppend | undefined): Plan<AppliedTransition> {
  return mapPlan(recordAndEnd(columns), (row) => ({
    ...nothing,
    execution: toWrittenHead(row),
    tasks: [toTaskSummary(row)],
    canceledIn: row.woken,
    ...logged(append, row),
  }));
}

const nothingToAppend = { entries: [], expectedNext: null } as const;

/** The numbers and the time of appended entries. */
function logged(
  append: EncodedAppend | undefined,
  { first, recordedAt }: { readonly first: number | null; readonly recordedAt: Date | null },
): Pick<AppliedTransition, "entries" | "recordedAt"> {
  if (append === undefined || first === null || recordedAt === null) return { entries: [], recordedAt: null };
  const { numbers: entries } = numbered(append, { first, recordedAt });
  return { entries, recordedAt };
}

const nothing: AppliedTransition = {
  execution: null,
  tasks: [],
  taskStatuses: [],
  ended: [],
  payloads: null,
  propagated: [],
  registered: [],
  timers: [],
  canceledWaits: [],
  canceledTimers: [],
  jobs: [],
  failed: [],
  released: [],
  canceledJobs: [],
  entries: [],
  recordedAt: null,
  behind: [],
  woken: [],
  canceledIn: [],
  parked: null,
  parkedIn: null,
  canceledChildren: [],
  failedExecutions: [],
};

function columnsOf(task: EncodedTask) {
  const { id, status, output, error, expectedVersion, executionId: _, ...rest } = task;
  return { taskId: id, taskStatus: status, taskOutput: output, taskError: error, expected: expectedVersion, ...rest };
}

function heldColumns(transition: EncodedTransition) {
  return { executionId: transition.executionId, mode: lockModeOf(transition), ...transition.requirement };
}

function changeColumns({ labels, usage, state, output, error }: EncodedChange) {
  return { labels, usage, state, output, error };
}

function toTaskSummary(row: RecordAndEndRow): TaskSummary {
  return toSummary({
    id: row.taskId,
    executionId: row.taskExecutionId,
    sequence: row.taskSequence,
    version: row.taskVersion,
    parentId: row.taskParentId,
    name: row.taskName,
    type: row.taskType,
    status: row.taskStatus,
    strategy: row.taskStrategy,
    attempt: row.taskAttempt,
    component: row.taskComponent,
    agent: row.taskAgent,
    action: row.taskAction,
    tool: row.taskTool,
    usage: row.taskUsage,
    createdAt: row.taskCreatedAt,
    updatedAt: row.taskUpdatedAt,
    startedAt: row.taskStartedAt,
    finishedAt: row.taskFinishedAt,
  });
}
