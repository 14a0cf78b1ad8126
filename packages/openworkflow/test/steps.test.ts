import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { backendsOn, inMs, type TestBackend } from "./support/backends.ts";

describeOnEach("a step", (database) => {
  const { fresh } = backendsOn(database);

  test("is created for the holder of its run alone, and read back the same", async () => {
    const backend = fresh();
    const held = await backend.createClaimed();
    const created = await backend.step(held, { stepName: "s", config: { key: "val" } });
    expect(created).toEqual({
      namespaceId: expect.any(String),
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      workflowRunId: held.workflowRunId,
      stepName: "s",
      kind: "function",
      status: "running",
      config: { key: "val" },
      context: null,
      output: null,
      error: null,
      childWorkflowRunNamespaceId: null,
      childWorkflowRunId: null,
      startedAt: expect.any(Date),
      finishedAt: null,
      createdAt: expect.any(Date),
      updatedAt: expect.any(Date),
    });
    expect(await backend.getStepAttempt({ stepAttemptId: created.id })).toEqual(created);
    expect(await fresh().getStepAttempt({ stepAttemptId: created.id })).toBeNull();
    const stranger = backend.step({ ...held, workerId: randomUUID() });
    await expect(stranger).rejects.toThrow("Failed to create step attempt");
    expect((await backend.listStepAttempts(held)).data).toEqual([created]);
  });

  test("completes or fails once: the first end stays", async () => {
    const backend = fresh();
    const held = await backend.createClaimed();
    const [done, failed] = [await backend.step(held), await backend.step(held)];
    const complete = { ...held, stepAttemptId: done.id, output: { foo: "bar" } };
    const completed = await backend.completeStepAttempt(complete);
    expect(completed).toMatchObject({ status: "completed", output: { foo: "bar" }, error: null, stepName: "step" });
    expect(completed.finishedAt).toBeInstanceOf(Date);
    expect(await backend.completeStepAttempt({ ...complete, output: "other" })).toEqual(completed);
    const fail = { ...held, stepAttemptId: failed.id, error: { message: "nope" } };
    const over = await backend.failStepAttempt(fail);
    expect(over).toMatchObject({ status: "failed", output: null, error: { message: "nope" } });
    expect(await backend.failStepAttempt(fail)).toEqual(over);
    expect((await backend.listStepAttempts(held)).data).toEqual([completed, over]);
    const crossed = backend.failStepAttempt({ ...fail, stepAttemptId: done.id });
    await expect(crossed).rejects.toThrow("Failed to mark step attempt failed");
    const missing = backend.completeStepAttempt({ ...complete, stepAttemptId: randomUUID() });
    await expect(missing).rejects.toThrow("Failed to mark step attempt completed");
    await backend.completeWorkflowRun({ ...held, output: null });
    await expect(backend.completeStepAttempt(complete)).rejects.toThrow("Failed to mark step attempt completed");
    await expect(backend.failStepAttempt(fail)).rejects.toThrow("Failed to mark step attempt failed");
  });

  test("is listed in the order of creation, in pages forwards and backwards", async () => {
    const backend = fresh();
    const held = await backend.createClaimed();
    expect(await backend.listStepAttempts(held)).toEqual({ data: [], pagination: { next: null, prev: null } });
    for (let i = 0; i < 5; i += 1) await backend.step(held, { stepName: `step-${i}` });
    const page = (given: object) => backend.listStepAttempts({ ...held, limit: 2, ...given });
    const names = ({ data }: Awaited<ReturnType<typeof page>>) => data.map(({ stepName }) => stepName);
    const page1 = await page({});
    const page2 = await page({ after: page1.pagination.next });
    const page3 = await page({ after: page2.pagination.next });
    expect([names(page1), names(page2), names(page3)]).toEqual([
      ["step-0", "step-1"],
      ["step-2", "step-3"],
      ["step-4"],
    ]);
    expect([page1.pagination.prev, page3.pagination.next]).toEqual([null, null]);
    expect(await page({ before: page3.pagination.prev })).toEqual(page2);
    expect((await page({ limit: 5 })).pagination).toEqual({ next: null, prev: null });
  });

  async function withChild(backend: TestBackend) {
    const held = await backend.createClaimed();
    const step = await backend.step(held, { kind: "workflow", context: { kind: "workflow", timeoutAt: null } });
    const parent = { parentStepAttemptNamespaceId: step.namespaceId, parentStepAttemptId: step.id };
    const child = await backend.create(parent);
    expect(child).toMatchObject(parent);
    const link = { childWorkflowRunNamespaceId: child.namespaceId, childWorkflowRunId: child.id };
    return { held, step, child, link };
  }

  test("is linked to its child while it runs, by its holder alone", async () => {
    const backend = fresh();
    const { held, step, child, link } = await withChild(backend);
    const request = { ...held, stepAttemptId: step.id, ...link };
    expect(await backend.setStepAttemptChildWorkflowRun(request)).toMatchObject(link);
    expect(await backend.getStepAttempt({ stepAttemptId: step.id })).toMatchObject(link);
    const refused = "Failed to set step attempt child workflow run";
    const stranger = backend.setStepAttemptChildWorkflowRun({ ...request, workerId: "stranger" });
    await expect(stranger).rejects.toThrow(refused);
    await backend.completeStepAttempt({ ...held, stepAttemptId: step.id, output: child.id });
    await expect(backend.setStepAttemptChildWorkflowRun(request)).rejects.toThrow(refused);
    const missing = { ...request, stepAttemptId: randomUUID() };
    await expect(backend.setStepAttemptChildWorkflowRun(missing)).rejects.toThrow(refused);
  });

  test("wakes its parked run at the end of the child, not at a failure that is tried again", async () => {
    const backend = fresh();
    const { held, child } = await withChild(backend);
    const far = (await backend.sleep(held)).availableAt;
    const retryPolicy = { initialInterval: "1ms", backoffCoefficient: 1, maximumInterval: "1ms", maximumAttempts: 3 };
    const first = await backend.claim(60_000, "w");
    expect(first?.id).toBe(child.id);
    const working = { workflowRunId: child.id, workerId: "w" };
    await backend.failWorkflowRun({ ...working, error: { message: "again" }, retryPolicy } as never);
    expect((await backend.run(held.workflowRunId)).availableAt).toEqual(far);
    await expect.poll(() => backend.claim(60_000, "w")).toMatchObject({ id: child.id, attempts: 2 });
    await backend.completeWorkflowRun({ ...working, output: { ok: true } });
    const woken = await backend.run(held.workflowRunId);
    expect(woken).toMatchObject({ status: "running", workerId: null });
    expect(woken.availableAt?.getTime()).toBeLessThan(far?.getTime() ?? 0);
    expect((await backend.claim())?.id).toBe(held.workflowRunId);
  });

  test("wakes its run at the next sleep if the child has ended while it was held, and leaves it alone until then", async () => {
    const backend = fresh();
    const { held, child } = await withChild(backend);
    await backend.cancelWorkflowRun({ workflowRunId: child.id });
    const running = await backend.run(held.workflowRunId);
    expect(running.workerId).toBe(held.workerId);
    expect(running.availableAt?.getTime()).toBeGreaterThan(inMs(1000).getTime());
    const slept = await backend.sleep(held);
    expect(slept.availableAt?.getTime()).toBeLessThan(inMs(5000).getTime());
    expect((await backend.claim())?.id).toBe(held.workflowRunId);
  });
});
