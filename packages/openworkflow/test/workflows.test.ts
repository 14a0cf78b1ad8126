import { OpenWorkflow, type Worker } from "openworkflow";
import { expect, onTestFinished, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { HoldfastBackend } from "../src/index.ts";
import { backendsOn, inMs } from "./support/backends.ts";

/** Stops a worker after its test, whatever becomes of the test. */
async function started(worker: Worker): Promise<void> {
  onTestFinished(() => worker.stop());
  await worker.start();
}

describeOnEach("the engine's own client and worker", (database) => {
  const { fresh, store } = backendsOn(database);

  test("retry steps, sleep, wait for signals and children, and send signals", async () => {
    const backend = fresh();
    const engine = new OpenWorkflow({ backend });
    const attempts = { reserve: 0, child: 0 };
    const ship = engine.defineWorkflow<{ readonly place: number }, string>(
      { name: "ship", retryPolicy: { initialInterval: "10ms", maximumAttempts: 2 } },
      async ({ input }) => {
        attempts.child += 1;
        if (attempts.child === 1) throw new Error("The truck is late.");
        return `shipped from ${input.place}`;
      },
    );
    const order = engine.defineWorkflow<{ readonly id: string }, object>({ name: "order" }, async ({ input, step }) => {
      const retryPolicy = { initialInterval: "10ms", maximumAttempts: 3 } as const;
      const reserved = await step.run({ name: "reserve", retryPolicy }, async () => {
        attempts.reserve += 1;
        if (attempts.reserve === 1) throw new Error("The shelf is locked.");
        return { place: 7 };
      });
      await step.sleep("cool off", "20ms");
      const paid = await step.waitForSignal<{ readonly by: string }>({ signal: `paid:${input.id}`, timeout: "1m" });
      const never = await step.waitForSignal({ signal: "never", timeout: 20 });
      const [shipped, doubled] = await Promise.all([
        step.runWorkflow(ship.workflow.spec, reserved),
        step.run({ name: "double" }, async () => reserved.place * 2),
      ]);
      return { paid: paid?.data, never, shipped, doubled };
    });
    const payer = engine.defineWorkflow({ name: "payer" }, async ({ step }) => {
      const sent = await step.sendSignal({ signal: "paid:1", data: { by: "ada" } });
      return sent.workflowRunIds;
    });
    await started(engine.newWorker({ concurrency: 3 }));
    const run = await order.run({ id: "1" }, { idempotencyKey: "request-1" });
    const again = await order.run({ id: "other" }, { idempotencyKey: "request-1" });
    expect(again.workflowRun.id).toBe(run.workflowRun.id);
    const waiting = async (): Promise<boolean> => {
      const { data } = await backend.listStepAttempts({ workflowRunId: run.workflowRun.id });
      return data.some(({ kind, status }) => kind === "signal-wait" && status === "running");
    };
    await expect.poll(waiting).toBe(true);
    const paid = await payer.run();
    expect(await paid.result()).toEqual([run.workflowRun.id]);
    const result = { paid: { by: "ada" }, never: null, shipped: "shipped from 7", doubled: 14 };
    expect(await run.result()).toEqual(result);
    expect(attempts).toEqual({ reserve: 2, child: 2 });
  });

  test("end runs as failed, canceled or past their deadline", async () => {
    const backend = fresh();
    const engine = new OpenWorkflow({ backend });
    const broken = engine.defineWorkflow({ name: "broken" }, () => {
      throw new Error("It is broken.");
    });
    const parent = engine.defineWorkflow({ name: "parent" }, async ({ step }) =>
      step.runWorkflow(broken.workflow.spec),
    );
    const slow = engine.defineWorkflow({ name: "slow" }, async ({ step }) => step.sleep("long", "1h"));
    await started(engine.newWorker({ concurrency: 3 }));
    const [failed, canceled, late] = await Promise.all([
      parent.run(),
      slow.run(),
      slow.run({}, { deadlineAt: inMs(300) }),
    ]);
    await expect(failed.result()).rejects.toThrow(/It is broken/);
    await canceled.cancel();
    await expect(canceled.result()).rejects.toThrow(/canceled/);
    await expect(late.result()).rejects.toThrow(/deadline exceeded/);
    expect(await backend.countWorkflowRuns()).toMatchObject({ failed: 3, canceled: 1, running: 0, pending: 0 });
  });

  test("start runs and send signals in the caller's own transaction", async () => {
    const namespaceId = "of-transactions";
    const spec = { name: "greet" };
    const inOne = (isGiven: boolean) =>
      store().transaction(async (tx) => {
        const engine = new OpenWorkflow({ backend: new HoldfastBackend(tx, { namespaceId }) });
        await engine.runWorkflow(spec, { isGiven });
        await tx.kv.set({ prefix: "orders", key: String(isGiven), value: Buffer.from("1") });
        if (!isGiven) throw new Error("The order was withdrawn.");
      });
    await expect(inOne(false)).rejects.toThrow(/withdrawn/);
    await inOne(true);
    const backend = new HoldfastBackend(store(), { namespaceId });
    const { data } = await backend.listWorkflowRuns({});
    expect(data.map(({ input }) => input)).toEqual([{ isGiven: true }]);
    expect(await store().kv.get("orders", "false")).toBeNull();
    await backend.stop();
    expect((await backend.countWorkflowRuns()).pending).toBe(1);
  });
});
