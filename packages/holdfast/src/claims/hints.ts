import type { Status } from "../core/enums.generated.ts";
import type { Session } from "../session/session.ts";
import { emitEnded } from "./events.ts";

/** The topic of a hint that an execution has ended. All executions share it, so many ends are one notification. */
export const endedTopic = "ended";

/** The topic of a hint that parked executions were woken, in any queues. */
export const wokenTopic = "woken";

/** The topic of a hint that an execution was canceled, for its holder. */
export function canceledTopic(id: string): string {
  return `canceled:${id}`;
}

/** Notifies workers of queues that may have something to claim, once per queue. */
export function hintQueues(session: Session, queues: readonly string[]): void {
  for (const queue of new Set(queues)) session.hint(`jobs:${queue}`);
}

/** The topic of a hint that jobs of a queue were canceled. Holders of jobs in that queue then check their claims. */
export function canceledJobsTopic(queue: string): string {
  return `canceled-jobs:${queue}`;
}

/** Notifies the holders of jobs in these queues that some were canceled, and workers that there may be something to claim. */
export function hintCanceledJobs(session: Session, queues: readonly string[]): void {
  hintQueues(session, queues);
  for (const queue of new Set(queues)) session.hint(canceledJobsTopic(queue));
}

/** Notifies workers of queues that may have executions to claim, once per queue. */
export function hintClaimable(session: Session, queues: readonly (string | null)[]): void {
  for (const queue of new Set(queues)) if (queue !== null) session.hint(`executions:${queue}`);
}

/** Counts new executions, and notifies workers of their queues. */
export function hintCreated(session: Session, queues: readonly (string | null)[]): void {
  session.count("executions.created", queues.length);
  hintClaimable(session, queues);
}

/** Notifies the holders of executions that others ended, listeners, and callers that wait for the end. */
export function hintStopped(session: Session, ids: readonly string[], status: "canceled" | "failed"): void {
  for (const id of ids) session.hint(canceledTopic(id));
  if (ids.length === 0) return;
  emitEnded(session, ids, status);
  session.hint(endedTopic);
  session.hint(wokenTopic);
}

const endStatuses: ReadonlySet<Status> = new Set(["succeeded", "failed", "timed_out", "canceled"]);

interface Ended {
  readonly id: string;
  readonly status: Status;
  readonly parentId: string | null;
}

/** If an execution has ended, notifies listeners and waiting callers, and workers that its parent may have woken. */
export function hintEnded(session: Session, { id, status, parentId }: Ended): void {
  if (!endStatuses.has(status)) return;
  emitEnded(session, [id], status);
  session.hint(endedTopic);
  if (parentId !== null) session.hint(wokenTopic);
}
