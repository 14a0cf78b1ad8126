import { BackendPostgres } from "openworkflow/postgres";
import type { Contender } from "../bench.ts";
import { claimedOne, type Load, underLoad } from "../load.ts";
import { expectNumber } from "../rows.ts";

const workerId = "bench";
const leaseDurationMs = 600_000;

/** A workflow of one step from its creation to its end, as OpenWorkflow's client and worker call its backend. */
export function openWorkflow(load: Load): Contender {
  return underLoad({ name: "OpenWorkflow", isOurs: false }, load, async (place) => {
    const backend = await BackendPostgres.connect(place.url);
    return {
      call: (i) => runOne(backend, i),
      check: (calls) =>
        expectNumber(
          place.pool,
          `select least(
            (select count(*) from openworkflow.workflow_runs where status = 'completed'),
            (select count(*) from openworkflow.step_attempts where status = 'completed'))`,
          calls,
        ),
      close: () => backend.stop(),
    };
  });
}

async function runOne(backend: BackendPostgres, i: number): Promise<void> {
  await backend.createWorkflowRun({
    workflowName: "one-step",
    version: null,
    idempotencyKey: null,
    config: {},
    context: null,
    input: { i },
    parentStepAttemptNamespaceId: null,
    parentStepAttemptId: null,
    availableAt: null,
    deadlineAt: null,
  });
  // Not necessarily the one that was just created: there are as many as callers.
  const run = await claimedOne(() => backend.claimWorkflowRun({ workerId, leaseDurationMs }));
  const claimed = { workflowRunId: run.id, workerId };
  const step = await backend.createStepAttempt({
    ...claimed,
    stepName: "step",
    kind: "function",
    config: {},
    context: null,
  });
  await backend.completeStepAttempt({ ...claimed, stepAttemptId: step.id, output: { done: true } });
  await backend.completeWorkflowRun({ ...claimed, output: { done: true } });
}
