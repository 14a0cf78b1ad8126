import { DBOS } from "@dbos-inc/dbos-sdk";
import type { Contender } from "../bench.ts";
import { type Load, type Operation, underLoad } from "../load.ts";
import { expectNumber, found } from "../rows.ts";
import { peerPoolMax } from "./hand-written.ts";

const topic = "event";

const oneStep = DBOS.registerWorkflow(
  async (_i: number) => {
    await DBOS.runStep(async () => ({ done: true }), { name: "step" });
    return { done: true };
  },
  { name: "one-step" },
);

const parked = DBOS.registerWorkflow(
  async (sleepMs: number) => {
    await DBOS.sleep(sleepMs);
    return found(await DBOS.recv<{ readonly done: boolean }>(topic), "The event");
  },
  { name: "parked" },
);

/** A workflow of one step from its creation to its end, called directly, which is DBOS's fastest way. */
export function dbos(load: Load): Contender {
  return launched(load, { steps: ["step"], call: (i) => oneStep(i) });
}

/** A workflow that sleeps and waits for an event, which is sent to it when it has been started. */
export function dbosParked(load: Load, sleepMs: number): Contender {
  return launched(load, {
    steps: ["DBOS.sleep", "DBOS.recv"],
    call: async (i) => {
      const workflowID = `workflow-${i}`;
      const handle = await DBOS.startWorkflow(parked, { workflowID })(sleepMs);
      await DBOS.send(workflowID, { done: true }, topic);
      await handle.getResult();
    },
  });
}

interface Way extends Pick<Operation, "call"> {
  /** The steps that are kept of each workflow. */
  readonly steps: readonly string[];
}

function launched(load: Load, { steps, call }: Way): Contender {
  return underLoad({ name: "DBOS", isOurs: false }, load, async (place) => {
    DBOS.setConfig({
      name: "bench",
      systemDatabaseUrl: place.url,
      systemDatabasePoolSize: peerPoolMax,
      logLevel: "error",
    });
    await DBOS.launch();
    return {
      call,
      check: async (calls) => {
        await expectNumber(
          place.pool,
          "select count(*) from dbos.workflow_status where status = 'SUCCESS' and name in ('one-step', 'parked')",
          calls,
        );
        for (const step of steps) {
          await expectNumber(
            place.pool,
            `select count(distinct workflow_uuid) from dbos.operation_outputs where function_name = '${step}'`,
            calls,
          );
        }
      },
      close: () => DBOS.shutdown(),
    };
  });
}
