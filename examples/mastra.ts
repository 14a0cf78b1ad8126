// A Mastra workflow on Holdfast: an order waits for an approval, and another process continues it.
//
//   npx tsx examples/mastra.ts         in memory, without a server
//   DATABASE_URL=postgres://… npx tsx examples/mastra.ts
import { HoldfastStorage } from "@holdfast/mastra";
import { Mastra } from "@mastra/core/mastra";
import { createStep, createWorkflow } from "@mastra/core/workflows";
import { newId, openStore } from "holdfast";
import { z } from "zod";

const url = process.env["DATABASE_URL"];
const store = await openStore(url === undefined ? { memory: true } : { url });

const order = z.object({ item: z.string() });
const charge = createStep({
  id: "charge",
  inputSchema: order,
  outputSchema: z.object({ paid: z.number() }),
  execute: ({ inputData }) => {
    console.log(`charges for ${inputData.item}`);
    return Promise.resolve({ paid: 42 });
  },
});
const approve = createStep({
  id: "approve",
  inputSchema: z.object({ paid: z.number() }),
  outputSchema: z.object({ shipped: z.boolean() }),
  resumeSchema: z.object({ approved: z.boolean() }),
  execute: async ({ resumeData, suspend }) => {
    if (!resumeData) return suspend({});
    return { shipped: resumeData.approved };
  },
});

/** A new Mastra each time, as in a process that has just started. */
const orders = () => {
  const workflow = createWorkflow({ id: "order", inputSchema: order, outputSchema: z.object({ shipped: z.boolean() }) })
    .then(charge)
    .then(approve)
    .commit();
  return new Mastra({ workflows: { order: workflow }, storage: new HoldfastStorage(store), logger: false }).getWorkflow(
    "order",
  );
};

const runId = newId();
const started = await (await orders().createRun({ runId })).start({ inputData: { item: "three books" } });
console.log(`started: ${started.status}`);

const waiting = await store.executions.list({ labels: { mastra: "run", status: "suspended", run: runId } });
console.log(`waiting: ${waiting.items.length}`);

const resumed = await (await orders().createRun({ runId })).resume({ step: "approve", resumeData: { approved: true } });
console.log(`resumed: ${resumed.status}, ${JSON.stringify(resumed.status === "success" ? resumed.result : null)}`);

const run = await new HoldfastStorage(store).stores?.workflows?.getWorkflowRunById({ runId });
console.log(`stored: ${typeof run?.snapshot === "object" ? run.snapshot.status : "nothing"}`);
await store.close();
