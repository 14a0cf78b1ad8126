import { createWorkflow } from "@tanstack/workflow-core";
import { defineWorkflowRuntime, every, materializeWorkflowSchedules } from "@tanstack/workflow-runtime";
import { newId, openStore, type Store } from "holdfast";
import { InvalidInputError } from "holdfast/errors";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { HoldfastWorkflowStore, resumeLostRuns, type ResumeOptions } from "../src/index.ts";

const dayMs = 24 * 3_600_000;

describeOnEach("a runtime on Holdfast", (database) => {
  let store: Store;
  let runs: HoldfastWorkflowStore;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
    runs = new HoldfastWorkflowStore(store);
  });
  afterAll(() => store.close());

  const order = createWorkflow({ id: "order" }).handler(async (ctx) => {
    const charged = await ctx.step("charge", () => 42);
    const { approved } = await ctx.approve({ title: `Ship for ${charged}?` });
    await ctx.sleep(dayMs);
    const { by } = await ctx.waitForEvent<{ by: string }>("shipped");
    return { charged, approved, by };
  });
  const runtime = () => defineWorkflowRuntime({ store: runs, workflows: { order: { load: async () => order } } });

  test("runs through an approval, a sleep and a signal, and ends its execution", async () => {
    const runId = `order \u0000 ${newId()}`;
    const started = await runtime().startRun({ workflowId: "order", runId, input: {} });
    const approvalId = started.run?.pendingApproval?.approvalId ?? "";
    expect(started.kind).toBe("paused");
    const approval = { approvalId, approved: true };
    expect((await runtime().deliverApproval({ runId, approval })).kind).toBe("paused");
    expect((await runtime().deliverApproval({ runId, approval })).kind).toBe("duplicate");
    expect((await runtime().sweep({})).timers).toEqual([]);
    const swept = await runtime().sweep({ now: Date.now() + 2 * dayMs });
    expect(swept.timers.map(({ kind }) => kind)).toEqual(["paused"]);
    const signal = { runId, signalId: "s", name: "shipped", payload: { by: "\ud800" } };
    const ended = await runtime().deliverSignal(signal);
    expect(ended.run?.output).toEqual({ charged: 42, approved: true, by: "\ud800" });
    const [execution] = (await store.executions.list({ status: "succeeded" })).items;
    expect(execution?.output).toEqual({ charged: 42, approved: true, by: "\ud800" });
    expect((await runs.getRunTimeline(runId))?.events.at(-1)?.eventType).toBe("RUN_FINISHED");
    expect(await runs.listRuns({ workflowId: "order", status: "finished", limit: 9 })).toHaveLength(1);
  });

  test("starts each bucket of a schedule once, however many sweep", async () => {
    const job = createWorkflow({ id: "job" }).handler(async () => "done");
    const schedules = [{ id: newId(), schedule: every.minutes(1) }];
    const scheduled = defineWorkflowRuntime({ store: runs, workflows: { job: { load: async () => job, schedules } } });
    await materializeWorkflowSchedules(scheduled);
    const sweeps = await Promise.all(
      Array.from({ length: 4 }, (_, i) => scheduled.sweep({ leaseOwner: `sweeper ${i}`, maxTimers: 0 })),
    );
    expect(sweeps.flatMap((sweep) => sweep.scheduled)).toHaveLength(1);
  });

  test("gives one of many concurrent callers the claim, the delivery, the timer and the append", async () => {
    const runId = newId();
    const now = Date.now();
    const callers = Array.from({ length: 8 }, (_, i) => `owner ${i}`);
    await runs.createRun({ runId, workflowId: "w", input: 1, now });
    const claims = await Promise.all(
      callers.map((leaseOwner) => runs.claimRun({ runId, leaseOwner, leaseMs: 1000, now })),
    );
    expect(claims.filter(({ kind }) => kind === "claimed")).toHaveLength(1);
    const stale = await Promise.all(
      callers.map((leaseOwner) => runs.claimStaleRuns({ now: now + 1000, limit: 9, leaseOwner, leaseMs: 9 })),
    );
    expect(stale.flat().filter(({ run }) => run.runId === runId)).toHaveLength(1);
    await runs.markRunPaused({ runId, waitingFor: { signalName: "go" }, now });
    const delivery = { signalId: "s", name: "go", payload: 1 };
    const deliveries = await Promise.all(callers.map(() => runs.deliverSignal({ runId, delivery, now })));
    expect(deliveries.filter(({ kind }) => kind === "delivered")).toHaveLength(1);
    expect(deliveries.filter(({ kind }) => kind === "duplicate")).toHaveLength(7);
    await runs.scheduleTimer({ runId, workflowId: "w", wakeAt: 1, signalId: "t", now });
    const timers = await Promise.all(
      callers.map((leaseOwner) => runs.claimDueTimers({ now, limit: 9, leaseOwner, leaseMs: 1000 })),
    );
    expect(timers.flat()).toEqual([{ runId, workflowId: "w", wakeAt: 1, signalId: "t" }]);
    const events = [{ type: "STEP_STARTED", ts: 1, stepId: "a" } as const];
    const appends = await Promise.allSettled(
      callers.map(() => runs.appendEvents({ runId, expectedNextIndex: 0, events })),
    );
    expect(appends.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(appends.find(({ status }) => status === "rejected")).toMatchObject({
      reason: { name: "LogConflictError", attemptedIndex: 0, existing: events[0] },
    });
  });

  test("claims the timers that are due first", async () => {
    const runId = newId();
    await runs.createRun({ runId, workflowId: "w", input: 1, now: 1 });
    for (const wakeAt of [30, 10, 20]) {
      await runs.scheduleTimer({ runId, workflowId: "w", wakeAt, signalId: String(wakeAt), now: 1 });
    }
    const claim = () => runs.claimDueTimers({ now: 25, limit: 1, leaseOwner: newId(), leaseMs: 1000 });
    const claimed = [await claim(), await claim(), await claim()];
    expect(claimed.map(([timer]) => timer?.wakeAt)).toEqual([10, 20, undefined]);
  });

  test("sends a subscriber the events before and after, also of another store object", async () => {
    const runId = newId();
    await runs.createRun({ runId, workflowId: "w", input: 1, now: 1 });
    const event = (stepId: string) => ({ type: "STEP_STARTED", ts: 1, stepId }) as const;
    await runs.appendEvents({ runId, expectedNextIndex: 0, events: [event("a"), event("b")] });
    const seen: number[] = [];
    const other = new HoldfastWorkflowStore(store);
    let stop = (): void => undefined;
    await new Promise<void>((resolve) => {
      stop = runs.subscribeEvents(runId, 1, (_event, index) => {
        seen.push(index);
        if (index === 1) void other.appendEvents({ runId, expectedNextIndex: 2, events: [event("c")] });
        else resolve();
        throw new Error("A listener that fails gets the next event all the same.");
      });
    });
    stop();
    expect(seen).toEqual([1, 2]);
  });

  test("commits a new run with the caller's own rows, or neither", async () => {
    const [kept, dropped] = [newId(), newId()];
    const table = `orders_${newId().replaceAll("-", "")}`;
    const place = (runId: string) => async (tx: Parameters<Parameters<Store["transaction"]>[0]>[0]) => {
      await tx.query(`create table if not exists ${table} (id text)`);
      await tx.query(`insert into ${table} values ($1)`, [runId]);
      const inside = new HoldfastWorkflowStore(tx);
      await inside.createRun({ runId, workflowId: "w", input: 1, now: 1 });
      expect((await inside.createRun({ runId, workflowId: "w", input: 1, now: 1 })).kind).toBe("existing");
      await expect(inside.appendEvents({ runId, expectedNextIndex: 5, events: [] })).rejects.toThrow("Log conflict");
      if (runId === dropped) throw new Error("no");
    };
    await store.transaction(place(kept));
    await expect(store.transaction(place(dropped))).rejects.toThrow("no");
    expect((await runs.loadRun(kept))?.status).toBe("queued");
    expect(await runs.loadRun(dropped)).toBeUndefined();
  });

  const parcel = createWorkflow({ id: "parcel" }).handler(async (ctx) => {
    const sent = await ctx.waitForEvent<{ readonly to: string }>("sent");
    return ctx.step("send", () => (sent.to === "" ? new Date(0) : sent.to));
  });
  const workflows = { parcel: { load: async () => parcel } };

  test("loses no signal whose payload the codec refuses, and ends a run whose result it refuses", async () => {
    const runId = newId();
    const parcels = defineWorkflowRuntime({ store: runs, workflows });
    await parcels.startRun({ workflowId: "parcel", runId, input: {} });
    const signal = { runId, signalId: "s", name: "sent" };
    await expect(parcels.deliverSignal({ ...signal, payload: { to: 1n } })).rejects.toBeInstanceOf(InvalidInputError);
    const { kind, run } = await parcels.deliverSignal({ ...signal, payload: { to: "" } });
    expect([kind, run?.error?.name]).toEqual(["errored", "InvalidInputError"]);
    expect(await store.executions.get(runId)).toMatchObject({
      status: "failed",
      error: { name: "InvalidInputError" },
      finishedAt: expect.any(Date) as unknown,
    });
  });

  test("resumes a run between an approval and its claim, and leaves other workflows alone", async () => {
    const runId = newId();
    const { run } = await runtime().startRun({ workflowId: "order", runId, input: {} });
    const approval = { approvalId: run?.pendingApproval?.approvalId ?? "", approved: true };
    const now = Date.now();
    expect((await runs.deliverApproval({ runId, approval, now })).kind).toBe("delivered");
    const resume = async (of: ResumeOptions["workflows"], at: number) =>
      (await resumeLostRuns(store, { workflows: of, now: at })).filter((result) => result.runId === runId);
    const own = { order: { load: async () => order } };
    expect(await resume(own, now + 1000)).toEqual([]);
    expect(await resume(workflows, now + 60_000)).toEqual([]);
    expect((await resume(own, now + 60_000)).map(({ kind }) => kind)).toEqual(["paused"]);
    expect((await runs.loadRun(runId))?.waitingFor?.signalName).toBe("__timer");
    // The log has the approval, though the process was lost before the engine saved that.
    const again = newId();
    const second = await runtime().startRun({ workflowId: "order", runId: again, input: {} });
    const approvalId = second.run?.pendingApproval?.approvalId ?? "";
    await runs.deliverApproval({ runId: again, approval: { approvalId, approved: true }, now });
    const resolved = { type: "APPROVAL_RESOLVED", ts: now, stepId: "a", approvalId, approved: true } as const;
    const expectedNextIndex = (await runs.readEvents({ runId: again })).length;
    await runs.appendEvents({ runId: again, expectedNextIndex, events: [resolved] });
    expect((await resumeLostRuns(store, { workflows: own, now: now + 60_000 })).map(({ kind }) => kind)).toEqual([
      "paused",
    ]);
    const log = await runs.readEvents({ runId: again });
    expect(log.filter(({ eventType }) => eventType === "APPROVAL_RESOLVED")).toHaveLength(1);
  });

  test("refuses bad input before it asks the database, naming the field", async () => {
    const bad = [
      runs.createRun({ runId: "", workflowId: "w", input: 1, now: 1 }),
      runs.createRun({ runId: "a", workflowId: "w", input: 1, now: Number.NaN }),
      runs.createRun({ runId: "a", workflowId: "w", input: 10n, now: 1 }),
      runs.appendEvents({ runId: "a", expectedNextIndex: -1, events: [] }),
      runs.readEvents({ runId: "a", fromIndex: 0.5 }),
      runs.claimDueTimers({ now: 1, limit: -1, leaseOwner: "a", leaseMs: 1 }),
      runs.claimDueScheduleBuckets({ now: Infinity, limit: 1, leaseOwner: "a", leaseMs: 1 }),
      runs.listRuns({ limit: 1, cursor: "x" }),
      runs.listRuns({ limit: 1, status: "done" as "finished" }),
      runs.loadRun("x".repeat(256)),
      runs.appendEvents({ runId: "a", expectedNextIndex: 0, events: [{ ts: 1 } as never] }),
      runs.claimStaleRuns({ now: 1, limit: 0, leaseOwner: "a", leaseMs: Number.NaN }),
      resumeLostRuns(store, { workflows, nwo: 1 } as never),
      resumeLostRuns(store, {} as never),
    ];
    const fields: unknown[] = [];
    for (const call of bad) {
      const error: unknown = await call.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(InvalidInputError);
      fields.push((error as InvalidInputError).facts["field"]);
    }
    expect(fields).toEqual([
      "runId",
      "now",
      "state.change.input",
      "expectedNextIndex",
      "fromIndex",
      "limit",
      "now",
      "cursor",
      "status",
      "runId",
      "events[0].type",
      "leaseMs",
      "nwo",
      "workflows",
    ]);
    await store.executions.create({ id: "foreign" });
    const foreign = { runId: "foreign", workflowId: "w", input: 1, now: 1 };
    await expect(runs.createRun(foreign)).rejects.toMatchObject({ code: "duplicate" });
    expect(await runs.loadRun("foreign")).toBeUndefined();
  });
});
