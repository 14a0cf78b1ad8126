import type { Bench } from "../bench.ts";
import { casesByNetwork } from "../network.ts";
import { backendOnHoldfast, ownBackend } from "../peers/openworkflow.ts";

/** OpenWorkflow on Holdfast and on its own backend, doing the same. */
export const engineOpenWorkflow: Bench = {
  name: "engine-openworkflow",
  measures:
    "Each caller brings workflows of one step from creation to end, one after another, by the five calls that OpenWorkflow's client and " +
    "worker make: create, claim, create the step, complete the step, complete the run. One contender is the engine's own PostgreSQL " +
    "backend, the other @holdfast/openworkflow on a store with `hints: false`. Both await every call. In two cases, a proxy holds each request for a millisecond.",
  unit: "workflows",
  cases: (size) => casesByNetwork(size, (load) => [backendOnHoldfast(load), ownBackend(load)]),
};
