import { saveComponents } from "../components/components.ts";
import { type Locked, lockedByEnds } from "../core/lock-order.ts";
import { combinePlans, inOrderOf, loneOf, mapPlan, type Plan } from "../core/plan.ts";
import { gather, type Write } from "../core/write.ts";
import { type CanceledWait, cancelWaitWrite, registerPlan, waitWrite } from "../correlations/waits.ts";
import type { EncodedChange } from "../executions/change.ts";
import { type ExecutionHead, hasEnded, toWrittenHead } from "../executions/execution.ts";
import { appendEntries, type Appended } from "../history/append.ts";
import { failOwners } from "../jobs/owners.ts";
import { locksOfPush, pushGathered } from "../jobs/push.ts";
import { propagateTasks, saveTasksBeside, setTaskStatuses } from "../tasks/task-writes.ts";
import { acknowledgeSettled } from "../timers/fencing.ts";
import { type CanceledTimer, cancelPlan, scheduleWrite } from "../timers/scheduling.ts";
import type { EncodedTransition } from "./encode.ts";
import { guardsOf } from "./guards.ts";
import type { AppliedTransition } from "./input.ts";
import { jobsPlan } from "./jobs.ts";
import type { EncodedPark } from "./leaving.ts";
import { lonePlan } from "./lone.ts";
import {
  changeHeld,
  changeOne,
  clearExecutions,
  type ClearExecutionsRow,
  parkExecutions,
  type ParkExecutionsRow,
  payloadsOfExecutions,
  type PayloadsOfExecutionsRow,
  readAfter,
  type ReadAfterRow,
} from "./statements.generated.ts";
import { taskEndsPlan } from "./task-ends.ts";

/**
 * The write of transitions: one plan of the nouns' writes, for any number of transitions.
 *
 * Statements always come in one order. First come keys of waits, executions, claims of jobs and the jobs that pushes refer to or that are
 * canceled, and claims of timers. Tasks, components, timers, jobs, history and ancestors of tasks follow. So concurrent transitions lock
 * in one order too, which is also that of sessions that lock an execution and then change its parts. The executions, whose locks came
 * first, are changed last: an ended one is frozen from then on.
 */
export const applyTransition: Write<EncodedTransition, AppliedTransition> = {
  name: "executions.transition",
  keys: keysOf,
  order: ({ executionId }) => `execution\0${executionId}`,
  locks: locksOf,
  plan: planOf,
};

/** Keys that two transitions in one batch may not share. History has none: entries are numbered in call order. */
function keysOf(transition: EncodedTransition): readonly string[] {
  const { executionId, change, history } = transition;
  return [
    change.length > 0 || transition.park.length > 0
      ? `execution\0${executionId}`
      : `execution\0${executionId}\0${callOrdinal()}`,
    ...transition.jobClaims.map((claim) => `job\0${claim.id}`),
    ...transition.timerClaims.map((claim) => `timer\0${claim.id}`),
    ...[...transition.tasks, ...transition.taskStatuses, ...transition.taskEnds].map((task) => `task\0${task.id}`),
    ...transition.components.flatMap(saveComponents.keys),
    ...transition.waits.flatMap(waitWrite.keys),
    ...transition.cancelWaits.map((id) => `wait\0${id}`),
    ...transition.timers.flatMap(scheduleWrite.keys),
    ...transition.cancelTimers.map((id) => `timer\0${id}`),
    ...transition.jobs.flatMap(pushGathered.keys),
    ...transition.cancelJobs.map((id) => `job\0${id}`),
    ...history.filter((append) => append.expectedNext !== null).map(() => `history\0${executionId}`),
  ];
}

