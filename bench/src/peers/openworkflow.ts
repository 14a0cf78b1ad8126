import { setTimeout as pause } from "node:timers/promises";
import { HoldfastBackend } from "@holdfast/openworkflow";
import { BackendPostgres } from "openworkflow/postgres";
import type { Contender } from "../bench.ts";
import { claimedOne, type Load, underLoad } from "../load.ts";
import { expectNumber, found } from "../rows.ts";
import { openHoldfast } from "./holdfast.ts";

const workerId = "bench";
const leaseDurationMs = 600_000;
/** Longer than any measurement. */
const timeoutMs = 3_600_000;

/** What both backends do. */
type Backend = Omit<Pick<BackendPostgres, keyof BackendPostgres & keyof HoldfastBackend>, "stop">;
type ClaimedRun = NonNullable<Awaited<ReturnType<Backend["claimWorkflowRun"]>>>;

/** A workflow of one step from its creation to its end, as OpenWorkflow's client and worker call its backend. */
export function openWorkflow(load: Load): Contender {
  return onBackend(load, { steps: 1, run: (backend, i) => runOne(backend, i) });
}

/** A workflow that sleeps and waits for a signal, as OpenWorkflow's client and worker call its backend. */
export function openWorkflowParked(load: Load, sleepMs: number): Contender {
  return onBackend(load, {
    steps: 2,
    run: async (backend, i) => {
      await create(backend, i);
      // A caller may claim another caller's run: each claim finds one, because there are as many runs as claims.
      for (let claims = 0; claims < 3; claims += 1) await goOn(backend, await claim(backend), sleepMs);
    },
  });
}

interface Way {
  readonly steps: number;
  readonly run: (backend: Backend, i: number) => Promise<void>;
}

function onBackend(load: Load, way: Way): Contender {
  return ownBackendDoing(load, way, "OpenWorkflow");
}

const oneStep: Way = { steps: 1, run: (backend, i) => runOne(backend, i) };

/** A workflow of one step on the engine's own backend. */
export function ownBackend(load: Load): Contender {
  return ownBackendDoing(load, oneStep, "its own backend");
}

/** A workflow of one step on Holdfast, by the same calls. */
export function backendOnHoldfast(load: Load): Contender {
  return underLoad({ name: "Holdfast", isOurs: true }, load, async (place) => {
    // OpenWorkflow's workers poll, so its own backend sends no notifications either.
    const store = await openHoldfast(place, { hints: false });
    const backend = new HoldfastBackend(store);
    return {
      call: (i) => oneStep.run(backend, i),
      check: async (calls) => {
        if ((await backend.countWorkflowRuns()).completed !== calls) throw new Error("Some runs are not completed.");
        const done = await store.tasks.count({ status: "succeeded" });
        if (done !== calls) throw new Error(`${done} instead of ${calls} steps are completed.`);
      },
      close: () => store.close(),
    };
  });
}

function ownBackendDoing(load: Load, { steps, run }: Way, name: string): Contender {
  return underLoad({ name, isOurs: false }, load, async (place) => {
    const backend = await BackendPostgres.connect(place.url);
    return {
      call: (i) => run(backend, i),
      check: async (calls) => {
        const completed = (table: string): string =>
          `select count(*) from openworkflow.${table} where status = 'completed'`;
        await expectNumber(place.pool, completed("workflow_runs"), calls);
        await expectNumber(place.pool, completed("step_attempts"), calls * steps);
      },
      close: () => backend.stop(),
    };
  });
}

async function create(backend: Backend, i: number): Promise<void> {
  await backend.createWorkflowRun({
    workflowName: "bench",
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
}

function claim(backend: Backend): Promise<ClaimedRun> {
  // Not necessarily the one that was just created: there are as many as callers.
  return claimedOne(() => backend.claimWorkflowRun({ workerId, leaseDurationMs }));
}

async function runOne(backend: Backend, i: number): Promise<void> {
  await create(backend, i);
  const run = await claim(backend);
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

/** Does what its worker does with a claimed run: reads the steps, and continues to the next wait or to the end. */
async function goOn(backend: Backend, { id }: ClaimedRun, sleepMs: number): Promise<void> {
  const { data: steps } = await backend.listStepAttempts({ workflowRunId: id, limit: 1000 });
  const claimed = { workflowRunId: id, workerId };
  const signal = `event-${id}`;
  const [slept, waited] = ["sleep", "event"].map((name) => steps.find(({ stepName }) => stepName === name));
  if (slept === undefined) {
    const availableAt = new Date(Date.now() + sleepMs);
    const context = { kind: "sleep" as const, resumeAt: availableAt.toISOString() };
    await backend.createStepAttempt({ ...claimed, stepName: "sleep", kind: "sleep", config: {}, context });
    await backend.sleepWorkflowRun({ ...claimed, availableAt });
    await pause(sleepMs);
  } else if (waited === undefined) {
    await backend.completeStepAttempt({ ...claimed, stepAttemptId: slept.id, output: null });
    const availableAt = new Date(Date.now() + timeoutMs);
    const context = { kind: "signal-wait" as const, signal, timeoutAt: availableAt.toISOString() };
    const wait = { ...claimed, stepName: "event", kind: "signal-wait" as const, config: {}, context };
    const { id: stepAttemptId } = await backend.createStepAttempt(wait);
    await backend.getSignalDelivery({ stepAttemptId });
    await backend.sleepWorkflowRun({ ...claimed, availableAt });
    await backend.sendSignal({ signal, data: { done: true }, idempotencyKey: null });
  } else {
    const output = found(await backend.getSignalDelivery({ stepAttemptId: waited.id }), "The signal");
    await backend.completeStepAttempt({ ...claimed, stepAttemptId: waited.id, output });
    await backend.completeWorkflowRun({ ...claimed, output });
  }
}
