import { createWorkflow } from "@tanstack/workflow-core";
import { type ClaimRunArgs, type ClaimRunResult, defineWorkflowRuntime } from "@tanstack/workflow-runtime";
import { type ConnectionOptions, openStore } from "holdfast";
import { HoldfastWorkflowStore, resumeLostRuns } from "../dist/index.js";

// Starts a run, delivers its signal, or resumes lost runs. Hangs, to be killed, where the second argument says.
const [connection = "{}", what = ""] = process.argv.slice(2);
const [runId = "", action, hangsAt] = what.split(" ");
const store = await openStore(JSON.parse(connection) as ConnectionOptions);
const say = (line: string) => void process.stdout.write(`${line}\n`);

async function reach(place: string): Promise<void> {
  say(place);
  if (hangsAt === place) await new Promise((resolve) => setTimeout(resolve, 1e9));
}

/** Lets the process hang between a delivery and the claim of its run. */
class ObservedStore extends HoldfastWorkflowStore {
  override async claimRun(args: ClaimRunArgs): Promise<ClaimRunResult> {
    await reach("claim");
    return super.claimRun(args);
  }
}

const order = createWorkflow({ id: "order" }).handler(async (ctx) => {
  const charged = await ctx.step("charge", async () => {
    await reach("charge");
    return 42;
  });
  await ctx.step("reserve", () => reach("reserve"));
  const { to } = await ctx.waitForEvent<{ to: string }>("address");
  await ctx.step("pack", () => reach("pack"));
  const shipped = await ctx.step("ship", async () => {
    await reach("ship");
    return to;
  });
  return { charged, shipped };
});
const workflows = { order: { load: async () => order } };
const runtime = defineWorkflowRuntime({ store: new ObservedStore(store), workflows });

if (action === "start") {
  await reach((await runtime.startRun({ workflowId: "order", runId, input: {} })).kind);
} else if (action === "deliver") {
  await reach((await runtime.deliverSignal({ runId, signalId: "s", name: "address", payload: { to: "\u0000" } })).kind);
} else {
  for (const { kind } of await resumeLostRuns(store, { workflows, now: Date.now() + 60_000 })) say(kind);
}
await store.close();
