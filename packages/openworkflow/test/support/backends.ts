import { randomUUID } from "node:crypto";
import { openStore, type Store } from "holdfast";
import type { Backend, StepAttempt, WorkflowRun } from "openworkflow/internal";
import { afterAll, beforeAll } from "vitest";
import type { FreshDatabase } from "../../../holdfast/test/support/databases.ts";
import { HoldfastBackend } from "../../src/index.ts";

type Creation = Parameters<Backend["createWorkflowRun"]>[0];

const creation: Creation = {
  workflowName: "workflow",
  version: null,
  idempotencyKey: null,
  config: {},
  context: null,
  input: null,
  parentStepAttemptNamespaceId: null,
  parentStepAttemptId: null,
  availableAt: null,
  deadlineAt: null,
};

/** What a worker that holds a run knows. */
export interface Held {
  readonly workflowRunId: string;
  readonly workerId: string;
}

/** A backend of one test, whose namespace is its own. */
export class TestBackend extends HoldfastBackend {
  constructor(store: Store) {
    super(store, { namespaceId: randomUUID() });
  }

  create(given: Partial<Creation> = {}): Promise<WorkflowRun> {
    return this.createWorkflowRun({ ...creation, ...given });
  }

  claim(leaseDurationMs = 60_000, workerId: string = randomUUID()): Promise<WorkflowRun | null> {
    return this.claimWorkflowRun({ workerId, leaseDurationMs });
  }

  async createClaimed(given: Partial<Creation> = {}): Promise<Held> {
    const { id } = await this.create(given);
    const workerId = randomUUID();
    const claimed = await this.claim(60_000, workerId);
    if (claimed?.id !== id) throw new Error(`Claimed ${claimed?.id ?? "nothing"} instead of ${id}.`);
    return { workflowRunId: id, workerId };
  }

  async run(workflowRunId: string): Promise<WorkflowRun> {
    const run = await this.getWorkflowRun({ workflowRunId });
    if (run === null) throw new Error(`There is no run ${workflowRunId}.`);
    return run;
  }

  step(held: Held, given: Partial<Parameters<Backend["createStepAttempt"]>[0]> = {}): Promise<StepAttempt> {
    return this.createStepAttempt({
      ...held,
      stepName: "step",
      kind: "function",
      config: {},
      context: null,
      ...given,
    });
  }

  wait(held: Held, signal: string): Promise<StepAttempt> {
    const context = { kind: "signal-wait", signal, timeoutAt: inMs(60_000).toISOString() } as const;
    return this.step(held, { stepName: signal, kind: "signal-wait", context });
  }

  sleep(held: Held, ms = 60_000): Promise<WorkflowRun> {
    return this.sleepWorkflowRun({ ...held, availableAt: inMs(ms) });
  }
}

/** A moment from now on. */
export function inMs(ms: number): Date {
  return new Date(Date.now() + ms);
}

/** Backends on one store, which is open for the tests of a block. */
export function backendsOn(database: FreshDatabase): {
  readonly fresh: () => TestBackend;
  readonly store: () => Store;
} {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
  });
  afterAll(() => store.close());
  return { fresh: () => new TestBackend(store), store: () => store };
}
