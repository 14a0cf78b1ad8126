import { blobs } from "./benches/blobs.ts";
import { churn } from "./benches/churn.ts";
import { counts } from "./benches/counts.ts";
import { drain, drainLong } from "./benches/drain.ts";
import { embedded } from "./benches/embedded.ts";
import { engineOpenWorkflow } from "./benches/engine-openworkflow.ts";
import { engineWorkflowDevkit } from "./benches/engine-workflow-devkit.ts";
import { flights } from "./benches/flights.ts";
import { growth } from "./benches/growth.ts";
import { heldRows } from "./benches/held-rows.ts";
import { history } from "./benches/history.ts";
import { latency, pushMany, pushOne } from "./benches/jobs.ts";
import { kv } from "./benches/kv.ts";
import { langgraph } from "./benches/langgraph.ts";
import { limits } from "./benches/limits.ts";
import { memory } from "./benches/memory.ts";
import { saveState } from "./benches/save-state.ts";
import { snapshots } from "./benches/snapshots.ts";
import { telemetry } from "./benches/telemetry.ts";
import { timers } from "./benches/timers.ts";
import { transition } from "./benches/transition.ts";
import { tree } from "./benches/tree.ts";
import { waiting } from "./benches/waiting.ts";
import { workflow, workflowParked } from "./benches/workflow.ts";
import type { AnyBench } from "./run.ts";

/** Every bench, in the order in which they are run. */
export const benches: readonly AnyBench[] = [
  pushOne,
  pushMany,
  drain,
  drainLong,
  latency,
  limits,
  counts,
  saveState,
  transition,
  flights,
  heldRows,
  workflow,
  workflowParked,
  langgraph,
  engineOpenWorkflow,
  engineWorkflowDevkit,
  kv,
  snapshots,
  history,
  waiting,
  timers,
  tree,
  memory,
  telemetry,
  blobs,
  embedded,
  growth,
  churn,
];
