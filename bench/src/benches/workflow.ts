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
    "A workflow of one step is created, claimed, its step done, and completed: one after another for each caller. OpenWorkflow keeps " +
    "five things one by one: run, claim, begin of the step, its end, end of the run; it gives one run at a time, so each caller claims for " +
    "itself, without the pauses of its worker. DBOS keeps three: the run, the step with its end, the end of the run; it is called directly, " +
    "without a queue. Holdfast keeps the execution with its job, the claim, by which the step is begun, and then all of the end in one " +
    "transition: step, execution and job; or the begin of the step in a transition of its own before. Its worker claims for all callers.",
  unit: "workflows",
  cases: (size) =>
    [1, 16].map((callers) => {
      const load = { callers, size };
      return {
        name: callersName(callers),
        contenders: [ours(load, endAtOnce), ours(load, beginAndEnd), openWorkflow(load), dbos(load)],
      };
    }),
};

/** What an engine does with a claimed workflow. */
interface Engine {
  readonly name: string;
  readonly work: (executions: Store["executions"], executionId: string, claim: Claim) => Promise<void>;
}

/** The step is the last, so that its end and that of the workflow are one. */
const endAtOnce: Engine = {
  name: "Holdfast",
  work: async (executions, executionId, claim) => {
    await executions.transition(executionId, {
      complete: [{ claim }],
      status: "succeeded",
      output: { done: true },
      tasks: [{ id: `${executionId}-step`, name: "step", status: "succeeded", output: { done: true } }],
    });
  },
};

/** That a step is being done is kept before it is done, for those who look on. */
const beginAndEnd: Engine = {
  name: "Holdfast, begin of the step by itself",
  work: async (executions, executionId, claim) => {
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
  },
};

/** As an engine on Holdfast does it: its worker claims for all that wait, and acknowledges with the last state of the workflow. */
function ours(load: Load, { name, work }: Engine): Contender {
  const prepare: Parameters<typeof holdfast>[1] = async (store) => {
    const ends = new Map<string, (error?: Error) => void>();
    const worker = await startWorker(store, {
      concurrency: load.callers,
      queues: {
        [queue]: async (job, context) => {
          const executionId = found(job.executionId, "The job's execution");
          await work(store.executions, executionId, job);
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
  };
  return holdfast(load, prepare, name);
}

async function runOne({ executions }: Store, ends: Map<string, (error?: Error) => void>, i: number): Promise<void> {
  const id = `workflow-${i}`;
  const ended = new Promise<void>((resolve, reject) => {
    ends.set(id, (error) => (error === undefined ? resolve() : reject(error)));
  });
  await Promise.all([executions.start({ id, input: { i }, jobs: [{ queue }] }), ended]);
  ends.delete(id);
}
