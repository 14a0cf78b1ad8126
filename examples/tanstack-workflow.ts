// TanStack Workflow on Holdfast: an order waits for an approval, sleeps until tomorrow, and goes on in another process. Then a process is
// lost while it handles an approval.
//
//   npx tsx examples/tanstack-workflow.ts         in memory, without a server
//   DATABASE_URL=postgres://… npx tsx examples/tanstack-workflow.ts
import { HoldfastWorkflowStore, resumeLostRuns } from "@holdfast/tanstack-workflow";
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

const workflows = { order: { load: () => Promise.resolve(order) } };

/** A new runtime each time, as in a process that has just started. */
const runtime = () => defineWorkflowRuntime({ store: new HoldfastWorkflowStore(store), workflows });

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

// The order commits with a row of the application's own. Then the process that takes the approval is lost before it drives the run.
const other = newId();
await store.transaction(async (tx) => {
  await tx.query("create table if not exists example_orders (id text)");
  await tx.query("insert into example_orders values ($1)", [other]);
  const run = { runId: other, workflowId: "order", input: {}, now: Date.now() };
  await new HoldfastWorkflowStore(tx).createRun(run);
});
const paused = await runtime().startRun({ workflowId: "order", runId: other, input: {} });
const denial = { approvalId: paused.run?.pendingApproval?.approvalId ?? "", approved: false };
await new HoldfastWorkflowStore(store).deliverApproval({ runId: other, approval: denial, now: Date.now() });
const [resumed] = await resumeLostRuns(store, { workflows, now: Date.now() + 60_000 });
console.log(`resumed: ${resumed?.kind}, waits for ${resumed?.run?.waitingFor?.signalName}`);
await store.transaction((tx) => tx.query("drop table example_orders"));
await store.close();