/** The first and the last rows that a transition locks. Those in between need no check. */
function locksOf(transition: EncodedTransition): readonly Locked[] {
  const { waits, cancelWaits, park, end, taskStatuses, history, components, tasks, timers, cancelTimers } = transition;
  const needsKeys = waits.length > 0 || cancelWaits.length > 0 || park.some((each) => each.waits.length > 0);
  const first = needsKeys ? "keys" : "executions";
  const mayEnd = end.length > 0 || transition.failures.length > 0;
  if (mayEnd || hasEnded(transition.change[0]?.status ?? null)) return [first, ...lockedByEnds];
  if (taskStatuses.length > 0) return [first, "ancestors"];
  if (history.length > 0) return [first, "history"];
  if (components.length > 0) return [first, "components"];
  if (tasks.length > 0 || transition.taskEnds.length > 0) return [first, "tasks"];
  if (first === "keys" || park.length > 0) return [first, "correlations"];
  if (timers.length > 0 || cancelTimers.length > 0 || transition.timerClaims.length > 0) return [first, "timers"];
  const touchesJobs =
    transition.jobClaims.length > 0 ||
    transition.cancelJobs.length > 0 ||
    transition.jobs.some((job) => locksOfPush(job).length > 0);
  if (touchesJobs) return [first, "jobs"];
  return [first];
}

let calls = 0;

/** Sorts transitions of one execution in call order. */
function callOrdinal(): string {
  return String(++calls).padStart(16, "0");
}

function planOf(transitions: readonly EncodedTransition[]): Plan<readonly AppliedTransition[]> {
  const only = loneOf(transitions);
  const lone = only && lonePlan(only);
  return lone ? mapPlan(lone, (applied) => [applied]) : planOfParts(transitions);
}

function planOfParts(transitions: readonly EncodedTransition[]): Plan<readonly AppliedTransition[]> {
  const plan = combinePlans([
    guardsOf(transitions),
    combinePlans([
      gather(transitions, (each) => each.tasks, saveTasksBeside(transitions.flatMap((each) => each.taskStatuses))),
      gather(transitions, (each) => each.taskStatuses, setTaskStatuses),
      gather(transitions, (each) => each.taskEnds, { plan: taskEndsPlan }),
      gather(transitions, (each) => each.components, saveComponents),
    ]),
    waitingOf(transitions),
    combinePlans([
      jobsPlan(transitions),
      gather(transitions, (each) => each.history, appendEntries),
      gather(transitions, (each) => each.timerClaims, acknowledgeSettled),
      gather(transitions, (each) => each.taskStatuses.map((task) => task.id), propagateTasks),
    ]),
    endsOf(transitions),
    readsOf(transitions),
  ]);
  return mapPlan(plan, ([, records, waiting, later, ends, [payloads, readings]]) => {
    const [tasks, taskStatuses, ended] = records;
    const [canceledWaits, registered, timers, canceledTimers] = waiting;
    const [jobs, entries, , propagated] = later;
    const [parks, cleared, heads, owners] = ends;
    return transitions.map((transition, i) => ({
      execution: heads[i]?.[0] ?? null,
      tasks: tasks[i] ?? [],
      taskStatuses: taskStatuses[i] ?? [],
      ended: ended[i] ?? [],
      payloads: payloads[i]?.[0] ?? null,
      propagated: (propagated[i] ?? []).flatMap((changes) => changes ?? []),
      registered: transition.waits.map((_wait, at) => rowAt(registered[i], at)),
      timers: timers[i] ?? [],
      canceledWaits: canceledWaits[i] ?? [],
      canceledTimers: canceledTimers[i] ?? [],
      ...jobs.of(i),
      ...logIn(entries[i]?.[0], readings[i]?.[0]),
      woken: jobs.wokenBy(i),
      canceledIn: [
        ...jobs.canceledIn(i),
        ...(cleared[i] ?? []).flatMap(({ woken }) => woken),
        ...(owners?.woken ?? []),
      ],
      failedExecutions: owners?.executions ?? [],
      parked: parkedStatus(parks[i]?.[0]),
      parkedIn: parks[i]?.[0]?.queue ?? null,
      canceledChildren: cleared[i]?.[0]?.canceled ?? [],
    }));
  });
}

/** What the executions wait for. */
const waitingOf = (transitions: readonly EncodedTransition[]) =>
  combinePlans([
    gather(transitions, waitsToCancel, cancelWaitWrite),
    gather(transitions, (each) => each.waits, { plan: registerPlan }),
    gather(transitions, (each) => each.timers, scheduleWrite),
    gather(transitions, timersToCancel, { plan: cancelPlan }),
  ]);

