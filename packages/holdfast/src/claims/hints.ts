import type { Status } from "../database/enums.generated.ts";
import type { Session } from "../database/session.ts";

/** The topic of a hint that an execution has ended. All executions share it, so many ends are one notification. */
export const endedTopic = "ended";

/** The topic of a hint that parked executions were woken, in any queues. */
export const wokenTopic = "woken";

/** The topic of a hint that an execution was canceled, for its holder. */
export function canceledTopic(id: string): string {
  return `canceled:${id}`;
}

/** Notifies workers of queues in which there may be something to claim, once for each queue. */
export function hintQueues(session: Session, queues: readonly string[]): void {
  for (const queue of new Set(queues)) session.hint(`jobs:${queue}`);
}

/** The topic of a hint that jobs of a queue were canceled. Whoever holds jobs of that queue then checks which claims still hold. */
export function canceledJobsTopic(queue: string): string {
  return `canceled-jobs:${queue}`;
}

/** Tells the holders of jobs in these queues that some were canceled, and workers that there may be something to claim. */
export function hintCanceledJobs(session: Session, queues: readonly string[]): void {
  hintQueues(session, queues);
  for (const queue of new Set(queues)) session.hint(canceledJobsTopic(queue));
}

/** Notifies workers of queues that may have executions to claim, once for each queue. */
export function hintClaimable(session: Session, queues: readonly (string | null)[]): void {
  for (const queue of new Set(queues)) if (queue !== null) session.hint(`executions:${queue}`);
}

const endStatuses: ReadonlySet<Status> = new Set(["succeeded", "failed", "timed_out", "canceled"]);

interface Ended {
  readonly status: Status;
  readonly parentId: string | null;
}

/** Notifies waiting callers if an execution has ended, and workers that its parent may have been woken. */
export function hintEnded(session: Session, { status, parentId }: Ended): void {
  if (!endStatuses.has(status)) return;
  session.hint(endedTopic);
  if (parentId !== null) session.hint(wokenTopic);
}
