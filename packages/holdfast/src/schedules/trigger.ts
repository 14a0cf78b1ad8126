import { NotFoundError } from "../core/errors.ts";
import { newId } from "../core/new-id.ts";
import type { Session } from "../session/session.ts";
import { decisionPlan, jobsOfTicks } from "./decisions.ts";
import { overlap } from "./overlap.ts";
import { hintPushedTicks } from "./push-due.ts";
import { triggerJobId } from "./schedule.ts";
import { lockSchedules } from "./statements.generated.ts";

/** The outcome of a job requested between ticks; the overlap policy may leave it out. */
export type Triggered =
  | { readonly outcome: "pushed"; readonly jobId: string }
  | { readonly outcome: "skipped"; readonly jobId: null };

/** Makes a schedule's job now, whatever its status. Its ticks stay as they are. */
export async function trigger(session: Session, id: string): Promise<Triggered> {
  return session.transaction(async (inner) => {
    const [stored] = await inner.run(lockSchedules({ ids: [id] }));
    if (!stored || stored.overlap === null || stored.queue === null || stored.jobOptions === null) throw missing(id);
    const tick = { id: triggerJobId(id, newId()), runAt: stored.now, after: null };
    const overlapped = overlap(stored.overlap, stored.openJobs, [tick]);
    const { queue, jobOptions, payload, nextAt } = stored;
    const jobs = jobsOfTicks(inner.codec, { queue, jobOptions, payload }, overlapped.jobs);
    const [outcome] = await inner.run(decisionPlan([{ id, nextAt, lastTickAt: null, missed: null, overlapped, jobs }]));
    if (outcome) hintPushedTicks(inner, outcome);
    return jobs.length === 0 ? { outcome: "skipped", jobId: null } : { outcome: "pushed", jobId: tick.id };
  });
}

/** The error for a missing schedule. */
export function missing(id: string): NotFoundError {
  return new NotFoundError(`Schedule ${id} does not exist: save it first.`, { facts: { entity: "schedule", id } });
}
