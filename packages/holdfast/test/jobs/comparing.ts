import assert from "node:assert/strict";
import type { Store } from "../../src/index.ts";
import { queues } from "./draws.ts";
import type { JobModel } from "./model.ts";

const states = ["ready", "running", "dead", "succeeded", "scheduled", "blocked", "canceled"] as const;

/** Every job is as the model has it; and one queue is counted so, and one state of it listed, in turn. */
export async function compareAll({ jobs }: Store, model: JobModel): Promise<void> {
  const rows: Record<string, unknown> = {};
  for await (const { id, state, attempts, blockedBy } of jobs.iterate({ limit: 1000 })) {
    rows[id] = [state, attempts, state === "blocked" ? blockedBy : 0];
  }
  const expected = [...model.jobs.values()].map((job) => [
    job.id,
    [job.state, job.attempts, job.state === "blocked" ? job.after.size : 0],
  ]);
  assert.deepEqual(rows, Object.fromEntries(expected));
  const queue = queues[model.step % queues.length] ?? "plain";
  assert.deepEqual(await jobs.count({ queue }), model.counts(queue));
  const state = states[model.step % states.length] ?? "ready";
  const listed = (await jobs.list({ queue, state, limit: 1000 })).items.map(({ id }) => id);
  const known = model.of(queue).filter((job) => job.state === state);
  assert.deepEqual(listed, known.map(({ id }) => id).toSorted());
}
