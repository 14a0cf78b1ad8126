import type { Store } from "holdfast";
import type { Bench, Contender } from "../bench.ts";
import { callersName, claimedOne, type Load } from "../load.ts";
import { dbos } from "../peers/dbos.ts";
import { holdfast } from "../peers/holdfast.ts";
import { openWorkflow } from "../peers/openworkflow.ts";
import { found } from "./records.ts";

const queue = "workflows";

/** A workflow of one step, from start to end. */
export const workflow: Bench = {
  name: "workflow",
  measures:
    "A workflow of one step is created, claimed, its step begun and ended, and completed: one after another for each caller, each of " +
    "these durable before the next.",
  unit: "workflows",
  cases: (size) =>
    [1, 16].map((callers) => {
      const load = { callers, size };
      return { name: callersName(callers), contenders: [ours(load), openWorkflow(load), dbos(load)] };
    }),
};

function ours(load: Load): Contender {
  return holdfast(load, (store) => ({
    call: (i) => runOne(store, i),
    check: [
      `select least(
        (select count(*) from holdfast.executions where status = 'succeeded'),
        (select count(*) from holdfast.tasks where status = 'succeeded'),
        (select count(*) from holdfast.jobs where state = 'succeeded'))`,
      (calls) => calls,
    ],
  }));
}

async function runOne({ executions, jobs }: Store, i: number): Promise<void> {
  const { execution } = await executions.create({ input: { i } });
  await jobs.push({ queue, executionId: execution.id });
  // Not necessarily the one that was just pushed: there are as many as callers.
  const job = await claimedOne(async () => (await jobs.claim({ queues: [queue], limit: 1 }))[0]);
  const executionId = found(job.executionId, "The job's execution");
  const id = `${executionId}-step`;
  await executions.transition(executionId, {
    holding: [job],
    status: "running",
    tasks: [{ id, name: "step", status: "running" }],
  });
  await executions.transition(executionId, {
    complete: [{ claim: job }],
    status: "succeeded",
    output: { done: true },
    taskStatuses: [{ id, status: "succeeded", output: { done: true } }],
  });
}
