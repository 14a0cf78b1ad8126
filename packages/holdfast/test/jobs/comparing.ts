import assert from "node:assert/strict";
import type { Store } from "../../src/index.ts";
import { queues } from "./draws.ts";
import type { JobModel } from "./model.ts";

const statuses = ["ready", "running", "dead", "succeeded", "scheduled", "blocked", "canceled"] as const;

/** Every job is as the model has it; and one queue is counted so, and one status of it listed, in turn. */
export async function compareAll({ jobs, queues: asked }: Store, model: JobModel): Promise<void> {
  const rows: Record<string, unknown> = {};
  for await (const { id, status, attempts, blockedBy } of jobs.iterate({ limit: 1000 })) {
    rows[id] = [status, attempts, status === "blocked" ? blockedBy : 0];
  }
  const expected = [...model.jobs.values()].map((job) => [
    job.id,
    [job.status, job.attempts, job.status === "blocked" ? job.after.size : 0],
  ]);
  assert.deepEqual(rows, Object.fromEntries(expected));
  const queue = queues[model.step % queues.length] ?? "plain";
  assert.deepEqual(await asked.counts(queue), model.counts(queue));
  const status = statuses[model.step % statuses.length] ?? "ready";
  const listed = (await jobs.list({ queue, status, limit: 1000 })).items.map(({ id }) => id);
  const known = model.of(queue).filter((job) => job.status === status);
  assert.deepEqual(listed, known.map(({ id }) => id).toSorted());
}
