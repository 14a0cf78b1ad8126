import { setTimeout as pause } from "node:timers/promises";
import type { Bench, Contender } from "../bench.ts";
import { callersName, claimedOne, type Load } from "../load.ts";
import { dbos, dbosParked } from "../peers/dbos.ts";
import { type Engine, engineOf, type Run } from "../peers/holdfast-engine.ts";
import { holdfast } from "../peers/holdfast.ts";
import { openWorkflow, openWorkflowParked } from "../peers/openworkflow.ts";

const sleepMs = 1;

/** A workflow of one step, from start to end. */
export const workflow: Bench = {
  name: "workflow",
  measures:
    "Each caller starts a workflow of one step, claims it, records the step and ends the workflow, one workflow after another. " +
    "OpenWorkflow writes five things one by one: the run, the claim, the start of the step, its end, the end of the run. It returns one run " +
    "at a time, so each caller claims for itself, without the pauses of its worker. DBOS writes three: the run, the step with its end, the " +
    "end of the run. It is called directly, without a queue. On Holdfast each caller claims for itself too. It records the step alone, or " +
    "together with the end of the workflow. In the third form a worker claims for all callers, and its handlers record both in one call.",
  unit: "workflows",
  cases: (size) =>
    [1, 16].map((callers) => {
      const load = { callers, size };
      return {
        name: callersName(callers),
        contenders: [
          calling(load, "Holdfast, step and end in one", { steps: 1, run: stepAndEnd }),
          calling(load, "Holdfast, step by itself", { steps: 1, run: stepByItself }),
          throughWorker(load),
          openWorkflow(load),
          dbos(load),
        ],
      };
    }),
};

/** A workflow that sleeps, and then waits for an event. */
export const workflowParked: Bench = {
  name: "workflow-parked",
  measures:
    `A workflow is started and claimed, and sleeps for ${sleepMs} ms without a holder. It is claimed again, and waits for an event in the ` +
    "same way; the event is sent at once. It is claimed a third time, and ended. Both waits are recorded as steps. OpenWorkflow " +
    "records the start and the end of each, and reads the steps of a claimed run. DBOS keeps the waiting workflow in memory, without a " +
    "claim; its event is sent once the workflow has been started.",
  unit: "workflows",
  cases: (size) =>
    [1, 16].map((callers) => {
      const load = { callers, size };
      return {
        name: callersName(callers),
        contenders: [
          calling(load, "Holdfast", { steps: 2, run: sleepAndEvent }),
          openWorkflowParked(load, sleepMs),
          dbosParked(load, sleepMs),
        ],
      };
    }),
};

/** How an engine brings a workflow from its start to its end. */
interface Way {
  /** How many steps are recorded. */
  readonly steps: number;
  readonly run: (engine: Engine, id: string) => Promise<void>;
}

/** The step is the last, so that its end and that of the workflow are one. */
async function stepAndEnd({ start, claim, recordAndEnd }: Engine, id: string): Promise<void> {
  await start(id);
  await recordAndEnd(await claimedOne(claim), "step");
}

/** Records the step by itself, as an engine does if more steps may follow. */
async function stepByItself({ start, claim, record, end }: Engine, id: string): Promise<void> {
  await start(id);
  const run = await claimedOne(claim);
  await record(run, "step");
  await end(run);
}

/** A caller may claim another caller's workflow: each claim finds one, because there are as many workflows as claims. */
async function sleepAndEvent(engine: Engine, id: string): Promise<void> {
  await engine.start(id);
  for (let claims = 0; claims < 3; claims += 1) await goOn(engine, await claimedOne(engine.claim));
}

async function goOn({ sleep, recordAndWait, send, recordAndEnd }: Engine, run: Run): Promise<void> {
  switch (run.cameFrom) {
    case "start":
      await sleep(run, sleepMs);
      await pause(sleepMs);
      return;
    case "sleep":
      await recordAndWait(run, "sleep", `event-${run.id}`);
      await send(`event-${run.id}`);
      return;
    case "event":
      await recordAndEnd(run, "event");
  }
}

/** Each caller claims for itself. */
function calling(load: Load, name: string, { steps, run }: Way): Contender {
  const prepare: Parameters<typeof holdfast>[1] = (store) => {
    const engine = engineOf(store);
    return { call: (i) => run(engine, `workflow-${i}`), check: (calls) => engine.check(calls, steps) };
  };
  return holdfast(load, prepare, name);
}

/** One worker claims for all callers. Each caller starts a workflow and waits for its end. */
function throughWorker(load: Load): Contender {
  const prepare: Parameters<typeof holdfast>[1] = async (store) => {
    const { start, work, recordAndEnd, check } = engineOf(store);
    const ends = new Map<string, (error?: Error) => void>();
    const worker = await work(load.callers, {
      handle: async (run) => {
        await recordAndEnd(run, "step");
        ends.get(run.id)?.();
      },
      onError: (cause) => {
        for (const end of ends.values()) end(new Error("The worker failed.", { cause }));
      },
    });
    return {
      call: async (i) => {
        const id = `workflow-${i}`;
        const ended = new Promise<void>((resolve, reject) => {
          ends.set(id, (error) => (error === undefined ? resolve() : reject(error)));
        });
        await Promise.all([start(id), ended]);
        ends.delete(id);
      },
      check: (calls) => check(calls, 1),
      close: () => worker.stop(),
    };
  };
  return holdfast(load, prepare, "Holdfast, through a worker");
}
