import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { OpenWorkflow } from "openworkflow";
import { expect, onTestFinished, test } from "vitest";
import { describeOnServers } from "../../holdfast/test/support/databases.ts";
import { storeWithClock } from "../../holdfast/test/support/moved-time.ts";
import { HoldfastBackend } from "../src/index.ts";

const script = join(import.meta.dirname, "support/killed-worker.ts");

describeOnServers("a worker that is killed with kill -9", (database) => {
  test("leaves its run to the next one, which does not repeat what was done", async () => {
    const { store, clock } = await storeWithClock(database);
    onTestFinished(() => store.close());
    const options = await database.options();
    const namespaceId = "shop";
    const backend = new HoldfastBackend(store, { namespaceId });
    const engine = new OpenWorkflow({ backend });
    const order = engine.defineWorkflow<undefined, object>({ name: "order" }, async ({ step }) => {
      const charged = await step.run({ name: "charge" }, async () => ({ charged: 0 }));
      const shipped = await step.run({ name: "ship" }, async () => ({ shipped: true }));
      return { ...charged, ...shipped };
    });
    const run = await order.run();

    const args = ["--import", "tsx", script, "url" in options ? options.url : "", namespaceId];
    const lost = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => {
      lost.kill("SIGKILL");
    });
    await once(lost.stdout, "data");
    lost.kill("SIGKILL");
    await once(lost, "close");

    const { id: workflowRunId } = run.workflowRun;
    expect(await backend.claimWorkflowRun({ workerId: "next", leaseDurationMs: 1000 })).toBeNull();
    await clock.advance(30_001);
    const worker = engine.newWorker();
    onTestFinished(() => worker.stop());
    await worker.start();
    expect(await run.result()).toEqual({ charged: 42, shipped: true });
    expect((await backend.getWorkflowRun({ workflowRunId }))?.attempts).toBe(2);
    const { data } = await backend.listStepAttempts({ workflowRunId });
    expect(data.map(({ stepName, status }) => [stepName, status])).toEqual([
      ["charge", "completed"],
      ["ship", "running"],
      ["ship", "completed"],
    ]);
  });
});
