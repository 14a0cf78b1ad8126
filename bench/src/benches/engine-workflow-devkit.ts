import type { Bench } from "../bench.ts";
import { casesByNetwork } from "../network.ts";
import { ownWorld, worldOnHoldfast } from "../peers/workflow-devkit.ts";

/** Workflow DevKit on Holdfast and on its own World for PostgreSQL, doing the same. */
export const engineWorkflowDevkit: Bench = {
  name: "engine-workflow-devkit",
  measures:
    "Each caller brings workflows of one step from start to end, one after another. It creates the run and queues its message, as the Workflow " +
    "DevKit's client does. The World delivers the message over HTTP to a server in the bench's process. That makes the calls of the engine's " +
    "runtime: start the run, start the step, complete the step, read the log behind it, complete the run. One contender is " +
    "@workflow/world-postgres, the other @holdfast/workflow-devkit. In two cases, a proxy holds each request for a millisecond.",
  unit: "workflows",
  cases: (size) => casesByNetwork(size, (load) => [worldOnHoldfast(load), ownWorld(load)]),
};
