import { createWorkflow, runWorkflow } from "@tanstack/workflow-core";
import { createRunStoreAdapter, defineWorkflowRuntime } from "@tanstack/workflow-runtime";
import { type ConnectionOptions, openStore } from "holdfast";
import { HoldfastWorkflowStore } from "../dist/index.js";

// Starts a run ("start"), or delivers its signal ("deliver", which hangs in the step after it), or takes over what was lost ("rescue").
const [connection = "{}", what] = process.argv.slice(2);
const store = await openStore(JSON.parse(connection) as ConnectionOptions);
const runs = new HoldfastWorkflowStore(store);
const say = (line: string) => process.stdout.write(`${line}\n`);

const order = createWorkflow({ id: "order" }).handler(async (ctx) => {
  const charged = await ctx.step("charge", () => {
    say("charge");
    return 42;
  });
  const { to } = await ctx.waitForEvent<{ to: string }>("address");
  await ctx.step("pack", () => void say("pack"));
  const shipped = await ctx.step("ship", async () => {
    say("ship");
    if (what === "deliver") await new Promise((resolve) => setTimeout(resolve, 1e9));
    return to;
  });
  return { charged, shipped };
});
const runtime = defineWorkflowRuntime({ store: runs, workflows: { order: { load: async () => order } } });

if (what === "start") {
  say((await runtime.startRun({ workflowId: "order", runId: "r", input: {} })).kind);
  await new Promise((resolve) => setTimeout(resolve, 1e9));
} else if (what === "deliver") {
  await runtime.deliverSignal({ runId: "r", signalId: "s", name: "address", payload: { to: "\u0000" }, leaseMs: 1 });
} else {
  const lease = { leaseOwner: "rescuer", leaseMs: 60_000 };
  for (const { run } of await runs.claimStaleRuns({ now: Date.now() + 60_000, limit: 10, ...lease })) {
    const { runId } = run;
    const resolved = (await runs.readEvents({ runId })).findLast(({ eventType }) => eventType === "SIGNAL_RESOLVED");
    if (resolved?.event.type !== "SIGNAL_RESOLVED") throw new Error("No signal had come.");
    const { signalId = "", name, payload } = resolved.event;
    // The engine continues with a signal only if the run waits for it.
    const state = await runs.loadRunState(runId);
    if (state) await runs.saveRunState({ state: { ...state, status: "paused", waitingFor: { signalName: name } } });
    const again = runWorkflow({
      workflow: order,
      runStore: createRunStoreAdapter(runs),
      runId,
      signalDelivery: { signalId, name, payload },
    });
    for await (const { type } of again) if (type === "RUN_FINISHED") say("finished");
    await runs.releaseRunLease({ runId, leaseOwner: lease.leaseOwner });
  }
}
await store.close();
