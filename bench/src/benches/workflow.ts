import { type Claim, startWorker, type Store } from "holdfast";
import type { Bench, Contender } from "../bench.ts";
import { callersName, type Load } from "../load.ts";
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
    "these durable before the next. Holdfast's worker claims for all callers; OpenWorkflow's backend gives one at a time, so each caller " +
    "claims for itself, without the pauses of its worker.",
  unit: "workflows",
  cases: (size) =>
    [1, 16].map((callers) => {
      const load = { callers, size };
      return { name: callersName(callers), contenders: [ours(load), openWorkflow(load), dbos(load)] };
    }),
};

/** As an engine on Holdfast does it: its worker claims for all that wait, and acknowledges with the last state of the workflow. */
function ours(load: Load): Contender {
  return holdfast(load, async (store) => {
    const ends = new Map<string, (error?: Error) => void>();
    const worker = await startWorker(store, {
      concurrency: load.callers,
      queues: {
        [queue]: async (job, context) => {
          const executionId = found(job.executionId, "The job's execution");
          await workOn(store, executionId, job);
          context.acknowledged();
          ends.get(executionId)?.();
        },
      },
      onError: (cause) => {
        for (const end of ends.values()) end(new Error("The worker failed.", { cause }));
      },
    });
    return {
      call: (i) => runOne(store, ends, i),
      check: [
        `select least(
          (select count(*) from holdfast.executions where status = 'succeeded'),
          (select count(*) from holdfast.tasks where status = 'succeeded'),
          (select count(*) from holdfast.jobs where state = 'succeeded'))`,
        (calls) => calls,
      ],
      close: () => worker.stop(),
    };
  });
}

async function runOne(
  { executions, jobs }: Store,
  ends: Map<string, (error?: Error) => void>,
  i: number,
): Promise<void> {
  const { execution } = await executions.create({ input: { i } });
  const ended = new Promise<void>((resolve, reject) => {
    ends.set(execution.id, (error) => (error === undefined ? resolve() : reject(error)));
  });
  await Promise.all([jobs.push({ queue, executionId: execution.id }), ended]);
  ends.delete(execution.id);
}

async function workOn({ executions }: Store, executionId: string, claim: Claim): Promise<void> {
  const id = `${executionId}-step`;
  await executions.transition(executionId, {
    holding: [claim],
    status: "running",
    tasks: [{ id, name: "step", status: "running" }],
  });
  await executions.transition(executionId, {
    complete: [{ claim }],
    status: "succeeded",
    output: { done: true },
    taskStatuses: [{ id, status: "succeeded", output: { done: true } }],
  });
}