/** What becomes of the executions themselves, after all their parts. */
const endsOf = (transitions: readonly EncodedTransition[]) =>
  combinePlans([
    gather(transitions, (each) => each.park, { plan: parkPlan }),
    gather(transitions, (each) => each.end, { plan: clearPlan }),
    gather(transitions, (each) => each.change, { plan: changePlan }),
    failOwners(transitions.flatMap((each) => each.failures)),
  ]);

/** What the callers want to know of the executions as they are then. */
const readsOf = (transitions: readonly EncodedTransition[]) =>
  combinePlans([
    gather(transitions, (each) => (each.whole ? [each.executionId] : []), { plan: payloadsPlan }),
    gather(transitions, (each) => each.reading, { plan: readingPlan }),
  ]);

function payloadsPlan(ids: readonly string[]): Plan<readonly PayloadsOfExecutionsRow[]> {
  return mapPlan(payloadsOfExecutions({ ids: [...new Set(ids)] }), (rows) =>
    inOrderOf(ids, rows, (each) => (typeof each === "string" ? each : each.id)),
  );
}

function logIn(
  appended: Appended | null | undefined,
  behind: readonly ReadAfterRow[] = [],
): Pick<AppliedTransition, "entries" | "recordedAt" | "behind"> {
  return { entries: appended?.numbers ?? [], recordedAt: appended?.recordedAt ?? null, behind };
}

function readingPlan(readings: EncodedTransition["reading"]): Plan<readonly (readonly ReadAfterRow[])[]> {
  const plan = readAfter({
    executionIds: readings.map(({ executionId }) => executionId),
    afters: readings.map(({ after }) => after),
  });
  return mapPlan(plan, (rows) => readings.map((_reading, i) => rows.filter(({ ordinal }) => ordinal === i + 1)));
}

function parkPlan(parks: readonly EncodedPark[]): Plan<readonly ParkExecutionsRow[]> {
  return parkExecutions({
    ids: parks.map(({ id }) => id),
    untilAt: parks.map(({ until }) => until),
    afterMs: parks.map(({ afterMs }) => afterMs),
    waits: parks.map(({ waits }) =>
      JSON.stringify(waits.map(({ id, step, key, expiry }) => [id, step, key, expiry.at, expiry.ttlMs])),
    ),
    forChildren: parks.map(({ children }) => children === "all"),
    anyChild: parks.map(({ children }) => children === "any"),
  });
}

function parkedStatus(row: ParkExecutionsRow | undefined): "waiting" | "ready" | null {
  if (row === undefined) return null;
  return row.isReady ? "ready" : "waiting";
}

function changePlan(changes: readonly EncodedChange[]): Plan<readonly ExecutionHead[]> {
  const only = loneOf(changes);
  if (only) return mapPlan(changeOne(only), (changed) => [toWrittenHead(changed)]);
  const plan = changeHeld({
    ids: changes.map(({ id }) => id),
    statuses: changes.map(({ status }) => status),
    labels: changes.map(({ labels }) => labels),
    usages: changes.map(({ usage }) => usage),
    states: changes.map(({ state }) => state),
    outputs: changes.map(({ output }) => output),
    errors: changes.map(({ error }) => error),
  });
  return mapPlan(plan, (changed) => inOrderOf(changes, changed.map(toWrittenHead), ({ id }) => id));
}

function clearPlan(ends: EncodedTransition["end"]): Plan<readonly ClearExecutionsRow[]> {
  return clearExecutions({ ids: ends.map(({ id }) => id), cancels: ends.map(({ cancels }) => cancels) });
}

function waitsToCancel({ executionId, cancelWaits }: EncodedTransition): readonly CanceledWait[] {
  return cancelWaits.map((id) => ({ id, executionId }));
}

function timersToCancel({ executionId, cancelTimers }: EncodedTransition): readonly CanceledTimer[] {
  return cancelTimers.map((id) => ({ id, executionId }));
}

function rowAt<T>(rows: readonly T[] | undefined, at: number): T {
  const row = rows?.[at];
  if (row === undefined) throw new TypeError("A wait got no answer.");
  return row;
}
