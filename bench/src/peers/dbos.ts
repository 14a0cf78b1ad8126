import { DBOS } from "@dbos-inc/dbos-sdk";
import type { Contender } from "../bench.ts";
import { type Load, underLoad } from "../load.ts";
import { expectNumber } from "../rows.ts";
import { peerPoolMax } from "./hand-written.ts";

const oneStep = DBOS.registerWorkflow(
  async (_i: number) => {
    await DBOS.runStep(async () => ({ done: true }), { name: "step" });
    return { done: true };
  },
  { name: "one-step" },
);

/** A workflow of one step from its creation to its end, called directly, which is DBOS's fastest way. */
export function dbos(load: Load): Contender {
  return underLoad({ name: "DBOS", isOurs: false }, load, async (place) => {
    DBOS.setConfig({
      name: "bench",
      systemDatabaseUrl: place.url,
      systemDatabasePoolSize: peerPoolMax,
      logLevel: "error",
    });
    await DBOS.launch();
    return {
      call: (i) => oneStep(i),
      check: (calls) =>
        expectNumber(
          place.pool,
          `select least(
            (select count(*) from dbos.workflow_status where status = 'SUCCESS'),
            (select count(*) from dbos.operation_outputs))`,
          calls,
        ),
      close: () => DBOS.shutdown(),
    };
  });
}
