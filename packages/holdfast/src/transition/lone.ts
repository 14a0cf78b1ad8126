import { mapPlan, type Plan } from "../core/plan.ts";
import type { EncodedChange } from "../executions/change.ts";
import { toWrittenHead } from "../executions/execution.ts";
import type { EncodedTask } from "../tasks/encoded-task.ts";
import { type TaskSummary, toSummary } from "../tasks/task.ts";
import type { EncodedTransition } from "./encode.ts";
import { lockModeOf } from "./guards.ts";
import type { AppliedTransition } from "./input.ts";
import { endExecution, endTask, recordAndEnd, type RecordAndEndRow, recordTask } from "./statements.generated.ts";

/**
 * The plan of one transition that records a task, ends the execution, or both, and nothing else: most transitions are such. Takes one
 * statement instead of two to four with BEGIN and COMMIT around them. Undefined for any other.
 */
export function lonePlan(transition: EncodedTransition): Plan<AppliedTransition> | undefined {
  const { executionId, requirement, tasks, change, end, taskEnds, whole } = transition;
  const [task, ...otherTasks] = tasks;
  const [taskEnd, ...otherEnds] = taskEnds;
  if (otherTasks.length > 0 || otherEnds.length > 0 || change.length !== end.length) return undefined;
  if (doesMore(transition)) return undefined;
  const held = { executionId, mode: lockModeOf(transition), ...requirement };
  if (taskEnd !== undefined) {
    if (task !== undefined || change.length > 0) return undefined;
    return mapPlan(endTask({ ...taskEnd, ...held }), (row) => ({ ...nothing, ended: [row] }));
  }
  const [ending, status] = [change[0], change[0]?.status ?? null];
  if (ending === undefined || status === null) {
    if (task === undefined) return undefined;
    return mapPlan(recordTask({ ...held, ...columnsOf(task) }), (row) => ({ ...nothing, tasks: [toSummary(row)] }));
  }
  const ended = { ...held, ...endColumns(ending), status };
  if (task !== undefined && whole) return undefined;
  if (task === undefined) {
    return mapPlan(
      endExecution({ ...ended, whole }),
      ({ woken, input, storedState, storedOutput, storedError, ...head }) => ({
        ...nothing,
        execution: toWrittenHead(head),
        payloads: whole ? { input, state: storedState, output: storedOutput, error: storedError } : null,
        canceledIn: woken,
      }),
    );
  }
  return mapPlan(recordAndEnd({ ...ended, ...columnsOf(task) }), (row) => ({
    ...nothing,
    execution: toWrittenHead(row),
    tasks: [toTaskSummary(row)],
    canceledIn: row.woken,
  }));
}

function doesMore(transition: EncodedTransition): boolean {
  const { taskStatuses, components, waits, cancelWaits, timers, cancelTimers } = transition;
  const { jobs, cancelJobs, history, reading, jobClaims, timerClaims } = transition;
  return (
    transition.park.length > 0 ||
    transition.end.some(({ cancels }) => cancels) ||
    [taskStatuses, components, waits, cancelWaits, timers, cancelTimers].some(({ length }) => length > 0) ||
    [jobs, cancelJobs, history, reading, jobClaims, timerClaims].some(({ length }) => length > 0)
  );
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
  return { ...rest, taskId: id, taskStatus: status, taskOutput: output, taskError: error, expected: expectedVersion };
}

function endColumns({ labels, usage, state, output, error }: EncodedChange) {
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
