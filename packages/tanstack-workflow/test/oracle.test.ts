import {
  inMemoryWorkflowExecutionStore,
  type TimerWakeup,
  type WorkflowExecutionStore,
} from "@tanstack/workflow-runtime";
import fc from "fast-check";
import { HoldfastError, openStore, type Store } from "holdfast";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { HoldfastWorkflowStore } from "../src/index.ts";
import { type Operation, operation, owners, runIds } from "./operations.ts";

const sequences = 300;

type Outcome = { readonly value: unknown } | { readonly error: string };

async function outcomeOf(call: Promise<unknown>): Promise<Outcome> {
  try {
    return { value: comparable(await call) };
  } catch (error) {
    if (error instanceof HoldfastError) return { error: error.code };
    return { error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

/** A value without undefined fields; what no order is promised for is sorted. */
function comparable(value: unknown): unknown {
  const plain: unknown = value === undefined ? null : JSON.parse(JSON.stringify(value));
  if (!Array.isArray(plain) || (plain as object[]).every((each) => "eventIndex" in each)) return plain;
  const places = (plain as readonly { readonly updatedAt?: number }[]).map(({ updatedAt = 0 }) => updatedAt);
  const sorted = plain.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  // Runs are listed by their last change, those that were claimed together in any order.
  return { places, sorted };
}

/** What names a claim. */
function keyOf(claim: unknown): string {
  const { run, runId, signalId } = claim as { run?: { runId: string }; runId?: string; signalId?: string };
  return JSON.stringify([run?.runId ?? runId, signalId]);
}

/** What belongs to a run. */
const partNames: ReadonlySet<string> = new Set(["appendEvents", "appendEvents at the end", "scheduleTimer"]);

/** A run that has ended has no lease, and its log takes nothing more: the differences that the README states. */
const hasEnded = async (store: Store, runId: string): Promise<boolean> =>
  Boolean((await store.executions.get(JSON.stringify(runId).slice(1, -1)))?.finishedAt);

describeOnEach("any sequence of calls", (database) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
  });
  afterAll(() => store.close());

  /** The oracle keeps the timers of runs that have ended, and its claims have fields that are not in its types. */
  async function asPromised(name: string, value: unknown): Promise<unknown> {
    if (name !== "claimDueTimers" && name !== "claimDueScheduleBuckets") return value;
    const claims: unknown[] = [];
    for (const { lease: _lease, status: _status, ...claim } of value as (TimerWakeup & Record<string, unknown>)[]) {
      if (name === "claimDueScheduleBuckets" || !(await hasEnded(store, claim.runId))) claims.push(claim);
    }
    return claims;
  }

  /** The outcome that a call must have: the oracle's, except where the README states a difference. */
  async function promised(oracle: WorkflowExecutionStore, operation_: Operation, now: number): Promise<unknown> {
    const { name, runId, writes } = operation_;
    const isMissing = runId !== null && partNames.has(name) && !(await oracle.loadRun(runId));
    if (isMissing) return name === "scheduleTimer" ? { value: null } : { error: expect.any(String) as unknown };
    if (runId !== null && (await hasEnded(store, runId))) {
      if (writes) return { error: expect.stringMatching(/^conflict$|^LogConflictError/) as unknown };
      if (name.startsWith("deliver")) {
        return {
          value: expect.objectContaining({
            kind: expect.stringMatching(/^not-waiting$|^duplicate$/) as unknown,
          }) as unknown,
        };
      }
      for (const leaseOwner of owners) await oracle.releaseRunLease({ runId, leaseOwner });
    }
    return outcomeOf(operation_.run(oracle, now).then((value) => asPromised(name, value)));
  }

  async function walk(operations: readonly Operation[]): Promise<void> {
    const tested = new HoldfastWorkflowStore(store);
    const oracle = inMemoryWorkflowExecutionStore();
    for (const id of runIds) await tested.deleteRun(id, "finished");
    expect(await store.kv.count("tanstack-workflow/timers")).toBe(0);
    await store.kv.removeUnder("tanstack-workflow/");
    for (const [i, each] of operations.entries()) {
      const now = i * 3 + 10;
      const theirs = await promised(oracle, each, now);
      expect(await outcomeOf(each.run(tested, now)), `${i} ${each.name} ${JSON.stringify(each.runId)}`).toEqual(theirs);
    }
  }

  test("answers as the engine's own store in memory does", async () => {
    const walks = fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 25 }), walk);
    await fc.assert(walks, { numRuns: sequences });
  }, 600_000);
});
