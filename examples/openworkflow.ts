// OpenWorkflow, with its own client and worker, on Holdfast. It shows a retry, a sleep, a signal with a timeout, a child,
// cancellation and an idempotency key. It also lists runs in pages, forwards and backwards.
//
//   npx tsx examples/openworkflow.ts                in memory, without a server
//   DATABASE_URL=postgres://… npx tsx examples/openworkflow.ts
import { randomUUID } from "node:crypto";
import { HoldfastBackend } from "@holdfast/openworkflow";
import { openStore } from "holdfast";
import { OpenWorkflow } from "openworkflow";

const url = process.env["DATABASE_URL"];
const store = await openStore(url === undefined ? { memory: true } : { url });
// Each run of this program has runs of its own.
const backend = new HoldfastBackend(store, { namespaceId: randomUUID() });
const engine = new OpenWorkflow({ backend });

let attempts = 0;
const shipment = engine.defineWorkflow<{ readonly place: number }, string>(
  { name: "shipment" },
  async ({ input, step }) => step.run({ name: "ship" }, async () => `shipped from ${input.place}`),
);
const order = engine.defineWorkflow<{ readonly id: string }, object>({ name: "order" }, async ({ input, step }) => {
  const retryPolicy = { initialInterval: "10ms", maximumAttempts: 3 } as const;
  const reserved = await step.run({ name: "reserve", retryPolicy }, async () => {
    attempts += 1;
    if (attempts === 1) throw new Error("The shelf is locked.");
    return { place: 7 };
  });
  await step.sleep("cool off", "20ms");
  const paid = await step.waitForSignal<{ readonly by: string }>({ signal: `paid:${input.id}`, timeout: "1m" });
  const late = await step.waitForSignal({ signal: `never:${input.id}`, timeout: 20 });
  return { paid: paid?.data, late, shipped: await step.runWorkflow(shipment.workflow.spec, reserved) };
});

const worker = engine.newWorker({ concurrency: 4 });
await worker.start();

const run = await order.run({ id: "1" }, { idempotencyKey: "request-1" });
const again = await order.run({ id: "1" }, { idempotencyKey: "request-1" });
console.log(`the same run for the same key: ${again.workflowRun.id === run.workflowRun.id}`);
let delivered: readonly string[] = [];
while (delivered.length === 0) {
  // A signal to nobody is lost, as this engine has it: it is sent until the run waits for it.
  ({ workflowRunIds: delivered } = await engine.sendSignal({ signal: "paid:1", data: { by: "ada" } }));
}
console.log(`paid: ${JSON.stringify(await run.result())}, after ${attempts} attempts of its first step`);

const canceled = await order.run({ id: "2" });
await canceled.cancel();
const found = await backend.getWorkflowRun({ workflowRunId: canceled.workflowRun.id });
console.log(`the other: ${found?.status}`);
await worker.stop();

await Promise.all(Array.from({ length: 5 }, () => shipment.run({ place: 1 }, { availableAt: "1h" })));
const first = await backend.listWorkflowRuns({ workflowName: "shipment", limit: 2 });
const second = await backend.listWorkflowRuns({
  workflowName: "shipment",
  limit: 2,
  after: first.pagination.next ?? "",
});
const back = await backend.listWorkflowRuns({
  workflowName: "shipment",
  limit: 2,
  before: second.pagination.prev ?? "",
});
const ids = ({ data }: typeof first) => data.map(({ id }) => id).join();
console.log(`pages of 2: ${first.data.length}, ${second.data.length}, back at the first: ${ids(back) === ids(first)}`);
console.log(`counts: ${JSON.stringify(await backend.countWorkflowRuns())}`);
await store.close();
