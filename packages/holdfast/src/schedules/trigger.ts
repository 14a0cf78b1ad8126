import { newId } from "../database/new-id.ts";
import type { Session } from "../database/session.ts";
import { NotFoundError } from "../errors.ts";
import { dealPlan, jobsOfTicks } from "./deal.ts";
import { overlap } from "./overlap.ts";
import { tell } from "./push-due.ts";
import { triggerJobId } from "./schedule.ts";
import { lockSchedules } from "./statements.generated.ts";

/** What became of a job asked for between the ticks: the overlap policy may leave it out. */
export type Triggered =
  | { readonly outcome: "pushed"; readonly jobId: string }
  | { readonly outcome: "skipped"; readonly jobId: null };

/** Makes a schedule's job now, whatever its status; its ticks stay as they are. */
export async function trigger(session: Session, id: string): Promise<Triggered> {
  return session.transaction(async (inner) => {
    const [stored] = await inner.run(lockSchedules({ ids: [id] }));
    if (!stored || stored.overlap === null || stored.queue === null || stored.jobOptions === null) throw missing(id);
    const tick = { id: triggerJobId(id, newId()), runAt: stored.now, after: null };
    const overlapped = overlap(stored.overlap, stored.openJobs, [tick]);
    const { queue, jobOptions, payload, nextAt } = stored;
    const jobs = jobsOfTicks(inner.codec, { queue, jobOptions, payload }, overlapped.jobs);
    const [dealt] = await inner.run(dealPlan([{ id, nextAt, lastTickAt: null, missed: null, overlapped, jobs }]));
    if (dealt) tell(inner, dealt);
    return jobs.length === 0 ? { outcome: "skipped", jobId: null } : { outcome: "pushed", jobId: tick.id };
  });
}

/** There is no schedule of an id. */
export function missing(id: string): NotFoundError {
  return new NotFoundError(`Schedule ${id} does not exist: save it first.`, { facts: { entity: "schedule", id } });
}
