import { expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { backendsOn, inMs } from "./support/backends.ts";

const none = { idempotencyKey: null };

describeOnEach("a signal", (database) => {
  const { fresh } = backendsOn(database);

  test("reaches every run that waits for it in its namespace, once, and wakes it", async () => {
    const backend = fresh();
    const runs = [];
    for (let i = 0; i < 3; i += 1) {
      const held = await backend.createClaimed();
      const step = await backend.wait(held, "s");
      expect(await backend.getSignalDelivery({ stepAttemptId: step.id })).toBeUndefined();
      await backend.sleep(held);
      runs.push({ id: held.workflowRunId, step: step.id });
    }
    expect(await fresh().sendSignal({ signal: "s", data: 0, ...none })).toEqual({ workflowRunIds: [] });
    const { workflowRunIds } = await backend.sendSignal({ signal: "s", data: { n: 1 }, ...none });
    expect(workflowRunIds).toEqual(runs.map(({ id }) => id).toSorted());
    expect(await backend.sendSignal({ signal: "s", data: { n: 2 }, ...none })).toEqual({ workflowRunIds: [] });
    for (const { id, step } of runs) {
      expect(await backend.getSignalDelivery({ stepAttemptId: step })).toEqual({ n: 1 });
      expect((await backend.run(id)).availableAt?.getTime()).toBeLessThan(inMs(5000).getTime());
    }
    const claimed = [await backend.claim(), await backend.claim(), await backend.claim()];
    expect(claimed.flatMap((run) => run?.id ?? []).toSorted()).toEqual(workflowRunIds);
  });

  test("that comes while its run is held ends the next sleep at once; null is data too", async () => {
    const backend = fresh();
    const held = await backend.createClaimed();
    const step = await backend.wait(held, "s");
    const { workflowRunIds } = await backend.sendSignal({ signal: "s", data: null, ...none });
    expect(workflowRunIds).toEqual([held.workflowRunId]);
    expect(await backend.getSignalDelivery({ stepAttemptId: step.id })).toBeNull();
    await backend.sleep(held);
    expect((await backend.run(held.workflowRunId)).availableAt?.getTime()).toBeLessThan(inMs(5000).getTime());
    expect((await backend.claim())?.id).toBe(held.workflowRunId);
  });

  test("with a key is sent once, even after the receiver is gone; one that met nobody is sent again", async () => {
    const backend = fresh();
    const send = (n: number) => backend.sendSignal({ signal: "s", data: { n }, idempotencyKey: "k" });
    expect(await send(0)).toEqual({ workflowRunIds: [] });
    const held = await backend.createClaimed();
    const step = await backend.wait(held, "s");
    await backend.sleep(held);
    const sent = { workflowRunIds: [held.workflowRunId] };
    expect(await send(1)).toEqual(sent);
    expect(await send(2)).toEqual(sent);
    expect(await backend.getSignalDelivery({ stepAttemptId: step.id })).toEqual({ n: 1 });
    await backend.cancelWorkflowRun(held);
    expect(await send(3)).toEqual(sent);
  });

  test("misses runs that were canceled and steps that are over", async () => {
    const backend = fresh();
    const [canceled, over] = [await backend.createClaimed(), await backend.createClaimed()];
    const waits = [await backend.wait(canceled, "s"), await backend.wait(over, "s")];
    await backend.cancelWorkflowRun(canceled);
    await backend.completeStepAttempt({ ...over, stepAttemptId: waits[1]?.id ?? "", output: null });
    expect(await backend.sendSignal({ signal: "s", data: 1, ...none })).toEqual({ workflowRunIds: [] });
    for (const { id } of waits) expect(await backend.getSignalDelivery({ stepAttemptId: id })).toBeUndefined();
  });
});
