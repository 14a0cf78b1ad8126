import type { WorkflowEvent } from "@tanstack/workflow-core";
import type { WorkflowExecutionStore } from "@tanstack/workflow-runtime";
import fc from "fast-check";

/** One call of the store, by name, which can run on any store. */
export interface Operation {
  readonly name: string;
  /** The run that it concerns. */
  readonly runId: string | null;
  /** Whether it may change a run that has ended, or its log. */
  readonly writes: boolean;
  readonly run: (store: WorkflowExecutionStore, now: number) => Promise<unknown>;
}

/** Runs whose ids hold what PostgreSQL's text does not. */
export const runIds = ["a", "b\u0000", 'c"\ud800'] as const;

/** Who claims. */
export const owners = ["first", "second"] as const;

const runId = fc.constantFrom(...runIds);
const owner = fc.constantFrom(...owners);
const signalId = fc.constantFrom("s1", "s2", "t\u0000");
const text = fc.constantFrom("plain", "\u0000", "\ud800", 'quote"', "");
const workflowId = fc.constantFrom("order", "pay\u0000");
const leaseMs = fc.constantFrom(0, 5, 30);

const event = fc.oneof(
  fc.record({ type: fc.constant("STEP_FINISHED" as const), ts: fc.nat(9), stepId: text, result: text }),
  fc.record({ type: fc.constant("SIGNAL_RESOLVED" as const), ts: fc.nat(9), stepId: text, name: text, payload: text }),
  fc.record({ type: fc.constant("RUN_FINISHED" as const), ts: fc.nat(9), runId: text, output: text }),
) satisfies fc.Arbitrary<WorkflowEvent>;

const pause = fc.record(
  {
    waitingFor: fc.record(
      {
        signalName: fc.constantFrom("go", "__timer"),
        deadline: fc.nat(50),
        stepId: text,
        meta: fc.dictionary(text, text),
      },
      { requiredKeys: ["signalName"] },
    ),
    pendingApproval: fc.record({ approvalId: fc.constantFrom("s1", "s2"), title: text }),
    awaiting: fc.array(
      fc.oneof(
        fc.record({ type: fc.constant("signal"), signalName: fc.constant("go"), stepId: text }),
        fc.record({ type: fc.constant("approval"), approvalId: fc.constantFrom("s1", "s2") }),
      ),
      { maxLength: 2 },
    ),
    wakeAt: fc.nat(50),
  },
  { requiredKeys: [] },
);

const state = fc.record(
  {
    runId,
    workflowId,
    workflowVersion: text,
    status: fc.constantFrom(
      "running" as const,
      "paused" as const,
      "finished" as const,
      "errored" as const,
      "aborted" as const,
    ),
    input: text,
    output: text,
    error: fc.record({ name: text, message: text }),
    waitingFor: fc.record({ signalName: fc.constantFrom("go", "__timer"), deadline: fc.nat(50) }),
    createdAt: fc.nat(99),
  },
  { requiredKeys: ["runId", "workflowId", "status", "input", "createdAt"] },
);

type Call = (store: WorkflowExecutionStore, now: number) => Promise<unknown>;

const on = (name: string, id: string | null, run: Call, writes = true): Operation => ({ name, runId: id, writes, run });

