import { expect, onTestFinished, test, vi } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { storeWithClock } from "../../holdfast/test/support/moved-time.ts";
import { HoldfastBackend } from "../src/index.ts";
import { backendsOn, inMs, TestBackend } from "./support/backends.ts";

const once = { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "100s", maximumAttempts: 1 } as const;
const thrice = { ...once, maximumAttempts: 3 };

describeOnEach("a run", (database) => {
  const { fresh, store } = backendsOn(database);

  test("has what it was created with, and is read back the same", async () => {
    const backend = fresh();
    const given = { version: "v1", idempotencyKey: "k", config: { a: 1 }, context: { b: 2 }, input: { c: 3 } };
    const [availableAt, deadlineAt] = [inMs(60_000), inMs(120_000)];
    const created = await backend.create({ ...given, availableAt, deadlineAt });
    expect(created).toEqual({
      ...given,
      namespaceId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      workflowName: "workflow",
      status: "pending",
      output: null,
      error: null,
      attempts: 0,
      parentStepAttemptNamespaceId: null,
      parentStepAttemptId: null,
      workerId: null,
      availableAt,
      deadlineAt,
      startedAt: null,
      finishedAt: null,
      createdAt: expect.any(Date),
      updatedAt: expect.any(Date),
    });
    expect(await backend.run(created.id)).toEqual(created);
    expect(await backend.claim()).toBeNull();
    const elsewhere = new HoldfastBackend(store(), { namespaceId: "elsewhere" });
    expect(await elsewhere.getWorkflowRun({ workflowRunId: created.id })).toBeNull();
    await expect(elsewhere.cancelWorkflowRun({ workflowRunId: created.id })).rejects.toThrow(/does not exist/);
    const minimal = await backend.create();
    expect(minimal.availableAt).toEqual(minimal.createdAt);
    const legacy = { workflowName: "old", version: null, idempotencyKey: null, config: {}, context: null, input: null };
    const old = await backend.createWorkflowRun({ ...legacy, availableAt: null, deadlineAt: null } as never);
    expect([old.parentStepAttemptNamespaceId, old.parentStepAttemptId]).toEqual([null, null]);
  });

  test("keeps its id and its namespace, whatever else its caller gives", async () => {
    const backend = fresh();
    const more = { namespaceId: "elsewhere", id: "other", attempts: 7 };
    const created = await backend.create(more as never);
    expect(created).toMatchObject({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), attempts: 0 });
    expect(created.namespaceId).not.toBe("elsewhere");
    expect(await backend.run(created.id)).toEqual(created);
  });

  test("is one for one key, name and namespace, whatever its version and its end, for a day", async () => {
    const [backend, other] = [fresh(), fresh()];
    const key = { idempotencyKey: "k" };
    const runs = await Promise.all(
      Array.from({ length: 10 }, (_, i) => backend.create({ ...key, version: `v${i}`, input: { i } })),
    );
    const { id, version } = runs[0] ?? {};
    expect(new Set(runs.map((run) => run.id)).size).toBe(1);
    expect(new Set(runs.map((run) => run.version)).size).toBe(1);
    expect((await backend.create({ ...key, version: "later" })).version).toBe(version);
    expect((await backend.create({ ...key, workflowName: "other" })).id).not.toBe(id);
    expect((await other.create(key)).id).not.toBe(id);
    expect((await backend.create()).id).not.toBe((await backend.create()).id);
    await backend.cancelWorkflowRun({ workflowRunId: String(id) });
    expect(await backend.create(key)).toMatchObject({ id, status: "canceled" });
    const now = vi.spyOn(Date, "now");
    try {
      now.mockReturnValue(new Date().getTime() + 24 * 60 * 60 * 1000 + 60_000);
      const next = await backend.create(key);
      expect(next.id).not.toBe(id);
    } finally {
      now.mockRestore();
    }
  });

  test("is claimed by one worker, counted, and claimed again after its lease with the same start", async () => {
    const backend = fresh();
    const { id } = await backend.create();
    const claimed = await backend.claim(10, "first");
    expect(claimed).toMatchObject({
      id,
      status: "running",
      workerId: "first",
      attempts: 1,
      startedAt: expect.any(Date),
    });
    await expect.poll(() => backend.claim(60_000, "second")).toMatchObject({ id, attempts: 2, workerId: "second" });
    const again = await backend.run(id);
    expect([again.startedAt, again.workerId]).toEqual([claimed?.startedAt, "second"]);
    expect(await backend.claim()).toBeNull();
    const extended = await backend.extendWorkflowRunLease({
      workflowRunId: id,
      workerId: "second",
      leaseDurationMs: 120_000,
    });
    expect(extended.availableAt?.getTime()).toBeGreaterThan(again.availableAt?.getTime() ?? Infinity);
    const stranger = { workflowRunId: id, workerId: "first", leaseDurationMs: 1000 };
    await expect(backend.extendWorkflowRunLease(stranger)).rejects.toThrow(/Failed to extend lease/);
  });

  test("of a lost worker comes after new ones, and stays its worker's until somebody takes it", async () => {
    const backend = fresh();
    const { id } = await backend.create();
    const held = { workflowRunId: id, workerId: "lost" };
    await backend.claim(10, held.workerId);
    await expect.poll(async () => ((await backend.run(id)).availableAt ?? inMs(1)) < new Date()).toBe(true);
    const step = await backend.step(held);
    const pending = await backend.create();
    expect((await backend.claim())?.id).toBe(pending.id);
    expect((await backend.claim())?.id).toBe(id);
    const late = { ...held, stepAttemptId: step.id, output: null };
    await expect(backend.completeStepAttempt(late)).rejects.toThrow("Failed to mark step attempt completed");
  });

  test("completes with its output, and refuses every later step", async () => {
    const backend = fresh();
    const held = await backend.createClaimed();
    const completed = await backend.completeWorkflowRun({ ...held, output: { ok: true } });
    const ended = { status: "completed", output: { ok: true }, error: null, availableAt: null };
    expect(completed).toMatchObject({ ...ended, finishedAt: expect.any(Date) });
    expect(await backend.run(held.workflowRunId)).toEqual(completed);
    await expect(backend.sleep(held)).rejects.toThrow("Failed to sleep workflow run");
    await expect(backend.step(held)).rejects.toThrow("Failed to create step attempt");
    const again = backend.completeWorkflowRun({ ...held, output: null });
    await expect(again).rejects.toThrow("Failed to mark workflow run completed");
  });

  test("that fails is tried again with a growing delay, within its policy and its deadline", async () => {
    const backend = fresh();
    const error = { message: "boom" };
    const held = await backend.createClaimed({ deadlineAt: inMs(60_000) });
    const before = Date.now();
    const failed = await backend.failWorkflowRun({ ...held, error, retryPolicy: thrice });
    const again = { status: "pending", error, output: null, workerId: null, startedAt: null, finishedAt: null };
    expect(failed).toMatchObject(again);
    expect((failed.availableAt?.getTime() ?? 0) - before).toBeGreaterThanOrEqual(1000);
    expect(await backend.run(held.workflowRunId)).toMatchObject({ ...again, availableAt: failed.availableAt });
    const other = fresh();
    const second = await other.createClaimed();
    const later = { ...second, error, retryPolicy: thrice, attempts: 2, deadlineAt: null };
    const { availableAt } = await other.failWorkflowRun(later);
    expect((availableAt?.getTime() ?? 0) - before).toBeGreaterThanOrEqual(2000);
    for (const [retryPolicy, deadlineAt] of [
      [once, null],
      [thrice, inMs(500)],
    ] as const) {
      const lasting = fresh();
      const last = await lasting.createClaimed();
      const over = await lasting.failWorkflowRun({ ...last, error, retryPolicy, attempts: 1, deadlineAt });
      expect(over).toMatchObject({ status: "failed", error, availableAt: null, startedAt: null });
      expect(over.finishedAt).toBeInstanceOf(Date);
    }
    const third = await other.createClaimed();
    const reschedule = { ...third, error, availableAt: inMs(60_000) };
    const stranger = { ...reschedule, workerId: "stranger" };
    await expect(other.rescheduleWorkflowRunAfterFailedStepAttempt(stranger)).rejects.toThrow(
      "Failed to reschedule workflow run after failed step attempt",
    );
    const { availableAt: at } = reschedule;
    const rescheduled = await other.rescheduleWorkflowRunAfterFailedStepAttempt(reschedule);
    expect(rescheduled).toMatchObject({ ...again, availableAt: at });
  });

  test("is canceled whatever it does, once, unless it has ended or is missing", async () => {
    const backend = fresh();
    const running = await backend.createClaimed();
    const parked = await backend.createClaimed();
    await backend.sleep(parked);
    const pending = await backend.create();
    for (const workflowRunId of [running.workflowRunId, parked.workflowRunId, pending.id, pending.id]) {
      const canceled = await backend.cancelWorkflowRun({ workflowRunId });
      expect(canceled).toMatchObject({ status: "canceled", workerId: null, availableAt: null });
      expect(canceled.finishedAt).toBeInstanceOf(Date);
    }
    expect(await backend.claim()).toBeNull();
    await expect(backend.sleep(running)).rejects.toThrow("Failed to sleep workflow run");
    const ended = await backend.createClaimed();
    await backend.completeWorkflowRun({ ...ended, output: null });
    await expect(backend.cancelWorkflowRun(ended)).rejects.toThrow(/Cannot cancel .* with status completed/);
    const missing = backend.cancelWorkflowRun({ workflowRunId: "missing" });
    await expect(missing).rejects.toThrow("Workflow run missing does not exist");
  });

  test("sleeps without a worker until its moment", async () => {
    const backend = fresh();
    const held = await backend.createClaimed();
    const availableAt = inMs(60_000);
    const slept = { status: "running", workerId: null, availableAt };
    expect(await backend.sleepWorkflowRun({ ...held, availableAt })).toMatchObject(slept);
    expect(await backend.run(held.workflowRunId)).toMatchObject(slept);
    await expect(backend.step(held)).rejects.toThrow("Failed to create step attempt");
    const short = await backend.createClaimed();
    await backend.sleep(short, 1);
    await expect.poll(() => backend.claim()).toMatchObject({ id: short.workflowRunId, attempts: 2 });
  });

  test("is listed newest first, by status and name, in pages forwards and backwards, and counted", async () => {
    const backend = fresh();
    expect(await backend.listWorkflowRuns({})).toEqual({ data: [], pagination: { next: null, prev: null } });
    const empty = { pending: 0, running: 0, completed: 0, failed: 0, canceled: 0 };
    expect(await backend.countWorkflowRuns()).toEqual(empty);
    const done = await backend.createClaimed({ workflowName: "done" });
    await backend.completeWorkflowRun({ ...done, output: null });
    await backend.sleep(await backend.createClaimed());
    await backend.createClaimed();
    const all = [];
    for (let i = 0; i < 2; i += 1) all.unshift((await backend.create({ workflowName: "done" })).id);
    const page1 = await backend.listWorkflowRuns({ limit: 2 });
    expect(page1.data.map(({ id }) => id)).toEqual(all);
    expect(page1.pagination).toEqual({ next: expect.any(String), prev: null });
    const page2 = await backend.listWorkflowRuns({ limit: 2, after: page1.pagination.next ?? "" });
    expect(page2.data.map(({ workerId }) => workerId !== null)).toEqual([true, false]);
    const page3 = await backend.listWorkflowRuns({ limit: 2, after: page2.pagination.next ?? "" });
    expect(page3.data.map(({ id }) => id)).toEqual([done.workflowRunId]);
    expect(page3.pagination).toEqual({ next: null, prev: expect.any(String) });
    expect(await backend.listWorkflowRuns({ limit: 2, before: page3.pagination.prev ?? "" })).toEqual(page2);
    expect(await backend.listWorkflowRuns({ limit: 2, before: page2.pagination.prev ?? "" })).toEqual(page1);
    const both = backend.listWorkflowRuns({ after: "a", before: "b" });
    await expect(both).rejects.toThrow(/both 'after' and 'before'/);
    const filtered = await backend.listWorkflowRuns({ status: "pending", workflowName: "done" });
    expect(filtered.data.map(({ id }) => id)).toEqual(all);
    expect((await backend.listWorkflowRuns({ status: "completed" })).data).toHaveLength(1);
    expect((await backend.listWorkflowRuns({ status: "sleeping" })).data).toHaveLength(2);
    expect(await backend.countWorkflowRuns()).toEqual({ ...empty, pending: 2, running: 2, completed: 1 });
  });
});

describeOnEach("a run with a deadline", (database) => {
  test("fails when workers claim after it, whatever it waited for", async () => {
    const { store, clock } = await storeWithClock(database);
    onTestFinished(() => store.close());
    const backend = new TestBackend(store);
    const late = await backend.create({ deadlineAt: inMs(3_600_000), availableAt: inMs(7_200_000) });
    const held = await backend.createClaimed({ deadlineAt: inMs(3_600_000) });
    await backend.sleep(held, 7_200_000);
    const inTime = await backend.createClaimed({ deadlineAt: inMs(7_200_000) });
    await clock.advance(3_600_001);
    expect((await backend.claim())?.id).toBe(inTime.workflowRunId);
    const error = { message: "Workflow run deadline exceeded" };
    for (const id of [late.id, held.workflowRunId]) {
      expect(await backend.run(id)).toMatchObject({ status: "failed", error, availableAt: null });
    }
    expect(await backend.countWorkflowRuns()).toMatchObject({ failed: 2, running: 1 });
    const cancel = backend.cancelWorkflowRun({ workflowRunId: late.id });
    await expect(cancel).rejects.toThrow(/Cannot cancel workflow run .* with status failed/);
  });
});
