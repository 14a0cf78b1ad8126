// TanStack Workflow on Holdfast: an order waits for an approval, sleeps until tomorrow, and goes on in another process.
//
//   npx tsx examples/tanstack-workflow.ts         in memory, without a server
//   DATABASE_URL=postgres://… npx tsx examples/tanstack-workflow.ts
import { HoldfastWorkflowStore } from "@holdfast/tanstack-workflow";
import { createWorkflow } from "@tanstack/workflow-core";
import { defineWorkflowRuntime } from "@tanstack/workflow-runtime";
import { newId, openStore } from "holdfast";

const url = process.env["DATABASE_URL"];
const store = await openStore(url === undefined ? { memory: true } : { url });
const dayMs = 24 * 60 * 60 * 1000;

const order = createWorkflow({ id: "order" }).handler(async (ctx) => {
  const charged = await ctx.step("charge", () => {
    console.log("charges the card");
    return 42;
  });
  const { approved } = await ctx.approve({ title: `Ship for ${charged}?` });
  await ctx.sleep(dayMs);
  return approved ? "shipped" : "kept";
});

/** A new runtime each time, as in a process that has just started. */
const runtime = () =>
  defineWorkflowRuntime({
    store: new HoldfastWorkflowStore(store),
    workflows: { order: { load: () => Promise.resolve(order) } },
  });

const runId = newId();
const started = await runtime().startRun({ workflowId: "order", runId, input: {} });
const asked = started.run?.pendingApproval;
console.log(`it asks: ${asked?.title}`);

const approval = { approvalId: asked?.approvalId ?? "", approved: true };
const approved = await runtime().deliverApproval({ runId, approval });
console.log(`approved: ${approved.kind}`);
const again = await runtime().deliverApproval({ runId, approval });
console.log(`approved again: ${again.kind}`);

await runtime().sweep({ now: Date.now() + 2 * dayMs });
const { status, output } = await store.executions.require(runId);
console.log(`${status}: ${String(output)}`);
const { items } = await store.history.read(runId);
console.log(`its log: ${items.map(({ kind }) => kind).join(" ")}`);
await store.close();
