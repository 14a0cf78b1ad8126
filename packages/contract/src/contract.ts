import type { ContractCase } from "./case.ts";
import { archiveContract } from "./cases/archive.ts";
import { argumentsContract } from "./cases/arguments.ts";
import { blobsContract } from "./cases/blobs.ts";
import { checkpointsContract } from "./cases/checkpoints.ts";
import { componentsContract } from "./cases/components.ts";
import { correlationsContract } from "./cases/correlations.ts";
import { countsContract } from "./cases/counts.ts";
import { definedContract } from "./cases/defined.ts";
import { definitionsContract } from "./cases/definitions.ts";
import { eventsContract } from "./cases/events.ts";
import { executionClaimsContract } from "./cases/executions-claims.ts";
import { executionEndsContract } from "./cases/executions-ends.ts";
import { executionHoldersContract } from "./cases/executions-holders.ts";
import { executionParkedWaitsContract } from "./cases/executions-parked-waits.ts";
import { executionStepsContract } from "./cases/executions-steps.ts";
import { executionWakesContract } from "./cases/executions-wakes.ts";
import { executionsContract } from "./cases/executions.ts";
import { healthContract } from "./cases/health.ts";
import { historyFeedContract } from "./cases/history-feed.ts";
import { historyForksContract } from "./cases/history-forks.ts";
import { historyRemovalsContract } from "./cases/history-removals.ts";
import { historySubscriptionsContract } from "./cases/history-subscriptions.ts";
import { historyContract } from "./cases/history.ts";
import { iteratorsContract } from "./cases/iterators.ts";
import { jobsContract } from "./cases/jobs.ts";
import { keysContract } from "./cases/keys.ts";
import { kvContract } from "./cases/kv.ts";
import { leasesContract } from "./cases/leases.ts";
import { listsContract } from "./cases/lists.ts";
import { readsContract } from "./cases/reads.ts";
import { retentionContract } from "./cases/retention.ts";
import { schedulesContract } from "./cases/schedules.ts";
import { snapshotsContract } from "./cases/snapshots.ts";
import { storeContract } from "./cases/store.ts";
import { surveysContract } from "./cases/surveys.ts";
import { tasksContract } from "./cases/tasks.ts";
import { timersContract } from "./cases/timers.ts";
import { transitionContract } from "./cases/transition.ts";

/**
 * What a store promises, as data: the cases by subject. Any test runner can run them, each on the context that
 * {@link openContract} gives; a case throws where its promise is broken.
 */
export const contract: Readonly<Record<string, readonly ContractCase[]>> = {
  store: storeContract,
  health: healthContract,
  reads: readsContract,
  events: eventsContract,
  arguments: argumentsContract,
  iterators: iteratorsContract,
  lists: listsContract,
  keys: keysContract,
  counts: countsContract,
  definitions: definitionsContract,
  executions: executionsContract,
  leases: leasesContract,
  "claims of executions": executionClaimsContract,
  "steps of executions": executionStepsContract,
  "waits of parked executions": executionParkedWaitsContract,
  "ends of executions": executionEndsContract,
  "wake-ups of executions": executionWakesContract,
  "holders of executions": executionHoldersContract,
  tasks: tasksContract,
  components: componentsContract,
  kv: kvContract,
  correlations: correlationsContract,
  timers: timersContract,
  history: [
    ...historyContract,
    ...historyFeedContract,
    ...historySubscriptionsContract,
    ...historyForksContract,
    ...historyRemovalsContract,
  ],
  schedules: schedulesContract,
  jobs: jobsContract,
  snapshots: snapshotsContract,
  checkpoints: checkpointsContract,
  blobs: blobsContract,
  transition: transitionContract,
  "what is defined": definedContract,
  surveys: surveysContract,
  archive: archiveContract,
  retention: retentionContract,
};