/** Calls that concern one run. */
const ofRuns: readonly fc.Arbitrary<Operation>[] = [
  fc
    .record(
      { runId, workflowId, workflowVersion: text, input: text },
      { requiredKeys: ["runId", "workflowId", "input"] },
    )
    .map((args) => on("createRun", args.runId, (store, now) => store.createRun({ ...args, now }), false)),
  state.map((given) =>
    on("saveRunState", given.runId, (store, now) => store.saveRunState({ state: { ...given, updatedAt: now } })),
  ),
  runId.map((id) => on("loadRun", id, (store) => store.loadRun(id), false)),
  runId.map((id) => on("loadRunState", id, (store) => store.loadRunState(id), false)),
  runId.map((id) => on("loadExecution", id, (store) => store.loadExecution(id), false)),
  runId.map((id) => on("getRunTimeline", id, (store) => store.getRunTimeline(id), false)),
  runId.map((id) => on("deleteRun", id, (store) => store.deleteRun(id, "finished"), false)),
  fc
    .tuple(runId, fc.nat(3), fc.array(event, { minLength: 1, maxLength: 3 }))
    .map(([id, expectedNextIndex, events]) =>
      on("appendEvents", id, (store) => store.appendEvents({ runId: id, expectedNextIndex, events })),
    ),
  fc.tuple(runId, fc.nat(3)).map(([id, expectedNextIndex]) => {
    const run: Call = (store) => store.appendEvents({ runId: id, expectedNextIndex, events: [] });
    return on("appendEvents of none", id, run, false);
  }),
  // At the end of the log, where most appends are.
  fc.tuple(runId, fc.array(event, { minLength: 1, maxLength: 3 })).map(([id, events]) =>
    on("appendEvents at the end", id, async (store) => {
      const expectedNextIndex = (await store.readEvents({ runId: id })).length;
      return store.appendEvents({ runId: id, expectedNextIndex, events });
    }),
  ),
  fc
    .tuple(runId, fc.nat(3))
    .map(([id, fromIndex]) => on("readEvents", id, (store) => store.readEvents({ runId: id, fromIndex }), false)),
  fc
    .tuple(runId, owner, leaseMs)
    .map(([id, leaseOwner, ms]) =>
      on("claimRun", id, (store, now) => store.claimRun({ runId: id, leaseOwner, leaseMs: ms, now }), false),
    ),
  fc
    .tuple(runId, owner, leaseMs)
    .map(([id, leaseOwner, ms]) =>
      on("heartbeat", id, (store, now) => store.heartbeatRunLease({ runId: id, leaseOwner, leaseMs: ms, now }), false),
    ),
  fc
    .tuple(runId, owner)
    .map(([id, leaseOwner]) => on("release", id, (store) => store.releaseRunLease({ runId: id, leaseOwner }), false)),
  fc
    .tuple(runId, pause)
    .map(([id, given]) => on("markRunPaused", id, (store, now) => store.markRunPaused({ runId: id, ...given, now }))),
  fc
    .tuple(runId, text)
    .map(([id, output]) =>
      on("markRunFinished", id, (store, now) => store.markRunFinished({ runId: id, output, now })),
    ),
  fc.tuple(runId, text).map(([id, message]) =>
    on("markRunErrored", id, (store, now) => {
      return store.markRunErrored({ runId: id, error: { name: "E", message }, code: "error", now });
    }),
  ),
  fc
    .record(
      { runId, workflowId, workflowVersion: text, wakeAt: fc.nat(60), signalId },
      { requiredKeys: ["runId", "workflowId", "wakeAt", "signalId"] },
    )
    .map((timer) => on("scheduleTimer", timer.runId, (store, now) => store.scheduleTimer({ ...timer, now }))),
  fc
    .tuple(
      runId,
      fc.record(
        { signalId, name: fc.constantFrom("go", "__timer", "other"), payload: text, stepId: text },
        { requiredKeys: ["signalId", "name", "payload"] },
      ),
    )
    .map(([id, delivery]) =>
      on("deliverSignal", id, (store, now) => store.deliverSignal({ runId: id, delivery, now }), false),
    ),
  fc.tuple(runId, fc.constantFrom("s1", "s2")).map(([id, approvalId]) =>
    on(
      "deliverApproval",
      id,
      (store, now) => {
        return store.deliverApproval({ runId: id, approval: { approvalId, approved: true }, now });
      },
      false,
    ),
  ),
];

/** Calls that concern many. They take all, because where only some fit, each store has its own order. */
const ofMany: readonly fc.Arbitrary<Operation>[] = [
  fc
    .tuple(owner, leaseMs)
    .map(([leaseOwner, ms]) =>
      on("claimDueTimers", null, (store, now) => store.claimDueTimers({ now, limit: 99, leaseOwner, leaseMs: ms })),
    ),
  fc
    .tuple(owner, leaseMs)
    .map(([leaseOwner, ms]) =>
      on("claimStaleRuns", null, (store, now) => store.claimStaleRuns({ now, limit: 99, leaseOwner, leaseMs: ms })),
    ),
  fc
    .record(
      {
        workflowId,
        status: fc.constantFrom(...(["queued", "running", "paused", "finished", "errored", "aborted"] as const)),
      },
      { requiredKeys: [] },
    )
    .map((filter) => on("listRuns", null, (store) => store.listRuns({ ...filter, limit: 9 }))),
  fc.tuple(fc.nat(3), fc.nat(3)).map(([limit, skipped]) =>
    on("listRuns in pages", null, async (store) => {
      const all = await store.listRuns({ limit: 99 });
      // Runs that were claimed together have no order.
      const isOrdered = new Set(all.map(({ updatedAt }) => updatedAt)).size === all.length;
      return isOrdered ? store.listRuns({ limit, cursor: String(skipped) }) : "no order";
    }),
  ),
  fc
    .record(
      {
        scheduleId: text,
        workflowId,
        workflowVersion: text,
        input: text,
        nextFireAt: fc.nat(60),
        enabled: fc.boolean(),
      },
      { requiredKeys: ["scheduleId", "workflowId", "enabled"] },
    )
    .map((given) =>
      on("upsertSchedule", null, (store, now) => {
        const schedule = { kind: "interval", everyMs: 10 } as const;
        return store.upsertSchedule({ ...given, schedule, overlapPolicy: "skip", now });
      }),
    ),
  fc.tuple(owner, leaseMs).map(([leaseOwner, ms]) =>
    on("claimDueScheduleBuckets", null, (store, now) => {
      return store.claimDueScheduleBuckets({ now, limit: 99, leaseOwner, leaseMs: ms });
    }),
  ),
  fc.tuple(text, fc.nat(60), text).map(([scheduleId, bucket, id]) =>
    on("markScheduleBucketStarted", null, (store, now) => {
      return store.markScheduleBucketStarted({ scheduleId, bucketId: String(bucket), runId: id, now });
    }),
  ),
];

/** Any call. */
export const operation: fc.Arbitrary<Operation> = fc.oneof(...ofRuns, ...ofRuns, ...ofMany);
