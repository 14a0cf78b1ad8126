import { tickOf } from "holdfast/schedules";
import { page, several, text, word } from "../answers/parameters.ts";
import { type JobDetail, type JobRow, jobStatuses } from "../protocol/index.ts";
import { failureRow, jobRow, logRow, queueRow } from "../rows/jobs.ts";
import { pageOf, plain } from "../rows/plain.ts";
import type { Asked, DefineRoute } from "./route.ts";

/** The most jobs that a queue's row counts per status. */
export const countUpTo = 10_000;

/** The routes about jobs and queues. */
export function jobRoutes(route: DefineRoute): void {
  const filter = {
    queue: text.optional(),
    status: several(word(jobStatuses)).optional(),
    executionId: text.optional(),
  };
  route("/api/jobs", { ...filter, ...page }, async ({ order = "desc", ...given }, { limited }) =>
    pageOf(await limited.jobs.list({ ...given, order, payloads: false }), jobRow),
  );
  route("/api/job", { id: text }, ({ id }, asked) => detailOf(asked, id));
  route("/api/job/log", { id: text, ...page }, async ({ id, ...given }, { limited, show }) =>
    pageOf(await limited.jobs.log(id, given), (line) => logRow(show, id, line)),
  );
  route("/api/queues", page, async (given, { limited }) =>
    pageOf(await limited.queues.list({ ...given, countUpTo }), (queue) => queueRow(queue, countUpTo)),
  );
  route("/api/queue", { name: text }, async ({ name }, { limited }) =>
    queueRow(await limited.queues.get(name, { countUpTo }), countUpTo),
  );
}

async function detailOf({ limited, show }: Asked, id: string): Promise<JobDetail> {
  const [job, progress, links] = await limited.read([
    (nouns) => nouns.jobs.require(id),
    (nouns) => nouns.jobs.progressOf(id),
    (nouns) => nouns.jobs.dependencies(id, { limit: 100 }),
  ]);
  const [after, before] = [await rowsOf({ limited }, links.after), await rowsOf({ limited }, links.before)];
  const tick = tickOf(id);
  return {
    ...jobRow(job),
    payload: show.show(job.payload, { of: "job", id, field: "payload" }),
    result: show.show(job.result, { of: "job", id, field: "result" }),
    error: show.show(job.error, { of: "job", id, field: "error" }),
    failures: job.failures.toReversed().map((failure) => failureRow(show, id, failure)),
    progress: progress && {
      progress: show.showGiven(progress.progress, { of: "job", id, field: "progress" }),
      reportedAt: progress.reportedAt.toISOString(),
    },
    after,
    before,
    schedule: tick && { id: tick.scheduleId, scheduledFor: plain(tick.scheduledFor) },
  };
}

async function rowsOf({ limited }: Pick<Asked, "limited">, ids: readonly string[]): Promise<readonly JobRow[]> {
  if (ids.length === 0) return [];
  return (await limited.jobs.getMany(ids)).flatMap((job) => (job === null ? [] : [jobRow(job)]));
}
